"""Workbooks of Excel, written row by row, in which texts stay texts.

It loads `openpyxl`, which takes a quarter of a second and 4 MiB: import it where a workbook is made.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from django.utils import timezone
from django.utils.functional import Promise
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import ALL_TEMP_FILES, WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from qualiforma.spreadsheets import CODED, DANGEROUS, Row, plain


def text_cell(sheet: Any, text: str) -> Any:
    """Return a cell that is a text whatever it begins with, also once it is edited."""
    cell = WriteOnlyCell(sheet, plain(CODED.sub("_x005F_", text)))
    cell.data_type = "s"  # else `=` begins a formula
    if DANGEROUS.match(text):
        cell.quotePrefix = True
    return cell


def instant_cell(sheet: Any, instant: datetime, number_format: str) -> Any:
    """Return a cell with an instant as clocks in Paris show it, to the second."""
    local = instant if timezone.is_naive(instant) else timezone.localtime(instant)
    cell = WriteOnlyCell(sheet, local.replace(tzinfo=None, microsecond=0))
    cell.number_format = number_format
    return cell


def day_cell(sheet: Any, day: date, number_format: str) -> Any:
    """Return a cell with a day."""
    cell = WriteOnlyCell(sheet)
    cell.value = day
    cell.number_format = number_format
    return cell


def add_sheet(
    workbook: Workbook,
    title: str,
    head: Iterable[str],
    widths: Sequence[int],
    *,
    scratch: Path | None = None,
) -> Any:
    """Add a sheet with a frozen, bold head; `widths` in characters, one per column.

    `scratch`: where its rows wait, else in a temporary file.
    """
    sheet: Any = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    for rank, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(rank)].width = width
    if scratch is not None:
        ALL_TEMP_FILES.append(str(scratch))  # from where the library takes it out again
        writer = WorksheetWriter(sheet, str(scratch))
        writer.write_top()
        sheet._writer = writer  # noqa: SLF001 - nothing public says where
    cells = [text_cell(sheet, str(name)) for name in head]
    for cell in cells:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.append(cells)
    return sheet


class Sheets:
    """A workbook written row by row. Memory: a row; the rest waits in temporary files.

    `scratch`: where the rows of its one sheet wait, for the person who removes what killed processes left.
    """

    def __init__(self, scratch: Path | None = None) -> None:
        self.workbook = Workbook(write_only=True)
        self.scratch = scratch

    def add(self, title: str, head: Row, rows: Iterable[Row], widths: Sequence[int]) -> int:
        """Add a sheet; return its number of rows. `widths` in characters, one per column.

        Shape: frozen head with filters, instants as dates in Paris.
        """
        return sum(1 for _row in self.passing(title, head, rows, widths))

    def passing(
        self, title: str, head: Row, rows: Iterable[Row], widths: Sequence[int]
    ) -> Iterator[Row]:
        """Add a sheet as `add` does, and yield each row once it stands there."""
        sheet = add_sheet(self.workbook, title, head, widths, scratch=self.scratch)
        count = 0
        for row in rows:
            sheet.append([self._cell(sheet, value) for value in row])
            count += 1
            yield row
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{count + 1}"

    def save(self, file: IO[bytes]) -> None:
        """Write the whole to an open file."""
        self.workbook.save(file)

    def save_into(self, archive: ZipFile, at: datetime) -> None:
        """Write the whole to an archive, said to be made at an instant."""
        properties = self.workbook.properties
        properties.created = properties.modified = at.astimezone(UTC).replace(tzinfo=None)
        properties.creator = ""
        ExcelWriter(self.workbook, archive).save()

    def _cell(self, sheet: Any, value: Any) -> Any:
        if isinstance(value, datetime):
            return instant_cell(sheet, value, "yyyy-mm-dd hh:mm:ss")
        if isinstance(value, Promise):  # a text that is translated when it is read
            value = str(value)
        return self._text(sheet, value) if isinstance(value, str) else value

    @staticmethod
    def _text(sheet: Any, value: str) -> Any:
        cell = text_cell(sheet, value)
        if "\n" in value:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        return cell
