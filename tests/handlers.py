"""One chain of middleware for all clients of a kind, as a server's process has one.

Made anew for each client, it would look through all static files first: most of a request's time.
"""

from typing import Any

from django.conf import settings

_loaded: dict[Any, Any] = {}


def shared(handler: Any) -> Any:
    """The handler that serves clients like this one's, under the middleware now set."""
    kind = (type(handler), handler.enforce_csrf_checks, tuple(settings.MIDDLEWARE))
    return _loaded.setdefault(kind, handler)
