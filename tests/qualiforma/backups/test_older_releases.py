"""An organisation of the release before, and of the one before that, is imported and brought up to date."""

import pytest

from qualiforma.accounts import services as accounts
from qualiforma.audit import checking
from qualiforma.backups.organisations import export_tenant, import_tenant
from qualiforma.provisioning import schemas
from qualiforma.provisioning.removal import drop
from qualiforma.tenants.context import leave_tenant, tenant_context
from qualiforma.tenants.models import Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner
from tests.cast import PASSWORD, Client

LOGIN = "/api/v1/auth/login"
# Whose tables the test itself fills.
NEEDED = ("accounts", "audit", "tenants", "jobs", "throttles")


def releases_before(count):
    """Return the migrations of so many releases ago: as often, those that no other needs are left out."""
    graph = schemas._Executor().loader.graph
    left = set(graph.nodes)
    ours = {key for key in left if "qualiforma" in (graph.nodes[key].__module__) or key[0] in OWN}
    for _release in range(count):
        last = {
            key
            for key in ours & left
            if key[0] not in NEEDED
            and not {child.key for child in graph.node_map[key].children} & left
        }
        assert len(last) > 3
        left -= last
    return left


OWN = ("improvements", "compliance", "actionplans")


@pytest.fixture(params=[1, 2])
def old(request, committed):
    """An organisation as that release had it, with a user."""
    applied = releases_before(request.param)
    with as_owner():
        leave_tenant()
        tenant = Tenant.objects.create(
            slug="old", name="Old", storage_prefix="old", status=TenantStatus.ACTIVE
        )
        schemas.make_schema_as_of(tenant.schema_name, applied)
        with tenant_context(tenant):
            accounts.create_user(email="a@b.fr", name="A", role="ADMIN", password=PASSWORD)
        leave_tenant()
    return tenant


def test_an_organisation_of_an_older_release(old, tmp_path):
    with as_owner():
        assert schemas.lacking([old.schema_name])[old.schema_name] > 3
    exported = export_tenant(slug="old", output=tmp_path / "old.zip")
    with as_owner():
        leave_tenant()
        drop(old)
    tenant = import_tenant(source=tmp_path / "old.zip", slug="new")
    leave_tenant()
    assert schemas.lacking([tenant.schema_name]) == {}
    with tenant_context(tenant):
        chain = checking.check(tuple(exported["head"]))
        assert not chain.faults
        assert chain.count >= exported["head"][0]
    answer = Client("new").post(LOGIN, {"email": "a@b.fr", "password": PASSWORD})
    token = answer.json()["data"]["accessToken"]
    assert Client("new", token).get("/api/v1/improvement-plans").status_code == 200
