"""One round of sending: what is due of each endpoint, in its order, at once to all endpoints.

Threads talk to receivers and nothing else; what came of each try is written by the job's own thread,
in a transaction of its own. No lock and no transaction is open while a receiver is waited for. A
worker that dies repeats what it had not written down yet, under the same ids: at most three messages
of an endpoint, since nothing more is sent before the answers so far are written.
"""

import json
import logging
import queue
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from qualiforma.api.serializers import InstantField
from qualiforma.tenants.context import current_tenant
from qualiforma.webhooks.models import (
    DeliveryState,
    EndpointState,
    WebhookDelivery,
    WebhookEndpoint,
)
from qualiforma.webhooks.outcomes import RESTING_AFTER, take_down
from qualiforma.webhooks.secrets import secrets_at, signatures
from qualiforma.webhooks.targets import Answer, post

logger = logging.getLogger(__name__)
# No try begins later in a round: with the last one's own limit, a round ends in fifteen seconds.
ROUND = timedelta(seconds=5)
BATCH = 200
TYPE = "application/json"


@dataclass(frozen=True)
class Letter:
    """A delivery as it is sent. Holds no row: threads must not read the database."""

    delivery_id: str
    object_id: str
    message: str
    body: str
    url: str
    secrets: tuple[str, ...]

    def send(self) -> Answer:
        """Sign it as of now, and try."""
        now = timezone.now()
        headers = {
            "Content-Type": TYPE,
            "webhook-id": self.message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures(iter(self.secrets), self.message, now, self.body),
        }
        return post(self.url, self.body.encode(), headers)


Answers = queue.Queue[tuple[Letter, Answer] | None]


def send_round() -> bool:
    """Send what is due of the open tenant; return whether more is due by now."""
    batches = [letters for endpoint in _awake() if (letters := _letters(endpoint))]
    if not batches:
        return False
    answers: Answers = queue.Queue(maxsize=1)
    until = time.monotonic() + ROUND.total_seconds()
    with ThreadPoolExecutor(len(batches), thread_name_prefix="webhook") as pool:
        for letters in batches:
            pool.submit(_send_in_order, letters, answers, until)
        left = len(batches)
        while left:
            found = answers.get()
            if found is None:
                left -= 1
            else:
                _take_down(*found)
    return any(due_of(endpoint).exists() for endpoint in _awake())


def next_due() -> datetime | None:
    """Return when something is due next, None where nothing waits. Cost: two statements."""
    waiting = [
        max(first.next_try_at, endpoint.health.rests_until or first.next_try_at)
        for endpoint in _on()
        if (first := _unblocked(endpoint).order_by("next_try_at").first())
    ]
    return min(waiting, default=None)


def due_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """Return what may be sent now, in order: nothing whose object waits for something before it."""
    return _unblocked(endpoint).filter(next_try_at__lte=timezone.now()).order_by("seq", "id")


def payload_of(delivery: WebhookDelivery) -> str:
    """Return the message: what happened to which object, and nothing of what it says."""
    event = delivery.event
    data = {
        "id": event.object_id,
        "tenant": current_tenant().slug,
        "objectType": event.object_type.upper(),
        "version": event.object_version,
    }
    at = InstantField().to_representation(event.created_at)
    return json.dumps({"type": event.type, "timestamp": at, "data": data}, separators=(",", ":"))


def _on() -> list[WebhookEndpoint]:
    rows = WebhookEndpoint.objects.filter(state=EndpointState.ON)
    return list(rows.select_related("health").order_by("id"))


def _awake() -> list[WebhookEndpoint]:
    """Return the endpoints that are on and not left alone for a while."""
    now = timezone.now()
    return [one for one in _on() if not one.health.rests_until or one.health.rests_until <= now]


def _unblocked(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    """Return what waits, but for what waits behind a delivery of its object that is to be retried."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.PENDING)
    before = rows.filter(
        object_id=OuterRef("object_id"), seq__lt=OuterRef("seq"), next_try_at__gt=timezone.now()
    )
    return rows.exclude(Exists(before))


def _letters(endpoint: WebhookEndpoint) -> Sequence[Letter]:
    """Return the next messages of an endpoint; one alone where it has not answered of late."""
    is_tried = endpoint.health.failures >= RESTING_AFTER
    rows = due_of(endpoint).select_related("event")[: 1 if is_tried else BATCH]
    secrets = tuple(secrets_at(endpoint, timezone.now()))
    return [
        Letter(one.pk, one.object_id, one.event_id, payload_of(one), endpoint.url, secrets)
        for one in rows
    ]


def _send_in_order(
    letters: Sequence[Letter],
    answers: Answers,
    until: float,
) -> None:
    """Send them one by one; none of an object after one of it that failed. None ends the answers."""
    failed: set[str] = set()
    try:
        for letter in letters:
            if time.monotonic() >= until:
                return
            if letter.object_id in failed:
                continue
            answer = letter.send()
            answers.put((letter, answer))
            if not answer.is_success:
                failed.add(letter.object_id)
                if len(failed) >= RESTING_AFTER:
                    return
    finally:
        answers.put(None)


def _take_down(letter: Letter, answer: Answer) -> None:
    """Write down what came of a try, and log it without the address."""
    take_down(letter.delivery_id, answer)
    logger.info(
        "webhook",
        extra={
            "ids": {"delivery": letter.delivery_id},
            "status": answer.failure.value or "done",
            "code": answer.code,
            "duration_ms": answer.duration_ms,
        },
    )
