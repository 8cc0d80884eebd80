"""Others while one organisation does what it can to hold everybody up: `python -m tests.bench.neighbours`.

For each trigger: another organisation reads and writes in quiet, then beside the trigger. Expected: its
median is at most twice the quiet one, 99 % of its calls end within a second, none with 5xx, and logins
of the first organisation are answered. `--only WORD` chooses triggers.
"""

import argparse
import multiprocessing
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import lru_cache
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from qualiforma.server.processes import usual_processes
from tests.bench.rig import Report, open_rig
from tests.live import Caller, log_in, start_server

PASSWORD = "mot-de-passe-de-test"
PLAN = {"title": "T", "trigger": "PROACTIVE", "targetDate": "2026-12-31", "owner": "usr_admin01"}
PLANS = 5000
LARGE = {**PLAN, "description": "é" * 2_000_000}
Answers = list[tuple[int, float]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each trigger")
    parser.add_argument("--writers", type=int, default=12, help="callers of the first organisation")
    parser.add_argument("--clients", type=int, default=2, help="of the other organisation")
    parser.add_argument("--workers", type=int, default=usual_processes(), help="web processes")
    parser.add_argument("--only", default="", help="triggers with this in their name")
    chosen = parser.parse_args()
    with open_rig(tenants=2, QUALIFORMA_RATE_LIMIT="1000000") as rig:
        return measured(rig, chosen)


def measured(rig, chosen) -> int:
    report = Report()
    fill(rig.tenants)
    with (rig.home / "web.log").open("wb") as log:
        environment = {"WEB_WORKERS": str(chosen.workers), "QUALIFORMA_TRUSTED_PROXIES": "1"}
        server = start_server(output=log, **environment)
    try:
        here, there = (
            log_in(server.base, one.slug, "admin@essai.fr", PASSWORD) for one in rig.tenants
        )
        report.figure("MiB at start", sizes(server.process.pid))
        work(there, chosen.clients, 2)  # the first calls have caches to fill
        for name, act in TRIGGERS.items():
            if chosen.only in name:
                is_held = name == "writers while the trail is held"
                holder = held(rig) if is_held else nullcontext()
                measure(
                    report, name, (here, there), trigger(here, act, chosen.writers), holder, chosen
                )
        report.figure("MiB of its own of each process", sizes(server.process.pid))
    finally:
        server.stop()
    return report.end()


def measure(report, name, callers, acting, holder, chosen) -> None:
    """Compare the other organisation's calls in quiet with those beside a trigger."""
    here, there = callers
    quiet = work(there, chosen.clients, chosen.seconds / 4)
    with holder, acting as refusals:
        beside = work(there, chosen.clients, chosen.seconds)
        again = {"email": "admin@essai.fr", "password": PASSWORD}
        status, _ = Caller(here.base, here.tenant, here.token)("POST", "auth/login", again)
    # What else the machine does changes meanwhile.
    quiet += work(there, chosen.clients, chosen.seconds / 4)
    tell(report, name, quiet, beside, refusals, status)


@contextmanager
def held(rig) -> Iterator[None]:
    """Hold the first organisation's trail."""
    with psycopg.connect(rig.urls.owner) as holder:
        schema = rig.tenants[0].schema_name
        holder.execute(f"SELECT 1 FROM {schema}.audit_lock FOR NO KEY UPDATE")
        yield
        holder.rollback()


@contextmanager
def trigger(call: Caller, act: Callable[[Caller], int], callers: int) -> Iterator[Answers]:
    """Let the first organisation's callers act again and again; yields status and seconds of each.

    In a process of their own: what they compute is not to slow the other organisation's clients.
    """
    fork = multiprocessing.get_context("fork")
    stop, (there, here) = fork.Event(), fork.Pipe(duplex=False)
    process = fork.Process(target=act_again, args=[call, act, callers, stop, here])
    process.start()
    answers = Answers()
    try:
        yield answers
    finally:
        stop.set()
        answers.extend(there.recv())
        process.join()


def act_again(
    call: Caller, act: Callable[[Caller], int], callers: int, stop: Any, found: Any
) -> None:
    answers = Answers()

    def run() -> None:
        again = Caller(call.base, call.tenant, call.token)
        while not stop.is_set():
            began = time.monotonic()
            with suppress(OSError, HTTPException):  # an answer may come before all is sent
                answers.append((act(again), time.monotonic() - began))
            time.sleep(0.05)

    at_once(run, callers)
    found.send(answers)


def at_once(run: Callable[[], None], callers: int) -> None:
    """Run this in as many threads, until all have ended."""
    threads = [threading.Thread(target=run) for _ in range(callers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def getting(path: str) -> Callable[[Caller], int]:
    return lambda call: call("GET", path)[0]


def posting(path: str, body: Any) -> Callable[[Caller], int]:
    return lambda call: call("POST", path, body)[0]


def send_slowly(call: Caller) -> int:
    """Send a body byte by byte, for three seconds; return 0 where nobody answers meanwhile."""
    host, _, port = call.base.removeprefix("http://").partition(":")
    head = (
        f"POST /api/v1/improvement-plans HTTP/1.1\r\nHost: {host}\r\nX-Tenant-ID: {call.tenant}\r\n"
        f"Authorization: Bearer {call.token}\r\nContent-Type: application/json\r\n"
        "Content-Length: 100000\r\n\r\n"
    )
    with socket.create_connection((host, int(port.partition("/")[0])), timeout=5) as sent:
        sent.sendall(head.encode())
        for _ in range(30):
            sent.sendall(b" ")
            time.sleep(0.1)
    return 0


class Stranger(Caller):
    """Somebody at another address, as a proxy tells it: whoever guesses there locks nobody out here."""

    headers = {"X-Forwarded-For": "192.0.2.7"}


def guess_password(call: Caller) -> int:
    body = {"email": "other@essai.fr", "password": "x" * 40}
    return Stranger(call.base, call.tenant)("POST", "auth/login", body)[0]


class Browser:
    """A browser in which the organisation's ADMIN has logged in. `text`: of the last answer."""

    def __init__(
        self, call: Caller, email: str = "admin@essai.fr", password: str = PASSWORD
    ) -> None:
        self.text = ""
        self._address = call.base.removeprefix("http://").partition("/")[0]
        self._host = f"{call.tenant}.localhost"
        self._cookies: SimpleCookie = SimpleCookie()
        self.send("/admin/login/", {"username": email, "password": password})
        assert "sessionid" in self._cookies, "not logged in"

    def send(self, path: str, form: dict[str, str] | None = None) -> int:
        """Ask for a page, or post a form to it; return the status."""
        if form is None:
            return self._ask("GET", path, None, "")
        body = urlencode({**form, "csrfmiddlewaretoken": self._token(path)})
        return self._ask("POST", path, body, "application/x-www-form-urlencoded")

    def upload(self, path: str, name: str, content: bytes) -> int:
        """Post a file to a page's form; return the status."""
        form = {"csrfmiddlewaretoken": self._token(path), "file": SimpleUploadedFile(name, content)}
        return self._ask("POST", path, encode_multipart(BOUNDARY, form), MULTIPART_CONTENT)

    def _token(self, path: str) -> str:
        if "csrftoken" not in self._cookies:
            self.send(path)
        return self._cookies["csrftoken"].value

    def _ask(self, method: str, path: str, body: str | bytes | None, kind: str) -> int:
        cookies = "; ".join(f"{one.key}={one.value}" for one in self._cookies.values())
        connection = HTTPConnection(self._address, timeout=60)
        with closing(connection):
            head = {"Host": self._host, "Cookie": cookies}
            if body is not None:
                head["Content-Type"] = kind
            connection.request(method, path, body, head)
            answer = connection.getresponse()
            for one in answer.headers.get_all("Set-Cookie", []):
                self._cookies.load(one)
            self.text = answer.read().decode(errors="replace")
            return answer.status


LOGGING_IN = threading.Lock()


def browser_of(call: Caller) -> Browser:
    with LOGGING_IN:
        return logged_in(call.base, call.tenant)


@lru_cache(maxsize=1)
def logged_in(base: str, tenant: str) -> Browser:
    return Browser(Caller(base, tenant))


def seeing(path: str, form: dict[str, str] | None = None) -> Callable[[Caller], int]:
    return lambda call: browser_of(call).send(path, form)


@lru_cache(maxsize=1)
def feed_of(base: str, tenant: str, token: str) -> str:
    """Return the path of a new calendar of the organisation's ADMIN."""
    _, answer = Caller(base, tenant, token)("POST", "me/calendar")
    return str(urlsplit(answer["data"]["url"]).path)


def reading_calendar(call: Caller) -> int:
    browser = browser_of(call)
    with LOGGING_IN:
        path = feed_of(call.base, call.tenant, call.token)
    return browser.send(path)


TRIGGERS: dict[str, Callable[[Caller], int]] = {
    "writers while the trail is held": posting("improvement-plans", PLAN),
    "deep pages": getting("improvement-plans?page=50&perPage=100"),
    "searches": getting("improvement-plans?q=e&perPage=100"),
    "pages of the trail": getting("audit-events?page=40&perPage=100"),
    "names of nobody": lambda call: Caller(call.base, f"nobody{time.monotonic_ns()}")(
        "GET", "users"
    )[0],
    "readiness": getting("qualiopi/readiness"),
    "wrong passwords": guess_password,
    "large bodies": posting("improvement-plans", LARGE),
    "slow bodies": send_slowly,
    "back-office: a list": seeing("/admin/improvements/improvementplan/"),
    "back-office: home": seeing("/admin/"),
    "exports of the trail": seeing("/admin/audit/auditevent/export/xlsx/", {}),
    "calendar feeds": reading_calendar,
    "public complaint form": seeing("/reclamation"),
}


def fill(tenants) -> None:
    """Add an ADMIN to each organisation, and plans to the first."""
    from compliance.models import OrganisationProfile
    from improvements.models import ImprovementPlan
    from qualiforma import audit
    from qualiforma.accounts.services import create_user
    from qualiforma.tenants.context import tenant_context

    for rank, one in enumerate(tenants):
        with tenant_context(one):
            create_user(
                id="usr_admin01", email="admin@essai.fr", name="A", role="ADMIN", password=PASSWORD
            )
            plans = [
                ImprovementPlan(
                    title=f"Plan {n}",
                    description="Une description en deux phrases. La seconde.",
                    trigger="PROACTIVE",
                    owner_id="usr_admin01",
                    target_date="2026-12-31",
                )
                for n in range(0 if rank else PLANS)
            ]
            with audit.action("improvements.demo.loaded"):
                OrganisationProfile.objects.create(public_complaints=True)
                ImprovementPlan.objects.bulk_create(plans)


def work(call: Caller, clients: int, seconds: float) -> list[tuple[int, float]]:
    """Nine reads, then a write, again and again; status and seconds of each."""
    found: list[tuple[int, float]] = []

    def run() -> None:
        again, until, number = (
            Caller(call.base, call.tenant, call.token),
            time.monotonic() + seconds,
            0,
        )
        while time.monotonic() < until:
            number += 1
            is_write = number % 10 == 0
            began = time.monotonic()
            status, _ = (
                again("POST", "improvement-plans", PLAN)
                if is_write
                else again("GET", "improvement-plans?perPage=5")
            )
            found.append((status, time.monotonic() - began))
            time.sleep(0.02)

    at_once(run, clients)
    return found


def tell(report, name, quiet, beside, refusals, login) -> None:
    times = [seconds for _, seconds in beside]
    report.figure(f"{name}: quiet, calls, median ms, p99 ms", shown([one for _, one in quiet]))
    report.figure(f"{name}: beside it", shown(times))
    ratio = median(times) / median(one for _, one in quiet)
    worst = quantiles(times, n=100)[98]
    report.check(f"{name}: median against quiet, at most 2", ratio <= 2, f"{ratio:.2f}")
    report.check(f"{name}: 99 % within 1 s", worst <= 1, f"{worst:.3f}")
    report.expect(f"{name}: 5xx of the other organisation", sum(one >= 500 for one, _ in beside))
    report.expect(f"{name}: login of the organisation", login, wanted=200)
    report.figure(f"{name}: its own calls", shown([one for _, one in refusals]))
    report.figure(f"{name}: their statuses", sorted({status for status, _ in refusals}))


def shown(times: list[float]) -> str:
    if len(times) < 2:
        return f"{len(times)}: no answer before the connection was closed"
    return f"{len(times)} {median(times) * 1000:.1f} {quantiles(times, n=100)[98] * 1000:.1f}"


def sizes(parent: int) -> str:
    """Return what each web process has for itself alone (USS), and all with what they share."""
    found, shares = [], 0
    for folder in below(parent):
        try:
            lines = (folder / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        sizes = {one.split(":")[0]: int(one.split()[1]) for one in lines[1:]}
        shares += sizes["Pss"]
        found.append((sizes["Private_Clean"] + sizes["Private_Dirty"]) / 1024)
    return " ".join(f"{one:.0f}" for one in found) + f"; all {shares / 1024:.0f}"


def below(process: int) -> list[Path]:
    """Return the folders in /proc of a process's children, and of theirs."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [one for child in found for one in [Path("/proc", child), *below(int(child))]]


if __name__ == "__main__":
    sys.exit(main())
