"""The link of a digest that ends them, without a login: one click, as mail programs send it."""

from qualiforma.accounts.links import address_mark
from qualiforma.accounts.models import User
from qualiforma.links import DeadLinkError, make_link, read_token
from qualiforma.tenants.context import current_scope

LINK = "reminders"


def unsubscribe_link(user: User) -> str:
    """Return the link of this person. It lives as long as the address is theirs."""
    return make_link(LINK, current_scope(), {"user": user.pk, "to": address_mark(user)})


def user_of_link(token: str) -> User | None:
    """Return whose link this is; None for a dead one."""
    try:
        signed = read_token(LINK, token)
    except DeadLinkError:
        return None
    user = User.objects.filter(pk=signed.get("user"), is_active=True).first()
    is_theirs = user is not None and signed.get("to") == address_mark(user)
    return user if is_theirs and signed["t"] == current_scope() else None
