"""Back the installation up."""

import argparse
import getpass
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.backups.errors import BackupError
from qualiforma.backups.installation import back_up

EPILOG = """
exit status:
  0  complete
  1  failed, nothing is left that verify_backup would take
  2  the options or the configuration cannot be used
  3  complete, but stored files that rows name were missing or altered already: each is named

examples:
  every night, to a folder:
    backup --output /srv/backups
  to a bucket (QUALIFORMA_S3_ENDPOINT, AWS_ACCESS_KEY_ID and so on as for stored files), the secret
  key sealed with the passphrase of QUALIFORMA_BACKUP_PASSPHRASE(_FILE):
    backup --output s3://backups/qualiforma --seal-secret-key
  one organisation alone:
    backup --output /srv/backups --tenant acme

In it: every organisation's and the platform's tables and stored files, the shared tables with the
queue, and the head of each audit trail, all of one instant, while the servers go on. Keep the heads
where nobody who can write backups can write. Check it with verify_backup, load it with restore.
"""


class Command(BaseCommand):
    """Nothing half-written has the name of a backup. Killed, a folder `.partial-…` stays until the next one."""

    help = "Back up tables, stored files and trail heads of one instant. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        parser.add_argument(
            "--output", required=True, metavar="DIR|s3://…", help="where its folder is made"
        )
        parser.add_argument("--tenant", default="", metavar="SLUG", help="this organisation alone")
        parser.add_argument(
            "--seal-secret-key",
            action="store_true",
            help="put the secret key in, encrypted; without it nobody stays logged in after a restore",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            manifest = back_up(
                output=options["output"],
                slug=options["tenant"],
                passphrase=_passphrase() if options["seal_secret_key"] else "",
                report=self._report,
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        wrong = False
        for one in manifest["archives"].values():
            name = one["slug"] or one["schema"]
            if one["head"]:
                self.stdout.write(f"{name} {one['head'][0]}:{one['head'][1]}")
            for key in one["missing"]:
                wrong = True
                self.stderr.write(f"{name}: missing or altered before the backup: {key}")
        where = f"{options['output'].rstrip('/')}/{manifest['name']}"
        self.stdout.write(f"{where} as of {manifest['at']}, {time.monotonic() - began:.1f} s")
        if wrong:
            raise SystemExit(3)

    def _report(self, text: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(text)


def _passphrase() -> str:
    """Return the passphrase. Errors: `CommandError` where none is set and nobody can be asked."""
    if settings.BACKUP_PASSPHRASE:
        return str(settings.BACKUP_PASSPHRASE)
    if not sys.stdin.isatty():
        raise CommandError(
            "Set QUALIFORMA_BACKUP_PASSPHRASE or QUALIFORMA_BACKUP_PASSPHRASE_FILE.", returncode=2
        )
    return getpass.getpass("Passphrase: ")
