"""Demo data: two years of improvement plans of two organisations.

The records that the public API's samples name are in both tenants; the others are each tenant's
own. The JSON files use the API's names; ids, dates and texts are fixed.
"""

import json
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from improvements.demo import risks
from improvements.models import (
    ClosingReport,
    Complaint,
    ComplaintTheme,
    CorrectiveAction,
    EffectivenessCheck,
    ExpectedResult,
    ImprovementPlan,
    PlanAttachment,
    PlanComplaint,
)
from improvements.services.snapshots import snapshot_of
from improvements.states import ActionKind, PlanStatus
from qualiforma import audit
from qualiforma.files import tenant_folder
from qualiforma.ids import new_id
from qualiforma.qualiopi.rules import Rules
from qualiforma.uploads import PDF, digest_of

HERE = Path(__file__).parent
SAMPLE_PLAN = "imp_8f3b21"


def load(slug: str) -> None:
    """Fill the open tenant. Nothing happens when the sample plan is there already."""
    if not ImprovementPlan.objects.filter(pk=SAMPLE_PLAN).exists():
        data = json.loads((HERE / f"{slug}.json").read_text(encoding="utf-8"))
        with audit.action("improvements.demo.loaded"):
            ComplaintTheme.objects.bulk_create(
                ComplaintTheme(**row, position=rank) for rank, row in enumerate(data["themes"], 1)
            )
            Complaint.objects.bulk_create(_complaint(row) for row in data["complaints"])
            # Numbered as if they had been entered when they were created.
            for row in sorted(data["plans"], key=lambda row: _instant(row["createdAt"])):
                _load_plan(row)
            # Then all the plans are there that follow others.
            for row in data["plans"]:
                _load_checks(row)
    risks.load()
    if slug == "qualiforma-demo":
        _store_report()


def _store_report() -> None:
    """Put the file in place that the close sample names, and the row that makes it the plan's."""
    key = tenant_folder("improvements", SAMPLE_PLAN) + "report.pdf"
    content = (HERE / "report.pdf").read_bytes()
    if not default_storage.exists(key):
        default_storage.save(key, ContentFile(content))
    row = {
        "plan_id": SAMPLE_PLAN,
        "name": "report.pdf",
        "content_type": PDF.content_type,
        "size": len(content),
        "sha256": digest_of(BytesIO(content)),
        "uploaded_by_id": "usr_admin01",
    }
    with audit.action("improvements.demo.loaded"):
        PlanAttachment.objects.get_or_create(key=key, defaults=row)


def _complaint(row: dict[str, Any]) -> Complaint:
    complaint = Complaint(
        id=row["id"],
        subject=row["subject"],
        description=row["description"],
        channel=row["channel"],
        kind=row["kind"],
        complainant_name=row["complainantName"],
        complainant_role=row["complainantRole"],
        enrollment_id=row.get("enrollmentId"),
        theme_id=row["themeId"],
        received_at=_instant(row["receivedAt"]),
        acknowledged_at=_optional(row["acknowledgedAt"]),
        resolved_at=_optional(row["resolvedAt"]),
        status=row["status"],
        resolution=row["resolution"],
        created_at=_instant(row["receivedAt"]),
    )
    complaint.set_delays(Rules())
    return complaint


def _load_plan(row: dict[str, Any]) -> None:
    """Insert an open plan and its children, then give it its state: a closed plan is frozen."""
    plan = ImprovementPlan.objects.create(
        id=row["id"],
        title=row["title"],
        description=row["description"],
        trigger=row["trigger"],
        status=PlanStatus.DRAFT,
        owner_id=row["owner"],
        target_date=date.fromisoformat(row["targetDate"]),
        indicators=row["indicators"],
        created_at=_instant(row["createdAt"]),
        started_at=_optional(row["startedAt"]),
        root_cause=row.get("rootCause", ""),
        cause_method=row.get("causeMethod", ""),
        follows_plan_id=row.get("followsPlanId"),
    )
    ExpectedResult.objects.bulk_create(
        _result(plan, one, rank) for rank, one in enumerate(row.get("expectedResults", []))
    )
    CorrectiveAction.objects.bulk_create(
        _action(plan, one, rank) for rank, one in enumerate(row["actions"])
    )
    PlanComplaint.objects.bulk_create(
        PlanComplaint(id=new_id("lnk"), plan=plan, complaint_id=complaint_id, position=rank)
        for rank, complaint_id in enumerate(row["linkedComplaintIds"])
    )
    _settle(plan, row)


def _settle(plan: ImprovementPlan, row: dict[str, Any]) -> None:
    """Give the plan its state, and its report first."""
    closure = row["closure"]
    if closure:
        plan.closed_at = _instant(closure["closedAt"])
        plan.closed_by_id = closure["closedBy"]
        plan.effectiveness_due_date = _day(row.get("effectivenessDueDate"))
        ClosingReport.objects.create(
            plan=plan,
            summary=closure["summary"],
            outcomes=closure["outcomes"],
            attachment_s3_key=closure["attachmentS3Key"] or "",
            snapshot=snapshot_of(plan),
        )
    plan.status = row["status"]
    plan.archive_reason = row["abandonReason"]
    plan.save(
        update_fields=[
            *("status", "archive_reason", "closed_at", "closed_by", "effectiveness_due_date")
        ]
    )


def _load_checks(row: dict[str, Any]) -> None:
    for rank, one in enumerate(row.get("checks", []), start=1):
        EffectivenessCheck.objects.create(
            id=one["id"],
            plan_id=row["id"],
            number=rank,
            verdict=one["verdict"],
            method=one["method"],
            comment=one["comment"],
            measures=one["measures"],
            successor_id=one["successorId"],
            verified_on=date.fromisoformat(one["verifiedOn"]),
            verified_by_id=one["verifiedBy"],
            created_at=_instant(one["createdAt"]),
        )


def _result(plan: ImprovementPlan, row: dict[str, Any], rank: int) -> ExpectedResult:
    return ExpectedResult(
        id=row["id"],
        plan=plan,
        name=row["name"],
        unit=row["unit"],
        baseline=row["baseline"],
        target=row["target"],
        direction=row["direction"],
        measured_value=row["measuredValue"],
        measured_on=_day(row["measuredOn"]),
        not_measurable_until=_day(row.get("notMeasurableUntil")),
        position=rank,
    )


def _action(plan: ImprovementPlan, row: dict[str, Any], rank: int) -> CorrectiveAction:
    due = row["dueDate"]
    return CorrectiveAction(
        id=row["id"],
        plan=plan,
        description=row["description"],
        kind=row.get("kind", ActionKind.CORRECTIVE),
        status=row["status"],
        owner_id=row["owner"],
        due_date=date.fromisoformat(due) if due else None,
        first_due_date=date.fromisoformat(due) if due else None,
        completed_at=_optional(row.get("completedAt")),
        position=rank,
        created_at=plan.created_at,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _optional(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
