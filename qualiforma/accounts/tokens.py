"""Access tokens: HS256, one hour, valid in one tenant only.

A token names its user and its tenant; role and state are read from the database at each call, so
that a deactivation or a change of role counts at once.
"""

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from qualiforma.accounts.models import User
from qualiforma.ids import is_id
from qualiforma.tenants.models import Tenant

TENANT_CLAIM = "tenant"


class InvalidTokenError(Exception):
    """Not one of our tokens, altered, or expired."""


def new_access_token(user: User, tenant: Tenant) -> str:
    """Return an encoded token for this user in this tenant."""
    token = AccessToken()
    token["sub"] = user.pk
    token[TENANT_CLAIM] = tenant.pk
    return str(token)


def read_access_token(encoded: str) -> tuple[str, str]:
    """Return (user id, tenant id). Errors: `InvalidTokenError`."""
    try:
        token = AccessToken(encoded)  # type: ignore[arg-type]  # the stubs want Token, the code takes text
        user_id, tenant_id = token["sub"], token[TENANT_CLAIM]
    except (TokenError, KeyError) as error:
        raise InvalidTokenError from error
    if not (is_id(user_id, "usr") and is_id(tenant_id, "tnt")):
        raise InvalidTokenError
    return user_id, tenant_id
