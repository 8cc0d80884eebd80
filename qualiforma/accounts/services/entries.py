"""Record logins in the trail without waiting for its lock: a locked trail must not block logins."""

from django.db import transaction

from qualiforma import audit, logs
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.jobs import enter_pending
from qualiforma.accounts.models import PendingEntry, User
from qualiforma.audit.waiting import is_trail_ours


@transaction.atomic
def enter_login(code: str, *, user: User | None, address: str, actor: Actor | None = None) -> None:
    """Enter a login, a failed one or a revocation: at once where the trail is free, else by a job.

    What is entered later is kept in the same transaction as whatever else the login writes, and
    says when it happened and for which request.
    """
    if is_trail_ours():
        with audit.action(code, actor=actor):
            audit.log_event(
                "user", user.pk if user else "", **({"address": address} if address else {})
            )
        return
    entry = PendingEntry.objects.create(
        action=code,
        user=user,
        has_actor=actor is not None,
        address=address,
        request_id=logs.request_id(),
    )
    enter_pending.enqueue({"entry": entry.pk})
