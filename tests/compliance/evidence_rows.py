"""The route table's rows of the evidence register; `make_evidence_records` makes what they name."""

from tests.compliance.evidence_factories import evidence_body
from tests.qualiforma.training.rows import MADE, READ, records
from tests.rows import Row

# In this order: nobody, Alice (ADMIN), Mona (MANAGER), Tom (TRAINER), Bob (LEARNER), Audrey (AUDITOR).
ADMIN_ONLY = (401, 200, 403, 403, 403, 403)
ADMIN_MADE = (401, 201, 403, 403, 403, 403)
SEEN = (401, 200, 403, 403, 403, 200)
OF_ACTION = "/api/v1/improvement-plans/imp_theirs/actions/act_monas/evidence"
EVIDENCE_ROWS = [
    records("evidence-list", "evidence", READ, 200),
    records("evidence-list", "evidence", MADE, 201, method="POST", body=evidence_body()),
    records("evidence-detail", "evidence/evd_routes", (401, 200, 404, 404, 403, 200), 404),
    records("evidence-detail", "evidence/evd_toms", (401, 200, 404, 200, 403, 200), 404),
    records(
        "evidence-detail",
        "evidence/evd_routes",
        ADMIN_ONLY,
        404,
        method="PATCH",
        body={"title": "Autre titre"},
    ),
    records(
        "evidence-version-list",
        "evidence/evd_toms/versions",
        (401, 415, 404, 415, 403, 403),  # 415: allowed, but for a body that is no form
        404,
        method="POST",
        body={"file": "x"},
    ),
    records(
        "evidence-review-list",
        "evidence/evd_routes/reviews",
        ADMIN_MADE,
        404,
        method="POST",
        body={"verdict": "STILL_VALID"},
    ),
    records(
        "evidence-withdraw",
        "evidence/evd_routes/withdraw",
        ADMIN_ONLY,
        404,
        method="POST",
        body={"reason": "Remplacée."},
    ),
    records("enrollment-information-list", "enrollments/enr_routes/information", READ, 404),
    records(
        "enrollment-information-list",
        "enrollments/enr_routes/information",
        MADE,
        404,
        method="POST",
        body={"title": "Convocation", "sentOn": "2026-03-02", "how": "Par courriel"},
    ),
    Row("GET", "action-evidence-list", OF_ACTION, (401, 200, 200, 404, 404, 200, 404)),
    Row(
        "POST",
        "action-evidence-list",
        OF_ACTION,
        (401, 415, 415, 404, 403, 403, 404),  # 415: as above
        body={"text": "x"},
    ),
    records("qualiopi-indicators", "qualiopi/indicators", READ, 200),
    records("qualiopi-organisation", "qualiopi/organisation", READ, 200),
    records(
        "qualiopi-organisation",
        "qualiopi/organisation",
        ADMIN_ONLY,
        200,
        method="PATCH",
        body={"categories": ["AF"]},
    ),
    records("qualiopi-readiness", "qualiopi/readiness", SEEN, 200),
    records("indicator-review-list", "qualiopi/readiness/reviews", SEEN, 200),
    records(
        "indicator-review-list",
        "qualiopi/readiness/reviews",
        ADMIN_MADE,
        201,
        method="POST",
        body={"indicator": 31},
    ),
]
