"""Real worker processes, killed and stopped at the worst moment."""

import signal
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from qualiforma.jobs import services as jobs
from qualiforma.jobs.models import JobTrouble
from qualiforma.jobs.rescue import rescue
from qualiforma.tenants.context import leave_tenant, open_tenant, public_schema
from qualiforma.tenants.models import Tenant, TenantStatus
from qualiforma.tenants.owner import as_owner
from tests.live import wait_until
from tests.qualiforma.jobs import probe


def test_a_job_is_run_in_its_tenant(marks, start_worker, until):
    number = probe.leave_mark.enqueue({"key": "plain"})
    start_worker()
    until(number, "done")
    assert marks("plain") == 1


def test_what_is_rolled_back_was_never_queued(marks, start_worker, until):
    with transaction.atomic():
        gone = probe.leave_mark.enqueue({"key": "gone"})
        transaction.set_rollback(True)
    kept = probe.leave_mark.enqueue({"key": "kept"})
    assert kept > gone
    assert start_worker("--until-empty").wait(30) == 0
    assert (marks("gone"), marks("kept")) == (0, 1)


def test_a_killed_workers_job_has_its_effect_once(marks, start_worker, until):
    number = probe.slow.enqueue({"key": "killed"})
    first = start_worker()
    until(number, "running")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert marks("killed") == 0
    start_worker()
    until(number, "done")
    assert marks("killed") == 1


def test_a_worker_that_stood_still_does_not_repeat_the_effect(marks, start_worker, until):
    """Taken for dead, its job taken over: the person who commits first, the other finds it done."""
    number = probe.slow.enqueue({"key": "stopped"})
    first = start_worker()
    until(number, "running")
    first.send_signal(signal.SIGSTOP)
    start_worker()
    wait_until(lambda: any(job.id == number and job.deaths for job in jobs.list_jobs()))
    first.send_signal(signal.SIGCONT)
    until(number, "done")
    first.send_signal(signal.SIGTERM)
    assert first.wait(30) == 0
    assert marks("stopped") == 1


def test_a_job_that_kills_three_workers_is_parked(marks, start_worker, state_of):
    """What the next worker would do after a while is done at once: the wait is shown above."""
    number = probe.deadly.enqueue({"key": "deadly"})
    for state in ("waiting", "waiting", "parked"):
        assert start_worker().wait(60) == -signal.SIGKILL
        with public_schema():
            assert rescue(timedelta()) == 1
        assert state_of(number) == state
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")
    [job] = jobs.list_jobs(states=["parked"])
    assert (job.id, job.deaths) == (number, 3)
    jobs.drop_job(number)
    assert start_worker("--until-empty").wait(30) == 0
    assert (marks("deadly"), marks("sorry for deadly")) == (0, 1)


def test_a_stop_lets_the_running_job_finish(marks, start_worker, until):
    number, later = (probe.slow.enqueue({"key": key}) for key in ("running", "later"))
    worker = start_worker()
    until(number, "running")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    assert (marks("running"), marks("later")) == (1, 0)
    jobs.drop_job(later)


def test_a_stop_that_waits_for_a_long_job_leaves_it_to_its_worker(works, start_worker, until):
    number = probe.patient.enqueue({"key": "patient"})
    worker = start_worker()
    until(number, "running")
    worker.send_signal(signal.SIGTERM)
    start_worker()
    assert worker.wait(30) == 0
    assert not JobTrouble.objects.filter(pk=number).exists()


def test_failures_are_tried_again_later_and_written_down(marks, start_worker, state_of):
    failing = probe.failing.enqueue({"key": "failing"})
    hopeless = probe.hopeless.enqueue({"key": "hopeless"})
    assert start_worker("--until-empty").wait(30) == 0
    assert (state_of(failing), state_of(hopeless)) == ("waiting", "failed")
    assert marks("failing") == marks("hopeless") == 0
    assert (marks("sorry for failing"), marks("sorry for hopeless")) == (0, 1)
    errors = {job.id: job.error for job in jobs.list_jobs()}
    assert errors[failing] == "builtins.ValueError: (text left out)"
    assert "GiveUpError" in errors[hopeless]
    jobs.drop_job(failing)
    jobs.drop_job(hopeless)


def test_a_failure_gives_way_to_one_that_waits_already(marks, start_worker):
    probe.overtaken.enqueue_once("overtaken", {"key": "overtaken"})
    assert start_worker("--until-empty").wait(30) == 0
    assert marks("overtaken") == 2
    assert jobs.list_jobs() == []


def test_a_newer_versions_job_waits_for_its_workers(works, start_worker):
    """As while a deployment goes on, and this worker is the last of the older version."""
    number = probe.leave_mark.enqueue({"key": "newer"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET task_name = 'probe.newer'")
    assert start_worker("--until-empty").wait(30) == 0
    [waiting] = jobs.list_jobs()
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    jobs.drop_job(number)


def test_a_suspended_tenants_jobs_wait(works, marks, start_worker):
    """Without that counting as a failed try, so that they have all of them once it is back."""
    probe.leave_mark.enqueue({"key": "suspended"})
    set_status(works, TenantStatus.SUSPENDED)
    assert start_worker("--until-empty").wait(30) == 0
    [waiting] = jobs.list_jobs()
    assert (waiting.state, waiting.attempts, marks("suspended")) == ("waiting", 0, 0)
    assert waiting.due
    assert waiting.due > timezone.now() + timedelta(minutes=9)
    set_status(works, TenantStatus.ACTIVE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now()")
    assert start_worker("--until-empty").wait(30) == 0
    assert marks("suspended") == 1


def set_status(tenant, status):
    leave_tenant()
    with as_owner():
        Tenant.objects.filter(pk=tenant.pk).update(status=status)
    open_tenant(tenant)


def test_a_lost_acknowledgement_leaves_no_job_running(marks, start_worker, until):
    """The worker lives on, so that nobody else would take its job for interrupted."""
    number = probe.slow.enqueue({"key": "unacknowledged"})
    worker = start_worker()
    until(number, "running")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM procrastinate_jobs WHERE id = %s FOR UPDATE", [number])
        wait_until(lambda: terminate("%procrastinate_finish_job%") == 1)
    until(number, "done")
    assert marks("unacknowledged") == 1
    assert not JobTrouble.objects.filter(pk=number).exists()
    assert worker.poll() is None


def terminate(query):
    """End the connections that wait with such a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the first
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE query LIKE %s AND wait_event_type = 'Lock'",
            [query],
        )
        return cursor.fetchone()[0]


def test_two_workers_lose_and_repeat_nothing(marks, start_worker):
    for number in range(100):
        probe.leave_mark.enqueue({"key": f"shared{number}"})
    workers = [start_worker("--until-empty") for _ in range(2)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert {marks(f"shared{number}") for number in range(100)} == {1}
    assert jobs.list_jobs() == []
