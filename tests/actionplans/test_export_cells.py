"""Texts and names of sheets as Excel bears them."""

import pytest
from django.utils.translation import override
from openpyxl import Workbook

from actionplans.exports.cells import (
    LABEL,
    SHEET_NAME_MAX,
    WRAP,
    SheetNames,
    cell,
    fit,
    lines_of,
    pieces_of,
)
from qualiforma.spreadsheets import CELL_MAX, plain, units

FORBIDDEN = set("[]:*?/\\")


def names_of(*titles):
    given = SheetNames("Synthèse")
    return [given.name_for(one) for one in titles]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Revoir le livret", "Revoir le livret"),
        ("a/b", "a b"),
        ("=1+1", "=1+1"),
        ("History", "History (2)"),
        ("synthèse", "synthèse (2)"),
        ("'quoted'", "quoted"),
        ("[]:*?/\\", "Action"),
        ("a\nb\x07", "a b"),
        ("x" * 60, "x" * 31),
        ("🚀" * 20, "🚀" * 15),
        ("خطة تحسين", "خطة تحسين"),
    ],
)
def test_a_sheets_name(title, name):
    assert names_of(title) == [name]


def test_equal_names_are_ordered_whatever_their_case():
    assert names_of("Plan", "PLAN", "plan") == ["Plan", "PLAN (2)", "plan (3)"]
    long = names_of(*["y" * 60] * 12)
    assert len({one.casefold() for one in long}) == len(long)
    assert long[-1] == "y" * 26 + " (12)"
    assert all(units(one) <= SHEET_NAME_MAX and not FORBIDDEN & set(one) for one in long)


def test_a_tie_with_a_name_that_was_made_for_another():
    assert names_of("a", "a (2)", "a") == ["a", "a (2)", "a (3)"]


def test_a_text_that_is_too_long_says_so():
    with override("fr"):
        kept = fit("é" * (CELL_MAX + 1))
    assert units(kept) == CELL_MAX
    assert kept.endswith("par cellule]")
    assert fit("é" * CELL_MAX) == "é" * CELL_MAX


def test_emoji_count_as_two_in_every_workbook():
    with override("fr"):
        kept = plain("🎉" * CELL_MAX)
    assert CELL_MAX - units(kept) in {0, 1}
    assert kept.endswith("🎉 … [coupé]")


def test_control_characters_go_and_codes_stay_texts():
    assert fit("a\x00\x0bb\ufffe\uffff\r\nc") == "ab\nc"
    assert fit("_x0041_") == "_x005F_x0041_"


@pytest.mark.parametrize("text", ["=1+1", "+33 1", "-2", "@cmd", "\tx", "=HYPERLINK(1)"])
def test_what_looks_like_a_formula_is_a_text(text):
    made = cell(Workbook(write_only=True).create_sheet(), text)
    assert (made.value, made.data_type, made.quotePrefix) == (text, "s", True)


@pytest.mark.parametrize(
    "text", ["", "court", "a\nb\n\nc", "mot " * 1250, "ligne\n" * 833, "é" * 5000]
)
def test_a_long_text_goes_on_in_further_rows_and_loses_nothing(text):
    pieces = pieces_of(text, 60)
    assert all(lines_of(one, 60) <= 26 for one in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")
    assert len(pieces) == 1 or lines_of(text, 60) > 26


def test_cells_of_one_style_share_it_and_others_do_not():
    sheet = Workbook(write_only=True).create_sheet()
    first, second, formula, wrapped = (
        cell(sheet, "a", font=LABEL),
        cell(sheet, "b", font=LABEL),
        cell(sheet, "=c", font=LABEL),
        cell(sheet, "d", font=LABEL, alignment=WRAP),
    )
    assert first.style_id == second.style_id
    assert len({first.style_id, formula.style_id, wrapped.style_id}) == 3
    assert (first.font.b, first.alignment.wrap_text, wrapped.alignment.wrap_text) == (1, None, 1)
    other = cell(Workbook(write_only=True).create_sheet(), "e", alignment=WRAP)
    assert other.alignment.wrap_text
