"""XLSX, by openpyxl's reader of cells and its knowledge of relations, formats and dates.

Not `load_workbook`: it reads all styles, of which one odd font refuses a whole workbook, finds the
parts by names that not all programs write, and keeps every row of a sheet to find its size.
Source: decision 26.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _
from openpyxl.packaging.relationship import get_dependents, get_rels_path
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.constants import REL_NS, SHEET_MAIN_NS

from qualiforma.training.importing.exceptions import UnreadableFileError
from qualiforma.training.importing.packages import (
    STRINGS_MAX_BYTES,
    Package,
    Pieces,
    elements,
    opened,
)
from qualiforma.training.importing.source import (
    COLUMNS_MAX,
    EXACT_MAX,
    ROWS_MAX,
    Broken,
    Cell,
    Formula,
    Found,
    Merge,
    Row,
    as_seen,
)

STYLES_MAX_BYTES = 16 * 1024 * 1024
FORMAT_MAX = 255  # characters of a number format, Excel's own limit
_ZEROS = re.compile(r"0{2,40}")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_HOURS = re.compile("[hHsS]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NO_TEXT = re.compile("[\\0\ud800-\udfff]")  # to no database and no encoding
_rels_path: Any = get_rels_path
ROOT_RELATIONS = "_rels/.rels"


def _tag(name: str) -> str:
    return f"{{{SHEET_MAIN_NS}}}{name}"


ROW, MERGED, DATA, TEXT, RUN = (_tag(one) for one in ("row", "mergeCell", "sheetData", "t", "r"))


class XlsxSource:
    """The first visible sheet of a workbook."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with opened(path) as package:
            book = _Book(package)
            self.sheet, self._part = book.first_sheet()
            self.sheets = len(book.visible)
            self._cells = partial(
                _Cells, texts=book.texts(), formats=book.formats(), epoch=book.epoch
            )

    def rows(self, found: Found) -> Iterator[Row]:
        """Yield the rows with a value; merged cells are noted in `found`."""
        last = 0
        with opened(self._path) as package, package.open(self._part) as file:
            pieces = Pieces(file)
            cells: _Cells = self._cells(pieces)
            for _path, element in elements(pieces, ROW, MERGED):
                if element.tag == MERGED:
                    _note_merge(element.get("ref", ""), found)
                    continue
                row = cells.row(element) if len(element) else cells.empty_row(element)
                if not last < row.number <= ROWS_MAX:
                    raise ValueError("row")
                last = row.number
                if row.cells:
                    yield row


class _Book:
    """What a workbook says of its parts. Errors: `KeyError`, `ValueError` for what is none."""

    def __init__(self, package: Package) -> None:
        self._package = package
        archive: Any = package  # openpyxl reads parts of it, no more
        known = get_dependents(archive, ROOT_RELATIONS)
        paths = [one.target for one in known if one.Type.endswith("/officeDocument")]
        if not paths or not package.has(paths[0]):
            raise UnreadableFileError(
                _("Ce fichier n’est pas un classeur XLSX ou ODS ; enregistrez-le sous l’un de ces formats.")
            )  # fmt: skip
        if paths[0].endswith(".bin"):
            raise UnreadableFileError(
                _("Ce classeur est au format XLSB : ouvrez-le, choisissez « Enregistrer sous » et le format XLSX.")
            )  # fmt: skip
        root = ET.fromstring(package.read(paths[0]))  # noqa: S314 - see above
        self._relations = list(get_dependents(archive, _rels_path(paths[0])))
        settings = root.find(_tag("workbookPr"))
        is_1904 = settings is not None and settings.get("date1904") in {"1", "true", "on"}
        self.epoch = MAC_EPOCH if is_1904 else WINDOWS_EPOCH
        worksheets = {one.Id: one.target for one in self._of("/worksheet")}
        self.visible = [
            (one.get("name", ""), worksheets[key])
            for one in root.iterfind(f"{_tag('sheets')}/{_tag('sheet')}")
            if one.get("state", "visible") == "visible"
            and (key := one.get(f"{{{REL_NS}}}id", "")) in worksheets
        ]

    def first_sheet(self) -> tuple[str, str]:
        """Return name and part of the first visible sheet of cells, none of charts."""
        if not self.visible or not self._package.has(self.visible[0][1]):
            raise UnreadableFileError(_("Ce classeur n’a pas de feuille lisible."))
        return self.visible[0]

    def texts(self) -> list[str]:
        """Return the texts that cells refer to by number."""
        texts: list[str] = []
        for one in self._of("/sharedStrings"):
            if self._package.has(one.target):
                with self._package.open(one.target, most=STRINGS_MAX_BYTES) as file:
                    texts += (_text_of(si) for _p, si in elements(Pieces(file), _tag("si")))
        return texts

    def formats(self) -> list[str]:
        """Return the number formats of the cells' styles, not those of tables and conditions."""
        known: dict[int, str] = dict(BUILTIN_FORMATS)
        of_cells: list[int] = []
        for one in self._of("/styles"):
            if not self._package.has(one.target):
                continue
            with self._package.open(one.target, most=STYLES_MAX_BYTES) as file:
                for path, found in elements(Pieces(file), _tag("numFmt"), _tag("xf")):
                    parent = path[-1].tag
                    number = _number(found.get("numFmtId"))
                    if parent == _tag("numFmts"):
                        known[number] = found.get("formatCode", "")[:FORMAT_MAX]
                    elif parent == _tag("cellXfs"):
                        of_cells.append(number)
        return [known.get(one, "General") for one in of_cells]

    def _of(self, kind: str) -> list[Any]:
        return [one for one in self._relations if one.Type.endswith(kind)]


