"""What is queued, for whom, and what operators see and do."""

import io
import json
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from qualiforma.accounts.models import User
from qualiforma.jobs import services as jobs
from qualiforma.jobs.models import JobEffect, JobTrouble
from qualiforma.jobs.nightly import queue_nightly_jobs
from qualiforma.jobs.queue import LONGEST_DELAY, OWNER_QUEUE, delay_after, job
from qualiforma.jobs.rescue import rescue
from qualiforma.jobs.runner import run
from qualiforma.provisioning.jobs import clean_up_shared
from qualiforma.tenants.context import platform_context, tenant_context
from tests.cast import ALICE
from tests.jobs import queued, run_jobs

seen: list[str | None] = []


@job(name="test.look")
def look(*, user: str) -> None:
    seen.append(User.objects.filter(pk=user).values_list("email", flat=True).first())


@job(name="test.rename")
def rename(*, user: str) -> None:
    User.objects.filter(pk=user).update(name="Renommée")
    raise ValueError


@pytest.fixture(autouse=True)
def nothing_seen():
    seen.clear()


def set_job(number, **values):
    columns = ", ".join(f"{name} = %s" for name in values)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE procrastinate_jobs SET {columns} WHERE id = %s", [*values.values(), number]
        )


def test_a_job_sees_the_tenant_that_queued_it(acme, globex):
    look.enqueue({"user": ALICE.id})
    with tenant_context(globex):
        look.enqueue({"user": ALICE.id})
    with platform_context():
        look.enqueue({"user": ALICE.id})
    assert run_jobs() == 3
    # The organisations take turns, in the order of their schemas.
    assert set(seen) == {ALICE.email, "alice@globex.fr", None}


def test_the_queue_holds_ids_only(acme):
    number = look.enqueue({"user": ALICE.id})
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE id = %s", [number])
        arguments = json.loads(cursor.fetchone()[0])
    ids = {"user": ALICE.id}
    assert arguments == {"schema": acme.schema_name, "tenant": acme.pk, "ids": ids}


def test_once_is_per_tenant(acme, globex):
    assert look.enqueue_once("tonight", {"user": "usr_x"})
    assert look.enqueue_once("tonight", {"user": "usr_x"}) is None
    assert look.enqueue_once("tomorrow", {"user": "usr_x"})
    with tenant_context(globex):
        assert look.enqueue_once("tonight", {"user": "usr_x"})
    assert len(queued()) == 3


def test_a_later_job_waits(acme):
    from django.utils import timezone

    at = timezone.now() + timedelta(hours=1)
    look.enqueue({"user": ALICE.id}, at=at)
    assert run_jobs() == 0
    assert run_jobs(at=at) == 1


@pytest.mark.parametrize("change", [{"id": "tnt_other"}, {"schema_name": "t_other"}])
def test_another_tenant_is_not_worked_on(acme, change):
    """Neither one that took over the schema, nor one whose schema is another by now."""
    order = look.order(
        1,
        {
            "schema": change.get("schema_name", acme.schema_name),
            "tenant": change.get("id", acme.pk),
            "ids": {"user": ALICE.id},
        },
        postpone=lambda delay: pytest.fail("not to be tried again"),
    )
    run(order)
    assert seen == []


def test_a_failure_undoes_the_effect_and_keeps_the_reason(acme):
    order = rename.order(
        9,
        {"schema": acme.schema_name, "tenant": acme.pk, "ids": {"user": ALICE.id}},
        postpone=lambda delay: None,
    )
    with pytest.raises(ValueError, match=r"^$"):
        run(order)
    with tenant_context(acme):
        assert User.objects.get(pk=ALICE.id).name != "Renommée"
    assert not JobEffect.objects.filter(pk=9).exists()
    assert JobTrouble.objects.get(pk=9).error.startswith("builtins.ValueError")


def test_delays_grow_to_a_limit():
    delays = [delay_after(attempts) for attempts in range(40)]
    assert delays == sorted(delays)
    assert delays[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert delays[-1] == LONGEST_DELAY


def test_a_job_whose_effect_is_there_is_finished_not_repeated(acme):
    number = look.enqueue({"user": ALICE.id})
    set_job(number, status="doing")
    JobEffect.objects.create(job_id=number)
    assert rescue(timedelta(seconds=30)) == 1
    assert jobs.list_jobs() == []
    assert not JobTrouble.objects.exists()


def test_a_living_workers_job_is_left_alone(acme):
    number = look.enqueue({"user": ALICE.id})
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        set_job(number, status="doing", worker_id=cursor.fetchone()[0])
    assert rescue(timedelta(seconds=30)) == 0
    assert jobs.count_workers() == 1


def test_a_worker_that_lost_the_database_is_no_death(acme):
    """It has unregistered since; however often that happens, the job is not parked."""
    number = look.enqueue({"user": ALICE.id})
    for attempts in range(4):
        set_job(number, status="doing")
        assert rescue(timedelta(seconds=30)) == 1
        [job] = jobs.list_jobs()
        assert (job.state, job.attempts, job.deaths) == ("waiting", attempts + 1, 0)


def test_a_database_that_was_away_gives_workers_their_time(acme):
    number = look.enqueue({"user": ALICE.id})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '3 days')"
            " RETURNING id"
        )
        set_job(number, status="doing", worker_id=cursor.fetchone()[0])
        cursor.execute("SELECT extract(epoch FROM now() - pg_postmaster_start_time())")
        up = float(cursor.fetchone()[0])
    assert rescue(timedelta(seconds=up + 3600)) == 0
    assert rescue(timedelta(seconds=up / 2)) == 1
    assert [job.deaths for job in jobs.list_jobs()] == [1]


