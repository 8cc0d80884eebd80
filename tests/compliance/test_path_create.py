"""POST /adaptive-paths."""

import pytest

from compliance.models import AdaptivePath, PathModule, PathVersion
from tests.cast import ALICE
from tests.compliance.paths_factories import make_courses, path_body
from tests.qualiforma.training.factories import make_questionnaire

URL = "/api/v1/adaptive-paths"


@pytest.fixture
def catalogue(acme):
    return make_courses()


def test_the_sample_of_the_source(as_alice, catalogue):
    make_questionnaire(id="qst_pre_excel", kind="PREREQUISITE")
    modules = [
        {"courseId": "crs_excel_init", "order": 1, "mandatory": True},
        {"courseId": "crs_excel_form", "order": 2, "mandatory": True},
        {"courseId": "crs_excel_macro", "order": 3, "mandatory": False},
    ]
    body = {
        "name": "Parcours Excel - Public débutant",
        "description": "Adapté aux apprenants n'ayant jamais utilisé Excel",
        "targetAudience": "BEGINNER",
        "modules": modules,
        "prerequisiteAssessmentId": "qst_pre_excel",
    }
    answer = as_alice.post(URL, body)
    assert (answer.status_code, answer["ETag"]) == (201, '"1"')
    path = answer.json()["data"]
    completed = {"unlockCondition": "COMPLETION"}
    assert path["modules"] == [{**one, **completed, "title": one["courseId"]} for one in modules]
    assert {name: path[name] for name in body if name != "modules"} == {
        name: value for name, value in body.items() if name != "modules"
    }
    assert (path["id"][:4], path["version"], path["createdBy"]) == ("pth_", 1, ALICE.id)


def test_what_is_not_sent_is_null(as_alice, catalogue):
    path = as_alice.post(URL, path_body()).json()["data"]
    assert (path["description"], path["prerequisiteAssessmentId"]) == (None, None)


def test_the_order_counts_not_the_place_in_the_list(as_alice, catalogue):
    body = path_body()
    body["modules"].reverse()
    path = as_alice.post(URL, body).json()["data"]
    assert [one["order"] for one in path["modules"]] == [1, 2]


def wrong(**changes):
    """A body of which the second module says something else."""
    body = path_body()
    body["modules"][1] |= changes
    return body


REFUSED = {
    "a gap": (wrong(order=3), "modules[1].order", "gap"),
    "twice": (wrong(order=1), "modules[1].order", "repeated"),
    "from zero": (wrong(order=0), "modules[1].order", "min_value"),
    "a text": (wrong(order="2"), "modules[1].order", "invalid"),
    "a course twice": (wrong(courseId="crs_excel_init"), "modules[1].courseId", "repeated"),
    "no such course": (wrong(courseId="crs_none"), "modules[1].courseId", "unknown"),
    "no course": (wrong(courseId="usr_bob"), "modules[1].courseId", "shape"),
    "a condition": (wrong(unlockCondition="LUCK"), "modules[1].unlockCondition", "invalid_choice"),
    "mandatory": (wrong(mandatory="yes"), "modules[1].mandatory", "invalid"),
    "no modules": (path_body(modules=[]), "modules", "min_length"),
    "an audience": (path_body(targetAudience="ALL"), "targetAudience", "invalid_choice"),
    "a blank name": (path_body(name=" "), "name", "blank"),
    "no assessment": (
        path_body(prerequisiteAssessmentId="qst_none"),
        "prerequisiteAssessmentId",
        "unknown",
    ),
    "a final one": (
        path_body(prerequisiteAssessmentId="qst_post"),
        "prerequisiteAssessmentId",
        "kind",
    ),
}


@pytest.mark.parametrize(("body", "field", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_named(as_alice, catalogue, body, field, code):
    make_questionnaire(id="qst_post", kind="POST")
    answer = as_alice.post(URL, body)
    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]
    assert not AdaptivePath.objects.exists()


@pytest.mark.parametrize("kind", ["PRE", "PREREQUISITE"])
def test_assessments_of_the_entrance_are_taken(as_alice, catalogue, kind):
    make_questionnaire(id="qst_in", kind=kind)
    body = path_body(prerequisiteAssessmentId="qst_in")
    assert as_alice.post(URL, body).status_code == 201


def test_fifty_modules_and_no_more(as_alice):
    ids = [f"crs_{rank}" for rank in range(51)]
    make_courses(*ids)
    assert as_alice.post(URL, path_body(*ids[:50])).status_code == 201
    refused = as_alice.post(URL, path_body(*ids))
    assert refused.status_code == 400
    assert {one["field"].partition("[")[0] for one in refused.json()["errors"]} == {"modules"}


def test_queries_do_not_grow_with_modules(as_alice, count_queries):
    make_courses(*(f"crs_{rank}" for rank in range(22)))
    few, many = path_body("crs_0", "crs_1"), path_body(*(f"crs_{rank}" for rank in range(2, 22)))
    cost = count_queries(lambda: as_alice.post(URL, few), 201)
    assert count_queries(lambda: as_alice.post(URL, many), 201) == cost
    assert (PathVersion.objects.count(), PathModule.objects.count()) == (2, 22)
