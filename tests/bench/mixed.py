"""Mixed load over many organisations, with a migration in the middle.

Run as `python -m tests.bench.mixed [--tenants 200] [--minutes 20] [--clients 4]`. The real server on a
throw-away PostgreSQL; each call, a read, a write or a page of the back-office, is for an organisation
chosen at random, whose data bears its mark. A page is often asked for again at once, by the same session. Told: answers by kind, of which none may be another organisation's; each minute memory
of the processes that run calls and of those of PostgreSQL, and connections. In the middle the type of a
column changes in every organisation, so that prepared statements are refused, and a table is added.
"""

import argparse
import http.client
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Event, Lock, Thread
from typing import Any, ClassVar

import psycopg

from tests import live
from tests.bench import isolation
from tests.bench.neighbours import Browser
from tests.bench.provisioning import EXTRA, ROOT, manage, say, throwaway
from tests.bench.rig import server_processes
from tests.live import Server, start_server

PLAN = "improvement-plans/imp_8f3b21"
READS = (
    "improvement-plans?perPage=3",
    "improvement-plans?status=IN_PROGRESS&perPage=5",
    PLAN,
    f"{PLAN}/history",
    "improvement-plans/stats",
    "complaints?perPage=3",
    "tenants/current",
    "auth/me",
)
PAGES = (
    "/admin/",
    "/admin/improvements/improvementplan/",
    "/admin/improvements/improvementplan/imp_5F8f3b21/change/",
    "/admin/improvements/complaint/",
)
WRITE_EACH, PAGE_EACH = 10, 10  # one call in so many
TOKEN_SECONDS = 300
LOGIN = {"email": "admin@qualiforma.fr", "password": isolation.PASSWORD}
# An organisation has no more than half of the processes at once (decision 18): what is asked meanwhile is asked again.
PUT_OFF, TRIES, WAIT_SECONDS = "put off", 60, 0.5
# Seconds before what is kept per process and connection is there.
SETTLED = 5 * 60
# Growth of memory after that, in MiB of one process, which is told as a fault.
MOST_GROWTH = 40
LOOKS = 5
COLUMN = "ALTER TABLE {}.improvements_improvementplan ALTER COLUMN title TYPE text"


