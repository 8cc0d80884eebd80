"""Queued jobs in tests: run here and now, in the test's own transaction."""

import json
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from qualiforma.jobs.queue import JOBS, OWNER_QUEUE
from qualiforma.jobs.runner import run


def queued():
    """Names of what waits, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def run_jobs(*, at: datetime | None = None) -> int:
    """Run what is due (by `at`) as a worker would; return how many. The first failure is raised.

    The owner's queue has a worker of its own, which cannot work inside a test's transaction.
    """
    tenant, done = connection.tenant, 0  # type: ignore[attr-defined]  # django-tenants' own
    try:
        while row := _take(at or timezone.now()):
            number, name, arguments = row
            job = JOBS[name]
            with transaction.atomic():
                run(job.order(number, json.loads(arguments), postpone=lambda _delay: None))
            done += 1
    finally:
        connection.set_tenant(tenant)  # type: ignore[attr-defined]  # as above
    return done


def make_due():
    """Have what waits for another try wait no longer."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")


def _take(at):
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE id = (SELECT id FROM procrastinate_jobs WHERE"
            " status = 'todo' AND queue_name <> %s AND (scheduled_at IS NULL OR scheduled_at <= %s) ORDER BY id LIMIT 1)"
            " RETURNING id, task_name, args",
            [OWNER_QUEUE, at],
        )
        return cursor.fetchone()
