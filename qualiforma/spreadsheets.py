"""Tables for spreadsheet programs: no text of ours may be run as a formula there, nor be lost in silence.

Source: qualiopi, "Audit bundle" (spreadsheets).
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

BOM = "\ufeff"
CELL_MAX = 32_767  # characters, the format's own limit
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What XML 1.0 cannot hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Row = Sequence[Any]


def plain(text: str) -> str:
    """Return a text that a cell can hold; one that had to be cut says so."""
    text = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) <= CELL_MAX:
        return text
    mark = _(" … [coupé]")
    return text[: CELL_MAX - len(mark)] + mark


def csv_lines(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    """Yield a CSV file line by line. Shape: UTF-8 with BOM, semicolons, ISO dates, instants in UTC."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield BOM + writer.writerow(head)
    for row in rows:
        yield writer.writerow([_csv_value(value) for value in row])


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _csv_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        value = plain(value)
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value


class Sheets:
    """A workbook written row by row. Memory: a row; the rest waits in temporary files."""

    def __init__(self) -> None:
        self.workbook = Workbook(write_only=True)

    def add(self, title: str, head: Row, rows: Iterable[Row], widths: Sequence[int]) -> int:
        """Add a sheet; return its number of rows. `widths` in characters, one per column.

        Shape: frozen head with filters, instants as dates in Paris.
        """
        sheet: Any = self.workbook.create_sheet(title)
        sheet.freeze_panes = "A2"
        for rank, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(rank)].width = width
        bold = Font(bold=True)
        cells = [WriteOnlyCell(sheet, str(name)) for name in head]
        for cell in cells:
            cell.font = bold
        sheet.append(cells)
        count = 0
        for row in rows:
            sheet.append([self._cell(sheet, value) for value in row])
            count += 1
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{count + 1}"
        return count

    def save(self, file: IO[bytes]) -> None:
        """Write the whole to an open file."""
        self.workbook.save(file)

    def _cell(self, sheet: Any, value: Any) -> Any:
        if isinstance(value, datetime):
            cell = WriteOnlyCell(
                sheet, timezone.localtime(value).replace(tzinfo=None, microsecond=0)
            )
            cell.number_format = "yyyy-mm-dd hh:mm:ss"
            return cell
        return self._text(sheet, value) if isinstance(value, str) else value

    @staticmethod
    def _text(sheet: Any, value: str) -> Any:
        value = plain(value)
        if not value.startswith(_FORMULA) and "\n" not in value:
            return value
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"  # else `=` begins a formula
        cell.quotePrefix = True
        if "\n" in value:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        return cell
