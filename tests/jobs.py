"""Queued jobs in tests: run here and now, in the test's own transaction."""

import json
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from qualiforma.jobs.queue import DEFAULT_QUEUE, JOBS
from qualiforma.jobs.runner import run
from qualiforma.jobs.turns import TAKE
from qualiforma.tenants.connection import tenant_connection


def queued():
    """Names of what waits, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def run_jobs(*, at: datetime | None = None) -> int:
    """Run what is due (by `at`) as a worker would; return how many. The first failure is raised.

    The owner's queue has a worker of its own, which cannot work inside a test's transaction.
    """
    tenant, done = tenant_connection.tenant, 0
    last_lane = ""
    try:
        while row := _take(last_lane, at):
            number, name, arguments, last_lane = row
            job = JOBS[name]
            with transaction.atomic():
                run(job.order(number, json.loads(arguments), postpone=lambda _delay: None))
            done += 1
    finally:
        tenant_connection.set_tenant(tenant)
    return done


def make_due():
    """Have what waits for another try wait no longer."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")


def _take(last_lane, at):
    """Take the next job as a worker does."""
    with connection.cursor() as cursor:
        taken = {"queue": DEFAULT_QUEUE, "worker": None, "last_lane": last_lane}
        cursor.execute(TAKE, taken | {"with_long": True, "due_by": at or timezone.now()})
        found = [
            dict(zip([column.name for column in cursor.description], row, strict=True))
            for row in cursor
        ]
        for job in found:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job["id"]])
            return job["id"], job["task_name"], job["args"], job["lane"]
    return None
