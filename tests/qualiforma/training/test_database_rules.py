"""Rules that hold the person who writes, services or not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import Error, IntegrityError, connection, transaction

from qualiforma.training.models import (
    Certificate,
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Signature,
    Submission,
    TrainingSession,
)

NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)


@pytest.fixture
def course(acme):
    return Course.objects.create(title="Excel", level="ADVANCED", duration_hours=14)


@pytest.fixture
def enrollment(course):
    return Enrollment.objects.create(course=course, user_id="usr_bob")


@pytest.fixture
def session(course):
    return TrainingSession.objects.create(
        course=course,
        title="Jour 1",
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=3),
        mode="ONSITE",
        trainer_id="usr_tom",
    )


@pytest.fixture
def sign(session, enrollment):
    def signature(**fields):
        values = {"half_day": "AM", "signed_at": NOON, "method": "LINK"}
        return Signature.objects.create(session=session, enrollment=enrollment, **values | fields)

    return signature


def checked(call):
    """Do it, and check now what is checked when the transaction ends."""
    call()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(naming, call):
    with pytest.raises(Error, match=naming), transaction.atomic():
        checked(call)


def test_one_active_enrollment_for_learner_and_course(enrollment, course):
    again = {"course": course, "user_id": "usr_bob"}
    refused("enrollment_active_once", lambda: Enrollment.objects.create(**again))
    Enrollment.objects.create(**again, status="REVOKED")


def test_a_half_day_is_signed_once(sign):
    sign()
    refused("signature_once", sign)
    sign(half_day="PM")


def test_a_correction_replaces_the_same_half_day_and_only_once(sign):
    first = sign()
    corrected = sign(replaces=first)
    assert corrected.replaces == first
    refused("replaces", lambda: sign(replaces=first))
    afternoon = sign(half_day="PM")
    refused("same_half_day", lambda: sign(replaces=afternoon))


@pytest.mark.parametrize("change", ["UPDATE {} SET method = 'PAPER'", "DELETE FROM {}"])
def test_a_signature_never_changes(sign, change):
    sign()
    statement = change.format("training_signature")
    refused("evidence", lambda: connection.cursor().execute(statement))


def test_a_score_lies_within_its_maximum(enrollment):
    asked = Questionnaire.objects.create(title="Test", kind="POST", max_score=20)
    given = {"questionnaire": asked, "enrollment": enrollment, "respondent_role": "LEARNER"}
    Submission.objects.create(**given, score=20, max_score=20)
    refused("score_within", lambda: Submission.objects.create(**given, score="20.5", max_score=20))
    refused("max_score", lambda: Submission.objects.create(**given, score=30, max_score=40))
    refused("max_score", lambda: Questionnaire.objects.update(max_score=40))


def finished(course, person):
    return Enrollment.objects.create(
        course=course,
        user_id=person,
        status="COMPLETED",
        enrolled_at=NOON,
        completed_at=NOON + timedelta(days=9),
    )


def test_certificates_are_numbered_by_year_of_paris_without_a_gap(course):
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # New Year in Paris
    people = ["usr_bob", "usr_tom", "usr_mona"]
    instants = [NOON, NOON, eve]
    for person, instant in zip(people, instants, strict=True):
        Certificate.objects.create(enrollment=finished(course, person), issued_at=instant)
    numbers = [one.number for one in Certificate.objects.order_by("year", "rank")]
    assert numbers == ["2026-0001", "2026-0002", "2027-0001"]


def test_a_number_given_must_be_the_next(course):
    first = finished(course, "usr_bob")
    issue = Certificate.objects.create
    refused("gap", lambda: issue(enrollment=first, issued_at=NOON, rank=2))
    issue(enrollment=first, issued_at=NOON, rank=1)
    assert Certificate.objects.get().number == "2026-0001"


def test_a_certificate_stays(course):
    Certificate.objects.create(enrollment=finished(course, "usr_bob"), issued_at=NOON)
    refused("evidence", lambda: Certificate.objects.update(rank=7))
    refused("evidence", Certificate.objects.all().delete)


def test_two_companies_never_share_a_siret(acme):
    Company.objects.create(name="A", siret="73282932000074")
    Company.objects.create(name="B")
    Company.objects.create(name="B")
    with pytest.raises(IntegrityError, match="siret_once"):
        Company.objects.create(name="C", siret="73282932000074")
