"""Who may read the trail."""

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role


def can_read_trail(actor: Actor) -> bool:
    """ADMIN, who answers for the records, and AUDITOR, who reads everything."""
    return actor.role in {Role.ADMIN, Role.AUDITOR}
