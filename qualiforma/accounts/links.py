"""Links that let somebody set a password. What spends or ends them early is in what they sign."""

import hashlib
from datetime import timedelta
from enum import StrEnum

from qualiforma.accounts.models import User
from qualiforma.links import make_link
from qualiforma.tenants.context import current_scope

LINK = "password"
RESET_LIFETIME = timedelta(hours=1)
INVITATION_LIFETIME = timedelta(days=7)


class LinkKind(StrEnum):
    """Why the link was sent; it decides how long it lives."""

    RESET = "reset"
    INVITATION = "invitation"


def password_link(user: User, kind: LinkKind) -> str:
    """Return a link for this user.

    Setting a password counts the generation up, which ends it; so does another address: whoever
    reads the former one's mails may be a stranger.
    """
    payload = {"user": user.pk, "generation": user.token_generation, "kind": kind.value}
    return make_link(LINK, current_scope(), payload | {"to": address_mark(user)})


def address_mark(user: User) -> str:
    """Return what a link says of the address that it goes to: no more than tells two apart."""
    return hashlib.sha256(user.email.encode()).hexdigest()[:16]
