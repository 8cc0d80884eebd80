"""A connection serves so many schemas, then another is opened: a server process keeps what it learns of each."""

from types import SimpleNamespace

import pytest
from django.db import close_old_connections, connections

from qualiforma.tenants.postgresql import base


@pytest.fixture
def own(db, monkeypatch):
    """A connection beside the test's own, as a web process has one."""
    monkeypatch.setattr(base, "MOST_SCHEMAS", 5)
    connection = connections.create_connection("default")
    yield connection
    connection.close()


def server_process(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def visit(connection, count):
    """Open so many schemas by turns; they need not be there until a statement is run."""
    for number in range(count):
        connection.set_tenant(SimpleNamespace(schema_name=f"t_{number}"))
    connection.set_schema_to_public()


def test_a_connection_that_served_many_schemas_is_closed_between_requests(own):
    before = server_process(own)
    visit(own, 4)
    own.close_if_unusable_or_obsolete()
    assert server_process(own) == before
    visit(own, 6)
    assert server_process(own) == before  # not in the middle of a request
    own.close_if_unusable_or_obsolete()
    after = server_process(own)
    assert after != before
    visit(own, 4)
    own.close_if_unusable_or_obsolete()
    assert server_process(own) == after


def test_the_next_request_finds_its_schema(own, acme):
    visit(own, 6)
    own.close_if_unusable_or_obsolete()
    assert own.enter(acme)
    with own.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_user")
        assert cursor.fetchone()[0] > 0


def test_close_old_connections_asks_it(own, monkeypatch):
    """Django does at the beginning and the end of each request, the worker between jobs."""
    monkeypatch.setattr(connections, "all", lambda **_given: [own])
    before = server_process(own)
    visit(own, 6)
    close_old_connections()
    assert server_process(own) != before
