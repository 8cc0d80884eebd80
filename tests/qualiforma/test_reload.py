"""New processes take the place of the old ones, and the server ends, without a call that is refused."""

import http.client
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Queue

import pytest

from tests.live import Server, children, start_server, wait_until

CALLS, CALLERS = 2_000, 4
PATHS = ("/healthz", "/api/v1/qualiopi/grids", "/api/v1/improvement-plans")
# The last asks for an organisation that is none: the middleware and the database are in it.
EXPECTED = {"/healthz": 200, "/api/v1/qualiopi/grids": 200, "/api/v1/improvement-plans": 404}
start = partial(start_server, WEB_WORKERS="2", QUALIFORMA_LOG_LEVEL="WARNING")


@pytest.fixture(scope="module")
def running():
    """The server of the test before, which most tests leave as they found it: new processes, same number."""
    kept: list[Server] = []
    yield kept
    for one in kept:
        one.stop()


@pytest.fixture
def server(django_db_setup, running):
    one = running.pop() if running else start()
    yield one
    if one.process.poll() is None:
        running.append(one)


@pytest.fixture
def new_server(django_db_setup, running):
    """One that nothing was asked of: granian ends where a process dies soon after it was replaced."""
    running.append(start())
    return running[-1]


def call(port, path, *, connection=None, pause=0):
    """Return what is wrong with the answer, nothing if it is as it should be.

    It is asked for so many seconds after the connection is there.
    """
    one = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        if pause:
            one.connect()
            time.sleep(pause)
        one.request("GET", path, headers={"X-Tenant-ID": "nobody"})
        answer = one.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        if connection is None:
            one.close()
    return "" if answer.status == EXPECTED[path] else f"{path} {answer.status}"


def is_there(process):
    """Say whether a process is; one that has ended and that nobody has asked for is not."""
    status = Path("/proc", process, "status")
    return status.exists() and "State:\tZ" not in status.read_text()


def reload(server, before):
    """Ask for new processes and wait until none of those before is there."""
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(server.workers) >= 2 and not server.workers & before)
    return server.workers


@contextmanager
def callers(make_call, *, count=CALLERS):
    """Call without end from so many threads; give how many calls there were and what went wrong."""
    done, failed, stop = [0], [], threading.Event()

    def calls():
        while not stop.is_set():
            if wrong := make_call(PATHS[done[0] % len(PATHS)]):
                failed.append(wrong)
            done[0] += 1

    with ThreadPoolExecutor(count) as pool:
        running = [pool.submit(calls) for _ in range(count)]
        try:
            yield done, failed
        finally:
            stop.set()
        for one in running:
            one.result()


def test_a_reload_under_load_costs_no_call(server):
    """Twice: each time every process is another one."""
    before = server.workers
    with callers(partial(call, server.port)) as (done, failed):
        for _twice in range(2):
            before = reload(server, before)
        wait_until(lambda: done[0] >= CALLS, seconds=300)
    assert failed == []


def test_a_reload_answers_who_asks_some_time_after_connecting(server):
    """An old process gives those a second whom it has accepted."""
    slowly = partial(call, server.port, pause=0.4)
    with callers(slowly, count=20) as (done, failed):
        reload(server, server.workers)
    assert failed == []
    assert done[0]


def test_a_reload_asks_clients_that_keep_their_connection_to_connect_anew(server):
    free: Queue[http.client.HTTPConnection] = Queue()
    for _ in range(CALLERS):
        free.put(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30))

    def call_again(path):
        connection = free.get()
        time.sleep(0.01)
        wrong = call(server.port, path, connection=connection)
        free.put(connection)
        return wrong

    with callers(call_again) as (done, failed):
        reload(server, server.workers)
    for _ in range(CALLERS):
        free.get().close()
    assert failed == []
    assert done[0]


def test_a_stop_answers_what_has_begun(server):
    """Who is connected gets an answer; the port closes afterwards."""
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = [pool.submit(call, server.port, PATHS[2]) for _ in range(20)]
        time.sleep(0.05)
        begun = [one for one in answers if one.running() or one.done()]
        server.process.send_signal(signal.SIGTERM)
        assert [one.result() for one in begun if one.result()] == []
    assert server.process.wait(30) == 0


def test_a_stop_answers_who_has_connected_and_asks_a_little_later(server):
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call, server.port, PATHS[2], pause=0.6)
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        assert answer.result() == ""
    assert server.process.wait(30) == 0


def test_a_worker_that_is_killed_is_replaced(server):
    """While it did nothing: no call is lost, and as many serve afterwards."""
    before = server.workers
    for one in before:
        os.kill(int(one), signal.SIGKILL)
    wait_until(lambda: not any(map(is_there, before)))
    assert [call(server.port, PATHS[2]) for _ in range(5)] == [""] * 5
    wait_until(lambda: len(server.workers - before) == len(before) == 2)


def test_without_the_process_that_starts_workers_all_are_started_anew(new_server):
    server = new_server
    before = server.workers
    [keeper] = children({server.front})
    os.kill(int(keeper), signal.SIGKILL)
    wait_until(lambda: len(server.workers) == 2 and not server.workers & before)
    wait_until(lambda: call(server.port, PATHS[2]) == "")
