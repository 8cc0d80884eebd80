"""Whose job is next: urgent ones first, then each organisation in turn, however many one has."""

import json
import os
import signal
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from qualiforma.accounts.mails import invitation, password_reset
from qualiforma.jobs import services as jobs
from qualiforma.jobs.queue import _queue_again, app
from qualiforma.jobs.turns import TAKE, URGENT, long_lock
from qualiforma.tenants.context import get_tenant, tenant_context
from qualiforma.tenants.owner import as_owner
from tests.live import wait_until
from tests.qualiforma.jobs import probe

FLOOD = 10_000


def flood(tenant, *, jobs=FLOOD, queue="default", at=None, lock=None):
    """Queue very many jobs of one organisation."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at, lock, args)"
            " SELECT %s, 'probe.noted', %s::timestamptz, %s, jsonb_build_object('schema', %s::text,"
            " 'tenant', %s::text, 'ids', jsonb_build_object('key', 'flood'))"
            " FROM generate_series(1, %s)",
            [queue, at, lock, tenant.schema_name, tenant.pk, jobs],
        )


def take(last_lane="", *, queue="default", with_long=True, due_by=None):
    """Take the next job as a worker does: its key and lane."""
    with connection.cursor() as cursor:
        taken = {"queue": queue, "worker": None, "last_lane": last_lane}
        cursor.execute(
            f"SELECT args->'ids'->>'key', lane FROM ({TAKE}) AS taken",
            taken | {"with_long": with_long, "due_by": due_by},
        )
        return cursor.fetchone()


def take_all(**options):
    keys, row = [], take(**options)
    while row:
        keys.append(row[0])
        row = take(row[1], **options)
    return keys


@pytest.fixture
def order(tmp_path):
    """The keys of jobs in the order in which workers began them."""
    path = tmp_path / "order"
    path.touch()
    return path


@pytest.fixture
def run_some(start_worker, order):
    """Let one worker run at least that many jobs; return their order."""

    def run(count):
        worker = start_worker(PROBE_ORDER=str(order))
        wait_until(lambda: len(order.read_text().splitlines()) >= count, worker)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        return order.read_text().splitlines()

    yield run
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_ten_thousand_jobs_of_another_do_not_hold_up_ones_own(works, run_some):
    flood(get_tenant("acme"))
    for key in ("first", "second"):
        probe.noted.enqueue({"key": key})
    ran = run_some(4)
    assert [key for key in ran[:4] if key != "flood"] == ["first", "second"]
    assert ran[:4].count("flood") == 2


def test_urgent_jobs_are_run_before_all_others(works, run_some):
    acme = get_tenant("acme")
    flood(acme)
    probe.noted.enqueue({"key": "other"})
    probe.noted.enqueue({"key": "other's urgent"}, priority=URGENT)
    with tenant_context(acme):
        probe.noted.enqueue({"key": "urgent"}, priority=URGENT)
    ran = run_some(4)
    assert set(ran[:2]) == {"urgent", "other's urgent"}
    assert set(ran[2:4]) == {"other", "flood"}


def test_a_retried_job_is_as_urgent_as_before(works, start_worker, order):
    number = probe.fails_once.enqueue({"key": "again"}, priority=URGENT)
    worker = start_worker("--until-empty", PROBE_ORDER=str(order))
    assert worker.wait(60) == 0
    flood(works, jobs=3)
    assert take(due_by=timezone.now() + timedelta(minutes=1))[0] == "again"
    [job] = jobs.list_jobs(states=["running"])
    assert (job.id, job.attempts) == (number, 1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_one_organisations_long_jobs_run_one_at_a_time(works, start_worker, order):
    for key in ("one", "two"):
        probe.long.enqueue({"key": key})
    probe.noted.enqueue({"key": "mail"})
    workers = [start_worker("--until-empty", PROBE_ORDER=str(order)) for _ in range(2)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    if jobs.list_jobs():  # both had found nothing to do beside the first one
        assert start_worker("--until-empty", PROBE_ORDER=str(order)).wait(60) == 0
    long_ones = [line for line in order.read_text().splitlines() if line != "mail"]
    assert long_ones == ["one begins", "one ends", "two begins", "two ends"]


def test_a_suspended_organisations_job_keeps_its_place(acme):
    probe.long.enqueue({"key": "long"}, priority=URGENT)
    [job] = app.job_manager.list_jobs()
    _queue_again(job.evolve(task_kwargs=json.loads(str(job.task_kwargs))), timedelta())
    first, second = app.job_manager.list_jobs()
    assert (second.priority, second.lock) == (URGENT, first.lock)
    assert first.lock


def test_a_worker_for_short_jobs_leaves_long_ones(acme):
    probe.long.enqueue({"key": "long"})
    probe.noted.enqueue({"key": "short"})
    assert take_all(with_long=False) == ["short"]
    assert take_all() == ["long"]


def test_a_running_long_job_keeps_the_organisations_others_waiting(acme, globex):
    probe.long.enqueue({"key": "one"})
    probe.long.enqueue({"key": "two"})
    with tenant_context(globex):
        probe.long.enqueue({"key": "other"})
    assert sorted(take_all()) == ["one", "other"]


def test_what_is_not_due_is_passed_over(acme, globex):
    flood(acme, jobs=50, at=timezone.now() + timedelta(hours=1))
    with tenant_context(globex):
        probe.noted.enqueue({"key": "other"})
    assert take_all() == ["other"]
    assert len(take_all(due_by=timezone.now() + timedelta(hours=2))) == 50


def test_password_and_invitation_mails_are_urgent(acme):
    invitation.send(user="usr_x")
    password_reset.send(user="usr_x")
    assert {job.priority for job in app.job_manager.list_jobs()} == {URGENT}


def pages_read_by_a_take(queue):
    """How many pages of tables and indexes the function reads: what it costs on any machine.

    The least of three: PostgreSQL reads its catalog anew after a change of any table.
    """
    found = []
    with connection.cursor() as cursor:
        for _ in range(3):
            cursor.execute(
                "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
                " SELECT * FROM jobs_take(%s, NULL, '', true, now())",
                [queue],
            )
            plan = cursor.fetchone()[0][0]["Plan"]
            found.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
    return min(found)


@pytest.mark.parametrize("is_busy", [False, True])
def test_the_next_job_is_found_without_reading_those_that_wait(acme, globex, is_busy):
    """Though the table's statistics say that it is empty, it is not read from end to end.

    A queue of its own, and a table without the rows of other tests, which were rolled back.
    """
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM procrastinate_jobs")
    queue = f"pages {is_busy}"
    flood(acme, queue=queue, lock=long_lock(acme.schema_name) if is_busy else None)
    assert take(queue=queue)[0] == "flood"  # if it is long, the others wait for its end
    flood(globex, queue=queue, jobs=3)
    assert pages_read_by_a_take(queue) < 80


def test_the_next_job_is_found_by_its_index_whatever_the_statistics_say(works):
    """Of a queue that was found to be short among others, and has become long since."""
    flood(works)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE procrastinate_jobs")
    flood(works, queue="pages", jobs=6)
    assert len(take_all(queue="pages")) == 6  # PostgreSQL plans anew for the first five only
    flood(works, queue="pages")
    try:
        assert pages_read_by_a_take("pages") < 80
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
