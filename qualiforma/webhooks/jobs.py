"""The job that sends events, and the one that forgets them."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from qualiforma.jobs.nightly import nightly
from qualiforma.jobs.queue import job
from qualiforma.webhooks.models import WebhookDelivery, WebhookEvent
from qualiforma.webhooks.sending import next_due, send_round

KEPT = timedelta(days=30)
# Runs for later share a moment: however many events wait, one run wakes for them.
GRAIN = timedelta(seconds=15)


@job(name="webhooks.deliver", atomic=False, long=True, lane="webhooks")
def deliver() -> None:
    """Send one round. What is due then waits for the organisation's next turn.

    Each change that emits queues a run of its own: one that finds nothing due ends at once.
    """
    if send_round():
        deliver.enqueue()
        return
    later = next_due()
    if later is not None:
        seconds = GRAIN.total_seconds()
        mark = int(later.timestamp() // seconds + 1)
        at = datetime.fromtimestamp(mark * seconds, tz=later.tzinfo)
        deliver.enqueue_once(f"at {mark}", at=at)


@nightly
@job(name="webhooks.clean_up")
def clean_up() -> None:
    """Drop what is older than a month, and send what a broken run may have left."""
    before = timezone.now() - KEPT
    WebhookDelivery.objects.filter(created_at__lt=before).delete()
    left = WebhookDelivery.objects.filter(event=OuterRef("pk"))
    WebhookEvent.objects.filter(created_at__lt=before).exclude(Exists(left)).delete()
    deliver.enqueue()
