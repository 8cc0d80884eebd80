"""What a try comes to: delivered, to be tried again, given up; and an endpoint's end."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from qualiforma import audit
from qualiforma.accounts.models import User
from qualiforma.accounts.roles import Role
from qualiforma.webhooks import mails
from qualiforma.webhooks.models import (
    DeliveryState,
    EndpointHealth,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)
from qualiforma.webhooks.targets import Answer

# After so many tries; the last one again and again.
DELAYS = (
    *(timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
    *(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)),
)
# An endpoint that is back is found to be so within an hour.
RESTS = DELAYS[:6]
GIVE_UP_AFTER = timedelta(days=3)
# After so many failures in a row an endpoint is left alone for a while, then tried with one message.
RESTING_AFTER = 3


def delay_after(failures: int, delays: Sequence[timedelta] = DELAYS) -> timedelta:
    """Return how long to wait after that many failures."""
    return delays[min(failures, len(delays)) - 1]


def take_down(delivery_id: str, answer: Answer) -> None:
    """Write down what came of a try. A delivery that went meanwhile with its endpoint is none."""
    now = timezone.now()
    with transaction.atomic():
        rows = WebhookDelivery.objects.select_for_update().filter(pk=delivery_id)
        delivery = rows.filter(state=DeliveryState.PENDING).first()
        if delivery is None:
            return
        began = delivery.first_tried_at or now
        delivery.tries += 1
        delivery.first_tried_at, delivery.tried_at = began, now
        delivery.code, delivery.duration_ms = answer.code, answer.duration_ms
        delivery.failure = answer.failure
        if answer.is_success:
            delivery.state = DeliveryState.DELIVERED
        elif now - began >= GIVE_UP_AFTER:
            delivery.state = DeliveryState.FAILED
        else:
            # The last try is on the last day's hour, not before.
            later = now + delay_after(delivery.tries)
            delivery.next_try_at = min(later, max(began + GIVE_UP_AFTER, now + DELAYS[0]))
        delivery.save()
        health = _note(delivery, now, is_success=answer.is_success)
    is_dead = health.succeeded_at is None or health.succeeded_at < began
    if delivery.state == DeliveryState.FAILED and is_dead:
        switch_off(endpoint_id=delivery.endpoint_id)


def _note(delivery: WebhookDelivery, now: datetime, *, is_success: bool) -> EndpointHealth:
    """Count an endpoint's failures. Once it answers again, all that waits is due."""
    health = EndpointHealth.objects.select_for_update().get(pk=delivery.endpoint_id)
    was_resting = health.failures >= RESTING_AFTER
    if is_success:
        health.failures, health.rests_until, health.succeeded_at = 0, None, now
    else:
        health.failures += 1
        beyond = health.failures - RESTING_AFTER + 1
        health.rests_until = now + delay_after(beyond, RESTS) if beyond > 0 else None
    health.save()
    if is_success and was_resting:
        waiting = WebhookDelivery.objects.filter(endpoint=delivery.endpoint_id)
        waiting.filter(state=DeliveryState.PENDING).update(next_try_at=now)
    return health


@audit.audited("webhooks.endpoint.failed")
def switch_off(*, endpoint_id: str) -> None:
    """Switch an endpoint off that has not answered for three days, and tell each ADMIN."""
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None or endpoint.state != EndpointState.ON:
        return
    endpoint.state = EndpointState.FAILED
    endpoint.version += 1
    endpoint.save(update_fields=["state", "version"])
    admins = User.objects.filter(role=Role.ADMIN, is_active=True)
    for user_id in admins.order_by("pk").values_list("pk", flat=True):
        mails.endpoint_failed.send(user=user_id, endpoint=endpoint.pk)
