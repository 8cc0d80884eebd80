"""Jobs that misbehave, and a worker that knows them: `python -m tests.qualiforma.jobs.probe`.

Each leaves a mark in its tenant's table `marks`, so that effects can be counted.
"""

import os
import signal
import sys
import time
from pathlib import Path

import django
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qualiforma.settings")
if __name__ == "__main__":
    django.setup()

from qualiforma.jobs.queue import job
from qualiforma.jobs.runner import GiveUpError


def mark(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO marks VALUES (%s)", [key])


@job(name="probe.mark")
def leave_mark(*, key: str) -> None:
    mark(key)


@job(name="probe.sorry")
def sorry(*, key: str) -> None:
    mark(f"sorry for {key}")


@job(name="probe.slow")
def slow(*, key: str) -> None:
    mark(key)
    time.sleep(2)


@job(name="probe.patient", atomic=False)
def patient(*, key: str) -> None:
    """Takes long, and bears that the database is away meanwhile."""
    time.sleep(7)
    connection.close()
    mark(key)


@job(name="probe.deadly", after_failure=sorry)
def deadly(*, key: str) -> None:
    mark(key)
    os.kill(os.getpid(), signal.SIGKILL)


@job(name="probe.failing")
def failing(*, key: str) -> None:
    mark(key)
    raise ValueError(key)


@job(name="probe.overtaken", atomic=False)
def overtaken(*, key: str) -> None:
    """Fails the first time, when one of the same name waits already."""
    mark(key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM marks WHERE key = %s", [key])
        (times,) = cursor.fetchone()
    if times == 1:
        overtaken.enqueue_once(key, {"key": key})
        raise ValueError(key)


@job(name="probe.hopeless", after_failure=sorry)
def hopeless(*, key: str) -> None:
    mark(key)
    raise GiveUpError


def note(key: str) -> None:
    """Write down in which order jobs are run, whoever's they are."""
    with Path(os.environ["PROBE_ORDER"]).open("a") as order:
        order.write(f"{key}\n")


@job(name="probe.noted", atomic=False)
def noted(*, key: str) -> None:
    note(key)


@job(name="probe.long", atomic=False, long=True)
def long(*, key: str) -> None:
    note(f"{key} begins")
    time.sleep(1)
    note(f"{key} ends")


@job(name="probe.fails_once", atomic=False)
def fails_once(*, key: str) -> None:
    note(key)
    if Path(os.environ["PROBE_ORDER"]).read_text().split().count(key) == 1:
        raise ValueError(key)


if __name__ == "__main__":
    from django.core.management import call_command

    call_command("run_worker", *sys.argv[1:])
