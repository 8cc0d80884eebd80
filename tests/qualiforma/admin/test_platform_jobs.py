"""The queue's pages on the bare host: what is shown, tried again and dropped, and by whom."""

import re
from typing import Any

import pytest
from django.db import connection

from qualiforma.audit.models import AuditEvent
from qualiforma.jobs.models import JobTrouble
from qualiforma.jobs.services import find_job, list_jobs
from qualiforma.provisioning.jobs import clean_up_tenant
from qualiforma.tenants.context import platform_context, tenant_context
from tests.admin_client import entered, text_of
from tests.cast import ALICE
from tests.qualiforma.admin.test_platform_pages import operator
from tests.qualiforma.jobs.test_queue import set_job

JOBS = "/admin/jobs/"
ACT = f"{JOBS}act/"


@pytest.fixture
def ops(acme):
    return operator()


@pytest.fixture
def failed(acme, globex):
    """Two of acme's and one of globex's, the last one parked."""
    numbers = []
    for tenant in (acme, acme, globex):
        with tenant_context(tenant):
            numbers.append(clean_up_tenant.enqueue())
        set_job(numbers[-1], status="failed", attempts=15)
        JobTrouble.objects.create(job_id=numbers[-1], error="builtins.OSError: No space left")
    JobTrouble.objects.filter(job_id=numbers[-1]).update(deaths=3, parked_at="2026-01-01T00:00Z")
    return numbers


def states():
    return {job.id: job.state for job in list_jobs()}


def test_the_list_says_what_failed_and_how_deep_the_queues_are(ops, failed, acme):
    waiting = clean_up_tenant.enqueue()
    text = text_of(ops.get(JOBS))
    assert f"{failed[0]} – jobs.clean_up_tenant Acme En échec 15 0 minute" in text
    assert f"{failed[2]} – jobs.clean_up_tenant Globex Mise de côté" in text
    assert "builtins.OSError: No space left" in text
    assert f"{waiting} –" not in text
    assert "default 1 0 2 1 0 owner 0 0 0 0 0" in text  # waiting, running, failed, parked, late
    assert f"{waiting} –" in text_of(ops.get(f"{JOBS}?state=waiting"))
    assert f"{failed[0]} –" not in text_of(ops.get(f"{JOBS}?queue=owner"))
    for odd in ("-1", "x", "²", "9" * 5000):
        assert ops.get(f"{JOBS}?state=x&queue=y&page={odd}").status_code == 200
    detail = text_of(ops.get(f"{JOBS}{failed[2]}/"))
    assert "Interruptions pendant le traitement 3" in detail
    assert ops.get(f"{JOBS}999999/").status_code == ops.get(f"{JOBS}{10**30}/").status_code == 404


def test_pages_follow_one_another(ops, acme, count_queries):
    first = clean_up_tenant.enqueue()
    set_job(first, status="failed")
    few = count_queries(lambda: ops.get(JOBS))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, priority)"
            " SELECT queue_name, task_name, args, 'failed', 0 FROM procrastinate_jobs,"
            " generate_series(1, 60) WHERE id = %s",
            [first],
        )
    assert count_queries(lambda: ops.get(JOBS)) == few
    last = max(states())
    assert f"{last} –" not in text_of(ops.get(JOBS))
    text = text_of(ops.get(f"{JOBS}?page=2"))
    assert f"{last} –" in text
    assert ("Page précédente" in text, "Page suivante" in text) == (True, False)


def test_one_is_tried_again(ops, failed):
    answer = ops.send(ACT, {"retry": failed[0], "next": f"{JOBS}?queue=default"}, follow=True)
    assert answer.redirect_chain == [(f"{JOBS}?queue=default", 302)]
    assert "1 tâche remise en file." in text_of(answer)
    job: Any = find_job(failed[0])
    assert (job.state, job.attempts) == ("waiting", 0)
    with platform_context():
        told = AuditEvent.objects.get(action="jobs.job.retried")
    assert (told.object_id, told.door) == (str(failed[0]), "admin")
    assert told.actor
    answer = ops.send(ACT, {"retry": failed[0], "next": "https://evil.example/"}, follow=True)
    assert answer.redirect_chain == [(JOBS, 302)]
    text = text_of(answer)
    assert f"Ces tâches ne sont pas en échec : {failed[0]}." in text
    assert "remise en file" not in text


