"""One organisation never stops another: its trail is held, its calls hold workers."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import transaction

from qualiforma.api.sharing import SharingMiddleware
from qualiforma.audit.waiting import is_trail_ours, trail_holder
from qualiforma.runtime.putoff import PUT_OFF, PutOff
from qualiforma.tenants.context import get_tenant
from tests.live import Caller, log_in, start_server, wait_until

HERE, ELSEWHERE = "qualiforma-demo", "votre-tenant"
PLAN = {
    "title": "Écrit",
    "trigger": "PROACTIVE",
    "targetDate": "2026-12-31",
    "owner": "usr_admin01",
}


@pytest.mark.parametrize(
    ("path", "waits"),
    [
        ("/admin/training/company/import/", False),
        ("/admin/training/company/import/rim_x/", True),
        ("/admin/training/company/add/", True),
        ("/api/v1/import/", True),
    ],
)
def test_an_upload_to_be_tried_waits_for_no_trail(rf, path, waits):
    request = rf.post(path, **{PUT_OFF: PutOff(1.5)})
    assert (SharingMiddleware._put_off_of(request) is not None) == waits


@pytest.fixture(scope="module")
def server(demo_server):
    found = start_server(WEB_WORKERS="2")
    yield found
    found.stop()


@pytest.fixture
def callers(server):
    password = os.environ["QUALIFORMA_DEMO_PASSWORD"]
    return lambda slug: log_in(server.base, slug, "admin@qualiforma.fr", password)


@pytest.fixture
def hold(django_db_blocker):
    """Hold an organisation's trail, or lock a table of it, in a transaction of another process's."""

    @contextmanager
    def holding(slug, statement="SELECT 1 FROM audit_lock FOR NO KEY UPDATE"):
        with django_db_blocker.unblock():
            schema = get_tenant(slug).schema_name
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as other:
            other.execute(f'SET search_path = "{schema}"')
            other.execute(statement)
            yield
            other.rollback()

    return holding


def test_writers_of_a_held_trail_let_the_others_through(callers, hold):
    """Twelve writers wait or are refused; a neighbour's reads and writes come in between."""
    here, there = callers(HERE), callers(ELSEWHERE)
    statuses = []

    def write():
        statuses.append(here("POST", "improvement-plans", PLAN)[0])

    with hold(HERE):
        writers = [threading.Thread(target=write) for _ in range(12)]
        for writer in writers:
            writer.start()
        wait_until(lambda: len(statuses) >= 4)  # beyond four for each process
        assert [there("GET", "improvement-plans")[0] for _ in range(8)] == [200] * 8
        assert there("POST", "improvement-plans", PLAN)[0] == 201
        for writer in writers:
            writer.join()
    assert statuses == [503] * 12
    assert here("POST", "improvement-plans", PLAN)[0] == 201


def test_logins_do_not_wait_for_the_trail(callers, hold):
    """Of its own organisation; what is waited for here is only let go once they are answered."""
    here = callers(HERE)
    body = {"email": "admin@qualiforma.fr", "password": os.environ["QUALIFORMA_DEMO_PASSWORD"]}
    with hold(HERE):
        assert here("POST", "auth/login", body)[0] == 200
        assert here("POST", "auth/login", body | {"password": "non"})[0] == 401
        assert here("POST", "company/session", body)[0] == 200


def test_a_writer_gets_the_trail_that_is_let_go_in_time(callers, hold):
    here = callers(HERE)
    with ThreadPoolExecutor(1) as pool, hold(HERE):
        answer = pool.submit(here, "POST", "improvement-plans", PLAN)
        time.sleep(0.3)
        assert not answer.done()
    assert answer.result()[0] in {201, 503}  # 503 only where this machine took a second and more


def test_waiting_things_are_reminded_once(callers, hold):
    here = callers(HERE)
    with hold(HERE):
        status, problem = here("POST", "improvement-plans", PLAN)
    assert (status, problem["code"], here.answered["Retry-After"]) == (503, "TIMEOUT", "5")


def test_half_of_the_workers_are_left_to_others(callers, hold):
    """Reads that wait for a locked table hold one of two workers; a third waits for the first."""
    here, there = callers(HERE), callers(ELSEWHERE)
    ends = []

    def read():
        again = Caller(here.base, here.tenant, here.token)
        ends.append(again("GET", "complaints")[0])

    with hold(HERE, "LOCK TABLE improvements_complaint"):
        readers = [threading.Thread(target=read) for _ in range(12)]
        for one in readers:
            one.start()
        wait_until(lambda: ends)  # the others wait for their turn
        assert [there("GET", "improvement-plans")[0] for _ in range(8)] == [200] * 8
        assert len(ends) < len(readers)
        for one in readers:
            one.join()
    assert set(ends) == {503}
    assert here("GET", "complaints")[0] == 200


# --- Who holds the trail


def test_nobody_and_oneself(acme):
    assert is_trail_ours()
    with transaction.atomic():
        assert is_trail_ours()
        assert trail_holder() > 0


def test_another_transaction(acme, hold):
    before = trail_holder()
    with hold("acme"):
        assert trail_holder() not in {0, before}
        assert not is_trail_ours()
    assert trail_holder() == before
