"""Figures of an upgrade: an organisation with thousands of plans gets numbers, results and effects.

Run as `python -m tests.bench.plan_upgrade OLD [COUNT]`; OLD is a checkout of a release before plans had a
number, e.g. `git archive 1a8a0d0 | tar x -C OLD`. It makes the data, and lives a plan on the new schema as
the present release does. On a throw-away PostgreSQL of its own.
"""

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.provisioning import ROOT, say, throwaway

COUNT, YEARS = 5_000, 3
PAUSE = 0.005
PLANS = "improvements_improvementplan"

# By the old release: what it knows, in an order that is not that of the days.
FILL = """
import random
from datetime import UTC, datetime, timedelta
import django
django.setup()
from django.utils import timezone
from django_tenants.utils import tenant_context
from qualiforma.provisioning import services
services.migrate_installation()
tenant = services.create_tenant(slug="before", name="Avant")
with tenant_context(tenant):
    from qualiforma.accounts.models import User
    from improvements.models import ClosingReport, CorrectiveAction, ImprovementPlan
    user = User(id="usr_ada", email="ada@before.fr", name="Ada", role="ADMIN")
    user.set_password("une phrase assez longue")
    user.save()
    first = datetime(2026 - {years}, 1, 1, 12, tzinfo=UTC)
    days = [first + timedelta(minutes=rank * {step}) for rank in range({count})]
    random.Random(7).shuffle(days)
    plans = ImprovementPlan.objects.bulk_create(
        ImprovementPlan(title=f"Plan {{rank}}", trigger="FEEDBACK", owner=user, created_at=day,
            target_date=day.date(), indicators=[32])
        for rank, day in enumerate(days))
    CorrectiveAction.objects.bulk_create(
        CorrectiveAction(plan=plan, description="Action", owner=user, status="DONE",
            completed_at=timezone.now())
        for plan in plans for _ in range(3))
    closed = [one.pk for one in plans[: {count} // 2]]
    ClosingReport.objects.bulk_create(ClosingReport(plan_id=pk, summary="Fait.") for pk in closed)
    ImprovementPlan.objects.filter(pk__in=closed).update(
        status="COMPLETED", closed_at=timezone.now(), closed_by=user)
    gone = [one.pk for one in plans[-{count} // 10:]]
    ImprovementPlan.objects.filter(pk__in=gone).update(deleted_at=timezone.now(), deleted_by=user)
"""
# By either release, over HTTP: a plan from its beginning to its end.
LIVE = """
import json
import django
django.setup()
from django.test import Client
client = Client(headers={"X-Tenant-ID": "before"}, SERVER_NAME="localhost")
def call(method, path, body, status):
    answer = getattr(client, method)(f"/api/v1{path}", json.dumps(body), "application/json")
    assert answer.status_code == status, (path, answer.status_code, answer.content)
    return answer.json().get("data")
login = {"email": "ada@before.fr", "password": "une phrase assez longue"}
token = call("post", "/auth/login", login, 200)["accessToken"]
client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
body = {"title": "Nouveau", "trigger": "PROACTIVE", "targetDate": "2027-01-31", "owner": "usr_ada"}
plan = call("post", "/improvement-plans", body, 201)["id"]
path = f"/improvement-plans/{plan}"
action = call("post", f"{path}/actions", {"description": "Faire"}, 201)["id"]
call("patch", path, {"status": "IN_PROGRESS"}, 200)
call("patch", f"{path}/actions/{action}", {"status": "DONE"}, 200)
call("post", f"{path}/close", {"summary": "Fait.", "outcomes": ["4 / 5"]}, 200)
call("patch", path, {"title": "Autre"}, 409)
listed = client.get("/api/v1/improvement-plans?perPage=100")
assert listed.status_code == 200, listed.content
print(plan, listed.json()["meta"]["total"])
"""


