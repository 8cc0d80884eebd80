"""New processes take the place of the old ones, and the server ends, without a call that is refused."""

import http.client
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live import children, start_server, wait_until

CALLS, CALLERS = 2_000, 4
PATHS = ("/healthz", "/api/v1/qualiopi/grids", "/api/v1/improvement-plans")
# The last asks for an organisation that is none: the middleware and the database are in it.
EXPECTED = {"/healthz": 200, "/api/v1/qualiopi/grids": 200, "/api/v1/improvement-plans": 404}


@pytest.fixture
def server(django_db_setup):
    one = start_server(WEB_WORKERS="2", QUALIFORMA_LOG_LEVEL="WARNING")
    yield one
    if one.process.poll() is None:
        one.stop()


def call(port, path):
    """Return what is wrong with the answer, nothing if it is as it should be."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path, headers={"X-Tenant-ID": "nobody"})
        status = connection.getresponse().status
        connection.close()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    return "" if status == EXPECTED[path] else f"{path} {status}"


def is_there(process):
    """Say whether a process is; one that has ended and that nobody has asked for is not."""
    status = Path("/proc", process, "status")
    return status.exists() and "State:\tZ" not in status.read_text()


def reload(server, before):
    """Ask for new processes and wait until none of those before is there."""
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(server.workers) >= 2 and not server.workers & before)
    return server.workers


def test_a_reload_under_load_costs_no_call(server):
    """Twice: each time every process is another one."""
    before, done, failed = server.workers, [0], []
    stop = threading.Event()

    def calls():
        while not stop.is_set():
            path = PATHS[done[0] % len(PATHS)]
            if wrong := call(server.port, path):
                failed.append(wrong)
            done[0] += 1

    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [pool.submit(calls) for _ in range(CALLERS)]
        try:
            for _twice in range(2):
                before = reload(server, before)
            wait_until(lambda: done[0] >= CALLS, seconds=300)
        finally:
            stop.set()
        for one in callers:
            one.result()
    assert failed == []


def test_a_stop_answers_what_has_begun(server):
    """Who is connected gets an answer; the port closes afterwards."""
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = [pool.submit(call, server.port, PATHS[2]) for _ in range(20)]
        time.sleep(0.05)
        begun = [one for one in answers if one.running() or one.done()]
        server.process.send_signal(signal.SIGTERM)
        assert [one.result() for one in begun if one.result()] == []
    assert server.process.wait(30) == 0


def test_a_worker_that_is_killed_is_replaced(server):
    """While it did nothing: no call is lost, and as many serve afterwards."""
    before = server.workers
    for one in before:
        os.kill(int(one), signal.SIGKILL)
    wait_until(lambda: not any(map(is_there, before)))
    assert [call(server.port, PATHS[2]) for _ in range(5)] == [""] * 5
    wait_until(lambda: len(server.workers - before) == len(before) == 2)


def test_without_the_process_that_starts_workers_all_are_started_anew(server):
    before = server.workers
    [keeper] = children({server.front})
    os.kill(int(keeper), signal.SIGKILL)
    wait_until(lambda: len(server.workers) == 2 and not server.workers & before)
    wait_until(lambda: call(server.port, PATHS[2]) == "")
