"""Rows as they would stand in the database; illegal starting states are reachable."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from improvements.models import (
    ClosingReport,
    Complaint,
    ComplaintAttachment,
    ComplaintTheme,
    CorrectiveAction,
    ImprovementPlan,
    PlanAttachment,
    PlanComplaint,
    Risk,
    RiskReview,
)
from improvements.states import (
    ActionStatus,
    ComplainantRole,
    ComplaintChannel,
    PlanStatus,
    Trigger,
)
from qualiforma.ids import new_id
from qualiforma.qualiopi.rules import Rules
from tests.cast import ALICE

# Frozen from here on.
LAST = ("status", "closed_at", "closed_by", "closed_by_id")


def make_complaint(**overrides: Any) -> Complaint:
    values = {
        "subject": "Convocation reçue trop tard",
        "channel": ComplaintChannel.EMAIL,
        "complainant_role": ComplainantRole.LEARNER,
        "received_at": timezone.now(),
    }
    complaint = Complaint(**values | overrides)
    complaint.received_at = Complaint._meta.get_field("received_at").to_python(
        complaint.received_at
    )
    complaint.set_delays(Rules())
    complaint.save(force_insert=True)
    return complaint


def make_risk(**overrides: Any) -> Risk:
    """A risk reviewed today."""
    today = timezone.localdate()
    values: dict[str, Any] = {
        "title": "Formateur unique",
        "likelihood": 3,
        "severity": 3,
        "treatment": "REDUCE",
        "owner_id": ALICE.id,
        "indicators": [32],
        "reviewed_on": today,
        "next_review_on": today + timedelta(days=300),
    }
    return Risk.objects.create(**values | overrides)


def make_review(**overrides: Any) -> RiskReview:
    values: dict[str, Any] = {
        "reviewed_on": timezone.localdate(),
        "participants": "Alice",
        "decisions": "Rien à changer.",
        "assessments": [],
        "created_by_id": ALICE.id,
    }
    return RiskReview.objects.create(**values | overrides)


def make_complaint_records() -> None:
    """What the route table names of complaints."""
    make_complaint_file(make_complaint(id="cmp_routes"), id="caf_routes")
    make_theme(id="thm_routes")
    make_risk(id="rsk_routes")
    make_review(id="rrv_routes")


def make_theme(name: str = "Accueil et locaux", **overrides: Any) -> ComplaintTheme:
    return ComplaintTheme.objects.create(name=name, **overrides)


def make_plan(
    actions: Sequence[dict[str, Any]] = (),
    results: Sequence[dict[str, Any]] = (),
    **overrides: Any,
) -> ImprovementPlan:
    """A plan in any status; a COMPLETED one has its report, an ARCHIVED one was given up.

    `actions` and `results` are written before the status: a frozen plan takes none.
    """
    values: dict[str, Any] = {
        "title": "Améliorer l’accueil des stagiaires",
        "description": "Livret d’accueil à revoir.",
        "trigger": Trigger.FEEDBACK,
        "owner_id": ALICE.id,
        "target_date": date(2026, 12, 31),
        "indicators": [32],
    }
    values |= overrides
    if values.get("status") == PlanStatus.COMPLETED:
        values = {"closed_at": timezone.now(), "closed_by_id": ALICE.id} | values
    final = {name: values.pop(name) for name in LAST if name in values}
    plan = ImprovementPlan.objects.create(**values)
    for one in actions:
        make_action(plan, **one)
    for one in results:
        plan.expected_results.create(**{"name": "Délai", "target": 4, "direction": "DOWN"} | one)
    if final.get("closed_at"):
        ClosingReport.objects.create(plan=plan, summary="Accueil revu.", outcomes=["4,8 / 5"])
    for name, value in final.items():
        setattr(plan, name, value)
    plan.save(update_fields=list(final))
    return plan


def make_action(plan: ImprovementPlan, **overrides: Any) -> CorrectiveAction:
    values: dict[str, Any] = {
        "description": "Rédiger le livret d’accueil",
        "owner_id": plan.owner_id,
        "status": ActionStatus.TODO,
    }
    values |= overrides
    values.setdefault("first_due_date", values.get("due_date"))
    if values["status"] == ActionStatus.DONE:
        values = {"completed_at": timezone.now()} | values
    return CorrectiveAction.objects.create(plan=plan, **values)


def link(plan: ImprovementPlan, complaint: Complaint, position: int = 0) -> PlanComplaint:
    return PlanComplaint.objects.create(
        id=new_id("lnk"), plan=plan, complaint=complaint, position=position
    )


def plan_body(**overrides: Any) -> dict[str, Any]:
    """The body of a valid creation."""
    body = {
        "title": "Réduire le délai de réponse du support",
        "trigger": "AUDIT",
        "targetDate": "2026-12-15",
        "owner": ALICE.id,
    }
    return body | overrides


def make_attachment(plan: ImprovementPlan, **overrides: Any) -> PlanAttachment:
    """The row of a file; no file behind it."""
    values = {
        "key": f"tenants/acme/improvements/{plan.pk}/{new_id('att')}-a.pdf",
        "name": "a.pdf",
        "content_type": "application/pdf",
        "size": 9,
        "sha256": "0" * 64,
        "uploaded_by_id": ALICE.id,
    }
    return PlanAttachment.objects.create(plan=plan, **values | overrides)


def make_complaint_file(complaint: Complaint, **overrides: Any) -> ComplaintAttachment:
    """The row of a file; no file behind it."""
    values = {
        "key": f"tenants/acme/improvements/{complaint.pk}/{new_id('caf')}-a.pdf",
        "name": "courrier.pdf",
        "content_type": "application/pdf",
        "size": 9,
        "sha256": "0" * 64,
        "uploaded_by_id": ALICE.id,
    }
    return ComplaintAttachment.objects.create(complaint=complaint, **values | overrides)
