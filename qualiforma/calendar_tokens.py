"""Tokens of calendar feeds: opaque to programs, yet they name their tenant.

Shape: `qfc.<tenant id>.<43 random characters>`. The tenant's id only says where to look; what is
looked up there is a digest of the whole value, so that another tenant's id put before the same
secret finds nothing.
"""

import hashlib
import re
import secrets

_SHAPE = re.compile(r"qfc\.(tnt_[A-Za-z0-9_-]{1,64})\.[A-Za-z0-9_-]{43}", re.ASCII)


def new_token(scope: str) -> str:
    """Return a new one for the tenant of this id."""
    return f"qfc.{scope}.{secrets.token_urlsafe(32)}"


def tenant_named(token: str) -> str:
    """Return the tenant's id that stands in it; empty when it has not our shape."""
    found = _SHAPE.fullmatch(token)
    return found[1] if found else ""


def digest(token: str) -> str:
    """Return what is kept of it: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
