"""POST, GET and PATCH /needs-analysis, and completing one."""

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.models import NeedsAnalysis
from qualiforma.tenants.context import tenant_context
from qualiforma.training.models import Course
from tests.cast import MONA, Client
from tests.compliance.needs_factories import URL, make_analysis, make_catalogue, needs_body
from tests.qualiforma.training.factories import make_company, make_enrollment

KEYS = {
    "id", "companyId", "enrollmentId", "objectives", "currentLevel", "targetLevel", "context",
    "fundingSource", "status", "thirdPartyAnalysis", "recommendations", "gapAnalysis", "createdAt",
    "completedAt", "createdBy",
}  # fmt: skip
GAP = {
    "currentLevel": "BEGINNER",
    "targetLevel": "ADVANCED",
    "levelsToGain": 2,
    "steps": ["INTERMEDIATE"],
    "coveredObjectives": [0],
    "uncoveredObjectives": [],
    "coverage": 1.0,
    "engine": "POSTGRESQL",
    "engineFailure": None,
}


def refused(answer, status=400):
    assert answer.status_code == status, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def created(client, **body):
    answer = client.post(URL, needs_body(**body))
    assert answer.status_code == 201, answer.content
    return answer.json()["data"]


def test_an_analysis_is_completed_with_what_the_catalogue_answers(as_mona):
    make_catalogue()
    enrollment = make_enrollment(course_id="crs_init")
    row = created(as_mona, enrollmentId=enrollment.pk, fundingSource="OPCO")
    assert set(row) == KEYS
    assert (row["status"], row["createdBy"]) == ("COMPLETED", MONA.id)
    assert row["completedAt"] == row["createdAt"]
    assert (row["fundingSource"], row["enrollmentId"]) == ("OPCO", enrollment.pk)
    assert row["gapAnalysis"] == GAP
    orders = {one["courseId"]: one["order"] for one in row["recommendations"]}
    assert orders == {"crs_init": 1, "crs_form": 2}


def test_a_recommendation_says_why_in_the_readers_language(as_alice):
    make_catalogue()
    row = created(as_alice, currentLevel="INTERMEDIATE")
    (best, *_) = row["recommendations"]
    assert list(best) == [
        "courseId", "title", "level", "score", "matchedObjectives", "reasons", "order",
    ]  # fmt: skip
    assert (best["courseId"], best["level"], best["matchedObjectives"]) == (
        "crs_form", "ADVANCED", [0],
    )  # fmt: skip
    assert 0.5 < best["score"] <= 1
    assert best["reasons"] == [
        "Répond à l’objectif 1 : excel, reporting, rh",
        "Mène du niveau Intermédiaire au niveau Avancé",
    ]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"companyId": "cmp_nothing"}, [("companyId", "unknown")]),
        ({"enrollmentId": "enr_nothing"}, [("enrollmentId", "unknown")]),
        ({"companyId": "abc"}, [("companyId", "shape")]),
        ({"targetLevel": "BEGINNER", "currentLevel": "EXPERT"}, [("targetLevel", "below_current")]),
        ({"objectives": []}, [("objectives", "min_length")]),
        ({"objectives": ["x"] * 21}, [("objectives", "max_length")]),
        ({"objectives": ["x" * 501]}, [("objectives[0]", "max_length")]),
        ({"objectives": [" "]}, [("objectives[0]", "blank")]),
        ({"context": ""}, [("context", "blank")]),
        ({"currentLevel": "PRO"}, [("currentLevel", "invalid_choice")]),
        ({"fundingSource": "BANK"}, [("fundingSource", "invalid_choice")]),
        ({"status": "ARCHIVED"}, [("status", "invalid_choice")]),
        ({"recommendations": []}, [("recommendations", "unknown")]),
    ],
)
def test_what_is_refused_is_named_and_nothing_is_kept(as_alice, sent, expected):
    answer = as_alice.post(URL, needs_body() | sent)
    assert refused(answer) == expected
    assert not NeedsAnalysis.objects.exists()


@pytest.mark.parametrize(
    "name", ["companyId", "objectives", "currentLevel", "targetLevel", "context"]
)
def test_what_is_required(as_alice, name):
    body = needs_body()
    del body[name]
    assert refused(as_alice.post(URL, body)) == [(name, "required")]


def test_an_unknown_company_is_named(as_alice, globex):
    with tenant_context(globex):
        theirs = make_company(id="cmp_theirs")
    for pk in (theirs.pk, "cmp_nobodys"):
        answer = as_alice.post(URL, needs_body() | {"companyId": pk}).json()
        (error,) = answer["errors"]
        assert error["detail"] == f"Aucune entreprise n’a l’identifiant {pk}."


