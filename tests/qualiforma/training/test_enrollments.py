"""Enrollments and their certificates over HTTP."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from qualiforma.audit.models import AuditEvent
from qualiforma.training.models import Certificate, Enrollment
from tests.cast import ALICE, BOB, MONA
from tests.qualiforma.training.factories import (
    MORNING,
    make_company,
    make_course,
    make_enrollment,
)

URL = "/api/v1/enrollments"


def test_a_learner_from_enrollment_to_certificate(as_alice):
    course, company = make_course(), make_company()
    sent = {
        "courseId": course.pk,
        "userId": BOB.id,
        "companyId": company.pk,
        "paymentMethod": "STRIPE",
        "paymentId": "pi_1",
        "enrolledAt": "2026-04-01T12:00:00+02:00",
    }
    row = as_alice.post(URL, sent).json()["data"]
    assert row["enrolledAt"] == "2026-04-01T10:00:00Z"
    assert (row["status"], row["createdBy"], row["paymentId"]) == ("ACTIVE", ALICE.id, "pi_1")
    url = f"{URL}/{row['id']}"
    early = as_alice.post(f"{url}/certificate", {})
    assert (early.status_code, early.json()["code"]) == (409, "NOT_COMPLETED")
    assert early.json()["allowed"] == ["COMPLETED"]
    assert as_alice.get(f"{url}/certificate").status_code == 404
    done = as_alice.patch(url, {"status": "COMPLETED"})
    assert (done["ETag"], done.json()["data"]["completedAt"] is None) == ('"2"', False)
    issued = as_alice.post(f"{url}/certificate", {})
    assert (issued.status_code, issued["ETag"]) == (201, '"3"')
    certificate = issued.json()["data"]
    assert certificate["number"] == f"{timezone.localdate().year}-0001"
    assert as_alice.get(f"{url}/certificate").json()["data"] == certificate
    again = as_alice.post(f"{url}/certificate", {})
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_CERTIFIED")
    assert again.json()["certificateId"] == certificate["id"]


def test_a_second_active_one_is_refused_naming_the_first(as_alice):
    first = make_enrollment()
    body = {"courseId": first.course_id, "userId": BOB.id}
    answer = as_alice.post(URL, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_ENROLLED")
    assert answer.json()["enrollmentId"] == first.pk
    as_alice.patch(f"{URL}/{first.pk}", {"status": "REVOKED"})
    assert as_alice.post(URL, body).status_code == 201


def test_a_move_that_is_none_names_those_that_are(as_alice):
    row = make_enrollment(status="SUSPENDED")
    answer = as_alice.patch(f"{URL}/{row.pk}", {"status": "COMPLETED"})
    assert (answer.status_code, answer.json()["code"]) == (409, "ILLEGAL_TRANSITION")
    assert answer.json()["allowed"] == ["ACTIVE", "REVOKED"]
    assert Enrollment.objects.get().version == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"courseId": "crs_none"}, ("courseId", "unknown")),
        ({"userId": "usr_none"}, ("userId", "unknown")),
        ({"companyId": "cmp_none"}, ("companyId", "unknown")),
        ({"companyId": "crs_none"}, ("companyId", "shape")),
        ({"enrolledAt": "2999-01-01T00:00:00Z"}, ("enrolledAt", "future")),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ("expiresAt", "too_early")),
        ({"status": "COMPLETED"}, ("status", "unknown")),
    ],
)
def test_what_is_refused_is_named_as_it_is_sent(as_alice, body, expected):
    sent = {"courseId": make_course().pk, "userId": BOB.id} | body
    answer = as_alice.post(URL, sent)
    assert answer.status_code == 400
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [expected]


def test_an_end_comes_with_its_status_alone(as_alice):
    row = make_enrollment()
    url = f"{URL}/{row.pk}"
    alone = as_alice.patch(url, {"completedAt": "2026-03-04T10:00:00Z"})
    assert {(one["field"], one["code"]) for one in alone.json()["errors"]} == {
        ("completedAt", "unexpected")
    }
    body = {"status": "COMPLETED", "completedAt": "2026-03-04T10:00:00Z"}
    assert as_alice.patch(url, body).json()["data"]["completedAt"] == "2026-03-04T10:00:00Z"
    assert AuditEvent.objects.filter(action="training.enrollment.completed").count() == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"userId={BOB.id}", {"late", "early"}),
        ("courseId=crs_one", {"early", "mona"}),
        ("companyId=cmp_one", {"mona"}),
        ("status=COMPLETED", {"mona"}),
        ("paymentMethod=STRIPE", {"late"}),
        ("enrolledFrom=2026-02-02", {"late"}),
        ("enrolledTo=2026-02-01", {"early", "mona"}),
        (f"userId={BOB.id}&courseId=crs_one", {"early"}),
    ],
)
def test_filters(as_alice, query, expected):
    course, company = make_course(id="crs_one"), make_company(id="cmp_one")
    eve = datetime.fromisoformat("2026-02-01T22:59:59+00:00")  # the last second of the day in Paris
    make_enrollment(id="enr_early", course=course, enrolled_at=eve)
    make_enrollment(
        id="enr_mona",
        course=course,
        company=company,
        user_id=MONA.id,
        status="COMPLETED",
        enrolled_at=eve,
    )
    after = eve + timedelta(seconds=1)
    make_enrollment(id="enr_late", enrolled_at=after, payment_method="STRIPE")
    rows = as_alice.get(f"{URL}?{query}").json()["data"]
    assert {row["id"].removeprefix("enr_") for row in rows} == expected


def test_a_certificate_with_a_key_is_issued_once(as_alice):
    row = make_enrollment(status="COMPLETED")
    body = {"issuedAt": (MORNING + timedelta(days=4)).isoformat()}
    url = f"{URL}/{row.pk}/certificate"
    answers = [as_alice.post(url, body, HTTP_IDEMPOTENCY_KEY="once") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Certificate.objects.count() == 1


def test_a_stale_certificate_is_not_issued(as_alice):
    row = make_enrollment(status="COMPLETED", version=3)
    answer = as_alice.post(f"{URL}/{row.pk}/certificate", {}, HTTP_IF_MATCH='"2"')
    assert answer.status_code == 412
    assert not Certificate.objects.exists()
