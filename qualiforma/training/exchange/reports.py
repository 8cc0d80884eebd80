"""The report of an import: each refused row, the column, the value and the reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from qualiforma.training.exchange.taking import Refusal
from qualiforma.training.exchange.writers import FORMATS, Head, Writer, table_file


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


def format_of(path: Path) -> str:
    """Return the format that a file's name asks for; CSV for any other."""
    form = path.suffix.lower().lstrip(".")
    return form if form in FORMATS else FORMATS[-1]