@pytest.mark.parametrize("take_up", [lambda _: rescue(timedelta(seconds=30)), jobs.retry_job])
def test_what_waits_already_takes_the_place_of_what_is_tried_again(acme, take_up):
    """Two of a name may not wait; that one cannot must not keep the others from being rescued."""
    state = "failed" if take_up is jobs.retry_job else "doing"
    interrupted = look.enqueue_once("tonight", {"user": ALICE.id})
    set_job(interrupted, status=state)
    waiting = look.enqueue_once("tonight", {"user": ALICE.id})
    other = look.enqueue({"user": ALICE.id})
    set_job(other, status=state)
    take_up(interrupted)
    assert next(job.id for job in jobs.list_jobs(states=["waiting"])) == waiting
    assert interrupted not in [job.id for job in jobs.list_jobs()]
    take_up(other)
    assert [job.id for job in jobs.list_jobs(states=["waiting"])] == [waiting, other]


def test_operators_list_retry_and_drop(acme):
    first, second = look.enqueue({"user": ALICE.id}), look.enqueue({"user": ALICE.id})
    set_job(first, status="failed", attempts=15)
    set_job(second, status="failed")
    JobTrouble.objects.create(
        job_id=second, deaths=3, parked_at="2026-01-01T00:00Z", error="x.Y: z"
    )
    assert [one.state for one in jobs.list_jobs()] == ["failed", "parked"]
    out = io.StringIO()
    call_command("list_jobs", "--json", "--tenant", "acme", stdout=out, stderr=io.StringIO())
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(row["id"], row["error"]) for row in rows] == [(first, ""), (second, "x.Y: z")]
    table = io.StringIO()
    call_command("list_jobs", stdout=table, stderr=io.StringIO())
    assert "parked" in table.getvalue()
    call_command("retry_jobs", str(first), stdout=io.StringIO())
    call_command("retry_jobs", "--all", "--drop", stdout=io.StringIO())
    [left] = jobs.list_jobs()
    assert (left.id, left.state, left.attempts) == (first, "waiting", 0)
    with pytest.raises(CommandError, match="Neither failed nor parked: 999999"):
        call_command("retry_jobs", "999999", stdout=io.StringIO())


def test_a_deleted_tenants_jobs_go_with_it(acme, globex):
    look.enqueue({"user": ALICE.id})
    with tenant_context(globex):
        look.enqueue({"user": ALICE.id})
    assert jobs.drop_jobs_of(acme.schema_name) == 1
    assert [one.schema for one in jobs.list_jobs()] == [globex.schema_name]


def test_nightly_jobs_reach_every_tenant_once(acme):
    queue_nightly_jobs.function()
    queue_nightly_jobs.function()
    queued = Counter((one.schema, one.name) for one in jobs.list_jobs())
    assert set(queued.values()) == {1}
    names = {name for schema, name in queued if schema == acme.schema_name}
    assert names >= {"improvements.purge_orphan_files", "actionplans.purge_exports"}
    assert [name for schema, name in queued if schema == "platform"]
    owners = [one for one in jobs.list_jobs() if one.queue == OWNER_QUEUE]
    assert run_jobs() >= len(queued) - len(owners)  # one may queue further ones: mails
    assert jobs.list_jobs() == owners  # for the owner's worker


def test_what_is_done_is_forgotten(acme):
    JobEffect.objects.create(job_id=-1, done_at="2026-01-01T00:00Z")
    JobEffect.objects.create(job_id=-2)
    clean_up_shared.function()
    assert list(JobEffect.objects.values_list("pk", flat=True)) == [-2]


def test_counts_say_what_waits_and_for_how_long(acme):
    number = look.enqueue({"user": ALICE.id})
    set_job(look.enqueue({"user": ALICE.id}), status="failed")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - interval '90 s' WHERE job_id = %s",
            [number],
        )
    counts = {one.state: one for one in jobs.count_jobs()}
    assert counts["waiting"].jobs == counts["failed"].jobs == 1
    assert 89 < counts["waiting"].overdue_seconds < 3600
    assert counts["failed"].overdue_seconds == 0