def test_many_are_tried_again(ops, failed):
    ops.send(ACT, {"retry": "", "job": failed[:2]})
    assert states() == {failed[0]: "waiting", failed[1]: "waiting", failed[2]: "parked"}
    assert "Aucune tâche n’est choisie." in text_of(ops.send(ACT, {"retry": ""}, follow=True))


@pytest.mark.parametrize("many", [True, False])
def test_dropping_is_asked_for_once_more(ops, failed, many):
    body = {"drop": "", "job": failed[:2]} if many else {"drop": failed[0]}
    answer = ops.send(ACT, body)
    assert "sont retirées définitivement" in text_of(answer)
    assert set(states().values()) == {"failed", "parked"}  # nothing has happened
    asked = re.findall(r'type="hidden" name="job" value="(\d+)"', answer.content.decode())
    assert asked == [str(one) for one in failed[: 2 if many else 1]]
    set_job(failed[0], status="todo")  # somebody was faster
    text = text_of(ops.send(ACT, {"drop": "", "job": asked, "confirmed": "1"}, follow=True))
    assert f"Ces tâches ne sont pas en échec : {failed[0]}." in text
    assert ("1 tâche retirée." in text) is many
    assert set(states()) == set(failed) - set(failed[1:2] if many else [])


@pytest.mark.parametrize(
    ("choice", "meant"),
    [
        ({}, [0, 1, 2]),
        ({"state": "parked"}, [2]),
        ({"queue": "owner"}, []),
        ({"state": "x"}, [0, 1, 2]),
    ],
)
def test_all_means_what_the_list_shows_and_is_asked_for_once_more(ops, failed, choice, meant):
    answer = ops.send(ACT, {"all": "1", **choice}, follow=True)
    asked = re.findall(r'type="hidden" name="job" value="(\d+)"', answer.content.decode())
    assert asked == [str(failed[one]) for one in meant]
    assert set(states().values()) == {"failed", "parked"}
    ops.send(ACT, {"retry": "", "job": asked, "confirmed": "1"})
    assert [job for job, state in states().items() if state == "waiting"] == [
        failed[one] for one in meant
    ]


def test_what_was_not_offered_is_refused(ops, failed):
    """Hand-made requests: without the token, by GET, with nonsense, by who only reads."""
    body = {"retry": failed[0]}
    assert ops.post(ACT, body).status_code == 403
    assert ops.get(ACT).status_code == ops.send(JOBS, body).status_code == 405
    ops.send(ACT, {"retry": "1 OR 1=1", "job": ["x", str(10**40)]})
    reader = operator("AUDITOR")
    text = text_of(reader.get(JOBS))
    assert f"{failed[0]} –" in text
    assert "Réessayer" not in text
    assert "Réessayer" not in text_of(reader.get(f"{JOBS}{failed[0]}/"))
    for wanted in (body, {"drop": failed[0]}, {"all": "1"}):
        assert reader.send(ACT, wanted).status_code == 403
    assert set(states().values()) == {"failed", "parked"}


def test_a_tenants_administrator_finds_nothing_here(ops, failed, acme):
    """Neither on the tenant's host, nor with its cookie or password on the platform's, nor back."""
    admin_client = entered(ALICE)
    paths = (JOBS, ACT, f"{JOBS}{failed[0]}/", "/admin/tenants/tenant/")
    for path in paths:
        assert admin_client.get(path).status_code == 404
    assert admin_client.send(ACT, {"all": "1"}).status_code == 404
    cookie = admin_client.cookies["sessionid"].value
    theirs = ops.cookies["sessionid"].value
    admin_client.defaults["HTTP_HOST"] = "localhost"
    for path in paths:
        assert admin_client.get(path).status_code in {302, 405}
        assert "/admin/login/" in admin_client.get(path).headers.get("Location", "/admin/login/")
    assert admin_client.send(ACT, {"all": "1"}).headers["Location"].startswith("/admin/login/")
    assert admin_client.log_in(ALICE).status_code == 401
    assert set(states().values()) == {"failed", "parked"}
    ops.defaults["HTTP_HOST"] = "acme.localhost"
    assert cookie != theirs
    assert ops.get("/admin/").headers["Location"].startswith("/admin/login/")
