"""Questionnaires and what was answered, over HTTP."""

import pytest

from qualiforma.audit.models import AuditEvent
from qualiforma.training.models import Submission
from tests.qualiforma.training.factories import (
    make_course,
    make_enrollment,
    make_questionnaire,
    make_submission,
)

URL = "/api/v1/questionnaires"


def errors(answer):
    assert answer.status_code == 400, answer.content
    return [(one["field"], one["code"]) for one in answer.json()["errors"]]


def test_a_questionnaire_stays_what_was_answered(as_alice):
    row = make_enrollment()
    sent = {"title": "Avant Excel", "kind": "PRE", "courseId": row.course_id, "maxScore": 20}
    asked = as_alice.post(URL, sent).json()["data"]
    assert {name: asked[name] for name in sent} == sent
    url = f"{URL}/{asked['id']}"
    assert as_alice.patch(url, {"maxScore": 25.5}).json()["data"]["maxScore"] == 25.5
    answer = {"enrollmentId": row.pk, "respondentRole": "LEARNER", "score": 12.25}
    given = as_alice.post(f"{url}/submissions", answer)
    assert (given.status_code, given["ETag"]) == (201, '"3"')
    assert (given.json()["data"]["score"], given.json()["data"]["maxScore"]) == (12.25, 25.5)
    fixed = as_alice.patch(url, {"maxScore": 20, "kind": "POST", "courseId": None})
    assert (fixed.status_code, fixed.json()["code"]) == (409, "QUESTIONNAIRE_ANSWERED")
    assert fixed.json()["fields"] == ["kind", "courseId", "maxScore"]
    assert as_alice.patch(url, {"title": "Positionnement"}).status_code == 200


ANSWERS = {"rythme": "adapté", "note": 4, "oui": True, "rien": None, "choix": ["a", 2.5, False]}


def test_answers_come_back_as_they_were_given_and_stay_out_of_the_trail(as_alice):
    asked = make_questionnaire(kind="SATISFACTION", max_score=10)
    body = {"respondentRole": "COMPANY", "answers": ANSWERS, "submittedAt": "2026-05-01T08:00:00Z"}
    given = as_alice.post(f"{URL}/{asked.pk}/submissions", body).json()["data"]
    assert (given["answers"], given["score"], given["enrollmentId"]) == (ANSWERS, None, None)
    (entry,) = AuditEvent.objects.filter(object_id=given["id"])
    assert entry.action == "training.submission.recorded"
    assert not [name for name in entry.clear if "answers" in name]


@pytest.mark.parametrize(
    "answers",
    [
        [],
        "x",
        {"q": {"deeper": 1}},
        {"q": [[1]]},
        {"q": "\x00"},
        {"q": 1e20},
        {"q": 10**400},
        {"q": "x" * 5001},
        {"q" * 201: 1},
        {"q": [0] * 101},
        {str(rank): rank for rank in range(201)},
    ],
)
def test_answers_that_cannot_be_stored(as_alice, answers):
    asked = make_questionnaire(kind="SATISFACTION")
    body = {"respondentRole": "LEARNER", "answers": answers}
    assert {field for field, _ in errors(as_alice.post(f"{URL}/{asked.pk}/submissions", body))} == {
        "answers"
    }
    assert not Submission.objects.exists()


@pytest.mark.parametrize("answers", [r'{"q": "\ud800"}', r'{"\ud800": 1}', '{"q": 1e999}'])
def test_answers_that_no_client_of_ours_can_write(as_alice, answers):
    asked = make_questionnaire(kind="SATISFACTION")
    body = f'{{"respondentRole": "LEARNER", "answers": {answers}}}'
    url = f"{URL}/{asked.pk}/submissions"
    answer = as_alice.post(url, body, content_type="application/json")
    assert [field for field, _ in errors(answer)] == ["answers"]


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("PRE", {"score": 20.01}, ("score", "out_of_range")),
        ("PRE", {"score": -1}, ("score", "range")),
        ("PRE", {"enrollmentId": None}, ("enrollmentId", "required")),
        ("POST", {"enrollmentId": "enr_none"}, ("enrollmentId", "unknown")),
        ("SATISFACTION", {"enrollmentId": "enr_other"}, ("enrollmentId", "another_course")),
        ("SATISFACTION", {"respondentRole": "DOG"}, ("respondentRole", "invalid_choice")),
        ("PRE", {"submittedAt": "2999-01-01T00:00:00Z"}, ("submittedAt", "future")),
    ],
)
def test_a_submission_that_cannot_be(as_alice, kind, body, expected):
    row = make_enrollment()
    make_enrollment(id="enr_other")
    asked = make_questionnaire(kind=kind, course=row.course)
    sent = {"respondentRole": "LEARNER", "enrollmentId": row.pk} | body
    assert errors(as_alice.post(f"{URL}/{asked.pk}/submissions", sent)) == [expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=POST", {"Après"}),
        ("courseId=crs_one", {"Avant"}),
        ("q=apres", {"Après"}),
        ("ordering=createdAt", {"Avant", "Après"}),
    ],
)
def test_filters(as_alice, query, expected):
    make_questionnaire(title="Avant", course=make_course(id="crs_one"))
    make_questionnaire(title="Après", kind="POST")
    rows = as_alice.get(f"{URL}?{query}").json()["data"]
    assert {row["title"] for row in rows} == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("respondentRole=COMPANY", {"sub_company"}),
        ("enrollmentId=enr_bob", {"sub_bob"}),
        ("submittedFrom=2026-02-01", {"sub_company"}),
        ("submittedTo=2026-01-31", {"sub_bob"}),
    ],
)
def test_filters_of_submissions(as_alice, query, expected):
    asked = make_questionnaire(kind="SATISFACTION")
    bob = make_enrollment(id="enr_bob")
    make_submission(asked, id="sub_bob", enrollment=bob, submitted_at="2026-01-31T22:59Z")
    make_submission(
        asked, id="sub_company", respondent_role="COMPANY", submitted_at="2026-01-31T23:00Z"
    )
    rows = as_alice.get(f"{URL}/{asked.pk}/submissions?{query}").json()["data"]
    assert {row["id"] for row in rows} == expected