class _Cells(WorkSheetParser):
    """openpyxl's reader of cells; formulas stay formulas, and numbers what their format shows."""

    def __init__(
        self, source: Pieces, texts: list[str], formats: list[str], epoch: datetime
    ) -> None:
        dates = {rank for rank, one in enumerate(formats) if is_date_format(one)}
        spans = {rank for rank in dates if is_timedelta_format(formats[rank])}
        file: Any = source  # read, as it needs
        super().__init__(file, texts, epoch=epoch, date_formats=dates, timedelta_formats=spans)
        self._days = {rank for rank in dates if not _HOURS.search(_QUOTED.sub("", formats[rank]))}
        self._shows: dict[int, Callable[[float], Cell]] = {
            rank: shows for rank, one in enumerate(formats) if (shows := _shows(one))
        }

    def row(self, element: ET.Element) -> Row:
        """Return a row without its empty cells. Errors: `UnreadableFileError` for a wide one."""
        row: Any = element
        number, cells = self.parse_row(row)
        self.row_dimensions.clear()
        kept = {one["column"] - 1: value for one in cells if (value := one["value"]) is not None}
        if kept and max(kept) >= COLUMNS_MAX:
            text = _("Ligne %d : plus de %d colonnes.") % (number, COLUMNS_MAX)
            raise UnreadableFileError(text)
        return Row(number, kept)

    def empty_row(self, element: ET.Element) -> Row:
        """Return a row without cells: sheets may have a million of them."""
        self.row_counter = int(element.get("r") or self.row_counter + 1)
        return Row(self.row_counter, {})

    def parse_cell(self, element: ET.Element) -> dict[str, Any]:
        """Return a cell as openpyxl does, its value one of ours."""
        kind = element.get("t", "n")
        try:
            cell: dict[str, Any] = super().parse_cell(element)
        except (ArithmeticError, IndexError, ValueError):
            column = self.col_counter  # set before the value is looked at
            return {"column": column, "value": Broken(element.findtext(_tag("v"), ""))}
        value = cell["value"]
        if kind == "inlineStr" and cell["data_type"] != "f":
            value = _text_of(inline) if (inline := element.find(_tag("is"))) is not None else None
        elif cell["data_type"] == "e":
            value = Broken(str(value))
        elif kind == "str" and isinstance(value, str):
            value = _unescaped(value)
        elif kind == "n":
            value = self._number(value, cell["style_id"])
        if isinstance(value, str) and not value.strip():
            value = None
        return {"column": cell["column"], "value": value}

    def parse_formula(self, element: ET.Element) -> Formula:
        """Return a formula: its last value may be stale or missing, and is never taken."""
        return Formula("=" + (element.findtext(_tag("f")) or ""))

    def _number(self, value: Any, style: Any) -> Any:
        if isinstance(value, datetime) and style in self._days and value.time() == time():
            return value.date()
        if isinstance(value, bool | Formula | datetime | date | time) or value is None:
            return value
        if isinstance(value, timedelta):
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            shown = f"{minutes // 60}:{minutes % 60:02}"
            return f"{shown}:{seconds:02}" if seconds else shown
        if not isfinite(value):
            return Broken(str(value))
        if isinstance(value, float) and value == int(value) and abs(value) < EXACT_MAX:
            value = int(value)
        shows = self._shows.get(style or 0)
        return shows(value) if shows else value


def _shows(number_format: str) -> Callable[[float], Cell] | None:
    """Return what a format makes of numbers where it changes what people read."""
    bare = _QUOTED.sub("", number_format.split(";", maxsplit=1)[0])
    if "%" in bare:
        return as_seen
    if _ZEROS.fullmatch(bare):
        return lambda value: str(value).zfill(len(bare)) if isinstance(value, int) else value
    return None


def _text_of(element: ET.Element) -> str:
    """Return a text without its formatting and without how it is pronounced."""
    parts = [
        part.findtext(TEXT, "") if part.tag == RUN else part.text or ""
        for part in element
        if part.tag in {TEXT, RUN}
    ]
    return _unescaped("".join(parts))


def _unescaped(text: str) -> str:
    """Return a text as it was typed: Excel writes by its code what XML cannot hold."""
    return _ESCAPED.sub(
        lambda found: _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", chr(int(found[1], 16))), text
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _note_merge(reference: str, found: Found) -> None:
    _first, top, _last, bottom = range_boundaries(reference)
    if top is None or bottom is None:
        raise ValueError("merge")
    found.merges.append(Merge(reference, bottom))
