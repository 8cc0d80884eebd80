"""Services of enrollments."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, IllegalTransitionError
from qualiforma.training.models import Company, Course, Enrollment
from qualiforma.training.services.exceptions import AlreadyEnrolledError
from qualiforma.training.services.inputs import EnrollmentDraft
from qualiforma.training.services.shared import (
    Errors,
    ExpectedVersions,
    given_id,
    insert,
    locked,
    not_active,
    refuse_any,
    refusing,
    shape_errors,
    to_come,
    unknown,
)
from qualiforma.training.states import ENROLLMENT_MOVES, EnrollmentStatus
from qualiforma.versions import apply, differing, save

# What the trail calls each move.
MOVES_TO = {
    EnrollmentStatus.ACTIVE: "training.enrollment.resumed",
    EnrollmentStatus.COMPLETED: "training.enrollment.completed",
    EnrollmentStatus.SUSPENDED: "training.enrollment.suspended",
    EnrollmentStatus.REVOKED: "training.enrollment.revoked",
}


@audit.audited("training.enrollment.created")
def create_enrollment(*, draft: EnrollmentDraft, actor: Actor) -> Enrollment:
    """Enroll an active user. Errors: `InvalidFieldsError`; `AlreadyEnrolledError`."""
    enrollment = Enrollment(
        course_id=draft.course,
        user_id=draft.user,
        company_id=draft.company,
        status=draft.status,
        payment_method=draft.payment_method,
        payment_id=draft.payment_id,
        enrolled_at=draft.enrolled_at or timezone.now(),
        completed_at=draft.completed_at,
        expires_at=draft.expires_at,
        created_by_id=actor.id,
        **given_id(draft.id),
    )
    _stamp(enrollment)
    refuse_any(
        not_active("user", draft.user)
        + unknown("course", Course, draft.course)
        + unknown("company", Company, draft.company)
        + _errors(enrollment)
    )
    _check_alone(enrollment)

    insert(enrollment, lambda: _check_alone(enrollment))
    return enrollment


@audit.audited("training.enrollment.changed")
def change_enrollment(
    *,
    enrollment: Enrollment,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Enrollment:
    """Change company, payment, end and status; who learns what stays.

    COMPLETED stamps `completed_at` unless it is given. Errors: `IllegalTransitionError` naming what
    is possible; `AlreadyEnrolledError` when another one is active; `InvalidFieldsError`.
    """
    enrollment = locked(enrollment, expected_versions)
    changes = differing(enrollment, changes)
    if not changes:
        return enrollment
    target = changes.get("status")
    if target is not None:
        current = EnrollmentStatus(enrollment.status)
        if EnrollmentStatus(target) not in (allowed := ENROLLMENT_MOVES[current]):
            raise IllegalTransitionError(current=current, allowed=sorted(allowed))

    apply(enrollment, changes)
    _stamp(enrollment)
    errors = _errors(enrollment)
    if "completed_at" in changes and target is None:  # the instant of a move, not a field
        detail = _("La date de fin se donne en terminant l’inscription.")
        errors.append(FieldError("completed_at", "unexpected", detail))
    refuse_any(errors + unknown("company", Company, changes.get("company")))
    _check_alone(enrollment)

    if target is not None:
        audit.rename(MOVES_TO[EnrollmentStatus(target)])
    with refusing(lambda: _check_alone(enrollment)):
        save(enrollment, *changes, "completed_at")
    return enrollment


def _stamp(enrollment: Enrollment) -> None:
    if enrollment.status == EnrollmentStatus.COMPLETED and enrollment.completed_at is None:
        enrollment.completed_at = timezone.now()


def _errors(enrollment: Enrollment) -> Errors:
    errors = shape_errors(enrollment)
    errors += to_come(enrolled_at=enrollment.enrolled_at, completed_at=enrollment.completed_at)
    if enrollment.completed_at and enrollment.status != EnrollmentStatus.COMPLETED:
        detail = _("Seule une inscription terminée a une date de fin.")
        errors.append(FieldError("completed_at", "unexpected", detail))
    errors += [
        FieldError(name, "too_early", _("Cette date précède l’inscription."))
        for name in ("completed_at", "expires_at")
        if (instant := getattr(enrollment, name)) and instant < enrollment.enrolled_at
    ]
    return errors


def _check_alone(enrollment: Enrollment) -> None:
    if enrollment.status == EnrollmentStatus.ACTIVE and _others(enrollment).exists():
        other = _others(enrollment).values_list("pk", flat=True)[0]
        raise AlreadyEnrolledError(enrollment_id=other)


def _others(enrollment: Enrollment) -> Any:
    return Enrollment.objects.filter(
        user=enrollment.user_id, course=enrollment.course_id, status=EnrollmentStatus.ACTIVE
    ).exclude(pk=enrollment.pk)
