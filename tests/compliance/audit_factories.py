"""Audits, inserted directly."""

from datetime import UTC, date, datetime
from typing import Any

from compliance.models import Audit, AuditJudgement, Finding
from compliance.states import AuditStatus, Judgement
from tests.cast import ALICE

URL = "/api/v1/audits"
FINDINGS = "/api/v1/findings"
INSTANT = datetime(2026, 3, 2, 9, tzinfo=UTC)
STAMPS = {
    AuditStatus.PLANNED: {},
    AuditStatus.IN_PROGRESS: {"started_at": INSTANT},
    AuditStatus.CLOSED: {
        "started_at": INSTANT,
        "closed_at": INSTANT,
        "closed_by_id": ALICE.id,
    },
}


def make_audit(judged: dict[int, Judgement] | None = None, **overrides: Any) -> Audit:
    """An internal audit under way of indicators 1 and 32, not judged yet, unless told otherwise."""
    status = overrides.pop("status", AuditStatus.IN_PROGRESS)
    values: dict[str, Any] = {
        "kind": "INTERNAL",
        "audit_date": date(2026, 3, 2),
        "auditor": "Claire Martin",
        "created_by_id": ALICE.id,
        **STAMPS[AuditStatus.IN_PROGRESS],
    }
    audit = Audit(**values | {"status": AuditStatus.IN_PROGRESS} | overrides)
    audit.save(force_insert=True)
    rows = judged if judged is not None else dict.fromkeys((1, 32), Judgement.NOT_JUDGED)
    AuditJudgement.objects.bulk_create(
        AuditJudgement(audit=audit, indicator=number, judgement=one) for number, one in rows.items()
    )
    return moved(audit, status)


def moved(audit: Audit, status: AuditStatus) -> Audit:
    """Bring an audit to a status: a closed one takes no judgements any more."""
    stamps = dict.fromkeys(("started_at", "closed_at", "closed_by_id")) | STAMPS[status]
    for name, value in stamps.items():
        setattr(audit, name, value)
    audit.status = status
    audit.save()
    return audit


def audit_body(**overrides: Any) -> dict[str, Any]:
    """The body of a valid creation."""
    return {"kind": "INTERNAL", "auditDate": "2026-12-14", "auditor": "Claire Martin"} | overrides


def make_finding(**overrides: Any) -> Finding:
    """An open minor finding of indicator 1, notified on 2 March 2026, unless told otherwise."""
    values: dict[str, Any] = {
        "indicator": 1,
        "severity": "MINOR",
        "text": "Les tarifs ne sont pas publiés.",
        "notified_on": date(2026, 3, 2),
        "created_by_id": ALICE.id,
    }
    finding = Finding(**values | overrides)
    finding.set_clocks()
    finding.save(force_insert=True)
    return finding


def finding_body(**overrides: Any) -> dict[str, Any]:
    """The body of a valid creation."""
    return {
        "indicator": 1,
        "severity": "MINOR",
        "text": "Les tarifs ne sont pas publiés.",
        "notifiedOn": "2026-03-02",
    } | overrides


def make_audit_records() -> None:
    """What the rows of the route table name."""
    make_audit(id="aud_routes", judged={1: Judgement.SATISFACTORY})
    make_audit(id="aud_planned", status=AuditStatus.PLANNED)
    make_finding(id="fnd_routes")
    make_finding(id="fnd_corrected", status="CORRECTED", corrected_on=date(2026, 4, 2))
