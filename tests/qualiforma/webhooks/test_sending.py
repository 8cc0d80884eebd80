"""Messages as receivers get them: signed, in order, tried again, never lost."""

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from improvements import services as improvements
from improvements.services import ActionDraft
from qualiforma.accounts.models import User
from qualiforma.tenants.context import tenant_context
from qualiforma.webhooks import services
from qualiforma.webhooks.jobs import KEPT, clean_up
from qualiforma.webhooks.models import (
    DeliveryState,
    EndpointHealth,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from qualiforma.webhooks.secrets import secret_of
from qualiforma.webhooks.sending import next_due, send_round
from tests.improvements.factories import make_plan
from tests.jobs import queued, run_jobs
from tests.receivers import receiving

JS = Path(__file__).parent / "js"


def change(actor, plan, times=1):
    for number in range(times):
        improvements.edit_plan(
            plan=plan, changes={"title": f"Titre {number} {timezone.now()}"}, actor=actor
        )


def states():
    rows = WebhookDelivery.objects.order_by("seq", "id")
    return [DeliveryState(one) for one in rows.values_list("state", flat=True)]


def objects_of(receiver):
    return [(one["data"]["id"], one["data"]["version"]) for one in map(json.loads, receiver.bodies)]


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def run_until_idle(clock, *, most=200):
    """Run what is due, then move the clock to what is due next, as time does."""
    for _ in range(most):
        run_jobs(at=timezone.now())
        due = next_due()
        if due is None:
            return
        clock.move_to(max(due, timezone.now()) + timedelta(seconds=16))
    raise AssertionError("something is always due")


def test_a_message_is_signed_as_the_specification_says(receiver, add, alice, plan):
    endpoint = add(receiver.url, "improvement-plan.updated")
    change(alice, plan)
    run_jobs()
    [(headers, body)] = receiver.got
    message = Webhook(secret_of(endpoint)).verify(body, lower(headers))
    [event] = WebhookEvent.objects.all()
    assert message["type"] == "improvement-plan.updated"
    assert lower(headers)["webhook-id"] == event.pk
    [delivery] = WebhookDelivery.objects.all()
    assert (delivery.state, delivery.code, delivery.tries) == ("DELIVERED", 204, 1)
    assert delivery.duration_ms is not None


def test_an_altered_message_and_another_secret_are_found_out(receiver, add, alice, plan, acme):
    add(receiver.url, "improvement-plan.updated")
    other = add("https://si.exemple.fr/", "complaint.created")
    change(alice, plan)
    run_jobs()
    [(headers, body)] = receiver.got
    endpoint = WebhookEndpoint.objects.exclude(pk=other.pk).get()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(endpoint)).verify(body.replace("acme", "globex"), lower(headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(other)).verify(body, lower(headers))


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed here")
def test_the_library_for_javascript_accepts_it_too(receiver, add, alice, plan, request):
    folder = request.config.cache.mkdir("webhooks-js")
    for source in JS.iterdir():
        shutil.copy(source, folder)
    subprocess.run([str(shutil.which("npm")), "ci"], cwd=folder, check=True, capture_output=True)
    endpoint = add(receiver.url, "improvement-plan.updated")
    change(alice, plan)
    services.rotate_secret(endpoint=endpoint, actor=alice)
    run_jobs()
    [(headers, body)] = receiver.got
    former, endpoint = secret_of(endpoint), WebhookEndpoint.objects.get()
    for secret, is_right in ((secret_of(endpoint), True), (former, True), ("whsec_AAAA", False)):
        given = json.dumps({"secret": secret, "headers": lower(headers), "body": body})
        done = subprocess.run(
            [str(shutil.which("node")), "verify.js"],
            cwd=folder,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == is_right, done.stderr
        assert not is_right or json.loads(done.stdout) == json.loads(body)


def test_both_secrets_are_good_for_a_day(receiver, add, alice, plan):
    endpoint = add(receiver.url, "improvement-plan.updated")
    former = secret_of(endpoint)
    new = secret_of(services.rotate_secret(endpoint=endpoint, actor=alice))
    assert former != new
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for hours, is_good in ((23, True), (2, False)):
            clock.shift(timedelta(hours=hours))
            change(alice, plan)
            run_jobs(at=timezone.now())
            headers, body = receiver.got[-1]
            assert Webhook(new).verify(body, lower(headers))
            assert (len(lower(headers)["webhook-signature"].split()) == 2) == is_good
            if is_good:
                assert Webhook(former).verify(body, lower(headers))


def test_no_secret_is_kept_or_logged(receiver, add, alice, plan, caplog, as_alice):
    endpoint = add(receiver.url)
    secret = secret_of(endpoint)
    change(alice, plan)
    run_jobs()
    services.rotate_secret(endpoint=endpoint, actor=alice)
    row = str(WebhookEndpoint.objects.values().get())
    trail = as_alice.get("/api/v1/audit-events?perPage=100").content.decode()
    assert "webhooks.endpoint.rotated" in trail
    for text in (row, trail, caplog.text):
        assert secret.removeprefix("whsec_") not in text
    assert endpoint.salt not in trail
    assert receiver.url not in caplog.text


def test_a_receiver_that_was_down_for_a_day_gets_all_in_order(receiver, add, alice, acme):
    add(receiver.url, "improvement-plan.updated")
    plans = [make_plan() for _ in range(5)]
    receiver.answer = lambda _receiver: 503
    with time_machine.travel(timezone.now(), tick=False) as clock:
        until = timezone.now() + timedelta(days=1)
        for plan in plans * 4:
            change(alice, plan)
            run_jobs(at=timezone.now())
            clock.shift(timedelta(minutes=72))
        assert timezone.now() >= until
        assert DeliveryState.DELIVERED not in states()
        tried = len(receiver.got)
        assert tried < 60  # left alone for longer and longer
        receiver.got.clear()
        receiver.answer = lambda _receiver: 204
        run_until_idle(clock)
    assert set(states()) == {DeliveryState.DELIVERED}
    got = objects_of(receiver)
    assert len(got) == len(set(got)) == 20
    for plan in plans:
        versions = [version for key, version in got if key == plan.pk]
        assert versions == sorted(versions)
        assert len(versions) == 4


def test_what_fails_holds_up_its_own_object_alone(receiver, add, alice, acme):
    add(receiver.url, "improvement-plan.updated")
    bad, good = make_plan(), make_plan()
    receiver.answer = lambda one: 500 if bad.pk in one.bodies[-1] else 200
    for plan in (bad, good, bad, good):
        change(alice, plan)
    run_jobs()
    assert objects_of(receiver) == [(bad.pk, 2), (good.pk, 2), (good.pk, 3)]
    receiver.answer = lambda _receiver: 200
    with time_machine.travel(timezone.now(), tick=False) as clock:
        run_until_idle(clock)
    assert objects_of(receiver)[-2:] == [(bad.pk, 2), (bad.pk, 3)]


def test_one_message_that_is_always_refused_is_given_up_alone(receiver, add, alice, acme):
    endpoint = add(receiver.url, "improvement-plan.updated")
    bad, good = make_plan(), make_plan()
    receiver.answer = lambda one: 500 if bad.pk in one.bodies[-1] else 200
    with time_machine.travel(timezone.now(), tick=False) as clock:
        change(alice, bad)
        run_jobs(at=timezone.now())
        clock.shift(timedelta(days=2))
        change(alice, good)
        run_until_idle(clock)
    assert states() == [DeliveryState.FAILED, DeliveryState.DELIVERED]
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.ON


def test_a_dead_endpoint_is_switched_off_and_its_admins_told(
    receiver, add, alice, plan, mailoutbox
):
    endpoint = add(receiver.url, "improvement-plan.updated")
    receiver.answer = lambda _receiver: 503
    with time_machine.travel(timezone.now(), tick=False) as clock:
        began = timezone.now()
        change(alice, plan, times=2)
        run_until_idle(clock)
        assert timedelta(days=3) <= timezone.now() - began < timedelta(days=4)
        run_jobs(at=timezone.now())
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.FAILED
    admins = User.objects.filter(role="ADMIN", is_active=True).values_list("email", flat=True)
    assert sorted(one.to[0] for one in mailoutbox) == sorted(admins)
    assert "localhost" in mailoutbox[0].subject
    # What waited is kept, and sent once it is on again.
    assert states() == [DeliveryState.FAILED, DeliveryState.PENDING]
    receiver.got.clear()
    receiver.answer = lambda _receiver: 200
    services.change_endpoint(endpoint=endpoint, changes={"state": "ON"}, actor=alice)
    run_jobs()
    assert states() == [DeliveryState.FAILED, DeliveryState.DELIVERED]


def test_a_slow_receiver_holds_no_other_one_up(receiver, add, alice, plan, certificates):
    with receiving(certificates) as slow:
        slow.answer = lambda _receiver: (204, {}, 3)
        add(slow.url, "improvement-plan.updated")
        add(receiver.url, "improvement-plan.updated")
        change(alice, plan, times=4)
        assert send_round()  # the slow one has more to come
        assert len(receiver.got) == 4
        assert len(slow.got) == 2


def test_the_same_message_is_sent_again_under_its_id(receiver, add, alice, plan, as_alice):
    endpoint = add(receiver.url, "improvement-plan.updated")
    change(alice, plan)
    run_jobs()
    delivery = WebhookDelivery.objects.get()
    url = f"/api/v1/webhook-endpoints/{endpoint.pk}/deliveries/{delivery.pk}/resend"
    assert as_alice.post(url).status_code == 200
    assert as_alice.post(url).json()["code"] == "DELIVERY_PENDING"
    run_jobs()
    (first, body), (second, again) = receiver.got
    assert body == again
    assert lower(first)["webhook-id"] == lower(second)["webhook-id"]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("DELIVERED", 2)


def test_a_test_event_goes_to_its_endpoint_alone(receiver, add, alice, acme, as_alice):
    endpoint = add(receiver.url, "complaint.created")
    add("https://si.exemple.fr/", "complaint.created")
    assert as_alice.post(f"/api/v1/webhook-endpoints/{endpoint.pk}/test").status_code == 200
    run_jobs()
    [body] = receiver.bodies
    assert json.loads(body)["type"] == "webhook.test"
    assert WebhookDelivery.objects.count() == 1


def test_old_deliveries_are_forgotten(receiver, add, alice, plan):
    add(receiver.url, "improvement-plan.updated")
    change(alice, plan, times=2)
    run_jobs()
    WebhookDelivery.objects.filter(seq=WebhookDelivery.objects.latest("seq").seq).update(
        created_at=timezone.now() - KEPT - timedelta(minutes=1)
    )
    WebhookEvent.objects.update(created_at=timezone.now() - KEPT - timedelta(minutes=1))
    clean_up.function()
    assert WebhookDelivery.objects.count() == 1
    assert WebhookEvent.objects.count() == 1


def test_a_job_sees_its_own_tenant_alone(receiver, add, alice, plan, globex):
    add(receiver.url, "improvement-plan.updated")
    with tenant_context(globex):
        WebhookEndpoint.objects.create(
            id="whe_globex", url=receiver.url, event_types=["improvement-plan.updated"], salt="1"
        )
        EndpointHealth.objects.create(endpoint_id="whe_globex")
    change(alice, plan)
    assert queued().count("webhooks.deliver") == 1
    run_jobs()
    assert len(receiver.got) == 1
    with tenant_context(globex):
        assert not WebhookDelivery.objects.exists()


def test_an_endpoint_gone_meanwhile_is_no_fault(receiver, add, alice, plan):
    endpoint = add(receiver.url, "improvement-plan.updated")
    change(alice, plan)
    services.delete_endpoint(endpoint=endpoint, actor=alice)
    run_jobs()
    assert receiver.got == []
    improvements.add_action(plan=plan, draft=ActionDraft("Relire"), actor=alice)
