"""Jobs whose worker died: tried again, finished, or parked."""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from qualiforma.jobs.models import JobEffect, JobTrouble
from qualiforma.jobs.queue import delay_after
from qualiforma.tenants.context import leave_tenant

logger = logging.getLogger(__name__)
# Workers that a job may take with it before it is parked.
MOST_DEATHS = 3
STALLED = """
    SELECT job.id FROM procrastinate_jobs job
    LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
      AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %s))
    ORDER BY job.id LIMIT 100 FOR UPDATE OF job SKIP LOCKED
"""


@transaction.atomic
def rescue(stalled_after: timedelta) -> int:
    """Take up at most a hundred jobs of workers whose last sign of life is that old.

    Several workers may look at once: each job is one's. Returns how many there were.
    """
    leave_tenant()
    with connection.cursor() as cursor:
        cursor.execute(STALLED, [stalled_after.total_seconds()])
        stalled = [number for (number,) in cursor.fetchall()]
    done = set(JobEffect.objects.filter(pk__in=stalled).values_list("pk", flat=True))
    for number in stalled:
        if number in done:
            _call("procrastinate_finish_job_v1(%s, 'succeeded', true)", number)
        else:
            _count_death(number)
    return len(stalled)


def _count_death(number: int) -> None:
    """Try again, a little later each time; the third death is the last."""
    trouble, is_new = JobTrouble.objects.get_or_create(job_id=number, defaults={"deaths": 1})
    if not is_new:
        JobTrouble.objects.filter(pk=number).update(deaths=F("deaths") + 1, at=timezone.now())
        trouble.refresh_from_db(fields=["deaths"])
    if trouble.deaths >= MOST_DEATHS:
        JobTrouble.objects.filter(pk=number).update(parked_at=timezone.now())
        _call("procrastinate_finish_job_v1(%s, 'failed', false)", number)
        logger.error("Job %s is parked: its workers died %s times", number, trouble.deaths)
        return
    again = timezone.now() + delay_after(trouble.deaths - 1)
    _call("procrastinate_retry_job_v2(%s, %s, NULL, NULL, NULL)", number, again)
    logger.warning("Job %s is tried again: its worker died", number)


def _call(function: str, *arguments: int | datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}", list(arguments))
