"""One organisation never stops another: its trail is held, its calls hold processes."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import transaction

from qualiforma.api.sharing import SharingMiddleware
from qualiforma.audit.waiting import is_trail_ours, trail_holder
from qualiforma.runtime import occupancy
from qualiforma.runtime.occupancy import HELD_SECONDS, Occupancy, make_table
from qualiforma.runtime.onethread import PUT_OFF, PutOff, Waiting
from qualiforma.tenants.context import get_tenant
from tests.live import ROOT, Caller, log_in, start_server, wait_until

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
    request = rf.post(path, **{PUT_OFF: PutOff(1.5, Waiting())})
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


def test_tenant_with_half_of_the_processes_gets_busy(callers, hold):
    """A read that waits for a locked table holds one of two processes; the next is refused."""
    here, there = callers(HERE), callers(ELSEWHERE)
    again = Caller(here.base, here.tenant, here.token)
    with hold(HERE, "LOCK TABLE improvements_complaint"), ThreadPoolExecutor(1) as pool:
        for _ in range(20):  # until one finds the process that is free
            waiting = pool.submit(here, "GET", "complaints")
            time.sleep(2 * HELD_SECONDS)
            status, problem = again("GET", "improvement-plans")
            assert there("GET", "improvement-plans")[0] == 200
            assert waiting.result()[0] == 503
            if status == 503 and problem["code"] == "BUSY":  # not TIMEOUT: the process that is held
                break
    assert (problem["code"], again.answered["Retry-After"]) == ("BUSY", "1")
    assert again("GET", "improvement-plans")[0] == 200


# --- The table of who holds what


@pytest.fixture
def table(tmp_path):
    """Four processes, of which this one has a slot."""
    make_table(tmp_path / "table", 4)
    found = Occupancy(tmp_path / "table")
    yield found
    found.close()


HOLD = """
import sys, time
from pathlib import Path
from qualiforma.runtime.occupancy import Occupancy
with Occupancy(Path(sys.argv[1])).held_by(sys.argv[2]):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Start a process that holds a slot for an organisation until it is killed."""
    started = []

    def start(organisation):
        words = [sys.executable, "-c", HOLD, str(tmp_path / "table"), organisation]
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def is_over(table, organisation):
    with table.held_by(organisation) as found:
        return found


def test_half_of_the_processes_is_a_share(table, holder):
    first, _second = holder("tnt_a"), holder("tnt_a")
    time.sleep(2 * HELD_SECONDS)
    assert not is_over(table, "tnt_b")
    assert is_over(table, "tnt_a")
    first.kill()
    first.wait()
    assert not is_over(table, "tnt_a"), "what was killed holds nothing"
    holder("tnt_c")
    holder("tnt_c")  # the slot of the killed one is free
    time.sleep(2 * HELD_SECONDS)
    assert is_over(table, "tnt_c")


def test_short_calls_hold_nothing(table, holder, monkeypatch):
    monkeypatch.setattr(occupancy, "HELD_SECONDS", 3600)
    for _ in range(3):
        holder("tnt_a")
    assert not is_over(table, "tnt_a")


def test_one_process_has_no_half(tmp_path, monkeypatch):
    monkeypatch.setattr(occupancy, "HELD_SECONDS", 0)
    make_table(tmp_path / "table", 1)
    table = Occupancy(tmp_path / "table")
    assert not is_over(table, "tnt_a")
    table.close()


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
