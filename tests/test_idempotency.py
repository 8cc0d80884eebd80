"""`Idempotency-Key`: one effect and one answer, whatever happens in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import encode_multipart
from django.utils import timezone

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.states import PlanStatus
from qualiforma.idempotency.models import KeptAnswer
from qualiforma.idempotency.services import Answer, purge_kept_answers, run_once
from tests.cast import Client
from tests.files import PDF
from tests.improvements.factories import make_plan, plan_body
from tests.live import Caller

PLANS = "/api/v1/improvement-plans"


def create(client, key="k-1", **body):
    return client.post(PLANS, plan_body(**body), HTTP_IDEMPOTENCY_KEY=key)


def test_the_same_twice_is_one_effect_and_one_answer(as_alice):
    first, second = create(as_alice), create(as_alice)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first["ETag"] == second["ETag"]
    assert first["Content-Type"] == second["Content-Type"]
    assert ImprovementPlan.objects.count() == 1


def test_another_key_is_another_effect(as_alice):
    create(as_alice, "k-1")
    create(as_alice, "k-2")
    assert ImprovementPlan.objects.count() == 2


def test_another_body_is_refused(as_alice):
    create(as_alice)
    answer = create(as_alice, title="Autre")
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert ImprovementPlan.objects.count() == 1


def test_a_key_is_its_users_and_its_paths(as_alice, client_of):
    from tests.cast import CHARLIE

    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    create(as_alice)
    body = {"description": "x"}
    action = as_alice.post(f"{PLANS}/{plan.pk}/actions", body, HTTP_IDEMPOTENCY_KEY="k-1")
    assert action.status_code == 201
    elsewhere = create(client_of(CHARLIE), owner=CHARLIE.id)
    assert elsewhere.status_code == 201


@pytest.mark.parametrize("change", [{"title": ""}, {"owner": "usr_none"}], ids=str)
def test_a_failed_first_try_can_be_tried_again(as_alice, change):
    assert create(as_alice, **change).status_code == 400
    assert not KeptAnswer.objects.exists()
    assert create(as_alice).status_code == 201


def test_a_refused_close_can_be_tried_again(as_alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    url = f"{PLANS}/{plan.pk}"
    action = as_alice.post(f"{url}/actions", {"description": "x"}).json()["data"]["id"]
    key = {"HTTP_IDEMPOTENCY_KEY": "close"}
    assert as_alice.post(f"{url}/close", {"summary": "Fait."}, **key).status_code == 409
    as_alice.patch(f"{url}/actions/{action}", {"status": "DONE"})
    closed = as_alice.post(f"{url}/close", {"summary": "Fait."}, **key)
    assert closed.status_code == 200
    again = as_alice.post(f"{url}/close", {"summary": "Fait."}, **key)
    assert (again.status_code, again.content) == (200, closed.content)


def test_a_fault_between_effect_and_answer(as_alice, monkeypatch):
    """The effect and the kept answer commit together: what the caller missed is given again."""
    from qualiforma.api import views

    def burst(self, request, response, *args, **kwargs):
        raise ConnectionError("the caller is gone")

    with monkeypatch.context() as patch:
        patch.setattr(views.KernelViewSet, "finalize_response", burst)
        assert create(as_alice).status_code == 500
    answer = create(as_alice)
    assert answer.status_code == 201
    assert ImprovementPlan.objects.get().pk == answer.json()["data"]["id"]


def test_a_fault_before_the_answer_is_kept_undoes_the_effect(as_alice, monkeypatch):
    from qualiforma.idempotency import services

    def burst(*args, **kwargs):
        raise ValueError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(services, "Answer", burst)
        patch.setattr("qualiforma.api.conditions.Answer", burst)
        assert create(as_alice).status_code == 500
    assert not ImprovementPlan.objects.exists()
    assert create(as_alice).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "tab\t"])
def test_a_malformed_key_is_named(as_alice, key):
    answer = create(as_alice, key)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]


def test_refusals_come_before_the_key(as_bob, as_alice):
    assert create(as_bob).status_code == 403
    assert create(Client("acme")).status_code == 401
    assert not KeptAnswer.objects.exists()


def test_after_seven_days_a_key_is_new(as_alice):
    create(as_alice)
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(days=7, seconds=1))
    assert create(as_alice, title="Autre").status_code == 201
    assert ImprovementPlan.objects.count() == 2
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert purge_kept_answers() == 1


def test_a_purge_keeps_what_is_younger(acme):
    run_once(key="old", body=b"x", run=lambda: Answer(200, ""))
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        run_once(key="young", body=b"x", run=lambda: Answer(200, ""))
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert purge_kept_answers() == 1
    assert KeptAnswer.objects.get().pk == "young"


def test_each_key_keeps_its_own_answer(as_alice):
    first, second = create(as_alice, "k-1"), create(as_alice, "k-2")
    assert first.json()["data"]["id"] != second.json()["data"]["id"]
    assert create(as_alice, "k-1").content == first.content
    assert create(as_alice, "k-2").content == second.content


@pytest.mark.parametrize(("status", "kept"), [(199, 0), (200, 1), (299, 1), (300, 0), (404, 0)])
def test_only_a_success_is_kept(acme, status, kept):
    for _ in range(2):
        answer = run_once(key="k", body=b"x", run=lambda: Answer(status, "said", '"1"'))
        assert (answer.status, answer.content, answer.etag) == (status, "said", '"1"')
    assert KeptAnswer.objects.filter(pk="k").count() == kept


def test_a_failure_leaves_the_other_keys(acme):
    run_once(key="kept", body=b"x", run=lambda: Answer(200, "kept"))
    run_once(key="lost", body=b"x", run=lambda: Answer(404, "lost"))
    again = run_once(key="kept", body=b"x", run=lambda: Answer(200, "made anew"))
    assert again.content == "kept"


def test_forms_with_different_files_are_different_bodies(as_alice):
    plan = make_plan(status=PlanStatus.IN_PROGRESS)
    url = f"{PLANS}/{plan.pk}/attachments"

    def upload(border, content=PDF):
        body = encode_multipart(border, {"file": SimpleUploadedFile("rapport.pdf", content)})
        kind = f"multipart/form-data; boundary={border}"
        return as_alice.post(url, body, content_type=kind, HTTP_IDEMPOTENCY_KEY="k-1")

    first, second = upload("one"), upload("two")  # each try of a browser has a border of its own
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["data"]["id"] == second.json()["data"]["id"]
    assert upload("one", PDF + b"\n% another").json()["code"] == "IDEMPOTENCY_MISMATCH"
    assert plan.attachments.count() == 1


def test_neither_key_nor_body_is_kept(as_alice):
    create(as_alice, "my-secret-key", title="Titre confidentiel")
    kept = KeptAnswer.objects.get()
    assert "my-secret-key" not in kept.pk
    assert len(kept.body_digest) == 64


def test_twenty_at_once(demo_server, demo_admin):
    """Over real connections: one effect; whoever waited too long is told to come back."""

    class Keyed(Caller):
        headers = {"Idempotency-Key": "twenty-at-once"}

    call = Keyed(demo_admin.base, demo_admin.tenant, demo_admin.token, patience=10)
    body = plan_body(owner="usr_admin01", title="Vingt fois le même")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: call("POST", "improvement-plans", body), range(20)))
    codes = {status for status, _ in answers}
    assert codes <= {201, 409}
    ids = {answer["data"]["id"] for status, answer in answers if status == 201}
    assert len(ids) == 1
    assert all(a["code"] == "IDEMPOTENCY_IN_PROGRESS" for s, a in answers if s == 409)
    assert call("POST", "improvement-plans", body)[1]["data"]["id"] in ids


def test_actions_too(as_alice):
    plan = make_plan()
    for _ in range(3):
        as_alice.post(f"{PLANS}/{plan.pk}/actions", {"description": "x"}, HTTP_IDEMPOTENCY_KEY="a")
    assert CorrectiveAction.objects.count() == 1
