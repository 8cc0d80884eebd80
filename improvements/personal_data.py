"""What complaints, plans and risks hold about people."""

from collections.abc import Iterator

from django.db.models import Q
from django.utils import timezone

from improvements.models import (
    ClosingReport,
    Complaint,
    ComplaintAttachment,
    ComplaintTheme,
    CorrectiveAction,
    DueDateMove,
    EffectivenessCheck,
    ExpectedResult,
    ImprovementPlan,
    PlanAttachment,
    PlanComplaint,
    PlanYear,
    Risk,
    RiskReview,
)
from qualiforma.personal_data_registry import QUALITY, Hold, exclude, hold_sources, register

IMPROVE = "Améliorer les formations et le prouver"

register(
    Complaint,
    purpose="Répondre aux réclamations et les analyser",
    retention=QUALITY,
    about=("enrollment__user",),
    named=("created_by",),
    contacts=(("complainant_name", "complainant_email"),),
    over=lambda before: Q(resolved_at__lt=before),
)
register(
    ImprovementPlan,
    purpose=IMPROVE,
    retention=QUALITY,
    named=("owner", "closed_by", "deleted_by"),
)
register(CorrectiveAction, purpose=IMPROVE, retention=QUALITY, named=("owner",))
register(EffectivenessCheck, purpose=IMPROVE, retention=QUALITY, named=("verified_by",))
register(
    ComplaintAttachment,
    purpose="Répondre aux réclamations et les analyser",
    retention=QUALITY,
    about=("complaint__enrollment__user",),
    named=("uploaded_by",),
)
register(PlanAttachment, purpose=IMPROVE, retention=QUALITY, named=("uploaded_by",))
register(DueDateMove, purpose=IMPROVE, retention=QUALITY, named=("moved_by",))
register(Risk, purpose=IMPROVE, retention=QUALITY, named=("owner",))
register(RiskReview, purpose=IMPROVE, retention=QUALITY, named=("created_by",))
for model in (ClosingReport, ExpectedResult, ComplaintTheme):
    register(model, purpose=IMPROVE, retention=QUALITY)
exclude(PlanComplaint, because="keys of a plan and a complaint")
exclude(PlanYear, because="a counter")


def _complaints(user_id: str) -> Iterator[Hold]:
    """Yield what each complaint about a training of theirs makes keep."""
    today = timezone.localdate()
    for one in Complaint.objects.filter(enrollment__user=user_id).order_by("pk"):
        until = timezone.localdate(one.resolved_at) + QUALITY.period if one.resolved_at else None
        if until is None or until > today:
            received = f"{timezone.localdate(one.received_at):%d/%m/%Y}"
            yield Hold(f"Réclamation reçue le {received}", until, QUALITY)


hold_sources.append(_complaints)
