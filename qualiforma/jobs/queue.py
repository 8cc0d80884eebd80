"""How a function becomes a job, and how a job is queued.

The queue is procrastinate's, in `public`. A job is queued on the caller's own connection: it exists
exactly when the transaction that asked for it is committed. What is queued is ids and the tenant's
schema, never a name, an address or a text.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import close_old_connections, connection, reset_queries, transaction
from django.utils import timezone
from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job as QueuedJob
from procrastinate.tasks import Task

from qualiforma.jobs.runner import GiveUpError, Order, run
from qualiforma.jobs.turns import FairManager, long_lock
from qualiforma.tenants.connection import tenant_connection
from qualiforma.tenants.context import tenant_or_none

logger = logging.getLogger(__name__)
# What workers serve: they give it a connection of their own.
app = App(connector=DjangoConnector())
turns = FairManager(app.connector)
app.job_manager = turns
# What queues, in workers too: on Django's connection, hence in the caller's transaction.
_producer = App(connector=DjangoConnector())

DEFAULT_QUEUE = "default"
# Jobs that need the owner's rights; only a worker that is given its address serves it.
OWNER_QUEUE = "owner"
QUEUES = (DEFAULT_QUEUE, OWNER_QUEUE)

# 5 s, 10 s, 20 s … 6 h: fifteen tries take about a day and a half.
MOST_ATTEMPTS = 15
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=6)

# One thread per process, as everywhere: the open tenant belongs to the thread, and Django's content
# type cache races between threads. Heartbeats stay on the event loop's own.
_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
IS_QUEUED = """
    SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
    AND task_name = %s AND args ->> 'schema' = %s AND args -> 'ids' = %s::jsonb LIMIT 1
