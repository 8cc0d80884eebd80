"""What the measurements share: a lasting server of their own, real workers, the table at the end.

Unlike the tests' server this one syncs, as what is measured is what survives. Everything lives in
a temporary home that goes with the script.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from qualiforma.runtime.children import die_with_parent
from qualiforma.runtime.postgres import Cluster, DatabaseUrls
from tests.live import ROOT

OBSERVER = "bench"
MARKS = "CREATE TABLE {0}.marks (key text, pid int, at timestamptz DEFAULT clock_timestamp())"


def say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {text}\n")


@dataclass
class Report:
    """Figures and expectations; the script's exit status says whether all were met."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    is_good: bool = True

    def figure(self, name: str, value: object) -> None:
        self._add("", name, value)

    def expect(self, name: str, value: object, *, wanted: object = 0) -> None:
        self.check(name, value == wanted, f"{value}" if value == wanted else f"{value} != {wanted}")

    def check(self, name: str, is_met: bool, value: object) -> None:  # noqa: FBT001 - reads so
        self._add("ok" if is_met else "FAILED", name, value)
        self.is_good = self.is_good and is_met

    def _add(self, verdict: str, name: str, value: object) -> None:
        """Keep a row for the table, and say it at once: a run of an hour may be stopped before its end."""
        self.rows.append((verdict, name, str(value)))
        say(f"{verdict:7}{name}: {value}")

    def end(self) -> int:
        """Print the table; return the exit status."""
        self.figure("load average", " ".join(f"{load:.1f}" for load in os.getloadavg()))
        width = max(len(name) for _, name, _ in self.rows)
        for verdict, name, value in self.rows:
            sys.stdout.write(f"{verdict:7}{name:{width}}  {value}\n")
        return 0 if self.is_good else 1


@contextmanager
def temporary_home(account: int | None = None) -> Iterator[Path]:
    """A folder that goes at the end, with what the launcher keeps outside of it."""
    home = Path(tempfile.mkdtemp(prefix="qualiforma-bench-"))
    home.chmod(0o755)
    if account is not None:
        os.chown(home, account, account)
    try:
        yield home
    finally:
        with suppress(OSError):
            shutil.rmtree((home / "postgres" / "outside").readlink())
        shutil.rmtree(home, ignore_errors=True)


def server_processes(home: Path) -> list[int]:
    """Numbers of the processes of a home's PostgreSQL, its main one included."""
    data = (home / "postgres" / "18").resolve()
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if link.readlink() == data:
                found.append(int(link.parent.name))
    return sorted(found)


def kill_server(cluster: Cluster, home: Path, how: str) -> None:
    """`main`: the main process alone, the others notice. `all`: as a power cut ends them.

    `backend`: one connection's process, upon which PostgreSQL ends all others and recovers.
    """
    if how == "backend":
        with suppress(ProcessLookupError):
            os.kill(server_processes(home)[-1], signal.SIGKILL)
        return
    for pid in server_processes(home) if how == "all" else []:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    cluster.kill()