def test_a_draft_is_changed_then_completed_for_good(as_tom):
    make_catalogue()
    row = created(as_tom, status="DRAFT", objectives=["Parler anglais en réunion"])
    assert (row["status"], row["completedAt"]) == ("DRAFT", None)
    assert [one["courseId"] for one in row["recommendations"]] == ["crs_english"]
    url = f"{URL}/{row['id']}"
    changed = as_tom.patch(url, {"objectives": ["Secourisme"], "fundingSource": None}).json()[
        "data"
    ]
    assert [one["courseId"] for one in changed["recommendations"]] == ["crs_sst"]
    done = as_tom.post(f"{url}/complete")
    assert (done.status_code, done["ETag"]) == (200, '"3"')
    assert done.json()["data"]["completedAt"] is not None
    for again in (as_tom.post(f"{url}/complete"), as_tom.patch(url, {"context": "Autre"})):
        assert (again.status_code, again.json()["code"]) == (409, "NEEDS_ANALYSIS_COMPLETED")
        assert again.json()["current"] == "COMPLETED"


def test_completing_ranks_the_catalogue_of_that_moment_and_keeps_it(as_alice):
    row = created(as_alice, status="DRAFT", objectives=["Secourisme"])
    assert row["recommendations"] == []
    assert row["gapAnalysis"]["uncoveredObjectives"] == [0]
    make_catalogue()
    url = f"{URL}/{row['id']}"
    assert as_alice.get(url).json()["data"]["recommendations"] == []
    done = as_alice.post(f"{url}/complete").json()["data"]
    assert [one["courseId"] for one in done["recommendations"]] == ["crs_sst"]
    Course.objects.update(active=False, title="Autre chose")
    assert as_alice.get(url).json()["data"] == done


def test_levels_are_checked_against_what_stays(as_alice):
    analysis = make_analysis(current_level="ADVANCED", target_level="EXPERT")
    url = f"{URL}/{analysis.pk}"
    assert refused(as_alice.patch(url, {"targetLevel": "BEGINNER"})) == [
        ("targetLevel", "below_current")
    ]
    both = {"currentLevel": "BEGINNER", "targetLevel": "BEGINNER"}
    changed = as_alice.patch(url, both).json()["data"]
    assert changed["gapAnalysis"]["levelsToGain"] == 0


def test_a_stale_copy_changes_nothing(as_alice):
    analysis = make_analysis(version=4)
    url = f"{URL}/{analysis.pk}"
    for answer in (
        as_alice.patch(url, {"context": "Autre"}, HTTP_IF_MATCH='"3"'),
        as_alice.post(f"{url}/complete", HTTP_IF_MATCH='"3"'),
    ):
        assert (answer.status_code, answer.json()["version"]) == (412, 4)
    same = as_alice.patch(url, {"context": "Mise à jour annuelle"}, HTTP_IF_MATCH='"4"')
    assert same["ETag"] == '"4"'  # equal to the present: no change


def test_the_same_key_makes_one_analysis(as_alice):
    body = needs_body()
    first, second = (as_alice.post(URL, body, HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert first.json()["data"] == second.json()["data"]
    assert first["ETag"] == second["ETag"] == '"1"'
    assert NeedsAnalysis.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE compliance_needsanalysis SET context = 'x'",
        "UPDATE compliance_needsanalysis SET status = 'DRAFT', completed_at = NULL",
        "UPDATE compliance_needsanalysis SET recommendations = '[]', accessibility_needs = ''",
        "DELETE FROM compliance_needsanalysis",
    ],
)
def test_the_database_keeps_a_completed_one_as_it_is(acme, change):
    make_analysis(status="COMPLETED", recommendations=[1], accessibility_needs="x")
    with pytest.raises(DatabaseError, match="is completed"), transaction.atomic():
        connection.cursor().execute(change)
    draft = make_analysis()
    draft.context = "Autre"
    draft.save()


def test_reasons_are_translated_to_english(as_alice):
    make_catalogue()
    row = created(as_alice, currentLevel="INTERMEDIATE")
    english = Client("acme", as_alice.token, language="en")
    told = english.get(f"{URL}/{row['id']}").json()["data"]["recommendations"][0]["reasons"]
    assert told != row["recommendations"][0]["reasons"]


def test_auditors_read(as_audrey):
    analysis = make_analysis()
    assert as_audrey.get(f"{URL}/{analysis.pk}").json()["data"]["id"] == analysis.pk
