"""GET /adaptive-paths and one of them."""

import pytest
from django.db import connection

from compliance.api.paths import PathFilter
from compliance.models import AdaptivePath
from tests.compliance.paths_factories import make_courses, make_path

URL = "/api/v1/adaptive-paths"


@pytest.fixture
def paths(acme):
    init, form, macro = make_courses()
    make_path([{"course": init}, {"course": form}], id="pth_a", name="Tableur, débuter")
    make_path([{"course": macro}], id="pth_b", name="Macros", target_audience="EXPERT")
    make_path([{"course": init}], id="pth_c", description="Été : l’essentiel du tableur")


FOUND = {
    "": ["pth_c", "pth_b", "pth_a"],
    "targetAudience=EXPERT": ["pth_b"],
    "courseId=crs_excel_init": ["pth_c", "pth_a"],
    "courseId=crs_excel_init&targetAudience=EXPERT": [],
    "q=ete tableur": ["pth_c"],
    "q=TABLEUR": ["pth_c", "pth_a"],
    "perPage=1&page=2": ["pth_b"],
}


@pytest.mark.parametrize(("query", "expected"), FOUND.items(), ids=str)
def test_filters(as_alice, paths, query, expected):
    answer = as_alice.get(f"{URL}?{query}")
    assert [one["id"] for one in answer.json()["data"]] == expected


def test_the_course_is_looked_for_in_the_present_version(as_alice, paths):
    modules = [{"courseId": "crs_excel_form", "order": 1, "mandatory": True}]
    as_alice.patch(f"{URL}/pth_a", {"modules": modules})
    found = as_alice.get(f"{URL}?courseId=crs_excel_init").json()["data"]
    assert [one["id"] for one in found] == ["pth_c"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("targetAudience=ALL", "targetAudience"), ("courseId=excel", "courseId"), ("x=1", "x")],
)
def test_what_a_filter_refuses_is_named(as_alice, query, field):
    answer = as_alice.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_queries_do_not_grow_with_rows(as_alice, count_queries):
    make_path(make_modules(2))
    few = count_queries(lambda: as_alice.get(URL))
    for _ in range(9):
        make_path(make_modules(5))
    assert count_queries(lambda: as_alice.get(URL)) == few


def make_modules(number):
    from tests.qualiforma.training.factories import make_course

    return [{"course": make_course()} for _ in range(number)]


@pytest.mark.parametrize("query", ["", "targetAudience=EXPERT", "q=tableur"])
def test_each_filter_has_its_index(acme, query):
    given = dict(pair.split("=") for pair in query.split("&") if pair)
    paths = PathFilter(given, AdaptivePath.objects.alive().newest_first()).qs
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "Index" in paths[:20].explain()
    assert "Seq Scan" not in paths[:20].explain()
