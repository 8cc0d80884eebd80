"""What runs calls: a thread of this process, or processes beside the one that talks to clients.

Processes are forked from one that has loaded the application and does nothing else: what they have in
common is in memory once, and one that ends is replaced at once. Calls go to them, and answers come
back, over a pair of sockets each. A streamed answer has a pair of its own, so that the process
serves others while a thread of it reads the body.
"""

import io
import json
import logging
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

from qualiforma.runtime.children import die_with_parent
from qualiforma.runtime.putoff import PUT_OFF, PutOff

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# Where the application says for whom a call was served.
ORGANISATION = "qualiforma.organisation"
# A larger body is handed over as an open file.
INLINE_BYTES = 1024 * 1024
RESPAWN_SECONDS = 0.5
_LENGTHS = struct.Struct("!IQ")
_PIECE = struct.Struct("!I")

logger = logging.getLogger(__name__)


class WorkerGoneError(Exception):
    """The process that ran a call has ended before it answered."""


class NotBegunError(WorkerGoneError):
    """It had ended before it was given the call, which another may run."""


@dataclass
class Answer:
    """How a call ended; without a status where the application began none."""

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Iterable[bytes] = ()
    organisation: str = ""

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        """Keep the head; WSGI's `start_response`."""
        self.status, self.headers = status, headers


def answer_of(application: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """Run a call."""
    answer = Answer()
    answer.body = application(environ, answer.start)
    answer.organisation = str(environ.get(ORGANISATION, ""))
    return answer


class ThreadWorker:
    """A thread of this process: for tests, and under another server than ours."""

    is_gone = False

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="application")

    def run(self, environ: dict[str, Any], body: IO[bytes] | None, put_off: PutOff) -> Answer:
        """Run a call there."""
        environ[PUT_OFF] = put_off
        if body is not None:
            environ["wsgi.input"] = body
        return self._thread.submit(answer_of, self._application, environ).result()


