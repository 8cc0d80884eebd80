"""GET /qualiopi/grids: for everybody, in their language, kept by caches."""

import pytest

from qualiforma.qualiopi.grids import G2026, GRIDS, V9
from tests.cast import Client

URL = "/api/v1/qualiopi/grids"


def nobody(language="fr"):
    return Client(None, language=language)


def test_both_grids_say_which_audits_go_by_them(db):
    rows = nobody().get(URL).json()["data"]
    assert [
        (one["code"], one["auditsFrom"], one["auditsUntil"], one["indicatorCount"]) for one in rows
    ] == [("V9", None, "2026-10-31", 32), ("2026", "2026-11-01", None, 33)]


@pytest.mark.parametrize("grid", GRIDS.values(), ids=lambda grid: grid.code.value)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_row_is_answered_in_the_readers_language(db, grid, language):
    answer = nobody(language).get(f"{URL}/{grid.code.value}")
    rows = answer.json()["data"]["indicators"]
    assert [one["number"] for one in rows] == [row.number for row in grid.indicators]
    assert [one["label"] for one in rows] == [
        getattr(row.label, language) for row in grid.indicators
    ]
    assert answer["Content-Language"] == language


def test_a_row_says_what_there_is_to_know(db):
    rows = nobody().get(f"{URL}/2026").json()["data"]["indicators"]
    assert G2026.by_number[7].change is not None
    assert rows[6] == {
        "number": 7,
        "criterion": 2,
        "label": G2026.by_number[7].label.fr,
        "categories": ["AF", "CFA"],
        "condition": "CERTIFYING",
        "grade": "MAJOR",
        "newEntrant": False,
        "surveillance": True,
        "subcontracting": True,
        "change": G2026.by_number[7].change.fr,
    }


@pytest.mark.parametrize("path", [URL, f"{URL}/V9"])
def test_caches_keep_it_and_ask_whether_it_has_changed(db, path):
    first = nobody().get(path)
    assert first["Cache-Control"] == "public, max-age=3600"
    again = nobody().get(path, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert (again["ETag"], again["Cache-Control"]) == (first["ETag"], first["Cache-Control"])
    # Kept apart by language alone: neither organisation nor caller makes a difference.
    varies = {name.strip() for name in first["Vary"].split(",")}
    assert "Accept-Language" in varies
    assert not {"Authorization", "X-Tenant-ID", "Cookie"} & varies
    english = nobody("en").get(path, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (english.status_code, english["ETag"] == first["ETag"]) == (200, False)


def test_no_credentials_make_a_difference(as_alice, acme):
    expected = nobody().get(URL).content
    for client in (as_alice, as_alice.in_tenant("nowhere"), Client("acme", "no.token.at-all")):
        answer = client.get(URL)
        assert (answer.status_code, answer.content) == (200, expected)


@pytest.mark.parametrize("code", ["V10", "v9", "2025"])
def test_an_unknown_grid_is_not_found_and_not_kept(db, code):
    answer = nobody().get(f"{URL}/{code}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert "max-age" not in answer["Cache-Control"]


@pytest.mark.parametrize("path", [URL, f"{URL}/2026"])
def test_an_unknown_parameter_is_named(db, path):
    answer = nobody().get(f"{path}?criterion=3")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "criterion")


def test_nothing_is_written(db):
    assert nobody().post(URL, {}).status_code == 405


def test_calls_are_counted_by_where_they_come_from(db, settings):
    settings.RATE_LIMIT = 2
    answers = [nobody().get(f"{URL}/{grid.code.value}") for grid in (V9, G2026, V9)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == answers[2]["RateLimit-Reset"]


def test_it_costs_no_statement(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert nobody().get(f"{URL}/2026").status_code == 200
