"""Who may enter the pages. Source: api-conventions, "Roles"."""

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role

# MANAGER, TRAINER and LEARNER have a part in single records only; lists of all are not theirs.
STAFF = frozenset({Role.ADMIN, Role.AUDITOR})


def can_enter(actor: Actor) -> bool:
    """Open the pages at all; what may be changed there is each feature's policy."""
    return actor.role in STAFF
