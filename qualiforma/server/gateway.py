"""From granian's own interface (RSGI) to WSGI: header names come as they were sent.

Granian's WSGI turns both X-Tenant-ID and X_Tenant_ID into HTTP_X_TENANT_ID, and the last one wins. So does
CGI, which is why proxies drop names with an underscore; here they are dropped too.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
# Stands for a value beyond ASCII, which granian keeps to itself: there, and nothing that is asked for.
UNREADABLE = "\xff"


class Gateway:
    """Serves a WSGI application; each call has a thread of the server's, from its body to its answer."""

    def __init__(self, application: WSGIApplication, *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="server")
        # Set when this process is about to end: clients are asked to connect to another one.
        self.is_ending = False

    async def __rsgi__(self, scope: "Scope", protocol: "HTTPProtocol") -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._serve, scope, protocol, loop)

    def _serve(
        self, scope: "Scope", protocol: "HTTPProtocol", loop: asyncio.AbstractEventLoop
    ) -> None:
        start = _Start()
        environ = environ_of(scope) | {"wsgi.input": io.BufferedReader(_Body(protocol, loop))}
        answer = self._application(environ, start)
        if self.is_ending:
            start.headers = [*start.headers, ("connection", "close")]
        try:
            if getattr(answer, "streaming", False):
                self._stream(answer, start, protocol, loop)
            else:
                protocol.response_bytes(start.status, start.headers, b"".join(answer))
        finally:
            if close := getattr(answer, "close", None):
                close()

    @staticmethod
    def _stream(
        answer: Iterable[bytes],
        start: "_Start",
        protocol: "HTTPProtocol",
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Send an answer piece by piece, as fast as the client takes it; not to one who has gone."""
        from granian._granian import RSGIProtocolClosed

        transport = protocol.response_stream(start.status, start.headers)

        async def send(piece: bytes) -> None:
            await transport.send_bytes(piece)

        try:
            for piece in answer:
                asyncio.run_coroutine_threadsafe(send(piece), loop).result()
        except RSGIProtocolClosed:
            pass


class _Start:
    """WSGI's `start_response`."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self.status, self.headers = int(status.partition(" ")[0]), headers


class _Body(io.RawIOBase):
    """The body of a request, for a thread of the server's. It ends where the connection breaks."""

    def __init__(self, protocol: "HTTPProtocol", loop: asyncio.AbstractEventLoop) -> None:
        self._protocol, self._loop = protocol, loop
        self._pieces: Any = None
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if not self._rest:
            self._rest = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
        view = memoryview(buffer)
        found, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(found)] = found
        return len(found)

    async def _next(self) -> bytes:
        if self._pieces is None:
            self._pieces = self._protocol.__aiter__()
        while True:
            try:
                piece: bytes = await self._pieces.__anext__()
            except (StopAsyncIteration, RuntimeError):  # its end; the connection broke
                return b""
            if piece:
                return piece


def environ_of(scope: "Scope") -> dict[str, Any]:
    """Return what WSGI (PEP 3333) wants to know of a request, and nothing of the process' environment."""
    name, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": name.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    return environ | _headers_of(scope)


def _headers_of(scope: "Scope") -> dict[str, str]:
    """Return the headers by WSGI's names; those of one name as one."""
    given: dict[str, list[str]] = {}
    for header, value in scope.headers.items():
        given.setdefault(header, []).append(value)
    names = scope.headers.keys()  # those of values that cannot be read too, which `items` lacks
    for header in names:
        given.setdefault(header, [UNREADABLE])
    return {
        UNPREFIXED.get(header) or f"HTTP_{header.upper().replace('-', '_')}": (
            "; " if header == "cookie" else ","
        ).join(values)
        for header, values in given.items()
        if "_" not in header
    }
