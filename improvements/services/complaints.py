"""Services of complaints: received, acknowledged, answered."""

from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import Complaint, ComplaintTheme
from improvements.services.exceptions import AlreadyAcknowledgedError
from improvements.services.inputs import ComplaintDraft
from improvements.services.shared import ExpectedVersions
from improvements.states import ANSWERED, ComplaintStatus, check_complaint_move
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.qualiopi.rules import rules_in_force
from qualiforma.training.models import Enrollment
from qualiforma.training.services.shared import given_id
from qualiforma.versions import apply, differing, locked_row, save

MOVES_TO = {
    ComplaintStatus.OPEN: "improvements.complaint.changed",
    ComplaintStatus.IN_PROGRESS: "improvements.complaint.taken_up",
    ComplaintStatus.RESOLVED: "improvements.complaint.resolved",
    ComplaintStatus.REJECTED: "improvements.complaint.rejected",
}
REFERENCES = ("enrollment_id", "theme_id")
DELAYS = ("acknowledge_by", "answer_by")
INSTANTS = ("received_at", "acknowledged_at", "resolved_at")


@audit.audited("improvements.complaint.received")
def receive_complaint(*, draft: ComplaintDraft, actor: Actor) -> Complaint:
    """Enter an OPEN complaint.

    Errors: `InvalidFieldsError` for an instant to come, for a theme that is not offered, and for an
    enrollment that is not, or is not this learner's.
    """
    complaint = Complaint(
        **given_id(draft.id),
        subject=draft.subject,
        description=draft.description,
        channel=draft.channel,
        kind=draft.kind,
        complainant_name=draft.complainant_name,
        complainant_email=draft.complainant_email,
        complainant_role=draft.complainant_role,
        received_at=draft.received_at or timezone.now(),
        enrollment_id=draft.enrollment_id,
        theme_id=draft.theme_id,
        created_by_id=actor.id,
    )
    _check_references(complaint, REFERENCES, actor)
    _check_instants(complaint)
    complaint.set_delays(rules_in_force())
    complaint.save(force_insert=True)
    return complaint


@audit.audited("improvements.complaint.acknowledged")
def acknowledge_complaint(
    *,
    complaint: Complaint,
    actor: Actor,
    acknowledged_at: datetime | None = None,
    expected_versions: ExpectedVersions = None,
) -> Complaint:
    """Record that the complainant got an acknowledgement; without an instant, now.

    Errors: `AlreadyAcknowledgedError`; `InvalidFieldsError` for an instant out of order.
    """
    row = _locked(complaint, expected_versions)
    if row.acknowledged_at is not None:
        raise AlreadyAcknowledgedError(acknowledged_at=row.acknowledged_at.isoformat())
    row.acknowledged_at = acknowledged_at or timezone.now()
    _check_instants(row)
    row.version += 1
    row.save(update_fields=["acknowledged_at", "version"])
    return row


@audit.audited("improvements.complaint.changed")
def change_complaint(
    *,
    complaint: Complaint,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Complaint:
    """Change fields and status; values equal to the present are no change.

    RESOLVED and REJECTED need an answer and stamp `resolved_at` unless it is given (complaints are
    entered after the fact too); leaving them clears it. Errors: `IllegalTransitionError` naming
    what is possible, `InvalidFieldsError` for a missing answer and for instants out of order.
    """
    row = _locked(complaint, expected_versions)
    changes = differing(row, changes)
    if not changes:
        return row

    target = changes.get("status")
    if target is not None:
        check_complaint_move(ComplaintStatus(row.status), target)
    apply(row, changes)
    _check_references(row, changes, actor)
    _settle(row, is_stamped="resolved_at" in changes)
    _check_instants(row)
    if target is not None:
        audit.rename(MOVES_TO[ComplaintStatus(target)])
    if "received_at" in changes or row.answer_by is None:
        row.set_delays(rules_in_force())
    save(row, *changes, *DELAYS, "resolved_at")
    return row


def _locked(complaint: Complaint, expected_versions: ExpectedVersions) -> Complaint:
    rows = Complaint.objects.select_for_update()
    row: Complaint = locked_row(rows, complaint.pk, expected_versions)
    return row


def _check_references(complaint: Complaint, changed: Container[str], actor: Actor) -> None:
    """Refuse a theme that is unknown or archived, and an unknown enrollment.

    An enrollment that the actor may not follow reads as one that does not exist.
    """
    wanted = complaint.enrollment_id if "enrollment_id" in changed else None
    if wanted and not Enrollment.objects.followed_by(actor).filter(pk=wanted).exists():
        detail = _("Aucune inscription n’a cet identifiant.")
        raise InvalidFieldsError([FieldError("enrollment_id", "unknown", detail)])
    wanted = complaint.theme_id if "theme_id" in changed else None
    if wanted and not ComplaintTheme.objects.offered().filter(pk=wanted).exists():
        detail = _("Aucun thème en usage n’a cet identifiant.")
        raise InvalidFieldsError([FieldError("theme_id", "unknown", detail)])


def _settle(complaint: Complaint, *, is_stamped: bool) -> None:
    """Make answer, its instant and the status agree."""
    if complaint.status not in ANSWERED:
        if is_stamped and complaint.resolved_at:
            detail = _("Seule une réclamation résolue ou rejetée a une date de réponse.")
            raise InvalidFieldsError([FieldError("resolved_at", "unexpected", detail)])
        complaint.resolved_at = None
        return
    if not complaint.resolution.strip():
        detail = _("Indiquez la réponse donnée.")
        raise InvalidFieldsError([FieldError("resolution", "required", detail)])
    complaint.resolved_at = complaint.resolved_at or timezone.now()


def _check_instants(complaint: Complaint) -> None:
    """Nothing lies in the future, nothing before the complaint was received."""
    now = timezone.now()
    errors = []
    for name in INSTANTS:
        instant: datetime | None = getattr(complaint, name)
        if instant is None:
            continue
        if instant > now:
            errors.append(FieldError(name, "future", _("Cette date est dans le futur.")))
        elif instant < complaint.received_at:
            detail = _("Cette date précède la réception.")
            errors.append(FieldError(name, "too_early", detail))
    if errors:
        raise InvalidFieldsError(errors)
