"""A change is on the disk when its action ends, though the trail is free before."""

import pytest
from django.db import connection

from qualiforma.audit import action, log_event
from qualiforma.tenants.context import leave_tenant, tenant_context
from tests.committed import committed_tenant

INSERTED, FLUSHED = "pg_current_wal_insert_lsn()", "pg_current_wal_flush_lsn()"


@pytest.fixture
def tenant(django_db_setup, django_db_blocker):
    """A tenant on a connection for whose commits the server waits, unlike the tests' own."""
    with django_db_blocker.unblock(), committed_tenant("durable") as tenant:
        with tenant_context(tenant):
            asked("SET synchronous_commit = on")
            yield tenant
            asked("RESET synchronous_commit")
        leave_tenant()


def asked(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def test_the_disk_has_it_when_the_action_ends(tenant):
    for number in range(20):
        with action("audit.trail.exported"):
            log_event("audit_trail", "", number=number)
            written = asked(f"SELECT {INSERTED}")
        assert asked(f"SELECT {FLUSHED} > '{written}'")


def test_the_trail_is_not_held_while_the_disk_writes(tenant):
    with action("audit.trail.exported"):
        log_event("audit_trail", "", number=0)
        assert asked("SHOW synchronous_commit") == "off"
    assert asked("SHOW synchronous_commit") == "on"
