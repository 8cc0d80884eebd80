"""What the demo shows must hold in itself, and hold what the seed's timeline shows."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from qualiforma.accounts.demo import PEOPLE
from qualiforma.accounts.models import User
from qualiforma.training import demo
from qualiforma.training.models import (
    Attendance,
    Certificate,
    Company,
    Course,
    Enrollment,
    Questionnaire,
    Signature,
    Submission,
    TrainingSession,
)
from qualiforma.training.siret import is_siret
from qualiforma.training.states import EnrollmentStatus

# What has happened, when; the demo was written then.
PAST: dict[Any, str] = {
    Enrollment: "enrolled_at",
    Attendance: "attended_at",
    Signature: "signed_at",
    Submission: "submitted_at",
    Certificate: "issued_at",
}
WRITTEN = datetime(2026, 11, 21, tzinfo=UTC)
SEED_COURSES = {"crs_excel_init", "crs_excel_form", "crs_excel_macro"}


@pytest.fixture(params=["qualiforma-demo", "votre-tenant"])
def loaded(request, acme):
    User.objects.bulk_create(  # without the passwords that the demo's own loader makes slowly
        User(id=one, email=email, name=name, role=role) for one, email, name, role in PEOPLE
    )
    demo.load(request.param)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return request.param


def test_a_second_load_changes_nothing(loaded):
    before = Enrollment.objects.count(), Submission.objects.count()
    demo.load(loaded)
    assert (Enrollment.objects.count(), Submission.objects.count()) == before


def test_the_records_of_the_samples_are_there(loaded):
    assert Company.objects.filter(pk="cmp_abc123").exists()
    assert Course.objects.filter(pk__in=SEED_COURSES).count() == 3
    assert Questionnaire.objects.get(pk="qst_pre_excel").kind == "PRE"
    assert Enrollment.objects.get(pk="enr_xyz789").company_id == "cmp_abc123"


def test_a_catalogue_worth_searching_and_learners_in_all_stages(loaded):
    courses = list(Course.objects.all())
    assert len(courses) >= 30
    assert all(len(one.summary) > 100 and len(one.objectives) >= 3 for one in courses)
    enrollments = Enrollment.objects.all()
    assert len({one.user_id for one in enrollments}) >= 20
    assert {one.status for one in enrollments} == set(EnrollmentStatus)


def test_the_timeline_of_the_sample_begins_as_the_seed_does(loaded):
    row = Enrollment.objects.select_related("created_by").get(pk="enr_abc123")
    assert row.created_by.email == "admin@qualiforma.fr"
    assert row.enrolled_at == datetime(2026, 4, 1, 10, tzinfo=UTC)
    before = Submission.objects.get(enrollment=row, questionnaire__kind="PRE")
    assert before.submitted_at == datetime(2026, 4, 15, 14, tzinfo=UTC)
    assert str(before.score) == "12.00"
    assert before.max_score == 20
    after = Submission.objects.get(enrollment=row, questionnaire__kind="POST")
    attended = row.attendances.exclude(attended_at=None)
    followed: list[datetime] = [
        *filter(None, attended.values_list("attended_at", flat=True)),
        *row.signatures.values_list("signed_at", flat=True),
    ]
    assert len(followed) == 6
    assert before.submitted_at < min(followed) < max(followed) < after.submitted_at
    assert after.submitted_at < row.certificate.issued_at


def test_what_is_shown_could_have_been_entered(loaded):
    """The loader inserts rows directly; their columns and the rules between them hold all the same."""
    models = (Company, Course, Enrollment, TrainingSession, Attendance, Signature, Submission)
    for model in models:
        for row in model.objects.all():
            row.full_clean(validate_unique=False, validate_constraints=False)
    for model, instant in PAST.items():
        assert not model.objects.filter(**{f"{instant}__gt": WRITTEN}).exists(), model
    assert all(is_siret(one.siret) for one in Company.objects.exclude(siret=""))
    for model in (Attendance, Signature):
        for row in model.objects.select_related("session", "enrollment"):
            assert row.session.course_id == row.enrollment.course_id
    for row in Certificate.objects.select_related("enrollment"):
        assert row.enrollment.completed_at
        assert row.issued_at > row.enrollment.completed_at
