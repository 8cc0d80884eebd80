"""Between the web server's threads and what runs the application: bodies, turns, waiting."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from qualiforma.runtime.putoff import PutOff, Waiting
from qualiforma.runtime.turns import Names, Places, TooLateError, Turns, name_in
from qualiforma.runtime.workers import (
    Answer,
    NotBegunError,
    ProcessWorker,
    ThreadWorker,
    WorkerGoneError,
    WSGIApplication,
)

# Larger bodies wait on disk: many may be on their way at once.
IN_MEMORY_BYTES = 1024 * 1024
CHUNK_BYTES = 256 * 1024
# Where the application finds why it is to refuse a call: a problem's code.
REFUSED = "qualiforma.refused"
BUSY, OVERLOADED, LOST = "BUSY", "OVERLOADED", "INTERNAL_ERROR"


class Front:
    """Run calls of a WSGI application on workers, each of which serves one at a time.

    The server's threads read bodies and send answers, which takes as long as the client's network
    does. They wait for a worker meanwhile: organisations take turns, and none gets all
    (`qualiforma.runtime.turns`). A call that would wait for a lock, and has done nothing yet, asks to
    be put off: it is run again after a pause on the server's thread.

    What is asked for `aside` needs no tenant, no database and nobody's turn: the server's thread runs
    it. So it does with refusals: of a call for whose organisation no place is left among `places`,
    and of one that has waited `WORKER_SECONDS` for a worker.

    The body of a streamed answer is read where no tenant is open: what it needs of the database must
    have been read before.
    """

    # Places, and places of one organisation's calls that wait for a lock, per worker.
    PLACES, WAITING = 32, 4
    WORKER_SECONDS = 10.0

    def __init__(
        self,
        application: WSGIApplication,
        *,
        max_body_bytes: Callable[[str], int],
        wait_seconds: float = 0,
        aside: Collection[str] = (),
        workers: int = 1,
    ) -> None:
        self._application = application
        self._max_body_bytes = max_body_bytes  # by path
        self._wait_seconds = wait_seconds
        self._aside = aside
        self._waiting = Waiting(self.WAITING * workers)
        self._places = Places(self.PLACES * workers)
        self._names = Names()
        self.turns: Turns[ThreadWorker | ProcessWorker] = Turns()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in self._aside:
            return self._application(environ, start_response)
        name = name_in(environ)
        organisation = self._names.organisation_of(name)
        if not self._places.take(organisation):
            return self._refuse(OVERLOADED, environ, start_response)
        try:
            with self._body_of(environ) as body:
                answer = self._run(organisation, environ, body)
        except TooLateError:
            return self._refuse(BUSY, environ, start_response)
        except WorkerGoneError:
            return self._refuse(LOST, environ, start_response)
        finally:
            self._places.give_back(organisation)
        self._names.learn(name, answer.organisation)
        if answer.status:
            start_response(answer.status, answer.headers)
        return answer.body

    def _refuse(
        self, code: str, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        environ[REFUSED] = code
        return self._application(environ, start_response)

    @contextmanager
    def _body_of(self, environ: dict[str, Any]) -> Iterator[IO[bytes] | None]:
        """Read a body; none of what is malformed or too large, by its announced length."""
        length = environ.get("CONTENT_LENGTH") or ""
        most = self._max_body_bytes(environ.get("PATH_INFO", ""))
        if not (length.isascii() and length.isdigit() and 0 < int(length) <= most):
            yield None
            return
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as body:
            environ["qualiforma.body_is_whole"] = _copy(environ["wsgi.input"], body, int(length))
            yield body

    def _run(self, organisation: str, environ: dict[str, Any], body: IO[bytes] | None) -> Answer:
        put_off = PutOff(self._wait_seconds)
        put_off.may_wait = self._waiting.has_room(organisation)
        is_waiting = False
        try:
            while True:
                answer = self._once(organisation, environ, body, put_off)
                if not put_off.is_asked:
                    return answer
                if not is_waiting:
                    self._waiting.enter(organisation)
                    is_waiting = True
                put_off.wait()
        finally:
            if is_waiting:
                self._waiting.leave(organisation)

    def _once(
        self,
        organisation: str,
        environ: dict[str, Any],
        body: IO[bytes] | None,
        put_off: PutOff,
    ) -> Answer:
        while True:
            with self.turns.worker(organisation, self.WORKER_SECONDS) as worker:
                if body is not None:
                    body.seek(0)
                try:
                    return worker.run(environ, body, put_off)
                except NotBegunError:  # it is gone, and another is there
                    continue


def _copy(source: IO[bytes], target: IO[bytes], length: int) -> bool:
    """Copy a body; False when the connection broke before its end."""
    missing = length
    while missing and (chunk := source.read(min(CHUNK_BYTES, missing))):
        target.write(chunk)
        missing -= len(chunk)
    target.seek(0)
    return not missing
