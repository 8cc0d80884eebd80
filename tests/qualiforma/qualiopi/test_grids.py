"""Both grids, against a table typed apart from the code: from the design page, row by row."""

from datetime import date

import pytest
from django.utils import translation

from qualiforma.qualiopi.applicability import Profile, applicability
from qualiforma.qualiopi.grids import G2026, GRIDS, INDICATOR_MAX, V9, grid_for, label, labels
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Category, Condition, Exclusion, Subject

# number, criterion, AF BC VAE CFA, condition, grade, new entrant, changed (s: in substance, f: form)
TABLE = """
1 1 AF,BC,VAE,CFA - m - s
2 1 AF,BC,VAE,CFA - m NE s
3 1 AF,VAE,CFA CERTIFYING m NE s
4 2 AF,BC,VAE,CFA - M - -
5 2 AF,BC,VAE,CFA - M - -
6 2 AF,BC,VAE,CFA - M - -
7 2 AF,CFA CERTIFYING M - s
8 2 AF,CFA - m - -
9 3 AF,BC,VAE,CFA - m - -
10 3 AF,BC,VAE,CFA - M - -
11 3 AF,BC,VAE,CFA - M NE -
12 3 AF,BC,VAE,CFA OVER_TWO_DAYS m - s
13 3 AF,CFA ALTERNANCE m NE -
14 3 CFA - M NE s
15 3 CFA - M - s
16 3 AF,VAE,CFA CERTIFYING M - -
17 4 AF,BC,VAE,CFA - m - -
18 4 AF,BC,VAE,CFA - m - -
19 4 AF,BC,VAE,CFA - m NE s
20 4 CFA - M - s
21 5 AF,BC,VAE,CFA - M - -
22 5 AF,BC,VAE,CFA - M NE -
23 6 AF,BC,VAE,CFA - m - -
24 6 AF,BC,VAE,CFA - m NE -
25 6 AF,BC,VAE,CFA - m NE -
26 6 AF,BC,VAE,CFA - M NE -
27 6 AF,BC,VAE,CFA SUBCONTRACTING M - s
28 6 AF,CFA WORK_PERIODS m - -
29 6 CFA - M - -
30 7 AF,BC,VAE,CFA - m - s
31 7 AF,BC,VAE,CFA - M - f
32 7 AF,BC,VAE,CFA - M NE s
33 7 CFA - m - new
"""
ROWS = [line.split() for line in TABLE.split("\n") if line]
SUBCONTRACTING = {1, 2, 3, 5, 7, 9, 13, 16, 26, 28, 30}
SURVEILLANCE = {1, 3, 4, 5, 6, 7, 10, 11, 14, 15, 16, 17, 19, 20, 21, 22, 26, 27, 29, 31, 32}
GRADES = {"m": "MINOR_OR_MAJOR", "M": "MAJOR"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_row_of_both_grids(row):
    number, criterion, categories, condition, grade, entrant, changed = row
    for grid in GRIDS.values():
        found = grid.by_number.get(int(number))
        if found is None:
            assert (grid, changed) == (V9, "new")
            continue
        two_days = condition == "OVER_TWO_DAYS" and grid is G2026
        expected = None if condition == "-" or two_days else condition
        assert found.criterion == int(criterion)
        assert found.categories == set(categories.split(","))
        assert (found.condition, found.grade) == (expected, GRADES[grade])
        assert found.new_entrant == (entrant == "NE")
        assert found.subcontracting == (int(number) in SUBCONTRACTING)
        assert found.surveillance == (int(number) in SURVEILLANCE)
        assert (found.change is not None) == (grid is G2026 and changed != "-")
        assert found.grid == grid.code


def count(grid, category):
    return sum(Category(category) in row.categories for row in grid.indicators)


def test_totals():
    assert (len(V9.indicators), len(G2026.indicators), INDICATOR_MAX) == (32, 33, 33)
    assert [count(V9, one) for one in ("AF", "BC", "VAE", "CFA")] == [28, 22, 24, 32]
    assert [count(G2026, one) for one in ("AF", "BC", "VAE", "CFA")] == [28, 22, 24, 33]
    assert sum(row.categories == set(Category) for row in V9.indicators) == 22
    grades = [str(row.grade.value) for row in G2026.indicators]
    assert (grades.count("MINOR_OR_MAJOR"), grades.count("MAJOR")) == (16, 17)
    assert sum(row.grade == "MINOR_OR_MAJOR" for row in V9.indicators) == 15
    assert sum(row.new_entrant for row in G2026.indicators) == 11


def test_the_day_of_the_audit_chooses_the_grid():
    assert len(grid_for(date(2026, 10, 31)).indicators) == 32
    assert len(grid_for(date(2026, 11, 1)).indicators) == 33


@pytest.mark.parametrize("grid", GRIDS.values(), ids=lambda grid: grid.code)
def test_every_row_is_worded_in_both_languages(grid):
    for row in grid.indicators:
        texts = [row.label, *([row.change] if row.change else [])]
        assert all(one.fr.strip() and one.en.strip() and one.fr != one.en for one in texts)
        assert len(row.label.fr) <= 100
    assert len({row.label.fr for row in grid.indicators}) == len(grid.indicators)


def test_each_subject_of_our_records_has_one_number_in_both_grids():
    expected = {
        Subject.NEED: 4,
        Subject.CONTENT: 6,
        Subject.POSITIONING: 8,
        Subject.INFORMATION: 9,
        Subject.ADAPTATION: 10,
        Subject.ACHIEVEMENT: 11,
        Subject.ENGAGEMENT: 12,
        Subject.VIEWS: 30,
        Subject.COMPLAINTS: 31,
        Subject.IMPROVEMENT: 32,
    }
    assert expected == NUMBERS
    assert set(NUMBERS) == set(Subject)
    for grid in GRIDS.values():
        assert {row.subject: row.number for row in grid.indicators if row.subject} == expected


def test_wordings_follow_the_day_and_the_language():
    eve, day = date(2026, 10, 31), date(2026, 11, 1)
    with translation.override("fr"):
        assert label(31, eve) == "Difficultés, réclamations et aléas traités"
        assert label(32, eve) != label(32, day)
        assert label(33, eve) == label(33, day) != ""
        assert label(34, day) == ""
    with translation.override("en"):
        assert labels([31, 4], day) == {
            "31": "Difficulties, complaints and unforeseen events handled",
            "4": "Need analysed with the company and the funder",
        }


def applied(grid, *categories, conditions=(), new_entrant=()):
    profile = Profile(frozenset(categories), frozenset(conditions), frozenset(new_entrant))
    return {one.indicator.number: one for one in applicability(profile, grid)}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=lambda grid: grid.code)
