"""Capabilities that belong to no feature."""

from qualiforma.accounts.actor import Actor


def anybody(actor: Actor) -> bool:
    """Any identified user of the tenant."""
    return True