class Caller(isolation.Caller):
    """Reads and writes, until it is told to end."""

    # Shared by all clients, with the tokens: hashing a password takes most of a core.
    signed: ClassVar[dict[str, float]] = {}
    signing = Lock()
    browsers: dict[str, Browser]

    def run_until(self, ended: Event) -> Counter[str]:
        self.browsers = {}
        while not ended.is_set():
            self.counts[self._mixed()] += 1
        self.connection.close()
        return self.counts

    def _mixed(self) -> str:
        slug = self.random.choice(list(self.marks))
        self._sign_in(slug)
        if not self.random.randrange(PAGE_EACH):
            return self._page(slug)
        if self.random.randrange(WRITE_EACH):
            path = self.random.choice(READS)
            return self._judged(slug, path, *self._asked("GET", path, slug, None))
        body = {"description": f"{self.marks[slug]} {self.random.random()}"}
        return self._judged(slug, PLAN, *self._asked("PATCH", PLAN, slug, body))

    def _page(self, slug: str) -> str:
        """Ask for a page twice, of which the second may be kept; its plan may change in between."""
        if slug not in self.browsers:
            caller = live.Caller(f"http://127.0.0.1:{self.port}/api/v1", slug)
            try:
                self.browsers[slug] = Browser(caller, LOGIN["email"], LOGIN["password"])
            except AssertionError:
                return PUT_OFF  # the login found the organisation's share of the processes taken
        browser, path = self.browsers[slug], self.random.choice(PAGES)
        found = []
        for _ in range(2):
            status = browser.send(path)
            is_busy = status == http.HTTPStatus.SERVICE_UNAVAILABLE
            found.append(PUT_OFF if is_busy else self._judged(slug, path, status, browser.text))
            if self.marks[slug] not in browser.text and path.endswith("plan/"):
                found.append("UNMARKED page")
        return max(found, key=lambda one: (one not in {"right", PUT_OFF}, one == PUT_OFF))

    def _sign_in(self, slug: str) -> None:
        with self.signing:
            if self.signed.get(slug, 0.0) > time.monotonic():
                return
            status, text = self._asked("POST", "auth/login", slug, LOGIN)
            if status != http.HTTPStatus.OK:
                raise AssertionError(f"{slug} was not let in: {status} {text}")
            self.tokens[slug] = json.loads(text)["data"]["accessToken"]
            self.signed[slug] = time.monotonic() + TOKEN_SECONDS

    def _asked(self, method: str, path: str, slug: str, body: Any) -> tuple[int, str]:
        """Ask again where the organisation already holds its share of the processes; it is told to wait."""
        for _ in range(TRIES):
            status, text = self._send(method, path, slug, body)
            if status != http.HTTPStatus.SERVICE_UNAVAILABLE or '"BUSY"' not in text:
                break
            self.counts[PUT_OFF] += 1
            time.sleep(WAIT_SECONDS)
        return status, text

    def _send(self, method: str, path: str, slug: str, body: Any) -> tuple[int, str]:
        headers = {"X-Tenant-ID": slug, "Content-Type": "application/json"}
        if slug in self.tokens and path != "auth/login":
            headers["Authorization"] = f"Bearer {self.tokens[slug]}"
        content = json.dumps(body) if body else None
        try:
            self.connection.request(method, f"/api/v1/{path}", content, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as problem:
            self.connection.close()
            return 0, repr(problem)

    def _judged(self, slug: str, path: str, status: int, text: str) -> str:
        if status != http.HTTPStatus.OK:
            return f"status {status} of {path}: {text[:120]}"
        is_foreign = any(
            self.marks[other] in text or f'"{other}"' in text
            for other in self.marks
            if other != slug
        )
        return "FOREIGN" if is_foreign else "right"


def memory(pid: int | str) -> int:
    """Return the private memory of a process. Unit: bytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


class Watch:
    """What the processes hold, each minute."""

    def __init__(self, home: Path, server: Server) -> None:
        self.home, self.server = home, server
        self.rows: list[tuple[float, float, float, int]] = []
        self.began = time.monotonic()

    def look(self) -> None:
        # The least of a few looks: a login's hash takes 100 MiB for a moment.
        looks = [self._most_of(self.server.workers) for _ in range(LOOKS)]
        web = min(looks) / 2**20
        database = max((memory(pid) for pid in server_processes(self.home)), default=0) / 2**20
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
            name = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_URL"])["user"]
            row = connection.execute(query, [name]).fetchone()
        since = time.monotonic() - self.began
        self.rows.append((since, web, database, row[0] if row else 0))
        say(f"{since / 60:4.1f} min: web {web:.0f} MiB, PostgreSQL {database:.0f}, connections {self.rows[-1][3]}")  # fmt: skip

    @staticmethod
    def _most_of(pids: Iterable[str]) -> int:
        time.sleep(0.5)
        return max((memory(pid) for pid in pids), default=0)

    def faults(self) -> list[str]:
        """Say what was more, by the median, in the last third than in the first, after it had settled; a short run says nothing."""
        later = [row for row in self.rows if row[0] >= SETTLED]
        third = len(later) // 3
        if not third:
            return []
        found = []
        for name, index, most in (
            ("web", 1, MOST_GROWTH),
            ("PostgreSQL", 2, MOST_GROWTH),
            ("connections", 3, 2),
        ):
            first, last = (
                median(row[index] for row in part) for part in (later[:third], later[-third:])
            )
            if last - first > most:
                found.append(f"{name} grew by {last - first:.0f}")
        return found


def migrate(home: Path, slugs: list[str]) -> list[str]:
    """Change a column's type in every schema, then run a migration over all. Returns faults."""
    from qualiforma.tenants.models import Tenant

    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("SET lock_timeout = '20s'")
        for tenant in Tenant.objects.filter(slug__in=slugs):
            connection.execute(COLUMN.format(tenant.schema_name))
    (home / "extra" / "migrations").mkdir(parents=True)
    for package in ("extra", "extra/migrations"):
        (home / package / "__init__.py").touch()
    (home / "extra/migrations/0001_initial.py").write_text(EXTRA)
    (home / "mixed_settings.py").write_text(
        "from qualiforma.settings import *\n"
        "TENANT_APPS = [*TENANT_APPS, 'extra']\nINSTALLED_APPS = [*INSTALLED_APPS, 'extra']\n"
    )
    where = {"PYTHONPATH": f"{home}:{ROOT}", "DJANGO_SETTINGS_MODULE": "mixed_settings"}
    took, done = manage("migrate_tenants", "--processes", "1", **where)
    say(f"migrated: {done.stdout.strip()[:200]}, exit {done.returncode}, {took:.0f} s")
    return [done.stderr[-500:]] if done.returncode else []


@contextmanager
def load(server: Server, marks: dict[str, str], clients: int) -> Iterator[list[Counter[str]]]:
    """Make calls until the block ends; the counts are there then."""
    ended = Event()
    found: list[Counter[str]] = []
    tokens: dict[str, str] = {}
    callers = [Caller(server.port, marks, tokens) for _ in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(one.run_until, ended) for one in callers]
        try:
            yield found
        finally:
            ended.set()
        found += [one.result() for one in running]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--clients", type=int, default=4)
    chosen = parser.parse_args()
    os.environ["QUALIFORMA_DEMO_PASSWORD"] = isolation.PASSWORD
    isolation.TENANTS = chosen.tenants
    with throwaway() as home:
        import django

        django.setup()
        marks = isolation.fill()
        say(f"filled: {len(marks)} organisations")
        server = start_server(WEB_WORKERS="2")
        try:
            faults, counts = run(home, server, marks, chosen)
        finally:
            server.stop()
    say(json.dumps(dict(counts.most_common(12)), indent=1))
    for fault in faults:
        say(f"FAULT: {fault}")
    return int(bool(faults) or set(counts) - {PUT_OFF} != {"right"})


def run(home: Path, server: Server, marks: dict[str, str], chosen: Any) -> tuple[list[str], Counter[str]]:  # fmt: skip
    watch, faults = Watch(home, server), []
    until, middle = 60 * chosen.minutes, None
    with load(server, marks, chosen.clients) as found:
        while time.monotonic() - watch.began < until:
            watch.look()
            if middle is None and time.monotonic() - watch.began > until / 2:
                middle = Thread(target=lambda: faults.extend(migrate(home, list(marks))))
                middle.start()
            time.sleep(min(60, until / 10))
        if middle:
            middle.join()
        watch.look()
    return faults + watch.faults(), sum(found, Counter())


if __name__ == "__main__":
    sys.exit(main())
