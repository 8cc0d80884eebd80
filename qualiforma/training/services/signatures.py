"""Services of signatures: written once, corrected by another one that names the first."""

import re
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError
from qualiforma.training.models import Enrollment, Signature, TrainingSession
from qualiforma.training.services.attendances import elsewhere
from qualiforma.training.services.exceptions import AlreadyReplacedError, AlreadySignedError
from qualiforma.training.services.inputs import SignatureDraft
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
    unknown,
)
from qualiforma.versions import save

SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@audit.audited("training.signature.recorded")
def record_signature(
    *,
    session: TrainingSession,
    draft: SignatureDraft,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Signature:
    """Keep the signature of a learner for a half-day of a session.

    Errors: `InvalidFieldsError`, also for an enrollment in another course and for a correction of
    another half-day; `AlreadySignedError`; `AlreadyReplacedError`.
    """
    session = locked(session, expected_versions)
    signature = Signature(
        session=session,
        enrollment_id=draft.enrollment,
        half_day=draft.half_day,
        method=draft.method,
        signed_at=draft.signed_at or timezone.now(),
        evidence_sha256=draft.evidence_sha256,
        replaces_id=draft.replaces,
        **given_id(draft.id),
    )
    refuse_any(_errors(signature, session) + _wrong_correction(signature))
    _check_free(signature)

    if draft.replaces is not None:
        audit.rename("training.signature.corrected")
    insert(signature, lambda: _check_free(signature))
    save(session)
    return signature


def _errors(signature: Signature, session: TrainingSession) -> Errors:
    errors = shape_errors(signature) + to_come(signed_at=signature.signed_at)
    if signature.evidence_sha256 and not SHA256.fullmatch(signature.evidence_sha256):
        detail = _("64 chiffres hexadécimaux minuscules sont attendus.")
        errors.append(FieldError("evidence_sha256", "invalid", detail))
    if day_of(signature.signed_at) < day_of(session.starts_at):
        detail = _("Cette date précède le jour de la session.")
        errors.append(FieldError("signed_at", "too_early", detail))
    enrollment = Enrollment.objects.filter(pk=signature.enrollment_id).first()
    if enrollment is None:
        return errors + unknown("enrollment", Enrollment, signature.enrollment_id)
    return errors + elsewhere(session, enrollment)


def _wrong_correction(signature: Signature) -> Errors:
    """Name a correction of what is not there, or of another half-day."""
    wanted = signature.replaces_id
    if not wanted or _same_half_day(signature).filter(pk=wanted).exists():
        return []
    detail = _("Aucun émargement de cette demi-journée et de cette personne n’a cet identifiant.")
    return [FieldError("replaces", "unknown", detail)]


def _check_free(signature: Signature) -> None:
    if not signature.replaces_id:
        if _same_half_day(signature).exists():
            raise AlreadySignedError(signature_id=_last(signature))
    elif Signature.objects.filter(replaces=signature.replaces_id).exists():
        raise _replaced(signature)


def _replaced(signature: Signature) -> AlreadyReplacedError:
    return AlreadyReplacedError(signature_id=_last(signature))


def _same_half_day(signature: Signature) -> Any:
    return Signature.objects.filter(
        session=signature.session_id,
        enrollment=signature.enrollment_id,
        half_day=signature.half_day,
    )


def _last(signature: Signature) -> str:
    """Return the signature that counts: the one that nothing replaces."""
    return str(_same_half_day(signature).filter(replaced_by=None).values_list("pk", flat=True)[0])
