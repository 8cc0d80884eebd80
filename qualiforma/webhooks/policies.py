"""Who keeps webhooks. Source: follow-up, "Webhooks"."""

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role


def can_keep_webhooks(actor: Actor) -> bool:
    """See and change endpoints, their secrets and what was sent: ADMIN."""
    return actor.role == Role.ADMIN
