"""What an action of the trail begins and ends with goes to the server together with BEGIN and COMMIT."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as default_connection
from django.test.utils import CaptureQueriesContext

from qualiforma import audit
from qualiforma.tenants import context
from tests.committed import committed_tenant
from tests.qualiforma.audit.scratch import owner

connection: Any = default_connection  # ours adds to Django's


@pytest.fixture(scope="module")
def tenant(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), committed_tenant("joined-trips") as one:
        context.leave_tenant()
        yield one


@pytest.fixture
def elsewhere(tenant, db):
    """Runs a function in that tenant, on a thread whose connection is in no transaction of a test."""

    def within(function):
        try:
            with context.tenant_context(tenant):
                return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        yield lambda function: thread.submit(within, function).result()


def note(title):
    with audit.action("files.file.downloaded"):
        audit.log_event("file", title)


def noted():
    with connection.cursor() as cursor:
        cursor.execute("SELECT object_id FROM audit_event WHERE object_type = 'file' ORDER BY seq")
        return [one for (one,) in cursor.fetchall()]


def read_in_transaction():
    with transaction.atomic():
        return noted()


def statements_of(function):
    """What goes to the server, beginnings and ends of transactions too, once its schema is open."""
    connection.cursor().close()
    with CaptureQueriesContext(connection) as found:
        function()
    return [one["sql"] for one in found]


def test_an_action_begins_and_ends_in_one_trip_each(elsewhere):
    first, change, last = elsewhere(lambda: statements_of(lambda: note("kept")))
    assert first.startswith("BEGIN; SELECT 1 FROM audit_lock FOR NO KEY UPDATE; SET LOCAL")
    assert change.startswith("INSERT INTO audit_entry")
    assert last.startswith("COMMIT; SELECT pg_logical_emit_message")
    assert "kept" in elsewhere(noted)


def test_a_transaction_without_action_is_as_before(elsewhere):
    def run():
        note("before")
        read_in_transaction()

    *_action, first, _read, last = elsewhere(lambda: statements_of(run))
    assert (first, last) == ("BEGIN", "COMMIT")


def test_an_action_that_fails_leaves_nothing_behind(elsewhere):
    def fail():
        note("undone")
        raise ValueError("undone")

    def run():
        with pytest.raises(ValueError, match="undone"), transaction.atomic():
            fail()
        return read_in_transaction()

    found = []

    def run_and_note():
        found.append(statements_of(run))
        return noted()

    assert "undone" not in elsewhere(run_and_note)
    assert found[0][-1] == "COMMIT"


def test_a_trail_that_is_locked_too_long_leaves_nothing_behind(elsewhere, tenant):
    def run():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        with owner(tenant.schema_name) as other, other.transaction():
            other.execute("SELECT FROM audit_lock FOR NO KEY UPDATE")
            with pytest.raises(DatabaseError):
                note("late")
        return statements_of(read_in_transaction), noted()

    statements, kept = elsewhere(run)
    assert statements[0] == "BEGIN"
    assert "late" not in kept


def test_without_a_server_nothing_is_left_for_the_next_transaction(elsewhere, monkeypatch):
    def refuse(*_given, **_options):
        raise DatabaseError

    def run():
        noted()  # over a connection that is there
        with monkeypatch.context() as broken:
            broken.setattr(connection, "set_autocommit", refuse)
            with pytest.raises(DatabaseError):
                note("nowhere")
        return statements_of(read_in_transaction)

    assert elsewhere(run)[0] == "BEGIN"
