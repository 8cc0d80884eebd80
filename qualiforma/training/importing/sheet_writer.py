"""Tables as workbooks of one sheet, with real dates and texts that stay texts."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from qualiforma.training.importing.writers import Head, worded
from qualiforma.workbooks import add_sheet, day_cell, instant_cell, text_cell

INSTANT = "dd/mm/yyyy hh:mm:ss"
DAY = "dd/mm/yyyy"


class Sheet:
    """A sheet in the making; every text is a text, whatever it begins with."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet

    def write(self, values: Iterable[Any]) -> None:
        """Add a row."""
        self._sheet.append([self._cell(one) for one in values])

    def _cell(self, value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return instant_cell(self._sheet, value, INSTANT)
        if isinstance(value, date):
            return day_cell(self._sheet, value, DAY)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return value
        cell = text_cell(self._sheet, worded(value))
        cell.number_format = "@"  # keeps leading zeros once it is edited
        return cell


@contextmanager
def xlsx(path: Path, heads: Sequence[Head], title: str) -> Iterator[Sheet]:
    """Write a workbook of one sheet."""
    book = Workbook(write_only=True)
    titles, widths = [one.title for one in heads], [one.width for one in heads]
    sheet = add_sheet(book, title, titles, widths)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}1"
    try:
        yield Sheet(sheet)
        book.save(path)
    finally:
        book.close()
