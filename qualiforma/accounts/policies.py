"""Capabilities that belong to no feature. Source: api-conventions, "Roles"."""

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role


def anybody(actor: Actor) -> bool:
    """Any identified user of the tenant."""
    return True


def can_read_users(actor: Actor) -> bool:
    """See who the users are: ADMIN, and AUDITOR, who reads everything."""
    return actor.role in {Role.ADMIN, Role.AUDITOR}


def can_manage_users(actor: Actor) -> bool:
    """Invite, change and deactivate users."""
    return actor.role == Role.ADMIN
