"""Check a backup."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.backups.errors import BackupError
from qualiforma.backups.installation import verify


class Command(BaseCommand):
    """Exit status 0 whole, 1 not."""

    help = (
        "Read a whole backup: every file against its SHA-256, every audit trail from its first entry "
        "to the head that was kept. Needs no database. Exit status: 0 whole and unaltered, 1 not "
        "(the first fault is named), 2 wrong usage."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", metavar="DIR|s3://…", help="its own folder")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = verify(options["backup"], report=self._report)
        except BackupError as error:
            raise CommandError(str(error)) from error
        count = sum(bool(one["slug"]) for one in manifest["archives"].values())
        self.stdout.write(
            f"Whole: {count} organisation(s) as of {manifest['at']}, QualiForma "
            f"{manifest['product']}, PostgreSQL {manifest['postgresql']}"
        )

    def _report(self, text: str) -> None:
        if sys.stderr.isatty():
            self.stderr.write(text)
