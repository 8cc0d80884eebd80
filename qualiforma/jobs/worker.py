"""The worker: runs jobs from a queue until it is stopped, and reconnects to the database.

Delivery is at least once. A job whose worker died is taken up by another as soon as the dead one's
heartbeat is old enough; one that keeps killing its workers is parked for an operator.
"""

import asyncio
import logging
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg
from django.db import Error, close_old_connections
from procrastinate import App
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.worker import Worker

from qualiforma.jobs.queue import Growing, app, turns
from qualiforma.jobs.rescue import give_sign, rescue

logger = logging.getLogger(__name__)
POLL_SECONDS = 5.0
RESTART_SECONDS = (0.5, 1.0, 2.0, 5.0)
STEADY_SECONDS = 20.0
# How long the queue remembers a worker that died: `rescue` must tell it from one that unregistered.
KEPT_SECONDS = 86_400.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

# One for the whole process: a job may run for long, and each thread has a connection of its own.
_RESCUER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rescue")


def work(
    queues: Sequence[str],
    *,
    stalled_after: timedelta,
    until_empty: bool = False,
    with_long: bool = True,
) -> None:
    """Serve queues until SIGTERM or SIGINT, or until nothing is due.

    `with_long`: False leaves long jobs to other workers.
    A running job is finished first. A database that goes away is waited for.
    Errors: `ConnectorException` or `psycopg.Error` for a lost database with `until_empty`.
    """
    turns.with_long = with_long
    asyncio.run(_work(list(queues), stalled_after, until_empty=until_empty))


async def _work(queues: list[str], stalled_after: timedelta, *, until_empty: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stopped.set)
    failures = 0
    former: set[int] = set()
    while not stopped.is_set():
        started = loop.time()
        try:
            await _serve(queues, stalled_after, stopped, former, until_empty=until_empty)
        except (ConnectorException, psycopg.Error, OSError) as error:
            if until_empty:
                raise
            logger.warning("The worker lost its database: %s", type(error).__name__)
        if until_empty:
            return
        failures = 0 if loop.time() - started > STEADY_SECONDS else failures + 1
        with suppress(TimeoutError):
            pause = RESTART_SECONDS[min(failures, len(RESTART_SECONDS)) - 1]
            await asyncio.wait_for(stopped.wait(), pause if failures else 0.1)


async def _serve(
    queues: list[str],
    stalled_after: timedelta,
    stopped: asyncio.Event,
    former: set[int],
    *,
    until_empty: bool,
) -> None:
    """Run one registration of this worker: until it is stopped or its database is lost.

    `former` holds the numbers of registrations that the database was lost under.
    """
    parameters = connector_params()
    # The pool alone would wait for half a minute, with growing pauses and deaf to a stop.
    await (await psycopg.AsyncConnection.connect(**parameters)).close()
    connector = PsycopgConnector(kwargs=parameters, min_size=1, max_size=3, timeout=10)
    with app.replace_connector(connector) as serving:
        async with serving.open_async():
            for number in tuple(former):
                # What ran under it is nobody's now, which `rescue` does not take for a death.
                await serving.job_manager.unregister_worker(number)
                former.discard(number)
            worker = _make(serving, queues, stalled_after, until_empty=until_empty)
            tasks = [
                asyncio.create_task(_run(worker, former)),
                asyncio.create_task(stopped.wait()),
                asyncio.create_task(_rescue_now_and_then(stalled_after, worker)),
            ]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            tasks[0].cancel()  # which the worker takes for a request to end in order
            # Until its last job has ended, signs of life are given: the third task goes on.
            await asyncio.wait(tasks[:1])
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for task in done:
                task.result()


class _Worker(Worker):
    """A worker that knows when it is broken."""

    was_stopped = False

    def stop(self) -> None:
        """End in order; a failed side task asks for it, as when the database is lost."""
        self.was_stopped = True
        super().stop()  # type: ignore[no-untyped-call]  # theirs is not annotated

    async def _persist_job_status(self, job: Job, *args: Any, **options: Any) -> None:
        """Write down how a job ended. If that fails, the job would look as if it ran for ever.

        Its worker being alive, nobody would rescue it: hence it registers anew.
        """
        if job.task_name not in self.app.tasks:
            # Queued by a newer version, whose workers are about to come.
            growing = Growing().get_retry_decision(exception=LookupError(), job=job)
            options["retry_decision"] = growing
        try:
            try:
                await super()._persist_job_status(job, *args, **options)
            except UniqueViolation:
                # To be tried again, but one waits already under the same name: that is enough.
                await self.app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        except ConnectorException:
            logger.warning("How a job ended could not be written down")
            self.stop()


def _make(
    serving: App, queues: list[str], stalled_after: timedelta, *, until_empty: bool
) -> _Worker:
    return _Worker(
        serving,
        queues=queues,
        concurrency=1,
        wait=not until_empty,
        fetch_job_polling_interval=POLL_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=False,
        update_heartbeat_interval=stalled_after.total_seconds() / 3,
        stalled_worker_timeout=KEPT_SECONDS,
    )


async def _run(worker: _Worker, former: set[int]) -> None:
    """Work. Errors: `ConnectorException` when it ended for another reason than to be asked to."""
    try:
        await worker.run()  # type: ignore[no-untyped-call]
    finally:
        if worker.worker_id is not None:
            former.add(worker.worker_id)
    if worker.was_stopped:
        raise ConnectorException("A part of the worker failed.")


async def _rescue_now_and_then(stalled_after: timedelta, worker: _Worker) -> None:
    """Look for the jobs of dead workers, while this one works."""
    loop = asyncio.get_running_loop()
    while True:
        await loop.run_in_executor(_RESCUER, _rescue, stalled_after, worker.worker_id)
        await asyncio.sleep(stalled_after.total_seconds() / 3)


def _rescue(stalled_after: timedelta, own: int | None) -> None:
    try:
        close_old_connections()
        # The queue's own signs end with the first that fails, while a long job may still run.
        give_sign(own)
        rescue(stalled_after)
    except Error:
        logger.warning("Stalled jobs could not be looked for")
