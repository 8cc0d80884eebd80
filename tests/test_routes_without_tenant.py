"""Every route without a tenant, with an unknown one, and with neither tenant nor caller."""

import pytest

from tests.cast import ALICE, Client
from tests.rows import call
from tests.test_routes import ROWS


@pytest.mark.parametrize("row", [row for row in ROWS if row.needs_tenant], ids=str)
@pytest.mark.parametrize(
    ("slug", "code", "status"),
    [(None, "TENANT_REQUIRED", 400), ("nowhere", "TENANT_NOT_FOUND", 404)],
)
def test_no_tenant_no_answer(row, slug, code, status, acme, tokens):
    answer = call(Client(slug, tokens[ALICE.id, "acme"]), row)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("row", [row for row in ROWS if row.needs_tenant], ids=str)
def test_neither_caller_nor_tenant(row, acme):
    """Where a SessionId would name both, 401 asks for it; elsewhere the header is missing."""
    is_enough = row.path.startswith("/api/v1/company/") and not row.public
    answer = call(Client(None), row)
    expected = (401, "NOT_AUTHENTICATED") if is_enough else (400, "TENANT_REQUIRED")
    assert (answer.status_code, answer.json()["code"]) == expected
