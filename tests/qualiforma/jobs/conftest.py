import os
import signal

import pytest
from django.db import connection

from qualiforma.jobs import services as jobs
from qualiforma.tenants.context import tenant_context
from qualiforma.tenants.owner import as_owner
from tests import forks
from tests.committed import committed_tenant
from tests.live import wait_until


@pytest.fixture(scope="module")
def committed(django_db_setup, django_db_blocker):
    """A tenant `works` with a table of marks, whose data really is committed."""
    with django_db_blocker.unblock(), committed_tenant("works") as tenant:
        table = f"{tenant.schema_name}.marks"
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {table} (key text)")
            cursor.execute(f"GRANT ALL ON {table} TO qualiforma_app")
        yield tenant


@pytest.fixture
def works(committed, django_db_blocker):
    with django_db_blocker.unblock(), tenant_context(committed):
        yield committed


@pytest.fixture
def marks(works):
    """How often a job's effect is there."""

    def count(key):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM marks WHERE key = %s", [key])
            return cursor.fetchone()[0]

    return count


@pytest.fixture
def start_worker():
    """Starts real workers, which take the dead for dead after 3 s; what is left of them ends."""
    started = []

    def start(*arguments, **environment):
        process = forks.start(
            *("-m", "tests.qualiforma.jobs.probe", *arguments),
            env=os.environ | {"QUALIFORMA_JOB_STALLED_SECONDS": "3"} | environment,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(20)


@pytest.fixture
def state_of(works):
    """A job's state as operators see it; `done` once it is out of the queue."""
    return lambda number: next((job.state for job in jobs.list_jobs() if job.id == number), "done")


@pytest.fixture
def until(state_of):
    return lambda number, state: wait_until(lambda: state_of(number) == state)
