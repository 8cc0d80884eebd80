"""What the published contract says of findings: names, texts, bodies, refusals."""

from typing import Any

from compliance.services.audits_exceptions import AuditNotStartedError
from compliance.services.findings_exceptions import (
    FindingAuditedError,
    FindingHasPlanError,
    FindingLiftedError,
)
from qualiforma.api.docs import an_id
from qualiforma.errors import IllegalTransitionError, RuleError

Body = dict[str, Any]

FINDING_ID = an_id("finding_id", "Identifiant du constat", "fnd_8f3b21")
FINDING_INPUT: Body = {
    "indicator": 32,
    "severity": "MAJOR",
    "text": "Les plans d’amélioration n’ont ni responsable ni échéance.",
    "notifiedOn": "2026-11-30",
    "auditId": None,
    "planId": None,
}
FINDING_CHANGES: Body = {"notifiedOn": "2026-11-28"}
FINDING: Body = {
    "id": "fnd_8f3b21",
    **FINDING_INPUT,
    "indicatorLabel": "Amélioration continue : démarche, analyse des risques et effets mesurés",
    "dueDate": "2027-02-28",
    "verificationDueDate": "2027-03-28",
    "deadline": "2027-02-28",
    "daysLeft": 90,
    "late": False,
    "status": "OPEN",
    "correctedOn": None,
    "liftedOn": None,
    "createdAt": "2026-11-30T09:00:00Z",
    "createdBy": "usr_admin01",
}
WARNING: Body = {
    "code": "MINORS_COUNT_AS_MAJOR",
    "detail": "5 non-conformités mineures sont en cours : ensemble, elles comptent pour une majeure.",
}
FINDING_DETAIL: Body = {**FINDING, "warnings": []}
SUMMARY: Body = {"open": 6, "late": 1, "minorsPending": 5, "warnings": [WARNING]}
CORRECTION: Body = {"correctedOn": "2026-12-18"}
LIFTING: Body = {"liftedOn": "2027-01-08"}
PLAN: Body = {"owner": "usr_admin01", "title": "Donner une échéance à chaque action"}

LIFTED = FindingLiftedError(current="LIFTED")
NOT_STARTED = AuditNotStartedError(current="PLANNED")
NO_MOVE = IllegalTransitionError(current="LIFTED", allowed=[])
REFUSALS: dict[str, tuple[RuleError, ...]] = {
    "create": (NOT_STARTED,),
    "partial_update": (LIFTED, FindingAuditedError(current="CLOSED"), NOT_STARTED),
    "correct": (NO_MOVE,),
    "lift": (NO_MOVE,),
    "reopen": (NO_MOVE,),
    "open_plan": (LIFTED, FindingHasPlanError(plan_id="imp_8f3b21")),
}
