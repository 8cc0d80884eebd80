"""Entries of the trail that could not be made at once."""

from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import PendingEntry
from qualiforma.jobs.queue import job


@job(name="accounts.enter_pending")
def enter_pending(*, entry: str) -> None:
    """Enter a login in the trail, once: the row goes in the transaction that enters it."""
    row = PendingEntry.objects.select_related("user").filter(pk=entry).first()
    if row is None:
        return
    actor = Actor.of(row.user) if row.user and row.has_actor else None
    with audit.action(row.action, actor=actor):
        at = row.created_at.isoformat()
        audit.log_event(
            "user", row.user_id or "", address=row.address, at=at, request=row.request_id
        )
        row.delete()
