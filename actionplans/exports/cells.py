"""Cells as Excel bears them: texts that stay texts, times of Paris, names of sheets."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.formatting.rule import DataBarRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink

from qualiforma.spreadsheets import CELL_MAX, CODED, DANGEROUS, UNPRINTABLE, cut, shortened

# Excel's own limit, in UTF-16 units, as is that of a cell.
SHEET_NAME_MAX = 31
DATE = "dd/mm/yyyy"
INSTANT = "dd/mm/yyyy hh:mm"
PERCENT = "0%"

BRAND = "1F3A5F"
BAR = "7FB38F"
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\]")

PLAIN = Font(name="Calibri", size=11)


@cache
def font(**style: Any) -> Font:
    """Return the workbook's one font, in a style of its own."""
    return Font(name="Calibri", **{"size": 11, **style})


HEAD = font(bold=True, color="FFFFFF")
HEAD_FILL = PatternFill("solid", fgColor=BRAND)
LABEL = font(bold=True, color=BRAND)
LINK = font(color="1A56B0", underline="single")
LATE = font(bold=True, color="B42318")
MUTED = font(color="52606D")
TOP = Alignment(vertical="top")
CENTRE = Alignment(vertical="top", horizontal="center")
INDENTED = Alignment(vertical="top", horizontal="left", indent=1)
MIDDLE = Alignment(vertical="center", wrap_text=True)
LEFT = Alignment(vertical="top", horizontal="left", wrap_text=True)
WRAP = Alignment(vertical="top", wrap_text=True)
# Rows are as high as their texts: not every program finds that out by itself. Excel shows none
# that is higher than 409 points, so that long texts go on in the next row.
LINE_POINTS = 15
LINES_MAX = 26
LINE = Border(bottom=Side(style="thin", color="C9D3E0"))


def add_bars(sheet: Any, cells: str) -> None:
    """Draw a bar behind percentages, full at 100 %."""
    rule = DataBarRule(
        start_type="num",
        start_value=0,
        end_type="num",
        end_value=1,
        color=BAR,
        minLength=0,  # unless it says so, nothing done is drawn as a tenth
        maxLength=100,
    )
    sheet.conditional_formatting.add(cells, rule)


def fit(text: str) -> str:
    """Return a text that a cell can hold. One that is too long says at its end that it is cut."""
    text = UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return shortened(
        CODED.sub("_x005F_", text),
        lambda: _("… [coupé : Excel n’admet que %d caractères par cellule]") % CELL_MAX,
    )


def lines_of(text: str, width: int) -> int:
    """Return how many lines a text takes in a column of that many characters, about."""
    return sum(max(1, math.ceil(len(one) / width)) for one in text.split("\n"))


def pieces_of(text: str, width: int) -> list[str]:
    """Return the text in pieces that a row can show whole; one, for all but very long ones."""
    pieces = [""]
    for line in text.replace("\r\n", "\n").split("\n"):
        for start in range(0, max(1, len(line)), width * LINES_MAX):
            part = line[start : start + width * LINES_MAX]
            longer = f"{pieces[-1]}\n{part}" if pieces[-1] else part
            if lines_of(longer, width) <= LINES_MAX:
                pieces[-1] = longer
            else:
                pieces.append(part)
    return pieces


def set_height(sheet: Any, row: int, lines: int) -> None:
    """Make a row that is not written yet high enough for its lines."""
    if lines > 1:
        sheet.row_dimensions[row].height = LINE_POINTS * lines


def cell(sheet: Any, value: Any, **style: Any) -> Any:
    """Return a cell. Texts are texts whatever they begin with; instants are Paris's, without zone.

    Its style is shared with others and stays as it is.
    """
    made: Any = WriteOnlyCell(sheet)
    shape = "General"
    if isinstance(value, str):
        made.value = fit(value)
        made.data_type = "s"  # never a formula
    elif isinstance(value, datetime):
        made.value, shape = timezone.localtime(value).replace(tzinfo=None, microsecond=0), INSTANT
    elif isinstance(value, date):
        made.value, shape = value, DATE
    else:
        made.value = value
    style = {"alignment": TOP, "font": PLAIN, "number_format": shape} | style
    if made.data_type == "s" and DANGEROUS.match(made.value):
        style["quotePrefix"] = True  # nor one once it is edited
    made._style = _numbered(sheet, style)  # noqa: SLF001 - as openpyxl's own way to copy a style
    return made


# Of each workbook, the styles it has numbered. openpyxl would look each up by all that it is made
# of, once for each cell: two fifths of the time that a sheet takes.
_NUMBERED: WeakKeyDictionary[Workbook, dict[tuple[Any, ...], Any]] = WeakKeyDictionary()


def _numbered(sheet: Any, style: Mapping[str, Any]) -> Any:
    """Return what openpyxl makes of a style. Its parts are known again by their identity."""
    known = _NUMBERED.setdefault(sheet.parent, {})
    key = tuple((name, id(one)) for name, one in sorted(style.items()))
    if key not in known:
        sample: Any = WriteOnlyCell(sheet)
        for name, one in style.items():
            setattr(sample, name, one)
        known[key] = sample._style, style  # noqa: SLF001 - as above; the parts live on, and their ids
    return known[key][0]


def linked(sheet: Any, text: str, to: str, **style: Any) -> Any:
    """Return a cell that leads to another sheet of the workbook, named `to`."""
    made = cell(sheet, text, **{"font": LINK, "alignment": WRAP} | style)
    quoted = to.replace("'", "''")
    made.hyperlink = Hyperlink(ref="A1", location=f"'{quoted}'!A1", display=None)
    return made


class SheetNames:
    """Names for sheets: what Excel forbids left out, short enough, no two alike.

    Alike are names that differ in case only. Cost: one step for each name that ties.
    """

    def __init__(self, *taken: str) -> None:
        # Excel keeps the word "History" for itself.
        self._taken = {one.casefold() for one in (*taken, "History")}
        self._last: dict[str, int] = {}

    def name_for(self, title: str) -> str:
        """Return a name made of the title."""
        plain = UNPRINTABLE.sub("", _FORBIDDEN_IN_NAMES.sub(" ", title))
        plain = " ".join(plain.split()).strip("' ") or _("Action")
        name = cut(plain, SHEET_NAME_MAX).strip("' ")
        key = name.casefold()
        while name.casefold() in self._taken:
            self._last[key] = self._last.get(key, 1) + 1
            ending = f" ({self._last[key]})"
            name = cut(plain, SHEET_NAME_MAX - len(ending)).strip("' ") + ending
        self._taken.add(name.casefold())
        return name
