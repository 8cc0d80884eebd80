"""What the web server loads."""

import gc
import os
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connections

from qualiforma.audit.sources import Source, set_default_source
from qualiforma.body_limits import body_limit
from qualiforma.runtime.front import Front
from qualiforma.runtime.workers import ThreadWorker
from qualiforma.server.limits import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qualiforma.settings")


class Utf8Request(WSGIRequest):
    """A request whose `charset` parameter decides nothing: bodies are UTF-8 here.

    Django looks the named codec up while it builds the request, before any middleware; an odd one
    would be a bare 500, and some codecs decode in quadratic time.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        super()._set_content_type_params({**meta, "CONTENT_TYPE": _plain(meta)})  # type: ignore[misc]  # the stubs leave it out


def _plain(meta: dict[str, Any]) -> str:
    """Return the content type without its charset; a boundary stays."""
    kind, *parameters = str(meta.get("CONTENT_TYPE", "")).split(";")
    kept = [one for one in parameters if not one.strip().lower().startswith("charset")]
    return ";".join([kind, *kept])


class Utf8Handler(WSGIHandler):
    """Django's handler, with our request."""

    request_class = Utf8Request


gc.disable()  # nothing of what is loaded from here on is garbage
django.setup(set_prefix=False)

from qualiforma.api import health  # noqa: E402 - it needs the models

limit_statements(
    connections.settings["default"],
    statement_seconds=settings.STATEMENT_TIMEOUT,
    lock_seconds=settings.LOCK_TIMEOUT,
)
set_default_source(Source.API)
handler = Utf8Handler()


def front(workers: int) -> Front:
    """Return what stands before so many workers, which are still to be added to its turns."""
    return Front(
        handler,
        max_body_bytes=body_limit,
        wait_seconds=settings.LOCK_TIMEOUT,
        aside=health.PATHS,
        workers=workers,
    )


application = front(1)
application.turns.add(ThreadWorker(handler))
# What is there by now stays: no collection need look through it, nor write to pages that are shared.
gc.collect()
gc.freeze()
gc.enable()
