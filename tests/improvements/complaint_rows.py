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
# At a tenant's own host alone, which these calls do not name.
PUBLIC: dict[str, Any] = {"public": True, "needs_tenant": False}
ROWS += [
    Row("GET", "public-complaint", "/reclamation", (404,) * 7, **PUBLIC),
    Row("GET", "public-complaint-sent", "/reclamation/envoyee", (404,) * 7, **PUBLIC),
]
