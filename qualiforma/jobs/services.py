"""The queue as operators see it: what waits, runs, failed or is parked."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from psycopg import sql

from qualiforma.jobs.models import JobEffect, JobTrouble, MorningRun
from qualiforma.tenants.models import Tenant

# How operators name the queue's states; `parked` is a failed one that killed its workers.
STATES = ("waiting", "running", "failed", "parked")
_PARTS = {
    "state": sql.SQL("""CASE WHEN trouble.parked_at IS NOT NULL AND job.status = 'failed' THEN 'parked'
    WHEN job.status = 'todo' THEN 'waiting' WHEN job.status = 'doing' THEN 'running'
    ELSE 'failed' END"""),
    "jobs": sql.SQL("""procrastinate_jobs job
    LEFT JOIN jobs_jobtrouble trouble ON trouble.job_id = job.id"""),
}
_LIST = (
    sql.SQL("""
    SELECT job.id, job.task_name, job.queue_name, {state} AS state, job.attempts,
        job.scheduled_at, COALESCE(job.args->>'schema', 'public') AS schema,
        COALESCE(trouble.error, '') AS error, COALESCE(trouble.deaths, 0) AS deaths,
        (SELECT min(event.at) FROM procrastinate_events event WHERE event.job_id = job.id),
        trouble.at
    FROM {jobs}
    WHERE (%(states)s::text[] IS NULL OR {state} = ANY(%(states)s))
      AND (%(schema)s::text IS NULL OR job.args->>'schema' = %(schema)s)
      AND (%(queue)s::text IS NULL OR job.queue_name = %(queue)s)
      AND (%(number)s::bigint IS NULL OR job.id = %(number)s)
    ORDER BY job.id LIMIT %(most)s OFFSET %(skip)s
""")
    .format(**_PARTS)
    .as_string()
)
_COUNT = (
    sql.SQL("""
    SELECT job.queue_name, {state} AS state, count(*),
        COALESCE(extract(epoch FROM now() - min(COALESCE(job.scheduled_at, event.at)) FILTER (
            WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())
        )), 0)::float
    FROM {jobs}
    LEFT JOIN procrastinate_events event ON event.job_id = job.id AND event.type = 'deferred'
    GROUP BY 1, 2 ORDER BY 1, 2
""")
    .format(**_PARTS)
    .as_string()
)


class NoSuchJobError(LookupError):
    """No job of that number is in the state that the call is for."""


@dataclass(frozen=True)
class QueuedJob:
    """A job in the queue. A waiting one runs at `due`, None for as soon as it can.

    `queued_at`: when it was first asked for; `failed_at`: its last failure, None without one.
    """

    id: int
    name: str
    queue: str
    state: str
    attempts: int
    due: datetime | None
    schema: str
    error: str
    deaths: int
    queued_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True)
class QueueCount:
    """How many jobs of a queue are in a state; `overdue_seconds` of the oldest that is due."""

    queue: str
    state: str
    jobs: int
    overdue_seconds: float


def list_jobs(
    *,
    states: Sequence[str] = (),
    schema: str = "",
    queue: str = "",
    most: int = 1000,
    skip: int = 0,
) -> list[QueuedJob]:
    """Return jobs, oldest first; those that succeeded are not kept. Cost: one query."""
    return _listed(states=list(states), schema=schema, queue=queue, most=most, skip=skip)


def find_job(number: int) -> QueuedJob | None:
    """Return a job that is in the queue, None for one that is done or was dropped."""
    return next(iter(_listed(number=number)), None)


def ids_of(numbers: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return by number what those jobs were queued with. Cost: one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, COALESCE(args->'ids', '{}')::text FROM procrastinate_jobs WHERE id = ANY(%s)",
            [list(numbers)],
        )
        return {number: json.loads(ids) for number, ids in cursor.fetchall()}


def _listed(**wanted: Any) -> list[QueuedJob]:
    given = {"states": None, "schema": None, "queue": None, "number": None, "most": 1, "skip": 0}
    given |= {name: value or None for name, value in wanted.items() if name != "skip"}
    with connection.cursor() as cursor:
        cursor.execute(_LIST, given | {"skip": wanted.get("skip", 0)})
        return [QueuedJob(*row) for row in cursor.fetchall()]


def count_jobs() -> list[QueueCount]:
    """Return the counts by queue and state. Cost: one query over what is not done yet."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        return [QueueCount(*row) for row in cursor.fetchall()]


def count_workers(*, alive_seconds: float = 60) -> int:
    """Return how many workers gave a sign of life lately."""
    (count,) = _one(
        "SELECT count(*) FROM procrastinate_workers"
        " WHERE last_heartbeat > now() - make_interval(secs => %s)",
        [alive_seconds],
    )
    return int(count)


@transaction.atomic
def retry_job(number: int) -> None:
    """Queue a failed or parked job anew, its deaths forgotten. Errors: `NoSuchJobError`.

    One that waits already under the same name is enough: then this one is removed.
    """
    _lock(number, "failed")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [number]
            )
            # All its tries again, as the fault is taken for mended.
            cursor.execute("UPDATE procrastinate_jobs SET attempts = 0 WHERE id = %s", [number])
    except IntegrityError:
        _delete([number])
    JobTrouble.objects.filter(pk=number).delete()


@transaction.atomic
def drop_job(number: int) -> None:
    """Remove a job that is not running. Errors: `NoSuchJobError`."""
    _lock(number, "failed", "todo", "cancelled", "aborted")
    _delete([number])


@transaction.atomic
def drop_jobs_of(schema: str) -> int:
    """Remove every job of a tenant that is being deleted; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs WHERE args->>'schema' = %s", [schema])
        numbers = [number for (number,) in cursor.fetchall()]
    _delete(numbers)
    return len(numbers)


def forget_tenant(tenant: Tenant) -> None:
    """Remove the jobs of a tenant that is being deleted (`TENANT_REMOVERS`)."""
    drop_jobs_of(tenant.schema_name)
    MorningRun.objects.filter(pk=tenant.pk).delete()


def purge_finished() -> int:
    """Forget effects and troubles of jobs that are no more; return how many rows."""
    with connection.cursor() as cursor:
        # An hour: the worker that dropped the job may still be about to look for its effect.
        cursor.execute(
            "DELETE FROM jobs_jobeffect WHERE done_at < now() - interval '1 hour' "
            "AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs job WHERE job.id = job_id)"
        )
        effects = int(cursor.rowcount)
        cursor.execute(
            "DELETE FROM jobs_jobtrouble "
            "WHERE NOT EXISTS (SELECT 1 FROM procrastinate_jobs job WHERE job.id = job_id)"
        )
        return effects + int(cursor.rowcount)


def _lock(number: int, *states: str) -> None:
    statement = (
        "SELECT id FROM procrastinate_jobs WHERE id = %s AND status::text = ANY(%s) FOR UPDATE"
    )
    if _one(statement, [number, list(states)]) is None:
        raise NoSuchJobError(number)


def _delete(numbers: Iterable[int]) -> None:
    kept = list(numbers)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [kept])
    JobEffect.objects.filter(pk__in=kept).delete()
    JobTrouble.objects.filter(pk__in=kept).delete()


def _one(statement: str, arguments: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchone()
