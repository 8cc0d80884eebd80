"""The parts of a workbook, as their elements come by."""

import re
from collections import deque
from dataclasses import dataclass
from datetime import time
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from qualiforma.training.exchange.refusals import UnreadableFileError
from qualiforma.training.exchange.source import (
    COLUMNS_MAX,
    Broken,
    Cell,
    Formula,
    Found,
    Merge,
    Row,
)

# What Excel can hold exactly; beyond, digits were lost before we see them.
EXACT_MAX = 10**15
ROWS_MAX = 1_048_576
FORMAT_MAX = 255  # characters of a number format, Excel's own limit
_ZEROS = re.compile(r"0{2,40}")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NO_TEXT = re.compile("[\\0\ud800-\udfff]")  # to no database and no encoding
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


class Workbook:
    """The list of sheets, and where each lies."""

    def __init__(self) -> None:
        self.is_1904 = False
        self.visible: list[tuple[str, str]] = []
        self._targets: dict[str, str] = {}

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "sheet" and given.get("state", "visible") == "visible":
            self.visible.append((given.get("name", ""), given.get("id", "")))
        elif name == "workbookPr":
            self.is_1904 = given.get("date1904") in {"1", "true"}
        elif name == "Relationship" and given.get("Type", "").endswith("/worksheet"):
            self._targets[given.get("Id", "")] = given.get("Target", "")

    def end(self, name: str) -> None:
        """Nothing to close."""

    def text(self, data: str) -> None:
        """No text is looked at."""

    def first_sheet(self) -> str:
        """Return the path of the first visible sheet of cells, none of charts."""
        self.visible = [one for one in self.visible if one[1] in self._targets]
        if not self.visible:
            raise UnreadableFileError(_("Ce classeur n’a pas de feuille lisible."))
        return self._targets[self.visible[0][1]]


class Strings:
    """The texts that cells refer to by number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._takes = False
        self._phonetic = False

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        self._phonetic = self._phonetic or name == "rPh"
        self._takes = name == "t" and not self._phonetic

    def end(self, name: str) -> None:
        self._takes = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.texts.append(_unescaped("".join(self._parts)))

    def text(self, data: str) -> None:
        if self._takes:
            self._parts.append(data)


class Styles:
    """Which number formats the cells' styles have."""

    def __init__(self) -> None:
        self._formats: dict[int, str] = dict(BUILTIN_FORMATS)
        self._cells: list[int] = []
        self._inside = False

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "numFmt":
            self._formats[int(given.get("numFmtId", 0))] = given.get("formatCode", "")[:FORMAT_MAX]
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self._cells.append(int(given.get("numFmtId", 0)))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._inside = False

    def text(self, data: str) -> None:
        """No text is looked at."""

    def format_of(self, style: int) -> str:
        """Return the number format of a cell's style."""
        number = self._cells[style] if style < len(self._cells) else 0
        return self._formats.get(number, "General")


@dataclass(frozen=True)
class Book:
    """What the cells of a sheet refer to."""

    strings: list[str]
    styles: Styles
    is_1904: bool
    notices: list[str]


class SheetHandler:
    """A sheet: rows come out in `done`, merged cells in what was found."""

    def __init__(self, book: Book, found: Found) -> None:
        self.done: deque[Row] = deque()
        self._book = book
        self._found = found
        self._number = 0
        self._column = -1
        self._cells: dict[int, Cell] = {}
        self._given: dict[str, str] = {}
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._into: list[str] | None = None

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(given)
        elif name in {"v", "t"}:
            self._into = self._value
        elif name == "f":
            self._formula = self._into = []
        elif name == "row":
            self._number = int(given["r"]) if "r" in given else self._number + 1
            self._column = -1
            if self._number > ROWS_MAX:
                raise ValueError("row")
        elif name == "mergeCell":
            self._merge(given.get("ref", ""))

    def end(self, name: str) -> None:
        if name in {"v", "t", "f"}:
            self._into = None
        elif name == "c":
            self._end_cell()
        elif name == "row" and self._cells:
            self.done.append(Row(self._number, self._cells))
            self._cells = {}

    def text(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)

    def _start_cell(self, given: dict[str, str]) -> None:
        found = _REFERENCE.fullmatch(given.get("r", ""))
        self._column = _index(found[1]) if found else self._column + 1
        self._given, self._value, self._formula = given, [], None

    def _end_cell(self) -> None:
        value: Cell | None
        if self._formula is not None:
            value = Formula("=" + "".join(self._formula))
        else:
            value = self._read("".join(self._value))
        if value is None or (isinstance(value, str) and not value.strip()):
            return
        if self._column >= COLUMNS_MAX:
            text = _("Ligne %d : plus de %d colonnes.") % (self._number, COLUMNS_MAX)
            raise UnreadableFileError(text)
        self._cells[self._column] = value

    def _read(self, text: str) -> Cell | None:
        kind = self._given.get("t", "n")
        if not text:
            return None
        if kind == "s":
            return self._book.strings[int(text)]
        if kind == "n":
            return self._number_of(text)
        if kind == "b":
            return text == "1"
        return Broken(text) if kind == "e" else _unescaped(text)

    def _number_of(self, text: str) -> Cell:
        value = float(text)
        if not isfinite(value):
            return Broken(text)
        shown = self._book.styles.format_of(int(self._given.get("s", 0)))
        if _ZEROS.fullmatch(shown) and value == int(value):
            return str(int(value)).zfill(len(shown))  # as people see it
        if is_date_format(shown):
            return self._instant(value, text)
        whole = value == int(value) and abs(value) < EXACT_MAX
        return int(value) if whole else value

    def _instant(self, value: float, text: str) -> Cell:
        epoch = MAC_EPOCH if self._book.is_1904 else WINDOWS_EPOCH
        try:
            found: Any = from_excel(value, epoch)
        except (OverflowError, ValueError):
            return Broken(text)
        return found if isinstance(found, time) or found is not None else Broken(text)

    def _merge(self, reference: str) -> None:
        last = _REFERENCE.fullmatch(reference.partition(":")[2])
        if last:
            self._found.merges.append(Merge(reference, int(last[2])))


def _index(letters: str) -> int:
    """Return the column's number from 0."""
    number = 0
    for one in letters:
        number = number * 26 + ord(one) - ord("A") + 1
    return number - 1


def _unescaped(text: str) -> str:
    """Return a text as it was typed: Excel writes by its code what XML cannot hold."""
    return _ESCAPED.sub(
        lambda found: _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", chr(int(found[1], 16))), text
    )