"""
# Whether what is queued is only tried: see `queueing_nothing`.
_is_trial: ContextVar[bool] = ContextVar("trial", default=False)


@contextmanager
def queueing_nothing() -> Iterator[None]:
    """Queue no job in this block, whose changes are undone: mails would be queued in `public`."""
    token = _is_trial.set(True)
    try:
        yield
    finally:
        _is_trial.reset(token)


@dataclass(frozen=True)
class Job:
    """A function that a worker runs. Its arguments are ids, by name."""

    name: str
    queue: str
    function: Callable[..., None]
    atomic: bool
    is_long: bool = False
    lane: str = ""
    after_failure: "Job | None" = None

    def enqueue(
        self,
        ids: Mapping[str, str] | None = None,
        *,
        at: datetime | None = None,
        priority: int | None = None,
    ) -> int:
        """Queue a run for the tenant that is open, in the transaction that is open.

        `ids` are the function's arguments. A higher priority than 0 is taken before every
        organisation's other jobs. Returns the run's number.
        """
        return self._defer(ids, schedule_at=at, priority=priority)

    def enqueue_once(
        self, what: str, ids: Mapping[str, str] | None = None, *, at: datetime | None = None
    ) -> int | None:
        """Queue a run unless one of the same name `what` waits in this tenant: then None."""
        schema: str = tenant_connection.schema_name
        with suppress(AlreadyEnqueued):
            lock = f"{schema}:{self.name}:{what}"
            return self._defer(ids, queueing_lock=lock, schedule_at=at)
        return None

    def is_queued(self, ids: Mapping[str, str]) -> bool:
        """Say whether a run with these ids waits or runs in the tenant that is open."""
        schema: str = tenant_connection.schema_name
        with connection.cursor() as cursor:
            cursor.execute(IS_QUEUED, [self.name, schema, json.dumps(dict(ids))])
            return cursor.fetchone() is not None

    def _defer(self, ids: Mapping[str, str] | None, **options: Any) -> int:
        if _is_trial.get():
            return 0
        schema: str = tenant_connection.schema_name
        tenant = tenant_or_none()
        queued = {"schema": schema, "tenant": tenant.pk if tenant else "", "ids": dict(ids or {})}
        lock = long_lock(schema, self.lane) if self.is_long else None
        return _defer(queued, name=self.name, queue=self.queue, lock=lock, **options)

    def order(
        self, number: int, queued: Mapping[str, Any], postpone: Callable[[timedelta], None]
    ) -> Order:
        """Return what a worker is to do for a queued run. A periodic one names no tenant."""
        return Order(
            job_id=number,
            name=self.name,
            function=self.function,
            atomic=self.atomic,
            schema=queued.get("schema", "public"),
            tenant=queued.get("tenant", ""),
            ids=queued.get("ids", {}),
            postpone=postpone,
        )


JOBS: dict[str, Job] = {}


def job(
    *,
    name: str,
    queue: str = DEFAULT_QUEUE,
    atomic: bool = True,
    long: bool = False,
    lane: str = "",
    after_failure: Job | None = None,
) -> Callable[[Callable[..., None]], Job]:
    """Make a function a job. It is run in the tenant that queued it, and again when it fails.

    `atomic`: the function runs in one transaction whose effect happens once, however often the
    job is tried. Without it (long work, work as the owner) the function itself must bear being
    repeated. What it does beyond the database may happen twice in any case.
    `long`: takes more than seconds. One of an organisation's long jobs runs at a time; those of a
    `lane` wait for one another only, where others may not wait for whoever they talk to.
    `after_failure`: the job that is queued, with the same ids, once this one is tried no more.
    """

    def register(function: Callable[..., None]) -> Job:
        made = Job(
            name, queue, function, atomic, is_long=long, lane=lane, after_failure=after_failure
        )
        _register(made)
        return made

    return register


def periodic(*, name: str, cron: str) -> Callable[[Callable[[], None]], Job]:
    """Run a function in `public` at the times that `cron` states (UTC), on one of the workers.

    Missed while no worker ran for more than ten minutes: the next time is waited for.
    """

    def register(function: Callable[[], None]) -> Job:
        made = Job(name, DEFAULT_QUEUE, function, atomic=False)
        app.periodic(cron=cron)(_register(made, queueing_lock=name))
        return made

    return register


def _register(made: Job, **options: Any) -> Task[Any, Any, Any]:
    """Make a job known to workers."""

    async def on_worker(context: JobContext, /, **queued: Any) -> None:
        order = made.order(context.job.id or 0, queued, partial(_queue_again, context.job))
        run_on_thread = partial(asyncio.get_running_loop().run_in_executor, _THREAD)
        try:
            await run_on_thread(_work_off, order)
        except Exception as error:
            if is_last_try(error, context.job.attempts):
                await run_on_thread(queue_after_failure, made.name, queued)
            raise

    JOBS[made.name] = made
    return app.task(
        name=made.name, queue=made.queue, retry=Growing(), pass_context=True, **options
    )(on_worker)


def _work_off(order: Order) -> None:
    close_old_connections()  # one that died since the last job
    try:
        run(order)
    finally:
        reset_queries()


def _defer(arguments: dict[str, Any], **options: Any) -> int:
    """Queue. Errors: `AlreadyEnqueued`, which leaves the caller's transaction as it was."""
    deferrer = _producer.configure_task(allow_unknown=True, **options)
    with transaction.atomic():
        return deferrer.defer(**arguments)


def _queue_again(job: QueuedJob, delay: timedelta) -> None:
    """Queue a running job's twin; one that waits already under the same name is enough."""
    with suppress(AlreadyEnqueued):
        _defer(
            job.task_kwargs,
            name=job.task_name,
            queue=job.queue,
            priority=job.priority,
            lock=job.lock,
            schedule_at=timezone.now() + delay,
            queueing_lock=job.queueing_lock,
        )


def queue_after_failure(name: str, queued: Mapping[str, Any]) -> None:
    """Queue what follows a job that is tried no more, for the same tenant and ids."""
    failed = JOBS.get(name)
    if failed is not None and failed.after_failure is not None:
        after = failed.after_failure
        _defer(dict(queued), name=after.name, queue=after.queue)


def is_last_try(error: BaseException, attempts: int) -> bool:
    """Say whether a job that failed so often before this try is tried no more."""
    return isinstance(error, GiveUpError) or attempts + 1 >= MOST_ATTEMPTS


def delay_after(attempts: int) -> timedelta:
    """Return how long a job waits after that many failed tries before this one."""
    doublings: int = 2 ** min(attempts, 20)
    return min(FIRST_DELAY * doublings, LONGEST_DELAY)


class Growing(BaseRetryStrategy):
    """Try again after growing delays; not at all what cannot become right by waiting."""

    def get_retry_decision(
        self, *, exception: BaseException, job: QueuedJob
    ) -> RetryDecision | None:
        if is_last_try(exception, job.attempts):
            return None
        return RetryDecision(retry_at=timezone.now() + delay_after(job.attempts))
