"""Calls to other servers that end in time, whatever those servers do.

The timeout of a socket is one of each answer: a server that sends a byte before each of them ends
never times out. Sockets of this module also end with the call that they are used for (`whole_call`),
the look-up of the server's name included.
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

# For a server to take the connection; one that is there does so in milliseconds.
CONNECT_SECONDS = 3.0
_end: ContextVar[float | None] = ContextVar("deadline", default=None)


class LookUpError(socket.gaierror):
    """The name does not exist, or no resolver answered."""


if TYPE_CHECKING:
    _Socket = Any  # what this is mixed into
else:
    _Socket = object


@contextmanager
def whole_call(seconds: float) -> Iterator[None]:
    """Let sockets used in this block wait for that long in all; within another block, for the less.

    Errors: `TimeoutError` from the socket, which libraries wrap in their own.
    """
    end, outer = time.monotonic() + seconds, _end.get()
    token = _end.set(end if outer is None else min(end, outer))
    try:
        yield
    finally:
        _end.reset(token)


def seconds_left() -> float | None:
    """Return what is left of the call, None outside of any. Errors: `TimeoutError` when nothing is."""
    end = _end.get()
    if end is None:
        return None
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("the call took too long in all")
    return left


class _EndsInTime(_Socket):
    """A socket whose timeout is shortened to what is left of the call, for each operation."""

    def recv(self, *args: Any) -> Any:
        return self._shortened(super().recv, *args)

    def recv_into(self, *args: Any) -> Any:
        return self._shortened(super().recv_into, *args)

    def send(self, *args: Any) -> Any:
        return self._shortened(super().send, *args)

    def sendall(self, *args: Any) -> Any:
        return self._shortened(super().sendall, *args)

    def connect(self, *args: Any) -> Any:
        return self._shortened(super().connect, *args)

    def do_handshake(self, *args: Any) -> Any:
        return self._shortened(super().do_handshake, *args)

    def _shortened(self: Any, operation: Callable[..., Any], *args: Any) -> Any:
        left, own = seconds_left(), self.gettimeout()
        if left is None or own == 0:
            return operation(*args)
        self.settimeout(left if own is None else min(own, left))
        try:
            return operation(*args)
        finally:
            if self.fileno() >= 0:
                self.settimeout(own)


class Socket(_EndsInTime, socket.socket):
    """A plain socket that ends in time."""


class TLSSocket(_EndsInTime, ssl.SSLSocket):
    """An encrypted socket that ends in time; for `SSLContext.sslsocket_class`."""


def connect(
    host: str,
    port: int,
    *,
    seconds: float = CONNECT_SECONDS,
    judge: Callable[[str], None] = lambda _address: None,
) -> Socket:
    """Return a socket that is connected to the first of the host's addresses that answers.

    The name is looked up once. `judge` is called with each address, in digits, before anything is
    sent to it; raising `OSError` it refuses that one.
    Errors: `OSError`. Cost: `seconds` in all, whatever the number of addresses.
    """
    failure: OSError = TimeoutError()
    with whole_call(seconds):
        for family, kind, protocol, _name, address in _look_up(host, port):
            connection = Socket(family, kind, protocol)
            try:
                judge(address[0])
                connection.connect(address)
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
    raise failure


def _look_up(host: str, port: int) -> Any:
    """Return what `getaddrinfo` does; it takes no timeout, hence a thread of its own."""
    found: queue.Queue[Any] = queue.Queue(maxsize=1)

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        addresses = found.get(timeout=seconds_left())
    except queue.Empty:
        raise TimeoutError("the name was not looked up in time") from None
    if isinstance(addresses, Exception):
        raise LookUpError(str(addresses)) from addresses
    return addresses
