"""Slow clients wait by themselves, and so do calls that would wait for a lock."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Any

# Larger bodies wait on disk: many may be on their way at once.
IN_MEMORY_BYTES = 1024 * 1024
CHUNK_BYTES = 256 * 1024
Call = Callable[[], None]
WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# Where a call finds its `PutOff`, and that it is to be refused as too many wait already.
PUT_OFF, CROWDED = "qualiforma.put_off", "qualiforma.crowded"
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1


class Waiting:
    """How many calls of each organisation wait in this process; each takes a server's thread."""

    MOST = 4

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, organisation: str) -> bool:
        """Take a place; False where the organisation has all of its places."""
        with self._lock:
            if self._counts[organisation] >= self.MOST:
                return False
            self._counts[organisation] += 1
            return True

    def leave(self, organisation: str) -> None:
        """Give a place back."""
        with self._lock:
            self._counts[organisation] -= 1


@dataclass
class PutOff:
    """How a call is run again later: it asks for it before it has done anything."""

    seconds: float
    waiting: Waiting
    pause: float = FIRST_PAUSE
    is_asked: bool = False
    # Since when, for whom, and the transaction that it waits for.
    began: float = field(default_factory=time.monotonic)
    organisation: str = ""
    holder: int = 0
    seconds_waited: float = 0

    @property
    def seconds_left(self) -> float:
        """What is left of the time that the call may wait in all."""
        return self.began + self.seconds - time.monotonic()

    def ask(self, organisation: str) -> bool:
        """Have the call run again; False when its time is over or too many wait already."""
        if self.seconds_left < self.pause:
            return False
        if not self.organisation:
            if not self.waiting.enter(organisation):
                return False
            self.organisation = organisation
        self.is_asked = True
        return True

    def wait(self) -> None:
        """Wait a little, and longer the next time."""
        self.is_asked = False
        time.sleep(self.pause)
        self.seconds_waited += self.pause
        self.pause = min(2 * self.pause, LONGEST_PAUSE)

    def end(self) -> None:
        """Give the place back, if one was taken."""
        if self.organisation:
            self.waiting.leave(self.organisation)


class Turns:
    """Whose call is next: each organisation's in turn, however many calls of one wait.

    A caller is known by what it says before anything is read: its organisation's name, the beginning
    of its session's id, else the host that it calls. Who says what is not so is refused in its turn.
    """

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._waiting: dict[str, deque[Call]] = {}
        self._lock = threading.Lock()

    def add(self, environ: dict[str, Any], call: "Call") -> None:
        """Let a call wait behind the others of its organisation.

        Errors: `RuntimeError` where the process ends; the call is then in nobody's way.
        """
        # A SessionId begins with its organisation's id.
        session = environ.get("HTTP_SESSIONID", "").rpartition(".")[0]
        whose = environ.get("HTTP_X_TENANT_ID") or session or environ.get("HTTP_HOST", "")
        with self._lock:
            # As often as there are calls, each time whose turn it is: a process that ends runs them all.
            self._thread.submit(self._run_next)
            self._waiting.setdefault(whose, deque()).append(call)

    def _run_next(self) -> None:
        """Run the next call; its organisation comes after all others then."""
        with self._lock:
            whose = next(iter(self._waiting))
            calls = self._waiting.pop(whose)
            call = calls.popleft()
            if calls:
                self._waiting[whose] = calls
        call()


class OneThread:
    """Run a WSGI application on one thread of its own, whatever thread the server calls from.

    The server's threads read bodies and send answers, which takes as long as the client's network
    does; with one thread for everything, one client that stalls stops the process (tried). The
    application stays on one thread: django-tenants keeps the open tenant per thread.

    Organisations take turns on it (`Turns`). A call that would wait for a lock, and has done nothing
    yet, asks to be put off: it is run again after a pause on the server's thread. Meanwhile the
    application serves others.

    What is asked for `aside` needs no tenant, no database and nobody's turn: the server's thread runs
    it. So it does with the refusal of a call where `MOST_WAITING` wait for the application already:
    some of the server's threads are always left for the former.

    The body of a streamed answer is read on the server's thread, where no tenant is open: what it
    needs of the database must have been read before.
    """

    MOST_WAITING = 32

    def __init__(
        self,
        application: WSGIApplication,
        *,
        max_body_bytes: Callable[[str], int],
        wait_seconds: float = 0,
        aside: Collection[str] = (),
    ) -> None:
        self._application = application
        self._max_body_bytes = max_body_bytes  # by path
        self._wait_seconds = wait_seconds
        self._waiting = Waiting()
        self._aside = aside
        self._turns = threading.BoundedSemaphore(self.MOST_WAITING)
        self._order = Turns(ThreadPoolExecutor(1, thread_name_prefix="application"))

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in self._aside:
            return self._application(environ, start_response)
        length = environ.get("CONTENT_LENGTH") or ""
        # What is malformed or too large is refused by its announced length, unread.
        most = self._max_body_bytes(environ.get("PATH_INFO", ""))
        if not (length.isascii() and length.isdigit() and 0 < int(length) <= most):
            return self._run(environ, start_response)
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as body:
            environ["qualiforma.body_is_whole"] = _copy(environ["wsgi.input"], body, int(length))
            environ["wsgi.input"] = body
            return self._run(environ, start_response, body)

    def _run(
        self,
        environ: dict[str, Any],
        start_response: Callable[..., Any],
        body: IO[bytes] | None = None,
    ) -> Iterable[bytes]:
        if not self._turns.acquire(blocking=False):
            environ[CROWDED] = True
            return self._application(environ, start_response)
        put_off = environ[PUT_OFF] = PutOff(self._wait_seconds, self._waiting)
        try:
            answer = self._once(environ, start_response)
            while put_off.is_asked:
                put_off.wait()
                if body is not None:
                    body.seek(0)
                answer = self._once(environ, start_response)
            return answer
        finally:
            put_off.end()
            self._turns.release()

    def _once(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer: Future[Iterable[bytes]] = Future()
        self._order.add(environ, partial(self._answer, answer, environ, start_response))
        return answer.result()

    def _answer(
        self,
        answer: "Future[Iterable[bytes]]",
        environ: dict[str, Any],
        start_response: Callable[..., Any],
    ) -> None:
        try:
            answer.set_result(self._application(environ, start_response))
        except BaseException as error:  # noqa: BLE001 - raised by who waits for the answer
            answer.set_exception(error)


def _copy(source: IO[bytes], target: IO[bytes], length: int) -> bool:
    """Copy a body; False when the connection broke before its end."""
    missing = length
    while missing and (chunk := source.read(min(CHUNK_BYTES, missing))):
        target.write(chunk)
        missing -= len(chunk)
    target.seek(0)
    return not missing
