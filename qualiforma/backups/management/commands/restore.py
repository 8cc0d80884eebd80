"""Restore a backup into an empty installation."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.backups.errors import BackupError
from qualiforma.backups.restoring import restore

EPILOG = """
exit status:
  0  restored
  1  refused or failed; the sentence says why. Run it again after a failure: it starts over
  2  the options or the configuration cannot be used

Refused: a backup that is not whole, a broken audit trail, one of a newer QualiForma or of another
major version of PostgreSQL, an installation that has organisations, platform users or stored files.
Start no server and no worker before it is done. Without the secret key of the installation that was
backed up, tokens, sessions and links that were mailed are worth nothing; passwords stay.
"""


class Command(BaseCommand):
    """Runs as the owner. Organisations are closed until all of them are there."""

    help = "Restore a backup into an empty installation. Needs DATABASE_OWNER_URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EPILOG
        parser.add_argument("backup", metavar="DIR|s3://…", help="its own folder")
        parser.add_argument("--reason", required=True, help="stands in the platform's audit trail")
        parser.add_argument(
            "--secret-key-to",
            type=Path,
            metavar="FILE",
            help="write the sealed secret key there; the passphrase is QUALIFORMA_BACKUP_PASSPHRASE(_FILE)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(
                source=options["backup"],
                reason=options["reason"],
                passphrase=settings.BACKUP_PASSPHRASE,
                secret_key_to=options["secret_key_to"],
                report=self._report,
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored {manifest['name']}, as of {manifest['at']}")
        if not options["secret_key_to"]:
            self.stdout.write(
                "Set QUALIFORMA_SECRET_KEY as it was then, else everybody logs in anew."
            )

    def _report(self, text: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(text)
