"""Take all records of a kind out of one tenant, as a file."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import ngettext, override
from tqdm import tqdm

from qualiforma.errors import MissingError
from qualiforma.tenants.context import get_tenant, tenant_context
from qualiforma.training.importing.exporter import give
from qualiforma.training.importing.importer import SYSTEM_ACTOR
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.values import LANGUAGES
from qualiforma.training.importing.writers import FORMATS

UNUSABLE = 2
EXIT = """
exit status:
  0  written
  2  the tenant or the file cannot be used, nothing is written

The file is what import_records reads back. CSV is UTF-8 with a byte order mark and semicolons; a
text that a spreadsheet would compute has an apostrophe before it. The export stands in the trail.
"""


class Command(BaseCommand):
    """Nothing half-written stays under the file's name."""

    help = "Export records or users of one tenant to an XLSX or CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = EXIT
        parser.add_argument("type", choices=KINDS, help="which records")
        parser.add_argument(
            "file", type=Path, help="where to, .xlsx or .csv; an existing file is not replaced"
        )
        parser.add_argument("--tenant", metavar="SLUG", required=True, help="the tenant's slug")
        parser.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0])

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        form = path.suffix.lower().lstrip(".")
        if form not in FORMATS:
            raise CommandError(f"{path}: .xlsx or .csv is needed", returncode=UNUSABLE)
        if path.exists():
            raise CommandError(f"{path}: exists already", returncode=UNUSABLE)
        try:
            place = tenant_context(get_tenant(options["tenant"]))
        except MissingError as error:
            raise CommandError(str(error.detail), returncode=UNUSABLE) from error
        kind = KINDS[options["type"]]
        with place, override(options["language"]), tqdm(unit="row", disable=None) as bar:
            bar.total = kind.records().count()
            try:
                rows = give(
                    kind, path, actor=SYSTEM_ACTOR, form=form, on_row=lambda rows: _move(bar, rows)
                )
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}", returncode=UNUSABLE) from error
            told = ngettext("%d ligne", "%d lignes", rows) % rows
        self.stdout.write(f"{path} : {told}")


def _move(bar: "tqdm[Any]", rows: int) -> None:
    bar.update(rows - bar.n)
