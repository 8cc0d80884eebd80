"""New processes take the place of the old ones, and the server ends, without a call that is refused."""

import http.client
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from qualiforma.runtime.occupancy import Occupancy, make_table
from tests.live import ROOT, start_server, wait_until

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


def workers_of(server):
    listed = subprocess.run(
        ["pgrep", "-P", str(server.process.pid)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return set(listed.stdout.split())


def reload(server, before):
    """Ask for new processes and wait until none of those before is there."""
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(workers_of(server)) >= 2 and not workers_of(server) & before)
    return workers_of(server)


def test_a_reload_under_load_costs_no_call(server):
    """Twice: each time every process is another one."""
    before, done, failed = workers_of(server), [0], []
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


def test_a_process_that_comes_before_the_old_one_ends_gets_its_place(tmp_path):
    """Else its calls would not count to their organisation's share, until the next reload."""
    table = tmp_path / "table"
    make_table(table, 1)
    script = "import sys; from qualiforma.runtime.occupancy import Occupancy, Path\n"
    script += (
        f"one = Occupancy(Path({str(table)!r})); print(one._own, flush=True); sys.stdin.read()"
    )
    old = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert old.stdout
    assert old.stdout.readline() == b"0\n"
    new = Occupancy(table)
    with new.held_by("acme"):
        assert new._own == -1
    old.communicate()
    with new.held_by("acme"):
        assert new._own == 0
        assert table.read_bytes().strip(b"\0")
    new.close()
