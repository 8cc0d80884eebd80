"""Jobs that organisations have run on the morning of each working day, in Paris.

The organisations do not start at once: each has its own minute of the first hour, always the same.
One in which there is nothing to do is not given a job: it is asked by one statement.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zlib import crc32

from django.db import DatabaseError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from qualiforma.jobs.models import MorningRun
from qualiforma.jobs.queue import Job, periodic
from qualiforma.tenants.context import tenant_context
from qualiforma.tenants.models import Tenant, TenantStatus
from qualiforma.working_days import is_working_day

logger = logging.getLogger(__name__)
# What was missed is made up for until the evening, not by night.
FIRST, LAST = time(7), time(20)
SPREAD_MINUTES = 60
PIECE = 100


@dataclass(frozen=True)
class Morning:
    """A job, and the question of the organisation that is open whether it has anything to do."""

    job: Job
    is_needed: Callable[[date], bool]


_mornings: list[Morning] = []


def each_morning(is_needed: Callable[[date], bool]) -> Callable[[Job], Job]:
    """Have a job run each morning in each active organisation where it is needed."""

    def add(job: Job) -> Job:
        _mornings.append(Morning(job, is_needed))
        return job

    return add


def minute_of(tenant_id: str) -> int:
    """Return the minute of the first hour in which an organisation starts."""
    return crc32(tenant_id.encode()) % SPREAD_MINUTES


@periodic(name="jobs.mornings", cron="*/5 * * * *")
def start_mornings() -> None:
    """Start those whose minute has come."""
    start_due(timezone.localtime())


def start_due(now: datetime) -> int:
    """Queue the jobs of the organisations whose minute has come; return of how many.

    Each organisation once a day, however often this runs; with a crash in between, a piece of them
    is asked again, and what is queued already is not queued twice.
    """
    if not FIRST <= now.time() < LAST or not is_working_day(now.date()):
        return 0
    minutes = (now.hour - FIRST.hour) * 60 + now.minute
    count = 0
    for piece in _pieces(now.date(), minutes):
        for tenant in piece:
            _start(tenant, now.date())
        MorningRun.objects.bulk_create(
            [MorningRun(tenant=tenant.pk, day=now.date()) for tenant in piece],
            update_conflicts=True,
            unique_fields=["tenant"],
            update_fields=["day"],
        )
        count += len(piece)
    return count


def _pieces(day: date, minutes: int) -> Iterator[list[Tenant]]:
    had = MorningRun.objects.filter(tenant=OuterRef("pk"), day__gte=day)
    waiting = Tenant.objects.filter(~Exists(had), status=TenantStatus.ACTIVE).order_by("pk")
    due = [one for one in waiting if minute_of(one.pk) <= minutes]
    yield from (due[start : start + PIECE] for start in range(0, len(due), PIECE))


def _start(tenant: Tenant, day: date) -> None:
    """Queue what an organisation needs. One that cannot be asked gets the job, which says why."""
    with tenant_context(tenant):
        for morning in _mornings:
            try:
                is_needed = morning.is_needed(day)
            except DatabaseError:
                logger.exception("What an organisation needs this morning could not be asked")
                is_needed = True
            if is_needed:
                morning.job.enqueue_once("morning")
