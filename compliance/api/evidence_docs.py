"""What the published contract says of the evidence register: names, texts, bodies, refusals."""

from typing import Any

from compliance.services.evidence import VERSIONS_MAX
from compliance.services.evidence_exceptions import EvidenceFullError, EvidenceWithdrawnError
from qualiforma.api.docs import an_id
from qualiforma.errors import RuleError

Body = dict[str, Any]

TAGS = ["Evidence"]
EVIDENCE_ID = an_id("evidence_id", "Identifiant de la preuve", "evd_8f3b21")

EVIDENCE_INPUT: Body = {
    "title": "Procédure de traitement des réclamations",
    "kind": "FILE",
    "indicators": [31],
    "documentDate": "2026-03-02",
    "author": "Claire Martin",
    "validFrom": "2026-03-02",
    "validUntil": "2027-03-01",
    "description": "Délais, personnes et modèle de réponse.",
    "confidential": False,
}
EVIDENCE_CHANGES: Body = {"indicators": [31, 32], "validUntil": "2027-06-30"}
EVIDENCE_LIST_ITEM: Body = {
    "id": "evd_8f3b21",
    **EVIDENCE_INPUT,
    "indicatorLabels": {"31": "Difficultés, réclamations et aléas traités"},
    "owner": "usr_admin01",
    "url": None,
    "record": None,
    "status": "ACTIVE",
    "fileCount": 1,
    "lastVerdict": "STILL_VALID",
    "createdAt": "2026-03-02T09:12:00Z",
}
VERSION: Body = {
    "id": "evv_8f3b21",
    "number": 1,
    "name": "reclamations.pdf",
    "size": 48211,
    "contentType": "application/pdf",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "freeOfPersonalData": False,
    "note": None,
    "uploadedAt": "2026-03-02T09:13:00Z",
    "uploadedBy": "usr_admin01",
    "url": "https://qualiforma.example/links/file/eyJ0Ijoi.x7",
}
REVIEW: Body = {
    "id": "evr_8f3b21",
    "verdict": "STILL_VALID",
    "comment": "Relue avec l’équipe pédagogique.",
    "reviewedAt": "2026-09-14T08:00:00Z",
    "reviewedBy": "usr_admin01",
}
EVIDENCE: Body = {
    **EVIDENCE_LIST_ITEM,
    "withdrawnAt": None,
    "withdrawnBy": None,
    "withdrawalReason": None,
    "versions": [VERSION],
    "reviews": [REVIEW],
}
REVIEW_INPUT: Body = {"verdict": "STILL_VALID", "comment": "Relue avec l’équipe pédagogique."}
WITHDRAWAL: Body = {"reason": "Remplacée par la procédure commune du groupe."}

WITHDRAWN = EvidenceWithdrawnError(current="WITHDRAWN")
FULL = EvidenceFullError(most=VERSIONS_MAX)
REFUSALS: dict[str, tuple[RuleError, ...]] = {
    "partial_update": (WITHDRAWN,),
    "add_version": (WITHDRAWN, FULL),
    "review": (WITHDRAWN, FULL),
    "withdraw": (WITHDRAWN,),
}
