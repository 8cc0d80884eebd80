"""POST and GET /adaptive-paths/:id/assignments: why this learner, and how far they are."""

import pytest

from compliance.models import PathAssignment
from qualiforma.accounts.models import User
from tests.cast import ALICE, BOB
from tests.compliance.needs_factories import make_analysis
from tests.compliance.paths_factories import make_assignment, make_courses, make_path
from tests.qualiforma.training.factories import (
    make_company,
    make_enrollment,
    make_questionnaire,
    make_submission,
)

URL = "/api/v1/adaptive-paths/pth_one/assignments"
BODY = {"userId": BOB.id, "rationale": "Débute sur tableur."}


@pytest.fixture
def courses(acme):
    return make_courses()


@pytest.fixture
def path(courses):
    """Init, then form at 70 per cent, then macro at 80: form is optional."""
    return make_path(
        [
            {"course": courses[0]},
            {"course": courses[1], "unlock_condition": "SCORE_GTE_70", "mandatory": False},
            {"course": courses[2], "unlock_condition": "SCORE_GTE_80"},
        ],
        id="pth_one",
    )


def test_why_by_whom_and_when(as_alice, path):
    answer = as_alice.post(URL, BODY)
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert {name: made[name] for name in BODY} == BODY
    assert (made["pathId"], made["version"], made["assignedBy"]) == ("pth_one", 1, ALICE.id)
    assert made["needsAnalysisId"] is None
    assert made["assignedAt"].endswith("Z")
    assert as_alice.get(f"{URL}/{BOB.id}").json()["data"] == made


def test_twice_is_a_conflict_that_says_what_the_learner_has(as_alice, path):
    as_alice.post(URL, BODY)
    again = as_alice.post(URL, BODY)
    assert (again.status_code, again.json()["code"]) == (409, "PATH_ALREADY_ASSIGNED")
    assert again.json()["version"] == 1
    assert PathAssignment.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"userId": "usr_none"}, "userId", "unknown"),
        ({"userId": "usr_mona"}, "userId", "unknown"),
        ({"needsAnalysisId": "nda_none"}, "needsAnalysisId", "unknown"),
        ({"rationale": " "}, "rationale", "blank"),
        ({"pathId": "pth_one"}, "pathId", "unknown"),
    ],
)
def test_what_is_refused_is_named(as_alice, path, changes, field, code):
    User.objects.filter(pk="usr_mona").update(is_active=False)
    answer = as_alice.post(URL, BODY | changes)
    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]


def test_the_analysis_is_the_learners_or_their_companys(as_alice, path):
    company = make_company()
    theirs = make_enrollment(user_id=ALICE.id, company=company)
    done = {"company": company, "status": "COMPLETED"}
    make_analysis(id="nda_theirs", enrollment=theirs, **done)
    make_analysis(id="nda_companys", **done)
    make_analysis(id="nda_draft")
    for analysis, code in (("nda_theirs", "elsewhere"), ("nda_draft", "draft")):
        refused = as_alice.post(URL, BODY | {"needsAnalysisId": analysis})
        assert [(one["field"], one["code"]) for one in refused.json()["errors"]] == [
            ("needsAnalysisId", code)
        ]
    made = as_alice.post(URL, BODY | {"needsAnalysisId": "nda_companys"})
    assert made.json()["data"]["needsAnalysisId"] == "nda_companys"


def test_a_paths_assignments_are_listed_newest_first(as_alice, path):
    for day, user in enumerate((BOB.id, ALICE.id), start=1):
        make_assignment(path, user_id=user, assigned_at=f"2026-01-0{day}T00:00Z")
    make_assignment(make_path(id="pth_two"))
    answer = as_alice.get(f"{URL}?perPage=1").json()
    assert answer["meta"] == {"total": 2, "page": 1, "perPage": 1}
    assert [one["userId"] for one in answer["data"]] == [ALICE.id]
    (bobs,) = as_alice.get(f"{URL}?userId={BOB.id}").json()["data"]
    assert bobs == as_alice.get(f"{URL}/{BOB.id}").json()["data"]
    assert as_alice.get(f"{URL}?userId=usr_none").json()["data"] == []
    for query in ("userId=bob", "status=LOCKED", "page=0"):
        assert as_alice.get(f"{URL}?{query}").status_code == 400


