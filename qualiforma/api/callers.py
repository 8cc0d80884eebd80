"""The caller that a bearer token names, looked up while the tenant's schema is opened.

Whether they may call is `qualiforma.api.auth`'s to say: this spares it a statement.
"""

from qualiforma.accounts.models import User
from qualiforma.accounts.tokens import Claims, InvalidTokenError, read_access_token
from qualiforma.lookups import JoinedLookUp, LookUp

# Read at each call: a deactivation, a new password or a change of role counts at the next one.
find_user = LookUp(User, "id", "token_generation", "is_active")
ACTIVE = True


def values_of(claims: Claims) -> tuple[str, int, bool]:
    """Return the values of the columns that the caller's row has."""
    return claims.user_id, claims.generation, ACTIVE


def caller_named(header: str, scope: str, schema: str) -> JoinedLookUp[User] | None:
    """Return the look-up of who an `Authorization` names, if it names somebody of this scope."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        claims = read_access_token(token.strip())
    except InvalidTokenError:
        return None
    return JoinedLookUp(find_user, schema, values_of(claims)) if claims.scope == scope else None


def caller_of(claims: Claims, joined: JoinedLookUp[User] | None) -> User | None:
    """Return the active user whom a token names. Cost: one statement where none was joined."""
    values = values_of(claims)
    if joined is not None and joined.has_run and joined.values == values:
        return joined.found
    return find_user(*values)
