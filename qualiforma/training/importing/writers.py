"""Tables as files: XLSX with real dates and texts that stay texts, CSV that spreadsheets open."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from qualiforma.spreadsheets import add_sheet, day_cell, defuse, instant_cell, text_cell

INSTANT = "dd/mm/yyyy hh:mm:ss"
DAY = "dd/mm/yyyy"
FORMATS = ("xlsx", "csv")


@dataclass(frozen=True)
class Head:
    """A column's title and width in characters."""

    title: str
    width: int = 20


class Writer(Protocol):
    """Takes one row after the other."""

    def write(self, values: Iterable[Any]) -> None: ...


@contextmanager
def table_file(path: Path, heads: Sequence[Head], *, sheet: str, form: str) -> Iterator[Writer]:
    """Write a table to a file that is there once it is whole. Memory: one row.

    Errors: `OSError`.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        with (_xlsx if form == "xlsx" else _csv)(partial, heads, sheet) as writer:
            yield writer
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class _Sheet:
    """A sheet in the making; every text is a text, whatever it begins with."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet

    def write(self, values: Iterable[Any]) -> None:
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
        cell = text_cell(self._sheet, _worded(value))
        cell.number_format = "@"  # keeps leading zeros once it is edited
        return cell


@contextmanager
def _xlsx(path: Path, heads: Sequence[Head], title: str) -> Iterator[Writer]:
    book = Workbook(write_only=True)
    titles, widths = [one.title for one in heads], [one.width for one in heads]
    sheet = add_sheet(book, title, titles, widths)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}1"
    try:
        yield _Sheet(sheet)
        book.save(path)
    finally:
        book.close()


class _Lines:
    """Semicolons, as spreadsheets of this country expect them."""

    def __init__(self, lines: Any) -> None:
        self._lines = lines

    def write(self, values: Iterable[Any]) -> None:
        self._lines.writerow([_field(one) for one in values])


@contextmanager
def _csv(path: Path, heads: Sequence[Head], title: str) -> Iterator[Writer]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, delimiter=";", lineterminator="\r\n")
        lines.writerow([_field(head.title) for head in heads])
        yield _Lines(lines)


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = value if timezone.is_naive(value) else timezone.make_naive(value)
        return local.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    return defuse(_worded(value).replace("\0", ""))


def _worded(value: Any) -> str:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return str(value)
