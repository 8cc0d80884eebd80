"""Figures of a morning's reminders: many organisations with nothing due, then with twenty things each.

Run as `python -m tests.bench.reminders [COUNT]`. On a throw-away PostgreSQL of its own.
"""

import sys
import time
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.bench.provisioning import say, throwaway

COUNT, PEOPLE, THINGS = 300, 5, 20
FIVE_MINUTES = 5
MONDAY = datetime(2026, 11, 30, 8, tzinfo=ZoneInfo("Europe/Paris"))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with throwaway():
        import django

        django.setup()
        measure(count)


def measure(count: int) -> None:
    from qualiforma.ids import new_id
    from qualiforma.jobs.mornings import minute_of

    ticks = Counter(minute_of(new_id("ten")) // FIVE_MINUTES for _ in range(10_000))
    say(
        f"10,000 organisations: {min(ticks.values())} to {max(ticks.values())} in each five minutes"
    )
    tenants = make(count)
    say(f"{count} organisations are made")
    idle, statements = asked()
    say(f"nothing due: {idle / count * 1000:.2f} ms and {statements / count:.2f} statements each")
    again, statements = asked()
    say(f"asked already: {again * 1000:.1f} ms and {statements} statements for all")
    for tenant in tenants:
        fill(tenant)
    forget()
    busy, statements = asked()
    say(f"{THINGS} due: {busy / count * 1000:.2f} ms and {statements / count:.2f} statements each")
    began = time.perf_counter()
    mails = sum(run(tenant) for tenant in tenants)
    took = time.perf_counter() - began
    say(f"{mails} mails queued: {took / count * 1000:.1f} ms an organisation, {took:.1f} s for all")


def make(count: int) -> list[Any]:
    from qualiforma.provisioning import services

    services.migrate_installation()
    return [services.create_tenant(slug=f"t{rank}", name=f"T {rank}") for rank in range(count)]


def asked() -> tuple[float, int]:
    """Ask all organisations; return seconds and statements, those that open schemas left out."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from qualiforma.jobs.mornings import start_due

    with CaptureQueriesContext(connection) as statements:
        began = time.perf_counter()
        start_due(MONDAY)
        took = time.perf_counter() - began
    return took, sum(not one["sql"].startswith("SET search_path") for one in statements)


def forget() -> None:
    from qualiforma.jobs.models import MorningRun

    MorningRun.objects.all().delete()


def fill(tenant: Any) -> None:
    from improvements.models import CorrectiveAction, ImprovementPlan
    from qualiforma.accounts.models import User
    from qualiforma.tenants.context import tenant_context

    with tenant_context(tenant):
        users = User.objects.bulk_create(
            User(email=f"p{rank}@x.fr", name=f"P {rank}", role="TRAINER") for rank in range(PEOPLE)
        )
        plan = ImprovementPlan.objects.create(
            title="P", trigger="AUDIT", owner=users[0], target_date=date(2099, 1, 1)
        )
        due = MONDAY.date() - timedelta(days=1)
        CorrectiveAction.objects.bulk_create(
            CorrectiveAction(plan=plan, description="A", owner=users[rank % PEOPLE], due_date=due)
            for rank in range(THINGS)
        )


def run(tenant: Any) -> int:
    from qualiforma.followup.digests import queue_digests
    from qualiforma.tenants.context import tenant_context

    with tenant_context(tenant):
        return queue_digests(MONDAY.date())


if __name__ == "__main__":
    main()
