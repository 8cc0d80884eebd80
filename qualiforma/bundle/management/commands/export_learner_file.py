"""Write one learner's file: what happened, and what was expected of it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qualiforma.bundle import options as shared
from qualiforma.bundle.archive import segment
from qualiforma.bundle.services import build_learner_file

EPILOG = """
exit status:
  0  complete
  1  failed, nothing is left
  2  the options cannot be used, or no such enrollment was there at the end of the period

example:
  export_learner_file --tenant acme --enrollment enr_66f0c1 --output dossier.zip

The learner is a pseudonym unless --names is given with a --reason. The archive proves itself, as an
audit bundle does. The export stands in the audit trail.
"""


class Command(BaseCommand):
    """Nothing half-written stays under the file's name."""

    help = "Export the file of one enrollment as a ZIP file: its timeline, expected against found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tenant", metavar="SLUG", required=True, help="the organisation's slug"
        )
        parser.add_argument("--enrollment", metavar="ID", required=True, help="whose file")
        shared.add_period(parser)
        parser.epilog = EPILOG
        parser.add_argument("--recipient", default="", help="for whom; kept in the audit trail")
        parser.add_argument("--output", type=Path, help="a file that is not there yet, or a folder")

    def handle(self, *args: Any, **options: Any) -> None:
        with shared.settled(options) as scope:
            name = f"apprenant-{segment(options['enrollment'])}.zip"
            output = shared.output_of(options["output"], name)
            built = build_learner_file(scope, output, recipient=options["recipient"])
        for line in shared.told(options["tenant"], built):
            self.stdout.write(line)
        raise SystemExit(shared.status_of(built))
