"""`make demo` as its user meets it: start, use, Ctrl-C, start again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from tests.live import ROOT, answers, free_port, log_in, wait_until

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
    assert admin(again)("GET", "improvement-plans")[1]["meta"]["total"] == 28
    others = admin(again, "votre-tenant")("GET", "improvement-plans")[1]
    assert others["meta"]["total"] == 19
    again.process.kill()
    again.process.wait()
    wait_until(lambda: not again.children())

    last = Demo(tmp_path).ready()
    assert last.stop(signal.SIGTERM) == 0
    assert last.children() == []


def test_stopped_while_it_starts(tmp_path):
    # What making it costs at the very first start is seen by the test above.
    shutil.copytree(settings.HOME / "templates", tmp_path / "state/templates")
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