def test_an_ordinary_organisation_has_twenty_three(grid):
    found = applied(grid, Category.AF)
    assert sum(one.applicable for one in found.values()) == 23
    reasons = {number: one.exclusion for number, one in found.items() if one.exclusion}
    expected = dict.fromkeys((3, 7, 16), Exclusion.CERTIFYING)
    expected |= {13: Exclusion.ALTERNANCE, 28: Exclusion.WORK_PERIODS}
    others = {14, 15, 20, 29} | ({33} if grid is G2026 else set())
    assert reasons == expected | dict.fromkeys(others, Exclusion.CATEGORY)


def test_each_answer_brings_its_indicators():
    plain = {number for number, one in applied(V9, Category.AF).items() if one.applicable}
    for condition, more in (
        (Condition.CERTIFYING, {3, 7, 16}),
        (Condition.ALTERNANCE, {13}),
        (Condition.WORK_PERIODS, {28}),
        (Condition.SUBCONTRACTING, set()),
    ):
        found = applied(V9, Category.AF, conditions=[condition])
        assert {number for number, one in found.items() if one.applicable} == plain | more


def test_apprenticeship_always_certifies_and_has_periods_at_work():
    assert all(one.applicable for one in applied(G2026, Category.CFA).values())
    assert sum(one.applicable for one in applied(G2026, Category.VAE).values()) == 24
    assert sum(one.applicable for one in applied(G2026, Category.BC).values()) == 22


def test_without_answers_everything_applies():
    assert all(one.applicable for one in applied(G2026).values())


def test_a_new_entrant_is_seen_whole_and_asked_for_less():
    found = applied(G2026, Category.AF, Category.BC, new_entrant=[Category.BC])
    assert all(one.surveillance == one.applicable for one in found.values())
    assert (found[2].new_entrant, found[4].new_entrant, found[13].new_entrant) == (
        True,
        False,
        False,
    )
    usual = applied(G2026, Category.AF)
    assert (usual[1].surveillance, usual[2].surveillance, usual[3].surveillance) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize("header", ["", "abc", '"a', "\x84"])
def test_malformed_if_none_match_is_refused(as_alice, header):
    answer = as_alice.get("/api/v1/qualiopi/grids", headers={"If-None-Match": header})
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == ["If-None-Match"]
