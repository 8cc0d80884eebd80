"""Signed links: `/links/<purpose>/<token>`. The token names its tenant, hence needs no header.

A link is worth what it signs: a purpose, a tenant, a subject, and an age. Nothing is stored; what
must end a link early (a used invitation) is part of what is signed.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

TENANT = "t"


class DeadLinkError(Exception):
    """Altered, of another purpose, or too old."""


def make_link(purpose: str, tenant_id: str, payload: dict[str, Any]) -> str:
    """Return the absolute address of a new link."""
    return f"{settings.PUBLIC_URL}/links/{purpose}/{make_token(purpose, tenant_id, payload)}"


def make_token(purpose: str, tenant_id: str, payload: dict[str, Any]) -> str:
    """Return the signed token alone. Shape: base64url and dots."""
    return _signer(purpose).sign_object({TENANT: tenant_id, **payload})


def read_token(purpose: str, token: str, max_age: timedelta | None = None) -> dict[str, Any]:
    """Return what a token signs, its tenant under `t`. Errors: `DeadLinkError`."""
    try:
        signed = _signer(purpose).unsign_object(token, max_age=max_age)
    except (BadSignature, ValueError) as error:
        raise DeadLinkError from error
    if not isinstance(signed, dict) or TENANT not in signed:
        raise DeadLinkError
    return signed


def _signer(purpose: str) -> TimestampSigner:
    return TimestampSigner(salt=f"qualiforma.links.{purpose}", sep=".")
