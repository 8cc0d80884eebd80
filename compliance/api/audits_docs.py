"""What the published contract says of audits: names, texts, bodies, refusals."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from compliance.services.audits_exceptions import (
    AuditBegunError,
    AuditClosedError,
    AuditNotStartedError,
    NotJudgedError,
    ScopeJudgedError,
)
from qualiforma.api.docs import an_id
from qualiforma.errors import IllegalTransitionError, RuleError
from qualiforma.ids import id_length, id_pattern

Body = dict[str, Any]

TAGS = ["Audits and findings"]
AUDIT_ID = an_id("audit_id", "Identifiant de l’audit", "aud_8f3b21")
WITH = OpenApiParameter(
    "with",
    {
        "type": "string",
        "pattern": f"^{id_pattern('aud')}$",
        "maxLength": id_length("aud"),
        "examples": ["aud_5c0d97"],
    },
    description="Un autre audit clôturé ; sans lui, le dernier clôturé avant celui-ci.",
)

AUDIT_INPUT: Body = {
    "kind": "SURVEILLANCE",
    "auditDate": "2026-12-14",
    "auditor": "Certif Conseil – H. Diallo",
    "scope": [1, 4, 17, 19, 32],
}
AUDIT_CHANGES: Body = {"auditDate": "2026-12-16"}
AUDIT_LIST_ITEM: Body = {
    "id": "aud_8f3b21",
    "kind": "SURVEILLANCE",
    "auditDate": "2026-12-14",
    "auditor": "Certif Conseil – H. Diallo",
    "grid": "2026",
    "status": "IN_PROGRESS",
    "scope": [1, 32],
    "judgedCount": 1,
    "minorCount": 0,
    "majorCount": 1,
    "startedAt": "2026-12-14T08:00:00Z",
    "closedAt": None,
    "createdAt": "2026-11-20T09:00:00Z",
}
JUDGEMENT_INPUT: Body = {
    "indicator": 32,
    "judgement": "MAJOR",
    "comment": "Aucune action datée dans les plans présentés.",
    "evidenceIds": ["evd_8f3b21"],
}
JUDGEMENT: Body = {
    **JUDGEMENT_INPUT,
    "indicatorLabel": "Amélioration continue : démarche, analyse des risques et effets mesurés",
    "grade": "MAJOR",
}
AUDIT: Body = {
    **AUDIT_LIST_ITEM,
    "closedBy": None,
    "createdBy": "usr_admin01",
    "judgements": [
        {
            "indicator": 1,
            "judgement": "NOT_JUDGED",
            "comment": None,
            "evidenceIds": [],
            "indicatorLabel": "Information du public complète et vérifiable sur chaque prestation",
            "grade": "MINOR_OR_MAJOR",
        },
        JUDGEMENT,
    ],
}
JUDGEMENTS_INPUT: Body = {"judgements": [JUDGEMENT_INPUT]}
COMPARISON: Body = {
    "auditId": "aud_8f3b21",
    "auditDate": "2026-12-14",
    "previousId": "aud_5c0d97",
    "previousDate": "2025-10-06",
    "indicators": [
        {
            "indicator": 32,
            "indicatorLabel": JUDGEMENT["indicatorLabel"],
            "before": "SATISFACTORY",
            "after": "MAJOR",
            "change": "WORSE",
        }
    ],
}

CLOSED = AuditClosedError(current="CLOSED")
REFUSALS: dict[str, tuple[RuleError, ...]] = {
    "partial_update": (CLOSED, ScopeJudgedError(indicators=[4])),
    "judge": (CLOSED, AuditNotStartedError(current="PLANNED")),
    "start": (IllegalTransitionError(current="IN_PROGRESS", allowed=["CLOSED"]),),
    "close": (
        NotJudgedError(indicators=[1, 17]),
        IllegalTransitionError(current="PLANNED", allowed=["IN_PROGRESS"]),
    ),
    "destroy": (AuditBegunError(current="IN_PROGRESS"),),
}
