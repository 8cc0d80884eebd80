"""Services of the evidence register. Source: evidence, "The evidence register"."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from compliance.models import Evidence, EvidenceReview, EvidenceVersion
from compliance.services.evidence_exceptions import EvidenceFullError, EvidenceWithdrawnError
from compliance.states import EvidenceKind, EvidenceStatus, ReviewVerdict
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.files import discard, tenant_folder
from qualiforma.record_types import record_types
from qualiforma.training.services.shared import given_id, shape_errors
from qualiforma.uploads import Upload, check_upload, digest_of
from qualiforma.versions import ExpectedVersions, apply, differing, locked_row, save

VERSIONS_MAX = 50
REVIEWS_MAX = 200
VALIDITY = ("document_date", "valid_from", "valid_until")


@dataclass(frozen=True)
class EvidenceDraft:
    """A piece of evidence to be added. Without `owner_id` it is the actor's.

    Without `valid_from` it is valid from the date of the document.
    """

    title: str
    kind: EvidenceKind
    indicators: list[int]
    document_date: date
    author: str
    owner_id: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    description: str = ""
    url: str = ""
    record_type: str = ""
    record_id: str = ""
    confidential: bool = False
    # Of a record that comes from elsewhere with its id.
    id: str = ""


def add_evidence(*, draft: EvidenceDraft, actor: Actor, upload: Upload | None = None) -> Evidence:
    """Add a piece of evidence to the register, with its first file if there is one.

    The file is stored before the trail is locked. Errors: `InvalidFieldsError` on `file` for what is
    not taken; besides, `InvalidFieldsError` for an inactive owner, an unknown record, a link without address, a
    validity that ends before it begins; for another owner than oneself, unless ADMIN.
    """
    values = dataclasses.asdict(draft)
    values |= given_id(values.pop("id"))
    evidence = Evidence(**values, created_by_id=actor.id)
    evidence.owner_id = draft.owner_id or actor.id
    evidence.valid_from = draft.valid_from or draft.document_date
    if upload is None:
        return _add(evidence, actor=actor)
    version = _stored_version(evidence, upload, actor)
    try:
        with transaction.atomic():
            _add(evidence, actor=actor)
            _enter(version, {}, actor=actor, expected_versions=None)
    except BaseException:
        discard(version.key)
        raise
    return evidence


@audit.audited("compliance.evidence.added")
def _add(evidence: Evidence, *, actor: Actor) -> Evidence:
    _check(evidence, {"owner_id", "record_type", "record_id"}, actor)
    evidence.save(force_insert=True)
    return evidence


@audit.audited("compliance.evidence.changed")
def change_evidence(
    *,
    evidence: Evidence,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Evidence:
    """Change what the register says of a piece of evidence. No difference, no new version.

    Errors: as when it is added; `EvidenceWithdrawnError`.
    """
    row = _locked(evidence, expected_versions)
    changed = differing(row, changes)
    if not changed:
        return row
    apply(row, changed)
    _check(row, set(changed), actor)
    return _saved(row, *changed)


def add_evidence_version(
    *,
    evidence: Evidence,
    upload: Upload,
    actor: Actor,
    note: str = "",
    validity: Mapping[str, date | None] | None = None,
    expected_versions: ExpectedVersions = None,
) -> EvidenceVersion:
    """Store a new file of a piece of evidence; what was stored before stays.

    `validity` holds the dates that the new file changes. The file comes first, as a row without file
    would be a lie. Errors: `InvalidFieldsError` on `file` for what is not taken, on `valid_until` where
    the validity has ended and the new file has no other; `EvidenceWithdrawnError`, `EvidenceFullError`.
    """
    version = _stored_version(evidence, upload, actor, note)
    try:
        _enter(version, validity or {}, actor=actor, expected_versions=expected_versions)
    except BaseException:
        discard(version.key)
        raise
    return version


def _stored_version(
    evidence: Evidence, upload: Upload, actor: Actor, note: str = ""
) -> EvidenceVersion:
    """Store a file; return its version, not yet in the database."""
    kind = check_upload(upload)
    version = EvidenceVersion(
        evidence=evidence,
        name=upload.name,
        size=upload.size,
        content_type=kind.content_type,
        sha256=digest_of(upload.file),
        free_of_personal_data=upload.free_of_personal_data,
        note=note,
        uploaded_by_id=actor.id,
    )
    key = f"{tenant_folder('evidence', evidence.pk)}{version.pk}.{kind.extensions[0]}"
    version.key = default_storage.save(key, File(upload.file))
    return version


@audit.audited("compliance.evidence.version_added")
def _enter(
    version: EvidenceVersion,
    validity: Mapping[str, date | None],
    *,
    actor: Actor,
    expected_versions: ExpectedVersions,
) -> None:
    row = _locked(version.evidence, expected_versions)
    if row.file_count >= VERSIONS_MAX:
        raise EvidenceFullError(most=VERSIONS_MAX)
    for name, value in validity.items():
        setattr(row, name, value)
    _check(row, set(), actor)
    if row.valid_until and row.is_expired(timezone.localdate()):
        text = _("La validité a pris fin le %s : indiquez jusqu’à quand ce fichier est valable.")
        detail = text % date_format(row.valid_until, "SHORT_DATE_FORMAT")
        raise InvalidFieldsError([FieldError("valid_until", "expired", detail)])
    row.file_count += 1
    row.verdict = ""
    version.evidence = row
    version.number = row.file_count
    version.save(force_insert=True)
    _saved(row, "file_count", "verdict", *validity)


@audit.audited("compliance.evidence.reviewed")
def review_evidence(
    *,
    evidence: Evidence,
    verdict: ReviewVerdict,
    actor: Actor,
    comment: str = "",
    expected_versions: ExpectedVersions = None,
) -> EvidenceReview:
    """Say whether a piece of evidence still holds. Errors: `EvidenceWithdrawnError`, `EvidenceFullError`."""
    row = _locked(evidence, expected_versions)
    if row.reviews.count() >= REVIEWS_MAX:
        raise EvidenceFullError(most=REVIEWS_MAX)
    review: EvidenceReview = row.reviews.create(
        verdict=verdict, comment=comment, reviewed_by_id=actor.id
    )
    row.verdict = verdict
    _saved(row, "verdict")
    return review


@audit.audited("compliance.evidence.withdrawn")
def withdraw_evidence(
    *,
    evidence: Evidence,
    withdrawal_reason: str,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Evidence:
    """Withdraw a piece of evidence for good; it stays in the register with the reason.

    The reason is no argument named `reason`, which the trail would keep in clear.
    Errors: `EvidenceWithdrawnError`.
    """
    row = _locked(evidence, expected_versions)
    row.status = EvidenceStatus.WITHDRAWN
    row.withdrawn_at = timezone.now()
    row.withdrawn_by_id = actor.id
    row.withdrawal_reason = withdrawal_reason
    return _saved(row, "status", "withdrawn_at", "withdrawn_by", "withdrawal_reason")


def _locked(evidence: Evidence, expected_versions: ExpectedVersions) -> Evidence:
    """Return the current row, locked. Errors: `StaleError`, `EvidenceWithdrawnError`."""
    rows = Evidence.objects.select_for_update(of=("self",))
    row: Evidence = locked_row(rows, evidence.pk, expected_versions)
    if row.status == EvidenceStatus.WITHDRAWN:
        raise EvidenceWithdrawnError(current=row.status)
    return row


def _saved(row: Evidence, *fields: str) -> Evidence:
    save(row, *fields)
    return row


def _check(evidence: Evidence, changed: set[str], actor: Actor) -> None:
    """Refuse what the register cannot hold; references are looked up where they changed."""
    errors = [*shape_errors(evidence), *_content_errors(evidence)]
    if evidence.valid_until and evidence.valid_until < evidence.valid_from:
        detail = _("La validité prend fin avant de commencer.")
        errors.append(FieldError("valid_until", "before_valid_from", detail))
    if changed & {"record_type", "record_id"}:
        errors += _record_errors(evidence, actor)
    if "owner_id" in changed:
        errors += _owner_errors(evidence, actor)
    if errors:
        raise InvalidFieldsError(errors)


def _content_errors(evidence: Evidence) -> list[FieldError]:
    if evidence.kind == EvidenceKind.LINK and not evidence.url:
        return [FieldError("url", "required", _("Indiquez l’adresse du lien."))]
    if evidence.url and not evidence.url.lower().startswith(("https://", "http://")):
        detail = _("Une adresse https:// ou http:// est attendue.")
        return [FieldError("url", "scheme", detail)]
    if evidence.kind == EvidenceKind.RECORD and not evidence.record_id:
        return [FieldError("record", "required", _("Indiquez la fiche."))]
    if evidence.kind == EvidenceKind.STATEMENT and not evidence.description:
        return [FieldError("description", "required", _("Saisissez le texte de la déclaration."))]
    return []


def _record_errors(evidence: Evidence, actor: Actor) -> list[FieldError]:
    if not evidence.record_type and not evidence.record_id:
        return []
    known = record_types.get(evidence.record_type)
    if known is None:
        allowed = ", ".join(sorted(record_types))
        choices = _("Valeurs admises : {allowed}.").format(allowed=allowed)
        return [FieldError("record.type", "invalid_choice", choices)]
    if not known.visible_to(actor).filter(pk=evidence.record_id).exists():
        detail = _("Aucune fiche de ce type n’a cet identifiant.")
        return [FieldError("record.id", "unknown", detail)]
    return []


def _owner_errors(evidence: Evidence, actor: Actor) -> list[FieldError]:
    if actor.role != Role.ADMIN and evidence.owner_id != actor.id:
        detail = _("Seul un responsable qualité peut désigner un autre responsable.")
        return [FieldError("owner", "not_yours", detail)]
    if evidence.owner_id not in User.objects.active_ids({evidence.owner_id}):
        return [FieldError("owner", "unknown", _("Aucun utilisateur actif n’a cet identifiant."))]
    return []
