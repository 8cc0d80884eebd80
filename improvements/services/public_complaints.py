"""Complaints sent by an organisation's public form."""

from dataclasses import dataclass

from django.utils import timezone

from improvements import mails
from improvements.models import Complaint
from improvements.states import ComplainantRole, ComplaintChannel, ComplaintOrigin
from qualiforma import audit
from qualiforma.qualiopi.rules import rules_in_force


@dataclass(frozen=True)
class PublicComplaint:
    """What the form holds, once its shape has been checked; `id` was given to the form when shown."""

    id: str
    subject: str
    description: str
    name: str
    email: str
    role: ComplainantRole


@audit.audited("improvements.complaint.received_by_form")
def receive_public_complaint(*, form: PublicComplaint, is_acknowledged: bool) -> Complaint:
    """Enter a complaint once, however often its form is sent; queue the mail that acknowledges it."""
    known: Complaint | None = Complaint.objects.filter(pk=form.id).first()
    if known is not None:
        return known
    now = timezone.now()
    complaint = Complaint(
        id=form.id,
        subject=form.subject,
        description=form.description,
        channel=ComplaintChannel.FORM,
        complainant_name=form.name,
        complainant_email=form.email,
        complainant_role=form.role,
        received_at=now,
        origin=ComplaintOrigin.PUBLIC_FORM,
        consented_at=now,
    )
    complaint.set_delays(rules_in_force())
    complaint.save(force_insert=True)
    if is_acknowledged:
        mails.complaint_received.send(complaint=complaint.pk)
    return complaint


@audit.audited("improvements.complaint.acknowledged_by_mail")
def acknowledge_by_mail(*, complaint_id: str) -> None:
    """Note that the mail was handed over, unless somebody has acknowledged the complaint before."""
    row = Complaint.objects.select_for_update().get(pk=complaint_id)
    if row.acknowledged_at is None:
        row.acknowledged_at = timezone.now()
        row.version += 1
        row.save(update_fields=["acknowledged_at", "version"])
