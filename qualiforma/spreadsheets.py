"""Tables for spreadsheet programs: no text of ours may be run as a formula there, nor be lost in silence.

Source: qualiopi, "Audit bundle" (spreadsheets).
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

BOM = "\ufeff"
# Rows of a sheet, its head left out: the format's own limit.
SHEET_ROWS = 1_048_575
CELL_MAX = 32_767  # the format's own limit, in UTF-16 units
# What a spreadsheet would compute; in CSV an apostrophe goes before it, and before one that is there.
DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")
# What Excel reads as a character's code inside of texts.
CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
# What XML 1.0 cannot hold.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Row = Sequence[Any]


def plain(text: str) -> str:
    """Return a text that a cell can hold; one that had to be cut says so."""
    text = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return shortened(text, lambda: _(" … [coupé]"))


def units(text: str) -> int:
    """Return a text's length as Excel counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """Return the text, at most that many UTF-16 units of it, no character halved."""
    return text.encode("utf-16-le", "surrogatepass")[: most * 2].decode("utf-16-le", "ignore")


def shortened(text: str, mark: Callable[[], str]) -> str:
    """Return the text, or as much of it as a cell holds with the mark after it."""
    if len(text) <= CELL_MAX // 2 or units(text) <= CELL_MAX:  # no character has more than two
        return text
    told = mark()
    return cut(text, CELL_MAX - units(told)) + told


def defuse(text: str) -> str:
    """Return the text with an apostrophe before what a spreadsheet would compute."""
    return f"'{text}" if DANGEROUS.match(text) else text


def restore(text: str) -> str:
    """Undo `defuse`."""
    return text[1:] if _DEFUSED.match(text) else text


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
    if isinstance(value, str | Promise):
        return defuse(plain(str(value)))
    return value