class Rig:
    """A cluster with tenants that have a table of marks, and the workers started on it."""

    def __init__(self, home: Path, cluster: Cluster, urls: DatabaseUrls) -> None:
        self.home, self.cluster, self.urls = home, cluster, urls
        self.tenants: list[Any] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        # One line per start of a job, written outside of any transaction: key, process, instant.
        self.starts_file = home / "starts"
        self.starts_file.touch()

    def add_tenants(self, count: int) -> None:
        from django.db import connection

        from qualiforma.provisioning import services as tenants
        from qualiforma.tenants.owner import as_owner

        for number in range(count):
            tenant = tenants.create_tenant(slug=f"bench{number}", name=f"Bench {number}")
            with as_owner(), connection.cursor() as cursor:
                cursor.execute(MARKS.format(tenant.schema_name))
                cursor.execute(f"GRANT ALL ON {tenant.schema_name}.marks TO qualiforma_app")
            self.tenants.append(tenant)
            if number % 20 == 19:
                say(f"{number + 1} tenants")

    def start_worker(self, **environment: str) -> subprocess.Popen[bytes]:
        with (self.home / f"worker-{len(self.workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.worker"],
                cwd=ROOT,
                env=os.environ | {"BENCH_STARTS": str(self.starts_file)} | environment,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - two system calls in the child
            )
        self.workers.append(worker)
        return worker

    def stop_workers(self) -> list[int]:
        """Ask the living ones to stop; return their exit statuses."""
        living = [worker for worker in self.workers if worker.poll() is None]
        for worker in living:
            worker.send_signal(signal.SIGTERM)
        return [worker.wait(60) for worker in living]

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask as the application's role, on a connection that is told from what is measured."""
        with psycopg.connect(
            self.urls.app, autocommit=True, application_name=OBSERVER
        ) as connection:
            return connection.execute(statement, values).fetchall()

    def starts(self) -> list[tuple[str, int, float]]:
        rows = (line.split() for line in self.starts_file.read_text().splitlines())
        return [(key, int(pid), float(at)) for key, pid, at in rows]

    def marks(self) -> list[tuple[str, int, float]]:
        """Key, process and instant of every effect, over all tenants."""
        found: list[tuple[str, int, float]] = []
        for tenant in self.tenants:
            found += self.query(
                f"SELECT key, pid, extract(epoch FROM at)::float FROM {tenant.schema_name}.marks"
            )
        return found

    def waiting(self) -> int:
        [(count,)] = self.query(
            "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        )
        return int(count)

    def drain(self, seconds: float) -> bool:
        """Wait until nothing waits or runs; False when that takes longer."""
        return until(lambda: self.waiting() == 0, seconds)


def until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            if condition():
                return True
        time.sleep(0.2)
    return False


@contextmanager
def open_rig(*, tenants: int, **environment: str) -> Iterator[Rig]:
    """A migrated installation on a server of its own. Django is set up for it here."""
    with temporary_home() as home:
        cluster = Cluster(home)
        urls = cluster.start()
        os.environ.update(
            DJANGO_SETTINGS_MODULE="qualiforma.settings",
            DATABASE_URL=urls.app,
            DATABASE_OWNER_URL=urls.owner,
            QUALIFORMA_HOME=str(home / "state"),
            QUALIFORMA_SECRET_KEY="only-for-this-run-" + os.urandom(24).hex(),
            QUALIFORMA_HTTPS="false",
            QUALIFORMA_LOG_LEVEL="WARNING",
            **environment,
        )
        rig = Rig(home, cluster, urls)
        try:
            import django

            django.setup()
            from qualiforma.provisioning.services import migrate_installation

            migrate_installation()
            rig.add_tenants(tenants)
            yield rig
        finally:
            for worker in rig.workers:
                if worker.poll() is None:
                    worker.kill()
                worker.wait()
            from django.db import connections

            connections.close_all()
            cluster.stop()


class Producer(threading.Thread):
    """A client that queues jobs one by one; what was not acknowledged it tries again.

    Each try has a key of its own: an acknowledged one must have its effect once, one whose answer
    was lost once or never.
    """

    def __init__(self, rig: Rig, name: str, *, pause: float, job_seconds: float) -> None:
        super().__init__(name=name, daemon=True)
        self._rig, self._pause, self._job_seconds = rig, pause, job_seconds
        self.ended = threading.Event()
        self.acknowledged: list[str] = []
        self.unsure: list[str] = []

    def run(self) -> None:
        from django.db import connection

        number = 0
        while not self.ended.wait(self._pause):
            number += 1
            tries = 0
            while not self._queue(f"{self.name}.{number}.{tries}", number):
                tries += 1
                time.sleep(0.2)
        connection.close()

    def _queue(self, key: str, number: int) -> bool:
        from django.db import Error, connection
        from procrastinate.exceptions import ConnectorException

        from qualiforma.tenants.context import leave_tenant, tenant_context
        from tests.bench.worker import leave_mark

        try:
            leave_tenant()
            with tenant_context(self._rig.tenants[number % len(self._rig.tenants)]):
                leave_mark.enqueue({"key": key, "seconds": str(self._job_seconds)})
        except (Error, ConnectorException):
            self.unsure.append(key)
            connection.close()
            return False
        self.acknowledged.append(key)
        return True
