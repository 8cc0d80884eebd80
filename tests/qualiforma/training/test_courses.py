"""The catalogue over HTTP."""

import pytest

from tests.qualiforma.training.factories import make_course

URL = "/api/v1/courses"
BODY = {
    "title": "Excel avancé",
    "summary": "Formules et tableaux croisés.",
    "objectives": ["Analyser une base"],
    "entryLevel": "INTERMEDIATE",
    "level": "ADVANCED",
    "durationHours": 10.5,
    "skills": ["Excel", "Tableur"],
}


def test_a_course_as_it_was_sent(as_mona):
    row = as_mona.post(URL, BODY).json()["data"]
    assert {name: row[name] for name in BODY} == BODY
    assert row["active"] is True
    changed = as_mona.patch(f"{URL}/{row['id']}", {"active": False, "durationHours": 14})
    assert changed["ETag"] == '"2"'
    assert changed.json()["data"] == row | {"active": False, "durationHours": 14}


def test_an_entry_level_is_that_of_beginners_unless_stated(as_alice):
    body = {"title": "Anglais", "level": "BEGINNER", "durationHours": 30}
    row = as_alice.post(URL, body).json()["data"]
    assert (row["entryLevel"], row["objectives"], row["summary"]) == ("BEGINNER", [], "")


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"level": "BEGINNER"}, "entryLevel", "above_level"),
        ({"durationHours": 0}, "durationHours", "range"),
        ({"durationHours": "14"}, "durationHours", "invalid"),
        ({"durationHours": True}, "durationHours", "invalid"),
        ({"durationHours": 1.005}, "durationHours", "digits"),
        ({"durationHours": 1e300}, "durationHours", "range"),
        ({"objectives": ["x" * 501]}, "objectives[0]", "max_length"),
        ({"objectives": [" "]}, "objectives[0]", "blank"),
        ({"skills": ["a"] * 51}, "skills", "max_length"),
        ({"level": "GURU"}, "level", "invalid_choice"),
        ({"active": 1}, "active", "invalid"),
    ],
)
def test_what_is_refused_is_named(as_alice, changes, field, code):
    answer = as_alice.post(URL, BODY | changes)
    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("level=ADVANCED", {"Paie"}),
        ("entryLevel=INTERMEDIATE", {"Paie"}),
        ("active=false", {"Word"}),
        ("active=true", {"Excel", "Paie"}),
        ("q=tableur", {"Excel"}),
        ("q=DEBUTER", {"Excel"}),
        ("level=&q=", {"Excel", "Paie", "Word"}),
    ],
)
def test_filters(as_alice, query, expected):
    make_course(title="Excel", summary="Débuter avec un tableur.")
    make_course(title="Paie", level="ADVANCED", entry_level="INTERMEDIATE")
    make_course(title="Word", active=False)
    rows = as_alice.get(f"{URL}?{query}").json()["data"]
    assert {row["title"] for row in rows} == expected


def test_by_title_accents_apart(as_alice):
    for title in ("Zoom", "Élus du CSE", "Excel"):
        make_course(title=title)
    rows = as_alice.get(f"{URL}?ordering=title").json()["data"]
    assert [row["title"] for row in rows] == ["Élus du CSE", "Excel", "Zoom"]


def test_pages_never_overlap(as_alice):
    for rank in range(5):
        make_course(title=str(rank))
    pages = [as_alice.get(f"{URL}?perPage=2&page={page}").json()["data"] for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [row["title"] for page in pages for row in page] == ["4", "3", "2", "1", "0"]
