"""Access tokens: HS256, one hour, valid in one tenant (or on the platform) only.

A token names its user, its scope and the user's generation; role and state are read from the
database at each call, so that a deactivation, a new password or a change of role counts at once.
"""

from dataclasses import dataclass
from functools import lru_cache
from time import time

from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from qualiforma.accounts.models import User
from qualiforma.errors import RuleError
from qualiforma.ids import is_id

SCOPE_CLAIM = "tenant"
GENERATION_CLAIM = "gen"
# Tokens whose signature a process has verified; what a token says never changes.
REMEMBERED = 1024


class InvalidTokenError(RuleError):
    """Not one of our tokens, altered, expired, spent, or of a user who is no longer active."""

    code = "TOKEN_INVALID"
    title = _("Jeton invalide ou expiré")


@dataclass(frozen=True)
class Claims:
    """What a token says. Units: `expires_at` in seconds since the epoch."""

    user_id: str
    scope: str
    generation: int
    expires_at: float


def new_access_token(user: User, scope: str) -> str:
    """Return an encoded token for this user in this scope: a tenant's id, or the platform."""
    token = AccessToken()
    token["sub"] = user.pk
    token[SCOPE_CLAIM] = scope
    token[GENERATION_CLAIM] = user.token_generation
    return str(token)


def read_access_token(encoded: str) -> Claims:
    """Return what a token of ours says. Errors: `InvalidTokenError`.

    The signature is verified once per process and token; its end is looked at each time.
    """
    claims = _verified(encoded)
    # `LEEWAY` is for what a clock ahead of ours has issued; no token lives longer for it.
    if claims.expires_at <= time():
        raise InvalidTokenError
    return claims


@lru_cache(REMEMBERED)
def _verified(encoded: str) -> Claims:
    """Return what a token says whose signature is ours; a refusal is not remembered."""
    try:
        token = AccessToken(encoded)  # type: ignore[arg-type]  # the stubs want Token, the code takes text
        claims = Claims(token["sub"], token[SCOPE_CLAIM], token[GENERATION_CLAIM], token["exp"])
    except (TokenError, KeyError) as error:
        raise InvalidTokenError from error
    if not is_id(claims.user_id, "usr") or not isinstance(claims.scope, str):
        raise InvalidTokenError
    return claims
