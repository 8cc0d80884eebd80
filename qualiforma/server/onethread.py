"""Slow clients wait by themselves: bodies arrive before the application sees the request."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class OneThread:
    """Run a WSGI application on one thread of its own, whatever thread the server calls from.

    The server's threads read bodies and send answers, which takes as long as the client's network
    does; with one thread for everything, one client that stalls stops the process (tried). The
    application stays on one thread: django-tenants keeps the open tenant per thread.

    The body of a streamed answer is read on the server's thread, where no tenant is open: what it
    needs of the database must have been read before.
    """

    def __init__(self, application: WSGIApplication, *, max_body_bytes: int) -> None:
        self._application = application
        self._max_body_bytes = max_body_bytes
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="application")

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        # What is malformed or too large is refused by its announced length, unread.
        if length.isascii() and length.isdigit() and 0 < int(length) <= self._max_body_bytes:
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(int(length)))
        return self._thread.submit(self._application, environ, start_response).result()
