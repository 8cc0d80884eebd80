"""The route table's rows of audits; `make_audit_records` makes what they name."""

from tests.compliance.audit_factories import audit_body
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
]
