"""Services of attendances."""

from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError
from qualiforma.training.models import Attendance, Enrollment, TrainingSession
from qualiforma.training.services.inputs import AttendanceDraft
from qualiforma.training.services.sessions import day_of
from qualiforma.training.services.shared import (
    Errors,
    ExpectedVersions,
    locked,
    refuse_any,
    shape_errors,
    to_come,
)
from qualiforma.versions import save

SECONDS_OF_A_MINUTE = 60


@audit.audited("training.attendance.recorded")
def record_attendance(
    *,
    session: TrainingSession,
    enrollment: Enrollment,
    draft: AttendanceDraft,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Attendance:
    """Say whether a learner was at a session; said again, the last word counts.

    Errors: `InvalidFieldsError`, also for an enrollment in another course.
    """
    session = locked(session, expected_versions)
    known = Attendance.objects.filter(session=session, enrollment=enrollment).first()
    attendance = known or Attendance(session=session, enrollment=enrollment)
    before = _said(attendance)
    attendance.attended = draft.attended
    attendance.minutes = draft.minutes
    attendance.attended_at = draft.attended_at
    if draft.attended and draft.attended_at is None:
        attendance.attended_at = session.starts_at
    refuse_any(elsewhere(session, enrollment) + _errors(attendance, session))

    if known and before == _said(attendance):
        return attendance
    attendance.save()
    save(session)
    return attendance


def elsewhere(session: TrainingSession, enrollment: Enrollment) -> Errors:
    """Name an enrollment that is not in the session's course."""
    if enrollment.course_id == session.course_id:
        return []
    detail = _("Cette inscription n’est pas à la formation de la session.")
    return [FieldError("enrollment", "another_course", detail)]


def _said(attendance: Attendance) -> tuple[object, ...]:
    return attendance.attended, attendance.attended_at, attendance.minutes


def _errors(attendance: Attendance, session: TrainingSession) -> Errors:
    errors = shape_errors(attendance) + to_come(attended_at=attendance.attended_at)
    lasted = (session.ends_at - session.starts_at).total_seconds() / SECONDS_OF_A_MINUTE
    if not attendance.attended:
        errors += [
            FieldError(
                name, "unexpected", _("N’indiquez ni heure ni durée pour une personne absente.")
            )
            for name in ("attended_at", "minutes")
            if getattr(attendance, name)
        ]
    elif attendance.attended_at and day_of(attendance.attended_at) != day_of(session.starts_at):
        detail = _("Cette heure n’est pas du jour de la session.")
        errors.append(FieldError("attended_at", "another_day", detail))
    if attendance.minutes is not None and attendance.minutes > lasted:
        text = _("La session dure %d minutes.") % lasted
        errors.append(FieldError("minutes", "max_value", text))
    return errors