def run(script: str, where: Path) -> str:
    """Run a script by the release that lies there; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=where,
        env=os.environ | {"PYTHONPATH": str(where)},
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{where}: {done.stderr}")
    return done.stdout.strip()


class Prober:
    """Somebody who goes on reading and writing; keeps how long each waited at most.

    Units: seconds. A write whose table was changed under it is tried again by the client, as people do.
    """

    def __init__(self, schema: str, count: int) -> None:
        self.schema, self.ends = schema, threading.Event()
        self.longest: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self.failures: list[str] = []
        self.threads = [
            threading.Thread(target=self._go_on, args=one)
            for one in (
                ("read", f"SELECT count(*) FROM {PLANS} WHERE status = 'DRAFT'"),
                (
                    "write",
                    f"UPDATE {PLANS} SET version = version + 1 WHERE title = 'Plan {count // 2 + 5}'",
                ),
            )
        ]

    def __enter__(self) -> "Prober":
        for one in self.threads:
            one.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ends.set()
        for one in self.threads:
            one.join()

    def _go_on(self, name: str, statement: str) -> None:
        options = f"-c search_path={self.schema}"
        with psycopg.connect(
            os.environ["DATABASE_OWNER_URL"], options=options, autocommit=True
        ) as connection:
            while not self.ends.is_set():
                began = time.perf_counter()
                try:
                    connection.execute(statement.encode())
                except psycopg.Error as error:
                    self.failures.append(f"{name}: {type(error).__name__}")
                    with suppress(psycopg.Error):
                        connection.rollback()
                self.calls[name] += 1
                self.longest[name] = max(self.longest[name], time.perf_counter() - began)
                time.sleep(PAUSE)


def measure(old: Path, count: int) -> None:
    from qualiforma.provisioning.schemas import lacking, migrate_schema
    from qualiforma.provisioning.services import migrate_installation
    from qualiforma.tenants.models import Tenant

    run(FILL.format(count=count, years=YEARS, step=YEARS * 500_000 // count), old)
    say(f"the release before has made {count} plans")
    began = time.perf_counter()
    migrate_installation()
    say(f"the installation is migrated: {time.perf_counter() - began:.1f} s")
    tenant: Any = Tenant.objects.get(slug="before")
    with Prober(tenant.schema_name, count) as quiet:
        time.sleep(2)
    with Prober(tenant.schema_name, count) as prober:
        began = time.perf_counter()
        steps = migrate_schema(tenant.schema_name)
        took = time.perf_counter() - began
    assert not lacking([tenant.schema_name])
    say(f"the organisation is migrated: {steps} migrations in {took:.1f} s")
    for name in ("read", "write"):
        say(
            f"  longest {name}: {prober.longest[name] * 1000:.0f} ms of {prober.calls[name]}, "
            f"{quiet.longest[name] * 1000:.0f} ms before"
        )
    say(f"  refused meanwhile: {len(prober.failures)} {sorted(set(prober.failures))}")
    check_numbers(tenant.schema_name, count)
    for rank, (name, where) in enumerate((("old", old), ("new", ROOT), ("old", old))):
        key, total = run(LIVE, where).splitlines()[-1].split()
        reference = found(tenant.schema_name, f"SELECT reference FROM {PLANS} WHERE id = %s", key)
        say(f"{name} release lives a plan: {reference[0][0]}, {total} in its list ({rank + 1})")


def check_numbers(schema: str, count: int) -> None:
    """Say whether numbers follow the days of creation, year by year, without a hole."""
    rows = found(
        schema,
        "SELECT extract(year FROM created_at AT TIME ZONE 'Europe/Paris')::int, reference "
        f"FROM {PLANS} ORDER BY created_at, id",
    )
    counted: dict[int, int] = defaultdict(int)
    for year, reference in rows:
        counted[year] += 1
        assert reference == f"PA-{year}-{counted[year]:04}", (year, reference)
    last = dict(found(schema, "SELECT year, last FROM improvements_planyear"))
    assert last == dict(counted)
    assert len(rows) == count
    say(f"numbers without a hole by day of creation: {dict(counted)}")


def found(schema: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    options = f"-c search_path={schema}"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], options=options) as connection:
        return connection.execute(statement.encode(), values).fetchall()


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    with throwaway():
        import django

        django.setup()
        measure(Path(sys.argv[1]).resolve(), count)


if __name__ == "__main__":
    main()
