"""`make demo` as its user meets it: start, use, Ctrl-C, start again. And a database that dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from qualiforma.server.postgres import Cluster
from tests.live import ROOT, Caller, answers, free_port, log_in, start_server, wait_until

PASSWORD = "mot-de-passe-de-test"


class Demo:
    """A running demo in a folder of its own, with the database it brings itself."""

    def __init__(self, home: Path) -> None:
        home.chmod(0o755)
        self.port = free_port()
        without = {"DATABASE_URL", "DATABASE_OWNER_URL", "QUALIFORMA_SECRET_KEY"}
        environment = {k: v for k, v in os.environ.items() if k not in without}
        self.output = home / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "qualiforma.server.demo"],
                cwd=ROOT,
                env=environment | {"QUALIFORMA_HOME": str(home / "state"), "PORT": str(self.port)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.base = f"http://127.0.0.1:{self.port}"

    def ready(self) -> "Demo":
        try:
            wait_until(lambda: answers(f"{self.base}/readyz"), self.process)
            wait_until(lambda: "Ctrl-C stops it" in self.said(), self.process)
        except AssertionError:
            self.stop(signal.SIGTERM)  # else it would outlive the tests
            raise
        return self

    def said(self) -> str:
        return self.output.read_text()

    def stop(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)

    def children(self) -> list[str]:
        """Living processes that serve this demo's folder or port."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "environ").read_text() + (folder / "cmdline").read_text()
            except OSError:
                continue
            if f"PORT={self.port}\0" in words or str(self.output.parent) in words:
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        return found


@pytest.fixture
def admin():
    return lambda demo, tenant="qualiforma-demo": log_in(
        demo.base, tenant, "admin@qualiforma.fr", PASSWORD
    )


def test_start_use_stop_start_again_and_kill(tmp_path, admin):
    demo = Demo(tmp_path).ready()
    call = admin(demo)
    assert PASSWORD in demo.said()
    assert call("PATCH", "improvement-plans/imp_8f3b21", {"title": "Changé"})[0] == 200
    assert demo.stop(signal.SIGINT) == 0
    assert demo.children() == []

    again = Demo(tmp_path).ready()
    assert admin(again)("GET", "improvement-plans/imp_8f3b21")[1]["data"]["title"] == "Changé"
    assert admin(again)("GET", "improvement-plans")[1]["meta"]["total"] == 27
    others = admin(again, "votre-tenant")("GET", "improvement-plans")[1]
    assert others["meta"]["total"] == 19
    again.process.kill()
    again.process.wait()
    wait_until(lambda: not again.children())

    last = Demo(tmp_path).ready()
    assert last.stop(signal.SIGTERM) == 0
    assert last.children() == []


def test_stopped_while_it_starts(tmp_path):
    for seconds in (0.3, 1.5, 3):
        demo = Demo(tmp_path)
        time.sleep(seconds)
        assert demo.stop(signal.SIGTERM) in {0, -signal.SIGTERM}
        assert demo.children() == []
    assert Demo(tmp_path).ready().stop(signal.SIGINT) == 0


DROPPED = """
import signal
from qualiforma.server import demo
class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
def prepare():
    Finalized()
demo._prepare = prepare
demo._web_server = lambda port: 1 / 0
raise SystemExit(demo.main())
"""


def test_a_request_to_stop_that_python_dropped(tmp_path):
    """The handler's exception is lost when it is raised in a finalizer; the demo stops all the same."""
    values = {"QUALIFORMA_HOME": str(tmp_path), "PORT": str(free_port())}
    done = subprocess.run(
        [sys.executable, "-c", DROPPED], cwd=ROOT, env=os.environ | values, check=False,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "Exception ignored" in done.stderr
    assert done.returncode == 0, done.stderr


ONE_TENANT = f"""
from qualiforma.accounts.services import create_user
from qualiforma.tenants import services
from qualiforma.tenants.context import inside
services.migrate_installation()
with inside(services.create_tenant(slug="essai", name="Essai")):
    create_user(
        id="usr_admin01", email="admin@essai.fr", name="A", role="ADMIN", password={PASSWORD!r}
    )
"""


class Writer(threading.Thread):
    """Creates plans until told to stop, and remembers which were acknowledged."""

    def __init__(self, call: Caller) -> None:
        super().__init__()
        self.call = call
        self.acknowledged: list[str] = []
        self.refused = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        body = {
            "title": "Écrit sous la charge",
            "trigger": "PROACTIVE",
            "targetDate": "2026-12-31",
            "owner": "usr_admin01",
            "actions": [{"description": "Une"}, {"description": "Deux"}],
        }
        while not self.stopping.is_set():
            try:
                status, answer = self.call("POST", "improvement-plans", body)
            except OSError:
                continue
            if status == 201:
                self.acknowledged.append(answer["data"]["id"])
            else:
                assert status == 503, answer
                self.refused += 1
                time.sleep(0.02)


def written_over_kills(cluster, writers):
    """Kill and restart the database three times under the writers; what was acknowledged."""
    for writer in writers:
        writer.start()
    for _ in range(3):
        time.sleep(1)
        cluster.kill()
        cluster.start()
    time.sleep(1)
    for writer in writers:
        writer.stopping.set()
        writer.join()
    return [plan for writer in writers for plan in writer.acknowledged]


def test_a_killed_database_loses_nothing_acknowledged(tmp_path, monkeypatch):
    """PostgreSQL killed with -9 under write load and restarted; the server goes on by itself."""
    tmp_path.chmod(0o755)
    cluster = Cluster(tmp_path / "state", port=free_port())
    urls = cluster.start()
    values = {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}
    environment = os.environ | values | {"QUALIFORMA_HOME": str(tmp_path / "state")}
    words = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ONE_TENANT]
    subprocess.run(words, cwd=ROOT, env=environment, check=True)
    server = start_server(**environment)
    try:
        call = log_in(server.base, "essai", "admin@essai.fr", PASSWORD)
        writers = [Writer(call) for _ in range(4)]
        written = written_over_kills(cluster, writers)
        assert len(written) > 50
        assert any(writer.refused for writer in writers), "the kill was never felt"
        for plan in written:
            status, answer = call("GET", f"improvement-plans/{plan}")
            assert (status, answer["data"]["actionsCount"]) == (200, 2)
    finally:
        server.stop()
        cluster.stop()
