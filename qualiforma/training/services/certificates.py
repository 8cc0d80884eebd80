"""Services of certificates: one for each completed enrollment, numbered by the database."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError
from qualiforma.training.models import Certificate, CertificateYear, Enrollment
from qualiforma.training.services.exceptions import (
    AlreadyCertifiedError,
    NotCompletedError,
    NumberTakenError,
)
from qualiforma.training.services.inputs import CertificateDraft
from qualiforma.training.services.sessions import day_of
from qualiforma.training.services.shared import (
    Errors,
    ExpectedVersions,
    given_id,
    insert,
    locked,
    refuse_any,
    shape_errors,
    to_come,
)
from qualiforma.training.states import EnrollmentStatus
from qualiforma.versions import save


@audit.audited("training.certificate.issued")
def issue_certificate(
    *,
    enrollment: Enrollment,
    draft: CertificateDraft,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Certificate:
    """Certify a completed enrollment, once.

    Errors: `NotCompletedError`, `AlreadyCertifiedError`; `NumberTakenError` for a rank brought
    along that is not the next; `InvalidFieldsError` for an instant before the end or to come.
    """
    enrollment = locked(enrollment, expected_versions)
    certificate = Certificate(
        enrollment=enrollment,
        issued_at=draft.issued_at or timezone.now(),
        rank=draft.rank,
        issued_by_id=actor.id,
        **given_id(draft.id),
    )
    if enrollment.status != EnrollmentStatus.COMPLETED:
        raise NotCompletedError(current=enrollment.status, allowed=[EnrollmentStatus.COMPLETED])
    _check_alone(enrollment)
    refuse_any(_errors(certificate))
    _check_number(certificate)

    insert(certificate, lambda: _check_alone(enrollment))
    certificate.refresh_from_db(fields=["year", "rank"])  # both given by the database
    save(enrollment)
    return certificate


def _errors(certificate: Certificate) -> Errors:
    errors = shape_errors(certificate) + to_come(issued_at=certificate.issued_at)
    completed_at = certificate.enrollment.completed_at
    if completed_at is not None and certificate.issued_at < completed_at:
        detail = _("Cette date précède la fin de la formation.")
        errors.append(FieldError("issued_at", "too_early", detail))
    return errors


def _check_alone(enrollment: Enrollment) -> None:
    found = Certificate.objects.filter(enrollment=enrollment).first()
    if found is not None:
        raise AlreadyCertifiedError(certificate_id=found.pk)


def _check_number(certificate: Certificate) -> None:
    if not certificate.rank:
        return
    year = day_of(certificate.issued_at).year
    # Locked, so that the number that is right now is so still when the row comes.
    row = CertificateYear.objects.select_for_update().filter(pk=year).first()
    following = (row.last if row else 0) + 1
    if certificate.rank != following:
        raise NumberTakenError(next=Certificate(year=year, rank=following).number)
