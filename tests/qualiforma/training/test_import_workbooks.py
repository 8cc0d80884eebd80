"""Workbooks as programs write them: what people see in a cell is what is read, or it is refused."""

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from qualiforma.training.importing.exceptions import UnreadableFileError
from qualiforma.training.importing.source import Broken, Formula, Found, open_source
from tests.qualiforma.training.sheets import with_part, xlsx_file

HERE = Path(__file__).parent
CASES, PUBLIC = HERE / "cases", sorted((HERE / "workbooks").glob("*.*s*"))
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
SHEET = f'<worksheet xmlns="{MAIN}"><sheetData>%s</sheetData></worksheet>'
STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts>
<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>
<dxfs><dxf><numFmt numFmtId="170" formatCode="0%%"/></dxf></dxfs></styleSheet>"""
SHEET_PART, STYLES_PART = "xl/worksheets/sheet1.xml", "xl/styles.xml"


def read(path):
    source = open_source(path, lambda _text: False)
    return [row.cells for row in source.rows(Found())]


def renamed(path, new):
    """Write the parts of a workbook under other names."""
    copy = path.with_name("renamed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as made:
        for one in old.namelist():
            info = zipfile.ZipInfo("x")
            info.filename = new(one)
            made.writestr(info, old.read(one))
    return copy


def formatted(folder, value, number_format):
    def change(_book, sheet):
        sheet["A1"].number_format = number_format

    return xlsx_file(folder, [value], change=change)


def with_sheet(folder, rows):
    return with_part(xlsx_file(folder, ["a"]), SHEET_PART, (SHEET % rows).encode())


def test_dates_of_1904_with_extensions():
    assert read(CASES / "enrollments-1904.xlsx")[1][2] == date(2026, 3, 11)


@pytest.mark.parametrize(
    "stated", ['date1904="true"', 'date1904="1" codeName="x" filterPrivacy="1"', ""]
)
def test_the_system_of_dates_is_the_workbooks_own(tmp_path, stated):
    path = with_part(xlsx_file(tmp_path, [datetime(2026, 3, 11)]), "x", b"")
    with zipfile.ZipFile(path) as archive:
        book = archive.read("xl/workbook.xml").decode()
    start = book.index("<workbookPr")
    book = book[:start] + f"<workbookPr {stated}/>" + book[book.index("/>", start) + 2 :]
    [row] = read(with_part(path, "xl/workbook.xml", book.encode()))
    assert row[0] == datetime(2026, 3, 11) + (timedelta(days=1462) if stated else timedelta())


def test_names_with_backslashes():
    assert read(CASES / "companies-backslash.xlsx")[1] == {0: "Acme", 1: "a@b.example"}


@pytest.mark.parametrize(
    "new",
    [str.lower, str.upper, lambda one: f"/{one}", lambda one: one.replace("/", "\\").title()],
    ids=["lower", "upper", "absolute", "backslashes"],
)
def test_names_in_any_case(tmp_path, new):
    assert read(renamed(xlsx_file(tmp_path, ["Élan", 3]), new)) == [{0: "Élan", 1: 3}]


def test_the_strict_variant(tmp_path):
    path = xlsx_file(tmp_path, ["Élan", date(2026, 3, 11)])
    for part in ("xl/workbook.xml", SHEET_PART, STYLES_PART):
        with zipfile.ZipFile(path) as archive:
            content = archive.read(part).replace(MAIN.encode(), STRICT.encode())
        with_part(path, part, content)
    assert read(path) == [{0: "Élan", 1: date(2026, 3, 11)}]


def test_formats_of_tables_are_not_those_of_cells(tmp_path):
    path = with_sheet(tmp_path, '<row><c s="1"><v>46000</v></c></row>')
    assert read(with_part(path, STYLES_PART, STYLES.encode())) == [{0: date(2025, 12, 9)}]


def test_percents_are_what_people_see():
    assert read(CASES / "submissions-percent.xlsx")[1][3] == "75 %"


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (0.5, "0.00%", "50 %"),
        (0.07, "0.0%;[Red]-0.0%", "7 %"),
        (1, "0%", "100 %"),
        (0.5, '0.0"%"', 0.5),
        (42, "00000", "00042"),
        (42, '"N°"0', 42),
        (timedelta(hours=31, minutes=30), "[h]:mm", "31:30"),
        (time(7, 30), "hh:mm", time(7, 30)),
        (46000.5, "dd/mm/yyyy hh:mm", datetime(2025, 12, 9, 12)),
    ],
)
def test_numbers_as_their_format_shows_them(tmp_path, value, number_format, shown):
    [row] = read(formatted(tmp_path, value, number_format))
    assert row[0] == shown


@pytest.mark.parametrize("cell", ["<f>A2+1</f>", "<f>A2+1</f><v>3</v>", '<f t="shared" si="4"/>'])
def test_a_formula_is_no_empty_cell(tmp_path, cell):
    [row] = read(with_sheet(tmp_path, f'<row r="1"><c r="A1">{cell}</c></row>'))
    assert isinstance(row[0], Formula)


@pytest.mark.parametrize(
    "cell", ['<c t="s"><v>99</v></c>', '<c s="77"><v>3</v></c>', "<c><v>x</v></c>"]
)
def test_one_odd_cell_does_not_refuse_the_workbook(tmp_path, cell):
    [row] = read(with_sheet(tmp_path, f'<row><c t="str"><v>a</v></c>{cell}</row>'))
    assert row[0] == "a"
    assert row[1] == 3 or isinstance(row[1], Broken)


BOMBS = {
    "one row of many cells": "<row>" + "<c/>" * 9_000_000 + "</row>",
    "rows beyond the last": "<row/>" * 1_048_577,
    "rows that go back": '<row r="9"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>',
    "far to the right": '<row><c r="XFD1"><v>1</v></c></row>',
    "declared entities": "",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(tmp_path, name):
    path = with_sheet(tmp_path, BOMBS[name])
    if name == "declared entities":
        with_part(
            path, "xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "bb">]><workbook>&b;</workbook>'
        )
    with pytest.raises(UnreadableFileError):
        read(path)


def test_corners_far_apart_cost_nothing(tmp_path):
    rows = '<row r="1"><c><v>1</v></c></row><row r="1048576"><c><v>2</v></c></row>'
    assert read(with_sheet(tmp_path, rows)) == [{0: 1}, {0: 2}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><table><tr><td>Nom</td></tr></table></html>", "page web"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "texte XML"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "format XLS"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "mot de passe",
        ),
    ],
)
def test_other_formats_are_refused_with_what_to_do(tmp_path, content, said):
    path = tmp_path / "liste.xls"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=said):
        read(path)


def like_calamine(cell):
    """Return what calamine makes of a cell: it keeps neither percents nor zeros nor formulas."""
    if isinstance(cell, str) and cell.endswith(" %"):
        return float(cell[:-2]) / 100
    if isinstance(cell, bool):
        return cell
    return float(cell) if isinstance(cell, int) else cell


def is_alike(ours, theirs):
    if isinstance(ours, Formula | Broken):
        return True
    if isinstance(theirs, timedelta):
        return isinstance(ours, str | time)
    if type(ours) is not type(theirs) and isinstance(ours, date) and isinstance(theirs, date):
        return str(ours)[:10] == str(theirs)[:10]
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours.strip() == theirs.strip()
    return like_calamine(ours) == theirs


@pytest.mark.parametrize("path", PUBLIC, ids=lambda one: one.name)
def test_public_workbooks_as_a_second_reader_sees_them(path):
    book = CalamineWorkbook.from_path(path)
    names = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    source = open_source(path, lambda _text: False)
    assert source.sheet in names
    sheet = book.get_sheet_by_name(source.sheet)
    theirs = {
        (number, column): cell
        for number, row in enumerate(sheet.to_python(skip_empty_area=False), start=1)
        for column, cell in enumerate(row)
        if str(cell).strip()
    }
    ours = {
        (row.number, column): cell
        for row in source.rows(Found())
        for column, cell in row.cells.items()
    }
    wrong = {
        at: (ours.get(at), one) for at, one in theirs.items() if not is_alike(ours.get(at), one)
    }
    assert wrong == {}
    assert [at for at in ours if at not in theirs and not isinstance(ours[at], Formula)] == []
