"""PostgreSQL killed or restarted under load: nothing acknowledged is lost, and every answer says so.

The server is a real one, on a database of its own that keeps what it is given.
"""

import http.cookiejar
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from functools import partial
from itertools import count

import pytest
from django.conf import settings

from qualiforma.runtime.postgres import Cluster
from tests.bench.rig import kill_server
from tests.live import ROOT, Caller, free_port, log_in, start_server, wait_until

EMAIL, PASSWORD = "admin@essai.fr", "mot-de-passe-de-test"
ONE_TENANT = f"""
from qualiforma.accounts.services import create_user
from qualiforma.provisioning import services
from qualiforma.tenants.context import tenant_context
services.migrate_installation()
with tenant_context(services.create_tenant(slug="essai", name="Essai")):
    create_user(id="usr_admin01", email={EMAIL!r}, name="A", role="ADMIN", password={PASSWORD!r})
"""


class Load(threading.Thread):
    """Calls until told to stop, and remembers how each call was answered."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self.statuses: list[int] = []
        self.without_hint = 0  # 503 that do not say when to come back

    def call(self) -> tuple[int, bool]:
        """Return the status and whether the answer carries `Retry-After`."""
        raise NotImplementedError

    def run(self) -> None:
        while not self.stopping.is_set():
            with suppress(OSError):
                status, has_hint = self.call()
                self.statuses.append(status)
                self.without_hint += status == 503 and not has_hint
                if status == 503:
                    time.sleep(0.02)


class ApiLoad(Load):
    """One call of the API, again and again; the ids of what was acknowledged."""

    def __init__(self, caller: Caller, method: str, path: str, body=None) -> None:
        super().__init__()
        self.caller, self.method, self.path, self.body = caller, method, path, body
        self.acknowledged: list[str] = []
        self.numbers = count()

    def call(self) -> tuple[int, bool]:
        body = self.body(next(self.numbers)) if self.body else None
        status, answer = self.caller(self.method, self.path, body)
        if status == 201:
            self.acknowledged.append(answer["data"]["id"])
        return status, "Retry-After" in self.caller.answered


class PageLoad(Load):
    """A page of the administration, with the cookies of one login; each click saves the session."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)
        self.path = "/admin/login/"
        token = self._open().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token}
        self._open(urllib.parse.urlencode(form).encode())
        self.path = "/admin/improvements/improvementplan/"

    def _open(self, body: bytes | None = None) -> str:
        request = urllib.request.Request(f"{self.base}{self.path}", body)
        request.add_header("Host", "essai.localhost")
        with self.opener.open(request, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def call(self) -> tuple[int, bool]:
        try:
            text = self._open()
        except urllib.error.HTTPError as error:
            return error.code, "Retry-After" in error.headers
        assert "Plans" in text
        return 200, False


def plan(_number):
    return {
        "title": "Écrit sous la charge",
        "trigger": "PROACTIVE",
        "targetDate": "2026-12-31",
        "owner": "usr_admin01",
        "actions": [{"description": "Une"}, {"description": "Deux"}],
    }


def invited(number):
    """A user, whose invitation is queued in the same transaction."""
    return {"email": f"n{number}@essai.fr", "name": "Invitée", "role": "TRAINER"}


class Installation:
    """A database of its own with one tenant, and a server on it whose log is kept."""

    def __init__(self, home) -> None:
        home.chmod(0o755)
        self.home = home
        self.cluster = Cluster(home / "state", port=free_port())
        urls = self.cluster.start()
        # What making it would cost is no matter of this test.
        shutil.copytree(settings.HOME / "templates", home / "state/templates")
        values = {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}
        values |= {"QUALIFORMA_HOME": str(home / "state")}
        words = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ONE_TENANT]
        subprocess.run(words, cwd=ROOT, env=os.environ | values, check=True)
        self.log = home / "log"
        with self.log.open("wb") as output:
            self.server = start_server(output=output, **values)

    def loads(self) -> list[Load]:
        call = log_in(self.server.base, "essai", EMAIL, PASSWORD)
        again = partial(Caller, call.base, call.tenant, call.token)  # one each
        credentials = {"email": EMAIL, "password": PASSWORD}
        return [
            ApiLoad(again(), "POST", "improvement-plans", plan),
            ApiLoad(again(), "POST", "improvement-plans", plan),
            ApiLoad(again(), "POST", "users", invited),
            ApiLoad(again(), "GET", "improvement-plans"),
            ApiLoad(again(), "POST", "auth/login", lambda _number: credentials),
            PageLoad(self.server.base),
        ]

    def end_database(self, how: str) -> None:
        """End the database and have it back; `backend`: it ends and recovers by itself."""
        if how == "stop":
            self.cluster.stop()
        else:
            kill_server(self.cluster, self.home / "state", how)
        self.cluster.start()

    def stop(self) -> None:
        self.server.stop()
        self.cluster.stop()


@pytest.fixture
def installation(tmp_path):
    found = Installation(tmp_path)
    yield found
    found.stop()


def answered_again(loads) -> None:
    """Wait until each load has had a good answer after now."""
    before = [len(load.statuses) for load in loads]
    wait_until(
        lambda: all(
            any(status < 300 for status in load.statuses[seen:])
            for load, seen in zip(loads, before, strict=True)
        )
    )


def under_load(installation, loads) -> None:
    """Kill the database, one of its processes, shut it down and kill it again, under load."""
    for load in loads:
        load.start()
    answered_again(loads)
    for how in ("main", "backend", "stop", "main"):
        installation.end_database(how)
        answered_again(loads)
    for load in loads:
        load.stopping.set()
        load.join()


def test_a_killed_database_loses_nothing_acknowledged(installation):
    loads = installation.loads()
    under_load(installation, loads)
    assert 503 in {status for load in loads for status in load.statuses}, "the kill was never felt"
    for load in loads:
        assert set(load.statuses) <= {200, 201, 503}, load.path
        assert load.without_hint == 0, load.path
    assert "Unhandled fault" not in installation.log.read_text()
    call = log_in(installation.server.base, "essai", EMAIL, PASSWORD)
    for load in loads[:2]:
        assert load.acknowledged
        for one in load.acknowledged:
            status, answer = call("GET", f"improvement-plans/{one}")
            assert (status, answer["data"]["actionsCount"]) == (200, 2)
