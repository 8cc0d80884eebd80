"""Being logged in on pages: a cookie names a row of the tenant's own schema.

The row says whose session it is, in which generation of that user's credentials, and in which
tenant: a deactivation or a new password ends it at the next click, and a row that found its way
into another tenant opens nothing there.
"""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from qualiforma import logs
from qualiforma.accounts.models import User
from qualiforma.api.callers import ACTIVE, find_user
from qualiforma.tenants.context import current_scope

USER, GENERATION, SCOPE = "staff_user", "staff_generation", "staff_scope"


def open_session(request: HttpRequest, user: User) -> None:
    """Log this user in. What the browser held before the login opens nothing any more."""
    request.session.flush()
    request.session[USER] = user.pk
    request.session[GENERATION] = user.token_generation
    request.session[SCOPE] = current_scope()
    rotate_token(request)
    request.user = user


def close_session(request: HttpRequest) -> None:
    """Log out: the row goes, so that a kept cookie is worth nothing."""
    request.session.flush()
    request.user = AnonymousUser()


def user_of_session(request: HttpRequest) -> User | AnonymousUser:
    """Return who is logged in; what they reach is the site's to say. Cost: two queries, one without a session."""
    held = request.session
    if held.get(SCOPE) != current_scope():
        return AnonymousUser()
    user = find_user(held[USER], held[GENERATION], ACTIVE)
    if user is None:
        return AnonymousUser()
    logs.bind(user_id=user.pk)
    return user
