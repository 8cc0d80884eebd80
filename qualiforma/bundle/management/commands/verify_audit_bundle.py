"""Check an audit bundle without any database, as its recipient would."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qualiforma.bundle import verify_bundle


class Command(BaseCommand):
    """Exit status 0 intact, 1 broken (each file or sequence and why are printed), 2 unreadable."""

    help = (
        "Check an audit bundle: sums, files added or removed, counts, the chain of the audit trail. "
        f"The same check as {Path(str(verify_bundle.__file__)).name} in the bundle itself."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a ZIP file, or the folder it was unpacked to")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check = verify_bundle.verify(str(options["file"]))
        except verify_bundle.UNREADABLE as error:
            raise CommandError(f"{options['file']}: {error}", returncode=2) from error
        for line in verify_bundle.report(check):
            self.stdout.write(line)
        if check.faults:
            raise SystemExit(1)
