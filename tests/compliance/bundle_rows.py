"""The route table's rows of audit bundles."""

from tests.qualiforma.training.rows import records

ADMIN_ONLY = (401, 200, 403, 403, 403, 403)
BUNDLE_ROWS = [
    records("audit-bundle-list", "audit-bundles", ADMIN_ONLY, 200),
    records(
        "audit-bundle-list",
        "audit-bundles",
        (401, 202, 403, 403, 403, 403),
        202,
        method="POST",
        body={"from": "2026-01-01", "recipient": "Certificateur"},
    ),
    records("audit-bundle-detail", "audit-bundles/exp_routes", ADMIN_ONLY, 404),
]
