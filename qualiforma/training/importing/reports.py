"""The reports of an import: why each refused row is refused, and what each written row has become."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from qualiforma.training.importing.importer import Refusal
from qualiforma.training.importing.kinds import KINDS
from qualiforma.training.importing.models import Became, ImportedRow
from qualiforma.training.importing.writers import FORMATS, Head, Writer, table_file


@contextmanager
def report_file(path: Path) -> Iterator[Writer]:
    """Open a report, of the format that its name says, else CSV. Errors: `OSError`."""
    heads = [
        Head(_("Ligne"), 10),
        Head(_("Colonne"), 28),
        Head(_("Valeur"), 40),
        Head(_("Motif"), 90),
    ]
    with table_file(path, heads, sheet=_("Lignes refusées"), form=format_of(path)) as writer:
        yield writer


def write_refusal(writer: Writer, refusal: Refusal) -> None:
    """Add a line."""
    writer.write([refusal.row, refusal.column, refusal.value, refusal.reason])


def read_report(path: Path) -> Iterator[Refusal]:
    """Yield the lines of a report in CSV."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, delimiter=";")
        next(lines, None)
        for row, column, value, reason in lines:
            yield Refusal(int(row), column, value, reason)


def written_file(path: Path, rows: Iterable[ImportedRow]) -> None:
    """List the records that an import has created and changed, what rows needed first.

    Errors: `OSError`.
    """
    heads = [
        Head(_("Ligne"), 10),
        Head(_("Identifiant"), 30),
        Head(_("Effet"), 20),
        Head(_("Fiches"), 30),
        Head(_("Valeur"), 40),
    ]
    with table_file(path, heads, sheet=_("Fiches enregistrées"), form=format_of(path)) as writer:
        for row in rows:
            for one in row.made:
                created, title = Became.CREATED.label, KINDS[one["kind"]].title
                writer.write([row.number, one["record"], created, title, one["name"]])
            if row.became in {Became.CREATED, Became.CHANGED}:
                title = KINDS[row.running.kind].title
                writer.write([row.number, row.record, row.get_became_display(), title, ""])


def format_of(path: Path) -> str:
    """Return the format that a file's name asks for; CSV for any other."""
    form = path.suffix.lower().lstrip(".")
    return form if form in FORMATS else FORMATS[-1]
