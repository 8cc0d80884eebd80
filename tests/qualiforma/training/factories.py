"""Training records, inserted directly so that any starting state can be reached."""

from datetime import UTC, datetime, timedelta
from typing import Any

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
from tests.cast import BOB, TOM

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)  # nine o'clock in Paris


def make_company(**overrides: Any) -> Company:
    return Company.objects.create(**{"name": "Menuiserie Guéguen"} | overrides)


def make_course(**overrides: Any) -> Course:
    values = {"title": "Excel pour débuter", "level": "BEGINNER", "duration_hours": 14}
    return Course.objects.create(**values | overrides)


def make_enrollment(**overrides: Any) -> Enrollment:
    values: dict[str, Any] = {"user_id": BOB.id, "enrolled_at": MORNING - timedelta(days=30)}
    values |= overrides
    if "course" not in values and "course_id" not in values:
        values["course"] = make_course()
    if values.get("status") == "COMPLETED":
        values.setdefault("completed_at", MORNING + timedelta(days=2))
    return Enrollment.objects.create(**values)


def make_session(course: Course, **overrides: Any) -> TrainingSession:
    values = {
        "title": "Jour 1",
        "starts_at": MORNING,
        "ends_at": MORNING + timedelta(hours=8),
        "mode": "ONSITE",
        "trainer_id": TOM.id,
    }
    return TrainingSession.objects.create(course=course, **values | overrides)


def make_attendance(
    session: TrainingSession, enrollment: Enrollment, **overrides: Any
) -> Attendance:
    values = {"attended": True, "attended_at": session.starts_at, "minutes": 420}
    return Attendance.objects.create(session=session, enrollment=enrollment, **values | overrides)


def make_signature(session: TrainingSession, enrollment: Enrollment, **overrides: Any) -> Signature:
    values = {"half_day": "AM", "signed_at": session.starts_at, "method": "LINK"}
    return Signature.objects.create(session=session, enrollment=enrollment, **values | overrides)


def make_questionnaire(**overrides: Any) -> Questionnaire:
    values = {"title": "Positionnement", "kind": "PRE", "max_score": 20}
    return Questionnaire.objects.create(**values | overrides)


def make_submission(questionnaire: Questionnaire, **overrides: Any) -> Submission:
    values = {"respondent_role": "LEARNER", "max_score": questionnaire.max_score}
    return Submission.objects.create(questionnaire=questionnaire, **values | overrides)


def make_records() -> None:
    """One record of each kind, by the ids that the route table names."""
    company = make_company(id="cmp_routes")
    course = make_course(id="crs_routes")
    enrollment = make_enrollment(id="enr_routes", course=course, company=company)
    make_enrollment(id="enr_done", course=course, status="COMPLETED")
    certified = make_enrollment(id="enr_certified", course=course, status="COMPLETED")
    Certificate.objects.create(
        id="crt_routes", enrollment=certified, issued_at=MORNING + timedelta(days=3)
    )
    session = make_session(course, id="ses_routes")
    make_attendance(session, enrollment, id="atd_routes")
    make_signature(session, enrollment, id="sig_routes")
    questionnaire = make_questionnaire(id="qst_routes", course=course)
    make_submission(questionnaire, id="sub_routes", enrollment=enrollment, score=12)
