"""Write the audit trail to a file that proves itself."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError

from qualiforma.audit.export import VERIFIER, export_trail
from qualiforma.audit.places import add_places, places


class Command(BaseCommand):
    """JSON lines, and the verifier beside them. The export is itself an entry of the trail."""

    help = (
        f"Export the audit trail as JSON lines, with {VERIFIER.name}, which checks them anywhere."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_places(parser, one=True)
        parser.add_argument("file", type=Path, help="where to; an existing file is not replaced")
        parser.add_argument(
            "--withhold-values", action="store_true", help="digests only, no clear value"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        [place] = places(options)
        with place.opened():
            try:
                seq = export_trail(
                    options["file"], tenant=place.name, withheld=options["withhold_values"]
                )
            except OSError as error:
                raise CommandError(f"{options['file']}: {error.strerror}", returncode=2) from error
            except ProgrammingError as error:
                raise CommandError(f"{place.name}: the trail cannot be read: {error}") from error
        self.stdout.write(f"{options['file']}: {seq} entries")
