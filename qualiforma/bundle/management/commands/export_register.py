"""Write one register of a period as a spreadsheet."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualiforma.bundle import options as shared
from qualiforma.bundle.sections import registers
from qualiforma.bundle.services import FORMS, build_register

EPILOG = """
exit status:
  0  written
  1  failed, nothing is left
  2  the options cannot be used

example:
  export_register --tenant acme --register complaints --from 2026-01-01 --to 2026-06-30 --format xlsx

Learners are pseudonyms unless --names is given with a --reason. PDF takes 500 records at most. CSV is UTF-8 with a byte order mark,
semicolons and ISO dates. The export stands in the audit trail.
"""


class Command(BaseCommand):
    """Nothing half-written stays under the file's name."""

    help = "Export one register of a period: complaints, plans, actions, evidence and others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tenant", metavar="SLUG", required=True, help="the organisation's slug"
        )
        names = [name.value for name in registers]
        parser.add_argument("--register", choices=names, required=True, help="which one")
        parser.add_argument("--format", choices=FORMS, default=FORMS[0])
        shared.add_period(parser)
        parser.epilog = EPILOG
        parser.add_argument("--output", type=Path, help="a file that is not there yet, or a folder")

    def handle(self, *args: Any, **options: Any) -> None:
        with shared.settled(options) as scope, shared.shown(options["register"]) as progress:
            register = next(
                one for name, one in registers.items() if name.value == options["register"]
            )
            stem = register.path.rpartition("/")[2]
            name = f"{stem}-{scope.since}-{scope.until}.{options['format']}"
            output = shared.output_of(options["output"], name)
            built = build_register(
                scope, register, output, form=options["format"], progress=progress
            )
        for line in shared.told(options["tenant"], built):
            self.stdout.write(line)
