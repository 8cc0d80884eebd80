"""The worker: takes jobs from a queue until it is told to stop, whatever the database does.

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

from django.db import DatabaseError, close_old_connections
from procrastinate import App
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector

from qualiforma.jobs.queue import app
from qualiforma.jobs.rescue import rescue

logger = logging.getLogger(__name__)
POLL_SECONDS = 5.0
RESTART_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def work(queues: Sequence[str], *, stalled_after: timedelta, until_empty: bool = False) -> None:
    """Serve queues until SIGTERM or SIGINT, or until nothing is due.

    A running job is finished first. A database that goes away is waited for.
    Errors: `ConnectorException` for a lost database with `until_empty`.
    """
    asyncio.run(_work(list(queues), stalled_after, until_empty=until_empty))


async def _work(queues: list[str], stalled_after: timedelta, *, until_empty: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stopped.set)
    failures = 0
    while not stopped.is_set():
        started = loop.time()
        try:
            await _serve(queues, stalled_after, stopped, until_empty=until_empty)
        except (ConnectorException, OSError) as error:
            if until_empty:
                raise
            logger.warning("The worker lost its database: %s", type(error).__name__)
        if until_empty:
            return
        failures = 0 if loop.time() - started > 2 * RESTART_SECONDS[-1] else failures + 1
        with suppress(TimeoutError):
            pause = RESTART_SECONDS[min(failures, len(RESTART_SECONDS)) - 1]
            await asyncio.wait_for(stopped.wait(), pause if failures else 0.1)


async def _serve(
    queues: list[str], stalled_after: timedelta, stopped: asyncio.Event, *, until_empty: bool
) -> None:
    """Run one registration of this worker: until it is stopped or its database is lost."""
    seconds = stalled_after.total_seconds()
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=3, timeout=10)
    with app.replace_connector(connector) as serving:
        async with serving.open_async():
            tasks = [
                asyncio.create_task(_run(serving, queues, seconds, until_empty=until_empty)),
                asyncio.create_task(stopped.wait()),
                asyncio.create_task(_rescue_now_and_then(stalled_after)),
            ]
            done, _ = await asyncio.wait(tasks[:2], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()  # the worker's own takes it for a request to end in order
            await asyncio.gather(*tasks, return_exceptions=True)
            for task in done:
                task.result()


async def _run(serving: App, queues: list[str], seconds: float, *, until_empty: bool) -> None:
    options: dict[str, Any] = {
        "queues": queues,
        "concurrency": 1,
        "wait": not until_empty,
        "fetch_job_polling_interval": POLL_SECONDS,
        "delete_jobs": "successful",
        "install_signal_handlers": False,
        "update_heartbeat_interval": seconds / 3,
        "stalled_worker_timeout": seconds,
    }
    await serving.run_worker_async(**options)


async def _rescue_now_and_then(stalled_after: timedelta) -> None:
    """Look for the jobs of dead workers; on a thread of its own, as a job may run for long."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="rescue") as thread:
        while True:
            await loop.run_in_executor(thread, _rescue, stalled_after)
            await asyncio.sleep(stalled_after.total_seconds() / 3)


def _rescue(stalled_after: timedelta) -> None:
    try:
        close_old_connections()
        rescue(stalled_after)
    except DatabaseError:
        logger.warning("Stalled jobs could not be looked for")
