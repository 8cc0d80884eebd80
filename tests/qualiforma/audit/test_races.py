"""Eight connections, mixed services and raw statements, in both orders of locks: a short run.

The long one, over eight processes, is `python -m tests.bench.audit races`.
"""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection as of_thread

from tests.bench.load import faults_of, fill
from tests.committed import committed_tenant
from tests.live import wait_until
from tests.qualiforma.audit.scratch import owner

CONNECTIONS, WRITES = 8, 60


@pytest.fixture(scope="module")
def racing(django_db_setup, django_db_blocker):
    """A tenant really committed, with plans to write to."""
    with django_db_blocker.unblock(), committed_tenant("racing") as tenant:
        fill(tenant.slug)
        yield tenant


def write(slug, rank):
    try:
        return faults_of(slug, rank, WRITES)
    finally:
        of_thread.close()


def entries(connection):
    return connection.execute("SELECT count(*) FROM audit_event").fetchone()[0]


def test_no_deadlock_and_an_unbroken_chain(racing):
    with owner(racing.schema_name) as connection, ThreadPoolExecutor(CONNECTIONS) as pool:
        before = entries(connection)
        racers = [pool.submit(write, racing.slug, rank) for rank in range(CONNECTIONS)]
        assert [racer.result(120) for racer in racers] == [0] * CONNECTIONS
        assert entries(connection) == before + CONNECTIONS * WRITES
    said = io.StringIO()
    call_command("verify_audit_trail", "--tenant", racing.slug, stdout=said)
    assert "intact" in said.getvalue()


def test_a_plain_update_waits_for_the_trail_before_it_locks_its_row(racing):
    """Else it (row, then trail) and a service (trail, then row) would wait for one another."""
    with owner(racing.schema_name) as one, owner(racing.schema_name) as two:
        one.autocommit = two.autocommit = False
        plan = "improvements_improvementplan"
        one.execute("SELECT FROM audit_lock FOR NO KEY UPDATE")  # a service begins
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(two.execute, f"UPDATE {plan} SET title = 'X' WHERE id = 'imp_0'")
            wait_until(lambda: is_waiting(racing.schema_name, two))
            one.execute(f"SELECT FROM {plan} WHERE id = 'imp_0' FOR UPDATE NOWAIT")
            one.rollback()
            assert late.result(10).rowcount == 1
        two.rollback()


def is_waiting(schema, connection):
    with owner(schema) as third:
        row = third.execute(
            "SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s",
            [connection.info.backend_pid],
        ).fetchone()
        return row == ("Lock",)
