"""The route table's rows of audits and findings; `make_audit_records` makes what they name."""

from tests.compliance.audit_factories import audit_body, finding_body
from tests.compliance.evidence_rows import ADMIN_MADE, ADMIN_ONLY, SEEN
from tests.qualiforma.training.rows import records

GONE = (401, 204, 403, 403, 403, 403)
AUDIT_ROWS = [
    records("audit-list", "audits", SEEN, 200),
    records("audit-list", "audits", ADMIN_MADE, 201, method="POST", body=audit_body()),
    records("audit-detail", "audits/aud_routes", SEEN, 404),
    records(
        "audit-detail",
        "audits/aud_routes",
        ADMIN_ONLY,
        404,
        method="PATCH",
        body={"auditor": "Jeanne Petit"},
    ),
    records("audit-detail", "audits/aud_planned", GONE, 404, method="DELETE"),
    records(
        "audit-judgement-list",
        "audits/aud_routes/judgements",
        ADMIN_ONLY,
        404,
        method="PATCH",
        body={"judgements": [{"indicator": 1, "judgement": "SATISFACTORY"}]},
    ),
    records("audit-start", "audits/aud_planned/start", ADMIN_ONLY, 404, method="POST", body={}),
    records("audit-close", "audits/aud_routes/close", ADMIN_ONLY, 404, method="POST", body={}),
    records("audit-comparison", "audits/aud_routes/comparison", SEEN, 404),
    records("finding-list", "findings", SEEN, 200),
    records("finding-list", "findings", ADMIN_MADE, 201, method="POST", body=finding_body()),
    records("finding-summary", "findings/summary", SEEN, 200),
    records("finding-detail", "findings/fnd_routes", SEEN, 404),
    records(
        "finding-detail",
        "findings/fnd_routes",
        ADMIN_ONLY,
        404,
        method="PATCH",
        body={"text": "Autre texte."},
    ),
    records(
        "finding-correct",
        "findings/fnd_routes/correct",
        ADMIN_ONLY,
        404,
        method="POST",
        body={"correctedOn": "2026-04-02"},
    ),
    records(
        "finding-lift",
        "findings/fnd_routes/lift",
        ADMIN_ONLY,
        404,
        method="POST",
        body={"liftedOn": "2026-04-02"},
    ),
    records(
        "finding-reopen", "findings/fnd_corrected/reopen", ADMIN_ONLY, 404, method="POST", body={}
    ),
    records("finding-plan", "findings/fnd_routes/plan", ADMIN_MADE, 404, method="POST", body={}),
]
