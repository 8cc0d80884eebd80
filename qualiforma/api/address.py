"""Where a call comes from, as far as it can be known."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def client_address(request: Request | HttpRequest) -> str:
    """Return the caller's address: the connection's, or what the trusted proxies say of it.

    With N trusted proxies the N-th entry of `X-Forwarded-For` from the end is theirs; what stands
    before it is the caller's own word.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES == 0:
        return direct
    entries = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if len(entries) < settings.TRUSTED_PROXIES or not entries[-settings.TRUSTED_PROXIES]:
        return direct
    return entries[-settings.TRUSTED_PROXIES]