def test_a_list_of_more_learners_costs_no_query(as_alice, path, courses, count_queries):
    for user in (BOB.id, ALICE.id):
        make_assignment(path, user_id=user)
    few = count_queries(lambda: as_alice.get(URL))
    for user in ("usr_mona", "usr_tom", "usr_audrey"):
        make_assignment(path, user_id=user)
        score(make_enrollment(course=courses[0], user_id=user), 15)
    assert count_queries(lambda: as_alice.get(URL)) == few


def test_nobody_else_has_it(as_alice, path):
    make_assignment(path)
    assert as_alice.get(f"{URL}/{ALICE.id}").status_code == 404
    assert as_alice.get(f"/api/v1/adaptive-paths/pth_two/assignments/{BOB.id}").status_code == 404


def states(client):
    return [
        (one["courseId"].removeprefix("crs_excel_"), one["state"])
        for one in client.get(f"{URL}/{BOB.id}").json()["data"]["modules"]
    ]


def score(enrollment, value, most=20, kind="POST"):
    questionnaire = make_questionnaire(kind=kind, max_score=most)
    make_submission(questionnaire, enrollment=enrollment, score=value)


def test_a_learner_moves_along(as_alice, path, courses):
    make_assignment(path)
    assert states(as_alice) == [("init", "UNLOCKED"), ("form", "LOCKED"), ("macro", "LOCKED")]
    enrollment = make_enrollment(course=courses[0])
    assert states(as_alice)[0] == ("init", "IN_PROGRESS")
    score(enrollment, 14)
    assert states(as_alice)[1:] == [("form", "UNLOCKED"), ("macro", "LOCKED")]
    score(enrollment, 40, most=50)
    assert states(as_alice)[2] == ("macro", "UNLOCKED")
    enrollment.status, enrollment.completed_at = "COMPLETED", enrollment.enrolled_at
    enrollment.save()
    assert states(as_alice)[0] == ("init", "COMPLETED")


def test_the_score_that_counted_and_what_is_missing(as_alice, path, courses):
    make_assignment(path)
    enrollment = make_enrollment(course=courses[0])
    score(enrollment, 10)
    score(enrollment, 12.5)
    score(enrollment, 20, kind="PRE")
    score(make_enrollment(course=courses[0], user_id=ALICE.id), 20)
    init, form, macro = as_alice.get(f"{URL}/{BOB.id}").json()["data"]["modules"]
    assert (init["score"], init["counted"], init["missing"]) == (62.5, None, [])
    assert form["counted"] == {"courseId": "crs_excel_init", "score": 62.5}
    assert form["missing"] == [
        {
            "kind": "SCORE",
            "courseId": "crs_excel_init",
            "requiredScore": 70,
            "reachedScore": 62.5,
            "description": "Score d’au moins 70 % dans « crs_excel_init » (62,5 % atteints).",
        }
    ]
    assert macro["counted"] == {"courseId": "crs_excel_init", "score": 62.5}


def test_the_entrance_assessment_opens_the_first_module(as_alice, courses):
    questionnaire = make_questionnaire(id="qst_in", kind="PREREQUISITE")
    path = make_path([{"course": courses[0]}], id="pth_one", prerequisite_assessment=questionnaire)
    make_assignment(path)
    (module,) = as_alice.get(f"{URL}/{BOB.id}").json()["data"]["modules"]
    assert module["state"] == "LOCKED"
    assert [(one["kind"], one["questionnaireId"]) for one in module["missing"]] == [
        ("PREREQUISITE_ASSESSMENT", "qst_in")
    ]
    make_submission(questionnaire, enrollment=make_enrollment(course=courses[2]))
    assert states(as_alice) == [("init", "UNLOCKED")]


def test_queries_do_not_grow(as_alice, acme, count_queries):
    counts = []
    for number in (2, 20):
        ids = [f"crs_{number}_{rank}" for rank in range(number)]
        courses = make_courses(*ids)
        path = make_path([{"course": one} for one in courses], id=f"pth_{number}")
        make_assignment(path)
        for course in courses:
            score(make_enrollment(course=course), 15)
        url = f"/api/v1/adaptive-paths/pth_{number}/assignments/{BOB.id}"
        counts.append(count_queries(lambda url=url: as_alice.get(url)))
    assert counts[0] == counts[1]
