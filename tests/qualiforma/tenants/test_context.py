"""Which tenant is open, and what a process remembers of tenants."""

from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection as default_connection
from django.test.utils import CaptureQueriesContext

from qualiforma.errors import MissingError
from qualiforma.tenants import context
from qualiforma.tenants.models import PLATFORM_SCHEMA, TenantStatus
from tests.committed import committed_tenant
from tests.qualiforma.audit.scratch import owner

connection: Any = default_connection  # django-tenants adds to it


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """A tenant of one's own, and the owner's connection: the application changes no tenant."""
    with (
        django_db_blocker.unblock(),
        committed_tenant("remembered") as tenant,
        owner("public") as connection,
    ):
        yield tenant, connection


@pytest.fixture
def clock(made, db, monkeypatch):
    """Nobody's schema, an active tenant, a clock that stands still, and nothing remembered."""
    set_status(made, TenantStatus.ACTIVE)
    context.leave_tenant()
    context.forget_tenants()
    seconds = [1000.0]
    monkeypatch.setattr("qualiforma.tenants.context.time.monotonic", lambda: seconds[0])
    yield seconds
    context.leave_tenant()
    context.forget_tenants()


@pytest.fixture
def tenant(made, clock):
    return made[0]


def set_status(made, status):
    made[1].execute(
        "UPDATE tenants_tenant SET status = %s WHERE id = %s", [str(status.value), made[0].pk]
    )


@contextmanager
def asked_for_tenants():
    with CaptureQueriesContext(connection) as captured:
        asked: list[str] = []
        yield asked
    asked += [one["sql"] for one in captured if "tenants_tenant" in one["sql"]]


def test_a_link_opens_what_it_names(tenant):
    assert context.open_scope(PLATFORM_SCHEMA) is True
    assert connection.schema_name == context.current_scope() == PLATFORM_SCHEMA
    assert context.tenant_or_none() is None
    context.leave_tenant()
    assert context.open_scope(tenant.pk) is True
    assert connection.schema_name == tenant.schema_name
    assert (context.current_tenant(), context.current_scope()) == (tenant, tenant.pk)


@pytest.mark.parametrize("status", [one for one in TenantStatus if one != TenantStatus.ACTIVE])
def test_a_link_opens_no_tenant_that_is_not_active(made, tenant, status):
    set_status(made, status)
    assert context.open_scope(tenant.pk) is False
    assert context.open_scope("tnt_none") is False
    assert connection.schema_name == "public"
    with pytest.raises(LookupError):
        context.current_scope()


def test_public_schema_block_restores_the_tenant(tenant):
    context.open_tenant(tenant)
    with context.public_schema():
        assert connection.schema_name == "public"
    assert connection.schema_name == tenant.schema_name
    with pytest.raises(ZeroDivisionError), context.public_schema():
        _ = 1 / 0
    assert connection.schema_name == tenant.schema_name


@pytest.mark.parametrize(
    "find",
    [
        lambda tenant: context.active_tenant(tenant.slug),
        lambda tenant: context.tenant_by_id(tenant.pk),
        lambda tenant: context.tenant_of_host("remembered.localhost"),
    ],
)
def test_a_tenant_is_remembered_for_a_while(made, tenant, clock, find):
    with asked_for_tenants() as asked:
        assert find(tenant) == find(tenant) == tenant
    assert len(asked) == 1
    set_status(made, TenantStatus.SUSPENDED)
    clock[0] += context.CACHE_SECONDS - 1
    assert find(tenant) == tenant
    clock[0] += 1
    assert find(tenant) is None
    set_status(made, TenantStatus.ACTIVE)
    assert find(tenant) == tenant


def test_what_is_unknown_is_not_remembered(clock):
    with asked_for_tenants() as asked:
        assert context.active_tenant("none") is context.active_tenant("none") is None
    assert len(asked) == 2
    assert context._cache == {}


def test_one_tenant_is_not_taken_for_another(tenant):
    found = context.active_tenant("globex")
    assert found
    assert found.slug == "globex"
    assert context.active_tenant("remembered") == tenant
    assert context.tenant_by_id("remembered") is context.tenant_of_host("remembered") is None


@pytest.mark.parametrize("status", TenantStatus)
def test_a_command_takes_a_tenant_that_is_whole(made, tenant, status):
    set_status(made, status)
    if status in {TenantStatus.ACTIVE, TenantStatus.SUSPENDED}:
        assert context.get_tenant("remembered") == tenant
    else:
        with pytest.raises(MissingError, match="'remembered'"):
            context.get_tenant("remembered")
    with pytest.raises(MissingError, match="'none'"):
        context.get_tenant("none")
