"""ODS, as LibreOffice saves it: each cell states its type and what people read in it.

Not python-calamine: it drops formulas, percents and leading zeros, and holds a sheet with its empty
cells in memory. Source: OpenDocument 1.3, part 3; decision 26.
"""

import re
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from qualiforma.training.importing.exceptions import UnreadableFileError
from qualiforma.training.importing.packages import Pieces, elements, opened
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
    protected,
)

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_PADDED = re.compile(r"0\d{1,39}", re.ASCII)
_SPAN = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S", re.ASCII)


def _in(namespace: str, name: str) -> str:
    return f"{{{_OASIS}{namespace}:1.0}}{name}"


TABLE, TABLE_NAME = _in("table", "table"), _in("table", "name")
ROW, CELL, COVERED = (
    _in("table", one) for one in ("table-row", "table-cell", "covered-table-cell")
)
STYLE, STYLE_NAME, OF_STYLE = (
    _in("style", "style"),
    _in("style", "name"),
    _in("table", "style-name"),
)
PARAGRAPH = _in("text", "p")


def is_ods(path: Path) -> bool:
    """Say whether an archive is a document of this family. Errors: `UnreadableFileError`."""
    with opened(path) as package:
        return package.has(CONTENT) and package.has(MANIFEST)


class OdsSource:
    """The first visible sheet of a document."""

    def __init__(self, path: Path) -> None:
        self._path = path
        hidden: set[str] = set()
        names: list[str] = []
        with opened(path) as package:
            if b"encryption-data" in package.read(MANIFEST):
                raise UnreadableFileError(protected())
        with opened(path) as package, package.open(CONTENT) as file:
            for around, element in elements(Pieces(file), STYLE, ROW):
                if element.tag == STYLE:
                    if any(one.get(_in("table", "display")) == "false" for one in element):
                        hidden.add(element.get(STYLE_NAME, ""))
                    continue
                table = _table_of(around)
                name = table.get(TABLE_NAME, "")
                if table.get(OF_STYLE) not in hidden and name not in names:
                    names.append(name)
        if not names:
            raise UnreadableFileError(_("Ce classeur n’a pas de feuille lisible."))
        self.sheet, self.sheets = names[0], len(names)

    def rows(self, found: Found) -> Iterator[Row]:
        """Yield the rows with a value; merged cells are noted in `found`."""
        number = 0
        with opened(self._path) as package, package.open(CONTENT) as file:
            for around, element in elements(Pieces(file), ROW):
                if _table_of(around).get(TABLE_NAME, "") != self.sheet:
                    if number:
                        return
                    continue
                times = _times(element, "number-rows-repeated")
                cells = dict(_cells(element, number + 1, found))
                if number + times > ROWS_MAX:
                    raise ValueError("row")
                for one in range(number + 1, number + 1 + times) if cells else ():
                    yield Row(one, cells)
                number += times


def _table_of(around: list[ET.Element]) -> ET.Element:
    """Return the sheet that a row stands in, beside or within groups of rows."""
    tables = [one for one in around if one.tag == TABLE]
    if len(tables) != 1:  # a table within a cell
        raise ValueError("table")
    return tables[0]


def _times(element: ET.Element, name: str) -> int:
    times = int(element.get(_in("table", name), "1"))
    if times < 1:
        raise ValueError(name)
    return times


def _cells(row: ET.Element, number: int, found: Found) -> Iterator[tuple[int, Cell]]:
    column = 0
    for element in row:
        if element.tag not in {CELL, COVERED}:
            continue
        times = _times(element, "number-columns-repeated")
        value = _value(element) if element.tag == CELL else None
        if value is not None and (not isinstance(value, str) or value.strip()):
            if column + times > COLUMNS_MAX:
                text = _("Ligne %d : plus de %d colonnes.") % (number, COLUMNS_MAX)
                raise UnreadableFileError(text)
            for one in range(column, column + times):
                yield one, value
        wide, high = (_times(element, f"number-{one}-spanned") for one in ("columns", "rows"))
        if wide > 1 or high > 1:
            first, last = get_column_letter(column + 1), get_column_letter(column + wide)
            bottom = number + high - 1
            found.merges.append(Merge(f"{first}{number}:{last}{bottom}", bottom))
        column += times


def _value(cell: ET.Element) -> Cell | None:
    """Return what a cell holds, as people read it. A formula's last value is never taken."""
    formula = cell.get(_in("table", "formula"))
    if formula is not None:
        return Formula(formula.partition(":")[2] or formula)
    kind = cell.get(_in("office", "value-type"), "string")
    shown = "\n".join(_text_of(one) for one in cell if one.tag == PARAGRAPH)
    try:
        return _typed(kind, cell, shown)
    except (ArithmeticError, ValueError):
        return Broken(shown)


def _typed(kind: str, cell: ET.Element, shown: str) -> Cell | None:
    if kind in {"float", "currency", "percentage"}:
        value = float(cell.get(_in("office", "value"), ""))
        return as_seen(value) if kind == "percentage" else _number(value, shown)
    if kind == "date":
        moment = datetime.fromisoformat(cell.get(_in("office", "date-value"), ""))
        return moment if moment.time() != time() or ":" in shown else moment.date()
    if kind == "time":
        return _span(cell.get(_in("office", "time-value"), ""))
    flag = cell.get(_in("office", "boolean-value"))
    if kind == "boolean" and flag:
        return flag == "true"
    return cell.get(_in("office", "string-value")) or shown or None


def _number(value: float, shown: str) -> Cell:
    if _PADDED.fullmatch(shown) and value == int(shown):
        return shown
    return int(value) if value == int(value) and abs(value) < EXACT_MAX else value


def _span(text: str) -> str:
    """Return hours and minutes, of a day or of more than one."""
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError(text)
    return f"{int(found[1])}:{found[2]}" + (f":{found[3]}" if int(found[3]) else "")


def _text_of(element: ET.Element) -> str:
    """Return a paragraph's text: spaces, tabs and line ends are elements of their own."""
    parts = [element.text or ""]
    for part in element:
        if part.tag == _in("text", "s"):
            parts.append(" " * min(int(part.get(_in("text", "c"), "1")), 32_767))
        elif part.tag == _in("text", "tab"):
            parts.append("\t")
        elif part.tag == _in("text", "line-break"):
            parts.append("\n")
        elif part.tag != _in("office", "annotation"):
            parts.append(_text_of(part))
        parts.append(part.tail or "")
    return "".join(parts)
