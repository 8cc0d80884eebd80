"""Rows of tables as parts of documents to print."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from qualiforma import pdf
from qualiforma.bundle.sections import Column

if TYPE_CHECKING:
    from qualiforma.bundle.contents import Row

ROWS_MAX = 60


def shown(value: Any) -> str:
    """Return a value as people read it: days and instants in Paris, nothing as nothing."""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)


def facts_of(columns: Sequence[Column], row: "Row") -> pdf.Block:
    """Return a row as names and values; what is empty is left out."""
    pairs = zip(columns, row, strict=True)
    return pdf.facts([(column.head, shown(value)) for column, value in pairs])


def table_of(
    columns: Sequence[Column], rows: Sequence["Row"], *, first: int, whole: str
) -> list[pdf.Block]:
    """Return the first columns of rows as a table; `whole` says where all stand, should they be many."""
    if not rows:
        return [pdf.paragraph("Aucun.")]
    head = [one.head for one in columns[:first]]
    widths = [max(one.width, 18) for one in columns[:first]]
    cells = [[shown(value) for value in row[:first]] for row in rows[:ROWS_MAX]]
    more = [pdf.paragraph(f"La suite est dans {whole}.")] if len(rows) > ROWS_MAX else []
    return [pdf.table(head, cells, widths), *more]
