"""The demo's audits: an initial one, a surveillance audit with two findings, an internal one under way.

One of the two findings is late. Days are counted from the one on which the demo is loaded, as those of the profile are.
"""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone

from compliance.demo.organisation import MONTHS_CERTIFIED, SAMPLE, SINCE_SURVEILLANCE
from compliance.models import Audit, AuditJudgement, Finding
from compliance.services import default_scope
from compliance.states import NON_CONFORMITIES, AuditKind, AuditStatus, FindingStatus, Judgement
from qualiforma import audit
from qualiforma.qualiopi.cycle import months_after
from qualiforma.qualiopi.states import FindingSeverity

ADMIN = "usr_admin01"
INITIAL, SURVEILLANCE, INTERNAL = "aud_5c0d97", "aud_8f3b21", "aud_interne"
AUDITOR = "Certification Exemple – H. Diallo"
UNTIL_NOTIFIED = timedelta(days=2)
# What the initial audit found, and how the surveillance audit found it again.
BEFORE = {2: Judgement.MINOR, 24: Judgement.MINOR}
AFTER = {2: Judgement.MINOR, 21: Judgement.MAJOR}
NOTES = {
    2: "Le taux de satisfaction est publié sans dire combien de personnes ont répondu.",
    21: "Trois dossiers de formateurs sur cinq n’ont ni diplôme ni évaluation.",
    24: "La veille est faite, son exploitation n’est pas tracée.",
}
EVIDENCE = {2: ["evd_results"], 1: ["evd_site"], 31: ["evd_8f3b21"]}
# The plans of the demo that answer the findings.
PLANS = {2: "imp_6aabafa2a1c159404b0bf1af", 21: "imp_691c6f484cb1d4a4ca0171fa"}


def load(slug: str) -> None:
    """Fill the open tenant. Nothing happens in another one, or when the audit is there already."""
    if slug != SAMPLE or Audit.objects.filter(pk=SURVEILLANCE).exists():
        return
    today = timezone.localdate()
    first = months_after(today, -MONTHS_CERTIFIED) - timedelta(days=30)
    day = today - SINCE_SURVEILLANCE
    with audit.action("compliance.demo.loaded"):
        for key, kind, on, judged in (
            (INITIAL, AuditKind.INITIAL, first, BEFORE),
            (SURVEILLANCE, AuditKind.SURVEILLANCE, day, AFTER),
        ):
            scope = default_scope(kind=kind, audit_date=on)
            held = _begin(
                Audit(id=key, kind=kind, audit_date=on, auditor=AUDITOR),
                dict.fromkeys(scope, Judgement.SATISFACTORY) | judged,
            )
            # Last: a closed audit takes no judgement.
            held.closed_at = datetime.combine(on, time(17), UTC)
            held.closed_by_id = ADMIN
            held.status = AuditStatus.CLOSED
            held.save()
        mock = Audit(
            id=INTERNAL, kind=AuditKind.INTERNAL, audit_date=today, auditor="Claire Martin"
        )
        _begin(mock, {1: Judgement.SATISFACTORY, 2: Judgement.NOT_JUDGED, 32: Judgement.NOT_JUDGED})
        Finding.objects.bulk_create(
            [
                *(_finding(f"fnd_initial_{number}", INITIAL, number, first) for number in BEFORE),
                *(_finding(f"fnd_{number}", SURVEILLANCE, number, day) for number in AFTER),
            ]
        )


def _begin(held: Audit, judged: dict[int, Judgement]) -> Audit:
    held.started_at = datetime.combine(held.audit_date, time(8), UTC)
    held.created_at = held.started_at - timedelta(days=30)
    held.created_by_id, held.status = ADMIN, AuditStatus.IN_PROGRESS
    held.save(force_insert=True)
    AuditJudgement.objects.bulk_create(_judgement(held, *pair) for pair in sorted(judged.items()))
    return held


def _judgement(held: Audit, number: int, judgement: Judgement) -> AuditJudgement:
    is_fault = judgement in NON_CONFORMITIES
    return AuditJudgement(
        id=f"jdg_{held.pk.removeprefix('aud_')}_{number}",
        audit=held,
        indicator=number,
        judgement=judgement,
        comment=NOTES[number] if is_fault else "",
        evidence_ids=EVIDENCE.get(number, []),
    )


def _finding(key: str, audit_id: str, number: int, on: date) -> Finding:
    """Return a finding; those of the initial audit were corrected and lifted long ago."""
    notified = on + UNTIL_NOTIFIED
    finding = Finding(
        id=key,
        audit_id=audit_id,
        indicator=number,
        severity=FindingSeverity((BEFORE if audit_id == INITIAL else AFTER)[number]),
        text=NOTES[number],
        notified_on=notified,
        created_at=datetime.combine(notified, time(9), UTC),
        created_by_id=ADMIN,
    )
    if audit_id == INITIAL:
        finding.status = FindingStatus.LIFTED
        finding.corrected_on = notified + timedelta(days=60)
        finding.lifted_on = notified + timedelta(days=90)
    else:
        finding.plan_id = PLANS[number]
    finding.set_clocks()
    return finding
