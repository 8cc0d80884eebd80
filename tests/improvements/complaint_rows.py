"""The route table's rows of complaints and their themes; `thm_routes` is made beside the plan."""

from typing import Any

from tests.rows import Row

URL = "/api/v1/complaint-themes"
ROWS = [
    Row("GET", "complaint-theme-list", URL, (401, 200, 200, 200, 200, 200, 200)),
    Row(
        "POST",
        "complaint-theme-list",
        URL,
        (401, 201, 403, 403, 403, 403, 201),
        body={"name": "Facturation"},
    ),
    Row(
        "GET",
        "complaint-theme-detail",
        f"{URL}/thm_routes",
        (401, 200, 200, 200, 200, 200, 404),
    ),
    Row(
        "PATCH",
        "complaint-theme-detail",
        f"{URL}/thm_routes",
        (401, 200, 403, 403, 403, 403, 404),
        body={"name": "Logistique"},
    ),
    Row(
        "DELETE",
        "complaint-theme-detail",
        f"{URL}/thm_routes",
        (401, 204, 403, 403, 403, 403, 404),
    ),
]
COMPLAINTS = "/api/v1/complaints"
ROWS += [
    Row("GET", "complaint-stats", f"{COMPLAINTS}/stats", (401, 200, 200, 403, 403, 200, 200)),
    Row(
        "POST",
        "complaint-acknowledge",
        f"{COMPLAINTS}/cmp_routes/acknowledge",
        (401, 200, 403, 403, 403, 403, 404),
        body={},
    ),
]
FILES = f"{COMPLAINTS}/cmp_routes/attachments"
ROWS += [
    Row("GET", "complaint-attachment-list", FILES, (401, 200, 200, 403, 403, 200, 404)),
    Row(
        "POST",
        "complaint-attachment-list",
        FILES,
        (401, 415, 403, 403, 403, 403, 404),  # 415: allowed, but for a body that is no form
        body={"file": "x"},
    ),
    Row(
        "DELETE",
        "complaint-attachment-detail",
        f"{FILES}/caf_routes",
        (401, 204, 403, 403, 403, 403, 404),
    ),
]
# At a tenant's own host alone, which these calls do not name.
PUBLIC: dict[str, Any] = {"public": True, "needs_tenant": False}
ROWS += [
    Row("GET", "public-complaint", "/reclamation", (404,) * 7, **PUBLIC),
    Row("GET", "public-complaint-sent", "/reclamation/envoyee", (404,) * 7, **PUBLIC),
]
RISK = {
    "title": "Panne de la plateforme",
    "likelihood": 2,
    "severity": 3,
    "treatment": "TRANSFER",
    "owner": "usr_alice",
}
REVIEW = {"reviewedOn": "2026-03-02", "participants": "Alice", "decisions": "Suivre."}
ROWS += [
    Row("GET", "risk-list", "/api/v1/risks", (401, 200, 200, 200, 200, 200, 200)),
    Row("POST", "risk-list", "/api/v1/risks", (401, 201, 403, 403, 403, 403, 201), body=RISK),
    Row("GET", "risk-detail", "/api/v1/risks/rsk_routes", (401, 200, 404, 404, 404, 200, 404)),
    Row(
        "PATCH",
        "risk-detail",
        "/api/v1/risks/rsk_routes",
        (401, 200, 403, 403, 403, 403, 404),
        body={"likelihood": 1},
    ),
    Row("GET", "risk-review-list", "/api/v1/risk-reviews", (401, 200, 403, 403, 403, 200, 200)),
    Row(
        "POST",
        "risk-review-list",
        "/api/v1/risk-reviews",
        (401, 201, 403, 403, 403, 403, 400),  # the other tenant has no risk to review
        body=REVIEW,
    ),
    Row(
        "GET",
        "risk-review-detail",
        "/api/v1/risk-reviews/rrv_routes",
        (401, 200, 403, 403, 403, 200, 404),
    ),
]
