"""Slow clients wait by themselves: bodies arrive before the application sees the request."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO, Any

# Larger bodies wait on disk: many may be on their way at once.
IN_MEMORY_BYTES = 1024 * 1024
CHUNK_BYTES = 256 * 1024
WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class OneThread:
    """Run a WSGI application on one thread of its own, whatever thread the server calls from.

    The server's threads read bodies and send answers, which takes as long as the client's network
    does; with one thread for everything, one client that stalls stops the process (tried). The
    application stays on one thread: django-tenants keeps the open tenant per thread.

    The body of a streamed answer is read on the server's thread, where no tenant is open: what it
    needs of the database must have been read before.
    """

    def __init__(
        self, application: WSGIApplication, *, max_body_bytes: Callable[[str], int]
    ) -> None:
        self._application = application
        self._max_body_bytes = max_body_bytes  # by path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="application")

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        # What is malformed or too large is refused by its announced length, unread.
        most = self._max_body_bytes(environ.get("PATH_INFO", ""))
        if not (length.isascii() and length.isdigit() and 0 < int(length) <= most):
            return self._run(environ, start_response)
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as body:
            environ["qualiforma.body_is_whole"] = _copy(environ["wsgi.input"], body, int(length))
            environ["wsgi.input"] = body
            return self._run(environ, start_response)

    def _run(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self._thread.submit(self._application, environ, start_response).result()


def _copy(source: IO[bytes], target: IO[bytes], length: int) -> bool:
    """Copy a body; False when the connection broke before its end."""
    missing = length
    while missing and (chunk := source.read(min(CHUNK_BYTES, missing))):
        target.write(chunk)
        missing -= len(chunk)
    target.seek(0)
    return not missing
