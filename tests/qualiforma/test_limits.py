"""Nobody keeps the server busy for ever: slow statements, held locks, slow clients."""

import os
import select
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from qualiforma.runtime.front import Front
from qualiforma.runtime.workers import ThreadWorker
from qualiforma.server.limits import limit_statements
from qualiforma.tenants.context import get_tenant, leave_tenant
from qualiforma.tenants.owner import as_owner
from tests.improvements.factories import plan_body
from tests.live import answers, log_in, start_server

PLANS = "/api/v1/improvement-plans"
LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def test_a_statement_that_takes_too_long(as_alice, monkeypatch):
    def sleep(*args, **kwargs):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '50ms'; SELECT pg_sleep(10)")

    with monkeypatch.context() as patch:
        patch.setattr("improvements.api.views.plan_stats", sleep)
        answer = as_alice.get(f"{PLANS}/stats")
    assert (answer.status_code, answer.json()["code"]) == (503, "TIMEOUT")
    assert answer["Retry-After"] == "5"
    assert as_alice.get(f"{PLANS}/stats").status_code == 200


@pytest.fixture
def commits(django_db_setup, django_db_blocker):
    """Leave to open and close connections; nothing is written."""
    with django_db_blocker.unblock():
        leave_tenant()
        connection.close()
        yield
        connection.close()


def shown():
    with connection.cursor() as cursor:
        return [cursor.execute(f"SHOW {name}").fetchone()[0] for name in LIMITS]


def test_the_limits_are_the_application_roles_alone(commits, monkeypatch):
    monkeypatch.setitem(
        connection.settings_dict, "OPTIONS", dict(connection.settings_dict["OPTIONS"])
    )
    assert shown() == ["0", "0", "0"]
    connection.close()
    limit_statements(connection.settings_dict, statement_seconds=30, lock_seconds=1.5)
    assert shown() == ["30s", "1500ms", "1min"]
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 100; SET lock_timeout = DEFAULT")
    assert shown()[1] == "1500ms"
    with as_owner():
        assert shown() == ["0", "0", "0"]


def test_what_the_address_says_comes_last():
    database = {"OPTIONS": {"options": "-c statement_timeout=9s"}}
    limit_statements(database, statement_seconds=7, lock_seconds=0)
    limits = "-c statement_timeout=7000ms -c idle_in_transaction_session_timeout=14000ms"
    assert database["OPTIONS"]["options"] == f"{limits} -c statement_timeout=9s"


def test_without_limits_nothing_is_sent():
    database = {"OPTIONS": {"connect_timeout": "5"}}
    limit_statements(database, statement_seconds=0, lock_seconds=0)
    assert database == {"OPTIONS": {"connect_timeout": "5"}}


@pytest.fixture(scope="module")
def server(demo_server):
    found = start_server(
        WEB_WORKERS="1", QUALIFORMA_STATEMENT_TIMEOUT="2", QUALIFORMA_LOCK_TIMEOUT="1"
    )
    yield found
    found.stop()


@pytest.fixture
def admin(server):
    return log_in(
        server.base, "votre-tenant", "admin@qualiforma.fr", os.environ["QUALIFORMA_DEMO_PASSWORD"]
    )


@contextmanager
def owner(blocker):
    """The owner's own connection, its search path set to the demo tenant."""
    with blocker.unblock():
        schema = get_tenant("votre-tenant").schema_name
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as database:
        database.execute(f'SET search_path = "{schema}"')
        yield database


SLOW_INSERT = """
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_sleep(30); RETURN NEW; END';
    CREATE TRIGGER dawdle BEFORE INSERT ON improvements_improvementplan
        FOR EACH ROW EXECUTE FUNCTION dawdle()"""
COUNT = "SELECT count(*) FROM improvements_improvementplan"


def test_a_slow_write_is_given_up_and_leaves_nothing(admin, django_db_blocker):
    body = plan_body(owner="usr_admin01")
    with owner(django_db_blocker) as database:
        before = database.execute(COUNT).fetchone()
        database.execute(SLOW_INSERT)
        try:
            started = time.monotonic()
            status, problem = admin("POST", "improvement-plans", body)
            assert time.monotonic() - started > 1.5  # not at once, and before the trigger's 30
        finally:
            database.execute("DROP FUNCTION dawdle CASCADE")
        assert (status, problem["code"]) == (503, "TIMEOUT")
        assert problem["instance"] == PLANS
        assert database.execute(COUNT).fetchone() == before
    assert admin("GET", "improvement-plans")[0] == 200


def test_a_held_lock_is_not_waited_for(admin, django_db_blocker):
    with owner(django_db_blocker) as database, database.transaction():
        database.execute("LOCK TABLE improvements_improvementplan")
        status, problem = admin("GET", "improvement-plans")  # answered while the lock is held
    assert (status, problem["code"]) == (503, "TIMEOUT")
    assert admin("GET", "improvement-plans")[0] == 200


def test_the_application_stays_on_one_thread():
    seen = set()

    def application(environ, start_response):
        seen.add(threading.get_ident())
        return [environ["wsgi.input"].read()]

    guarded = Front(application, max_body_bytes=lambda path: 4, workers=2)
    guarded.turns.add(ThreadWorker(application))

    def call(length, body=b"12345"):
        return guarded({"CONTENT_LENGTH": length, "wsgi.input": BytesIO(body)}, lambda *_: None)

    with ThreadPoolExecutor(4) as clients:
        assert list(clients.map(call, ["4"] * 20)) == [[b"1234"]] * 20
    assert len(seen) == 1
    # What Django refuses by its announced length is not waited for.
    assert [call(length) for length in ("5", "0", "", "x", "²")] == [[b"12345"]] * 5


def raw(server, sent):
    client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    client.sendall(sent)
    return client


SLOW_BODY = (
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nX-Tenant-ID: votre-tenant\r\n"
    b"Content-Type: application/json\r\nContent-Length: 14\r\n\r\n"
)


def test_slow_bodies_block_no_other_request(server):
    clients = [raw(server, SLOW_BODY + b"{") for _ in range(10)]
    time.sleep(0.3)
    for _ in range(5):
        assert answers(f"{server.base}/healthz", seconds=60)
    assert select.select(clients, [], [], 0)[0] == []  # answered before any of these was
    for client in clients:
        client.sendall(b' "email": 1 }')
        assert client.recv(4096).startswith(b"HTTP/1.1 400 ")
        client.close()


def test_silent_clients_are_let_go(server):
    started = time.monotonic()
    clients = [raw(server, sent) for sent in (b"", b"GET /healthz HTTP/1.1\r\nHo")]
    for client in clients:
        assert client.recv(100) == b""
        assert time.monotonic() - started > 8
        client.close()


def test_a_large_head_is_refused(server):
    with raw(server, b"GET /healthz HTTP/1.1\r\nX-Big: " + b"a" * 1_000_000) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_large_body_is_refused_unread(server):
    head = SLOW_BODY.replace(b"14", str(settings.API_BODY_MAX_BYTES + 1).encode())
    with raw(server, head) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")
