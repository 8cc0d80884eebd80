"""Session ids of the action-plans family: opaque to callers, yet they name their tenant.

Shape: `qfs.<tenant id>.<43 random characters>`. The tenant's id only says where to look; what is
looked up there is a digest of the whole value, so that another tenant's id put before the same
secret finds nothing. Source: api-action-plans, "Authentication".
"""

import hashlib
import re
import secrets

HEADER = "SessionId"
# Calls that may come with one instead of a bearer token, and those that may not even so: whoever
# logs in says to which organisation.
FAMILY = "/api/v1/company/"
LOGIN = ("POST", f"{FAMILY}session")
_SHAPE = re.compile(r"qfs\.(tnt_[A-Za-z0-9_-]{1,64})\.[A-Za-z0-9_-]{43}", re.ASCII)


def new_session_id(scope: str) -> str:
    """Return a new one for the tenant of this id."""
    return f"qfs.{scope}.{secrets.token_urlsafe(32)}"


def tenant_named(session_id: str) -> str | None:
    """Return the tenant's id that stands in it, None when it has not our shape."""
    found = _SHAPE.fullmatch(session_id)
    return found[1] if found else None


def names_its_tenant(method: str, path: str) -> bool:
    """Say whether a SessionId may stand for the header on this call."""
    return path.startswith(FAMILY) and (method, path) != LOGIN


def digest(session_id: str) -> str:
    """Return what is kept of it: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(session_id.encode()).hexdigest()
