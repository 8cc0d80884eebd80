"""Jobs whose worker died: tried again, finished, or parked."""

import json
import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from qualiforma.jobs.models import JobEffect, JobTrouble
from qualiforma.jobs.queue import delay_after, queue_after_failure
from qualiforma.tenants.context import leave_tenant

logger = logging.getLogger(__name__)
# Workers that a job may take with it before it is parked.
MOST_DEATHS = 3
# Nobody gives a sign of life while the database is away: it starts by giving everybody their time.
STALLED = """
    SELECT job.id, worker.id IS NOT NULL, job.attempts, job.task_name, job.args FROM procrastinate_jobs job
    LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
      AND (worker.id IS NULL OR greatest(worker.last_heartbeat, pg_postmaster_start_time())
           < now() - make_interval(secs => %s))
    ORDER BY job.id LIMIT 100 FOR UPDATE OF job SKIP LOCKED
"""


def give_sign(worker: int | None) -> None:
    """Update the worker's heartbeat; ignore None and unregistered workers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT procrastinate_update_heartbeat_v1(%s)", [worker])


@transaction.atomic
def rescue(stalled_after: timedelta) -> int:
    """Take up at most a hundred jobs of workers whose last sign of life is that old.

    Those of a worker that has unregistered, too: it lives, but lost the database under the job.
    Several workers may look at once: each job is one's. Returns how many there were.
    """
    leave_tenant()
    with connection.cursor() as cursor:
        cursor.execute(STALLED, [stalled_after.total_seconds()])
        stalled = cursor.fetchall()
    numbers = [number for number, *_ in stalled]
    done = set(JobEffect.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    for number, is_death, attempts, name, queued in stalled:
        if number in done:
            _call("procrastinate_finish_job_v1(%s, 'succeeded', true)", number)
        elif is_death:
            if _count_death(number):
                queue_after_failure(name, json.loads(queued))
        else:
            _try_again(number, attempts)
            logger.warning("Job %s is tried again: its worker lost the database", number)
    return len(stalled)


def _count_death(number: int) -> bool:
    """Try again, a little later each time. The third death is the last: True then."""
    trouble, is_new = JobTrouble.objects.get_or_create(job_id=number, defaults={"deaths": 1})
    if not is_new:
        JobTrouble.objects.filter(pk=number).update(deaths=F("deaths") + 1, at=timezone.now())
        trouble.refresh_from_db(fields=["deaths"])
    if trouble.deaths >= MOST_DEATHS:
        JobTrouble.objects.filter(pk=number).update(parked_at=timezone.now())
        _call("procrastinate_finish_job_v1(%s, 'failed', false)", number)
        logger.error("Job %s is parked: its workers died %s times", number, trouble.deaths)
        return True
    _try_again(number, trouble.deaths - 1)
    logger.warning("Job %s is tried again: its worker died", number)
    return False


def _try_again(number: int, times: int) -> None:
    """Queue it for later; not if one waits already under the same name, which is enough."""
    again = timezone.now() + delay_after(times)
    try:
        with transaction.atomic():
            _call("procrastinate_retry_job_v2(%s, %s, NULL, NULL, NULL)", number, again)
    except IntegrityError:
        _call("procrastinate_finish_job_v1(%s, 'failed', true)", number)


def _call(function: str, *arguments: int | datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}", list(arguments))
