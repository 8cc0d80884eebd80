"""The measured job, and a worker that knows it: `python -m tests.bench.worker`."""

import os
import sys
import time

import django
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qualiforma.settings")
if __name__ == "__main__":
    django.setup()

from qualiforma.jobs.queue import job


@job(name="bench.mark")
def leave_mark(*, key: str, seconds: str) -> None:
    """Leave a mark in the tenant's table, in a transaction that stays open that long."""
    starts = os.open(os.environ["BENCH_STARTS"], os.O_WRONLY | os.O_APPEND)
    os.write(starts, f"{key} {os.getpid()} {time.time()}\n".encode())
    os.close(starts)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO marks VALUES (%s, %s)", [key, os.getpid()])
    time.sleep(float(seconds))


if __name__ == "__main__":
    from django.core.management import call_command

    call_command("run_worker", *sys.argv[1:])
