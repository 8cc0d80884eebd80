"""Files of plans and of complaints: stored under the tenant's prefix, named by a row, read back by signed links."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from improvements.models import Complaint, ComplaintAttachment, ImprovementPlan, PlanAttachment
from improvements.services.exceptions import TooManyAttachmentsError
from improvements.services.shared import (
    ExpectedVersions,
    check_expected_versions,
    check_open,
    locked,
)
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import MissingError
from qualiforma.files import discard, tenant_folder
from qualiforma.uploads import Upload, check_upload, digest_of, safe_name
from qualiforma.versions import locked_row, save

ATTACHMENTS_MAX = 50


@contextmanager
def _stored(
    attachment: PlanAttachment | ComplaintAttachment, upload: Upload, record_id: str
) -> Iterator[None]:
    """Store the file that a new row describes; it stays if the block, which saves the row, succeeds.

    The file comes first, as a row without file would be a lie; a file without row, left by a
    crash, is purged. Errors: `InvalidFieldsError` on `file` for what is not taken.
    """
    kind = check_upload(upload)
    attachment.name = upload.name
    attachment.content_type = kind.content_type
    attachment.size = upload.size
    attachment.sha256 = digest_of(upload.file)
    key = (
        f"{tenant_folder('improvements', record_id)}{attachment.pk}-{safe_name(upload.name, kind)}"
    )
    attachment.key = default_storage.save(key, File(upload.file))
    try:
        yield
    except BaseException:
        discard(attachment.key)
        raise


def add_attachment(
    *,
    plan: ImprovementPlan,
    upload: Upload,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> PlanAttachment:
    """Store a file of an open plan.

    Errors: `InvalidFieldsError` on `file` for what is not taken; `PlanFrozenError`,
    `TooManyAttachmentsError`.
    """
    attachment = PlanAttachment(
        plan=plan,
        free_of_personal_data=upload.free_of_personal_data,
        uploaded_by_id=actor.id,
    )
    with _stored(attachment, upload, plan.pk):
        _enter(attachment, plan=plan, actor=actor, expected_versions=expected_versions)
    return attachment


@audit.audited("improvements.attachment.added")
def _enter(
    attachment: PlanAttachment,
    *,
    plan: ImprovementPlan,
    actor: Actor,
    expected_versions: ExpectedVersions,
) -> None:
    plan = locked(plan)
    check_expected_versions(plan, expected_versions)
    check_open(plan)
    if plan.attachments.count() >= ATTACHMENTS_MAX:
        raise TooManyAttachmentsError(most=ATTACHMENTS_MAX)
    attachment.plan = plan
    attachment.save(force_insert=True)
    save(plan)


@audit.audited("improvements.attachment.removed")
def remove_attachment(
    *, attachment: PlanAttachment, actor: Actor, expected_versions: ExpectedVersions = None
) -> None:
    """Remove a file from an open plan. Errors: `PlanFrozenError`."""
    plan = locked(attachment.plan)
    check_expected_versions(plan, expected_versions)
    check_open(plan)
    deleted, _rows = plan.attachments.filter(pk=attachment.pk).delete()
    if not deleted:
        raise MissingError
    save(plan)
    transaction.on_commit(lambda: discard(attachment.key))


@audit.audited("improvements.attachment.marked")
def mark_attachment(
    *,
    attachment: PlanAttachment,
    free_of_personal_data: bool,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> PlanAttachment:
    """Say whether a file names nobody, so that audit bundles with pseudonyms may hold it.

    Of closed plans, too: neither the file nor what the plan says changes.
    """
    plan = locked(attachment.plan)
    check_expected_versions(plan, expected_versions)
    row: PlanAttachment | None = plan.attachments.filter(pk=attachment.pk).first()
    if row is None:
        raise MissingError
    if row.free_of_personal_data != free_of_personal_data:
        row.free_of_personal_data = free_of_personal_data
        row.save(update_fields=["free_of_personal_data"])
    row.plan = plan
    return row


def add_complaint_attachment(
    *,
    complaint: Complaint,
    upload: Upload,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> ComplaintAttachment:
    """Store a file of a complaint, answered or not.

    Errors: `InvalidFieldsError` on `file` for what is not taken; `TooManyAttachmentsError`.
    """
    attachment = ComplaintAttachment(complaint=complaint, uploaded_by_id=actor.id)
    with _stored(attachment, upload, complaint.pk):
        _enter_in_complaint(attachment, actor=actor, expected_versions=expected_versions)
    return attachment


@audit.audited("improvements.complaint_attachment.added")
def _enter_in_complaint(
    attachment: ComplaintAttachment, *, actor: Actor, expected_versions: ExpectedVersions
) -> None:
    complaint = _locked_complaint(attachment.complaint_id, expected_versions)
    if complaint.attachments.count() >= ATTACHMENTS_MAX:
        raise TooManyAttachmentsError(most=ATTACHMENTS_MAX)
    attachment.complaint = complaint
    attachment.save(force_insert=True)
    save(complaint)


@audit.audited("improvements.complaint_attachment.removed")
def remove_complaint_attachment(
    *, attachment: ComplaintAttachment, actor: Actor, expected_versions: ExpectedVersions = None
) -> None:
    """Remove a file from a complaint."""
    complaint = _locked_complaint(attachment.complaint_id, expected_versions)
    deleted, _rows = complaint.attachments.filter(pk=attachment.pk).delete()
    if not deleted:
        raise MissingError
    save(complaint)
    transaction.on_commit(lambda: discard(attachment.key))


def _locked_complaint(key: str, expected_versions: ExpectedVersions) -> Complaint:
    rows = Complaint.objects.select_for_update()
    complaint: Complaint = locked_row(rows, key, expected_versions)
    return complaint