class ProcessWorker:
    """A process that runs calls, as the process sees it that talks to clients."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self.is_gone = False

    def run(self, environ: dict[str, Any], body: IO[bytes] | None, put_off: PutOff) -> Answer:
        """Run a call there. Errors: `WorkerGoneError`."""
        head = {name: value for name, value in environ.items() if isinstance(value, str | int)}
        said = {"environ": head, "put_off": asdict(put_off)}
        try:
            self._hand_over(said, body)
        except OSError as error:
            self._lose()
            raise NotBegunError from error
        try:
            found, content, handles = _receive(self._channel)
        except (OSError, EOFError) as error:
            self._lose()
            raise WorkerGoneError from error
        except BaseException:  # what is left of the answer would be taken for the next one
            self._lose()
            raise
        put_off.is_asked, put_off.holder = found["is_asked"], found["holder"]
        return Answer(
            found["status"],
            [(name, value) for name, value in found["headers"]],
            Streamed(socket.socket(fileno=handles[0])) if handles else [content],
            found["organisation"],
        )

    def _hand_over(self, said: dict[str, Any], body: IO[bytes] | None) -> None:
        if body is None:
            _send(self._channel, said)
            return
        size = body.seek(0, os.SEEK_END)
        body.seek(0)
        if size <= INLINE_BYTES:
            _send(self._channel, said, body.read())
        else:
            body.flush()
            _send(self._channel, said, handles=[body.fileno()])

    def _lose(self) -> None:
        self.is_gone = True
        self._channel.close()


class Streamed:
    """The body of a streamed answer, as it comes from the process that has it."""

    streaming = True

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel

    def __iter__(self) -> Iterator[bytes]:
        while size := _PIECE.unpack(_read(self._channel, _PIECE.size))[0]:
            yield _read(self._channel, size)

    def close(self) -> None:
        """Tell the process that nobody reads any more."""
        self._channel.close()


def start_processes(
    application: WSGIApplication,
    count: int,
    add: Callable[["ProcessWorker"], None],
    begin: Callable[[], None] = lambda: None,
) -> None:
    """Start so many processes, and keep as many; they end with this one. Each is added when it is there.

    `begin` is run in each at its start.

    To be called while this process has one thread.
    """
    control, theirs = socket.socketpair()
    parent = os.getpid()
    if os.fork() == 0:
        try:
            _keep(partial(_serve, application, begin), count, theirs, parent)
        finally:
            os._exit(1)
    theirs.close()
    threading.Thread(target=_enlist, args=[control, add], name="workers", daemon=True).start()


def _enlist(control: socket.socket, add: Callable[[ProcessWorker], None]) -> None:
    """Take up each process that is started."""
    while True:
        said, handles, _, _ = socket.recv_fds(control, 1, 1)
        if not said:
            break
        add(ProcessWorker(socket.socket(fileno=handles[0])))
    # Without them nothing can be answered: the server starts all of this anew.
    logger.error("The process that starts the workers has ended")
    os._exit(1)


def _keep(
    serve: Callable[[socket.socket], None], count: int, control: socket.socket, parent: int
) -> None:
    """Fork workers, and another for each that ends."""
    die_with_parent(signal.SIGKILL, parent)()
    # Who stops the server stops the process that talks to clients; it answers what has begun.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _close_channels({control.fileno()})
    living: set[int] = set()
    while True:
        while len(living) < count:
            living.add(_fork_worker(serve, control))
        living.discard(os.wait()[0])
        logger.error("A worker process has ended; another is started")
        time.sleep(RESPAWN_SECONDS)


def _close_channels(kept: set[int]) -> None:
    """Close what the server has open: its port would stay open as long as its copies here are."""
    for link in list(Path("/proc/self/fd").iterdir()) if sys.platform == "linux" else []:
        number = int(link.name)
        with suppress(OSError):
            if number > 2 and number not in kept and not link.readlink().is_absolute():
                os.close(number)


def _fork_worker(serve: Callable[[socket.socket], None], control: socket.socket) -> int:
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    if not (process := os.fork()):
        try:
            control.close()
            ours.close()
            die_with_parent(signal.SIGKILL, parent)()
            serve(theirs)
        finally:
            os._exit(0)
    theirs.close()
    socket.send_fds(control, [b"+"], [ours.fileno()])
    ours.close()
    return process


def _serve(application: WSGIApplication, begin: Callable[[], None], channel: socket.socket) -> None:
    """Run the calls that come, one at a time, until nobody is there to ask."""
    begin()
    while True:
        try:
            said, content, handles = _receive(channel)
        except (OSError, EOFError):
            return
        with os.fdopen(handles[0], "rb") if handles else io.BytesIO(content) as body:
            put_off = PutOff(**said["put_off"])
            environ = said["environ"] | {
                PUT_OFF: put_off,
                "wsgi.version": (1, 0),
                "wsgi.errors": sys.stderr,
                "wsgi.input": body,
            }
            try:
                answer = answer_of(application, environ)
            except Exception:
                logger.exception("A call failed outside of the application")
                answer = Answer("500 Internal Server Error")
            _give_back(channel, answer, put_off)


def _give_back(channel: socket.socket, answer: Answer, put_off: PutOff) -> None:
    said = {
        "status": answer.status,
        "headers": answer.headers,
        "organisation": answer.organisation,
        "is_asked": put_off.is_asked,
        "holder": put_off.holder,
    }
    if getattr(answer.body, "streaming", False):
        ours, theirs = socket.socketpair()
        with theirs:
            _send(channel, said, handles=[theirs.fileno()])
        threading.Thread(target=_stream, args=[answer.body, ours], daemon=True).start()
        return
    content = b"".join(answer.body)
    _close(answer.body)
    _send(channel, said, content)


def _stream(body: Iterable[bytes], channel: socket.socket) -> None:
    """Send pieces as fast as they are taken; what ends before the last is seen as cut off."""
    try:
        with channel, suppress(BrokenPipeError, ConnectionResetError):
            for piece in body:
                if piece:
                    channel.sendall(_PIECE.pack(len(piece)) + piece)
            channel.sendall(_PIECE.pack(0))
    except Exception:
        logger.exception("A streamed answer broke off")
    finally:
        _close(body)


def _close(body: Iterable[bytes]) -> None:
    if close := getattr(body, "close", None):
        close()


def _send(
    channel: socket.socket, said: dict[str, Any], content: bytes = b"", handles: Iterable[int] = ()
) -> None:
    head = json.dumps(said).encode()
    socket.send_fds(channel, [_LENGTHS.pack(len(head), len(content))], list(handles))
    channel.sendall(head + content)


def _receive(channel: socket.socket) -> tuple[dict[str, Any], bytes, list[int]]:
    lengths, handles, _, _ = socket.recv_fds(channel, _LENGTHS.size, 1)
    if not lengths:
        raise EOFError
    lengths += _read(channel, _LENGTHS.size - len(lengths))
    head, content = _LENGTHS.unpack(lengths)
    said: dict[str, Any] = json.loads(_read(channel, head))
    return said, _read(channel, content), handles


def _read(channel: socket.socket, size: int) -> bytes:
    """Read so many bytes. Errors: `EOFError` where fewer come."""
    found = bytearray(size)
    view = memoryview(found)
    while view:
        count = channel.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return bytes(found)
