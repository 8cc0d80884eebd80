"""Real workers, killed in the middle of sending, and secrets that change under load."""

import json
import os
import signal

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from improvements import services as improvements
from qualiforma.accounts import services as accounts
from qualiforma.accounts.actor import Actor
from qualiforma.tenants.context import tenant_context
from qualiforma.webhooks import services
from qualiforma.webhooks.models import DeliveryState, WebhookDelivery
from qualiforma.webhooks.secrets import secret_of
from tests import forks
from tests.cast import PASSWORD
from tests.committed import committed_tenant
from tests.improvements.factories import make_plan
from tests.live import wait_until

EVENT = "improvement-plan.updated"


@pytest.fixture
def admin(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), committed_tenant("hooks") as tenant, tenant_context(tenant):
        user = accounts.create_user(
            email="ana@hooks.fr", name="Ana", role="ADMIN", password=PASSWORD
        )
        yield Actor.of(user)


@pytest.fixture
def start_worker():
    started = []

    def start():
        told = {"QUALIFORMA_WEBHOOKS_LOOPBACK": "true", "QUALIFORMA_JOB_STALLED_SECONDS": "3"}
        process = forks.start(
            "manage.py", "run_worker", env=os.environ | told, start_new_session=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(20)


class Strict:
    """Answers as a receiver does that checks each message with the one secret that it has."""

    def __init__(self, secret):
        self.secret, self.refused = secret, 0

    def __call__(self, receiver):
        headers, body = receiver.got[-1]
        try:
            Webhook(self.secret).verify(body, {k.lower(): v for k, v in headers.items()})
        except WebhookVerificationError:
            self.refused += 1
            return 401
        return 204, {}, 0.05


def change(actor, plans, count):
    for number in range(count):
        plan = plans[number % len(plans)]
        improvements.edit_plan(plan=plan, changes={"title": f"Titre {number}"}, actor=actor)


def test_killed_twice_and_rotated_twice_nothing_is_lost_or_refused(admin, receiver, start_worker):
    endpoint = services.create_endpoint(url=receiver.url, event_types=[EVENT], actor=admin)
    receiver.answer = strict = Strict(secret_of(endpoint))
    plans = [make_plan(owner_id=admin.id) for _ in range(3)]
    change(admin, plans, 60)
    for killed_at in (10, 25):
        worker = start_worker()
        wait_until(lambda most=killed_at: len(receiver.got) >= most, worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        endpoint = services.rotate_secret(endpoint=endpoint, actor=admin)
        change(admin, plans, 6)
        strict.secret = secret_of(endpoint)  # the receiver comes to know the new one later
    start_worker()
    waiting = WebhookDelivery.objects.filter(state=DeliveryState.PENDING)
    wait_until(lambda: not waiting.exists())
    assert strict.refused == 0
    ids = [headers["webhook-id"] for headers, _body in receiver.got]
    assert set(ids) == set(WebhookDelivery.objects.values_list("event_id", flat=True))
    assert len(set(ids)) == 72
    # A worker that dies has one message under way, one answered and one being written.
    assert len(ids) <= 72 + 2 * 3
    for plan in plans:
        told = [one["data"] for one in map(json.loads, receiver.bodies)]
        versions = [one["version"] for one in told if one["id"] == plan.pk]
        assert versions == sorted(versions)
