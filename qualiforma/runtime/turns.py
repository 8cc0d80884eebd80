"""Whose call is next, and on which worker, whatever one organisation asks for.

A worker runs one call at a time. Source: decision 0035.
"""

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

# Over how many seconds an organisation's use is counted, what was long ago less; and from what mean
# number of workers in use on it says that somebody works there.
USE_SECONDS, LEAST_USE = 2.0, 0.01
# What is remembered of who called under which name; the oldest is forgotten.
MOST_NAMES = 10_000
STRANGER = ""
NOBODY = "nobody"


class Worker(Protocol):
    """What runs a call; one that is gone is given to nobody any more."""

    is_gone: bool


W = TypeVar("W", bound=Worker)


class TooLateError(Exception):
    """No worker was free in time."""


class _Ticket(Generic[W]):
    """A call that waits for its worker."""

    def __init__(self) -> None:
        self.is_next = threading.Event()
        self.worker: W | None = None


class Use:
    """How many workers each organisation has had lately, on average."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, float]] = {}

    def add(self, organisation: str, seconds: float) -> None:
        """Count that a worker was had for so long, until now."""
        now = time.monotonic()
        self._kept[organisation] = (self._at(organisation, now) + seconds / USE_SECONDS, now)
        if len(self._kept) > MOST_NAMES:
            self._kept = {
                one: kept for one, kept in self._kept.items() if self._at(one, now) > LEAST_USE
            }

    def is_largest(self, organisation: str) -> bool:
        """Say whether others had some too, and none of them as much."""
        now = time.monotonic()
        own = self._at(organisation, now)
        others = [self._at(one, now) for one in self._kept if one != organisation]
        return own > max(others, default=0) > LEAST_USE

    def _at(self, organisation: str, now: float) -> float:
        use, counted = self._kept.get(organisation, (0.0, now))
        return use * math.exp((counted - now) / USE_SECONDS)


class Turns(Generic[W]):
    """Lends workers to calls.

    Organisations come in turn, however many calls of one wait. A call gets a worker only where more
    are free than its organisation has already: alone, one organisation gets half of them, and
    however many ask, one worker is left for an organisation that has none. While others call, the
    one that used most lately and asks for more than half gets a quarter: workers are twice the
    cores, hence half of the cores are not its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        # Of each free worker, for whom it worked last; the one used last is at the end.
        self._free: list[tuple[W, str]] = []
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Ticket[W]]] = {}
        self._use = Use()

    def add(self, worker: W) -> None:
        """Have another worker."""
        with self._lock:
            self._count += 1
            self._free.append((worker, NOBODY))
            self._assign()

    @contextmanager
    def worker(self, organisation: str, seconds: float) -> Iterator[W]:
        """Wait for a worker and have it while a block runs.

        Errors: `TooLateError` when none was free in that many seconds.
        """
        ticket = _Ticket[W]()
        with self._lock:
            self._waiting.setdefault(organisation, deque()).append(ticket)
            self._assign()
        ticket.is_next.wait(seconds)
        with self._lock:
            if ticket.worker is None:
                self._leave(organisation, ticket)
                raise TooLateError
        began = time.monotonic()
        try:
            yield ticket.worker
        finally:
            with self._lock:
                self._use.add(organisation, time.monotonic() - began)
                self._running[organisation] -= 1
                if not self._running[organisation]:
                    del self._running[organisation]
                if ticket.worker.is_gone:
                    self._count -= 1
                else:
                    self._free.append((ticket.worker, organisation))
                self._assign()

    def count_waiting(self) -> int:
        """Return how many calls wait for a worker."""
        with self._lock:
            return sum(map(len, self._waiting.values()))

    def _assign(self) -> None:
        """Give the free workers to the calls whose turn it is."""
        while (whose := self._next()) is not None:
            tickets = self._waiting.pop(whose)
            ticket = tickets.popleft()
            if tickets:  # its organisation comes after all others then
                self._waiting[whose] = tickets
            self._running[whose] += 1
            ticket.worker = self._take(whose)
            ticket.is_next.set()

    def _next(self) -> str | None:
        return next((one for one in self._waiting if self._running[one] < self._share(one)), None)

    def _share(self, organisation: str) -> int:
        """Return of how many workers an organisation may have another."""
        asked = self._running[organisation] + len(self._waiting[organisation])
        quarter = max(1, self._count // 4)
        is_limited = asked > self._count // 2 and self._use.is_largest(organisation)
        return min(len(self._free), quarter) if is_limited else len(self._free)

    def _take(self, organisation: str) -> W:
        """Take the worker that the organisation had last, else the one that rests for longest.

        Its caches are the organisation's then, and so is the time on a core that the scheduler of the
        machine holds against it.
        """
        places = [place for place, (_, whose) in enumerate(self._free) if whose == organisation]
        worker, _ = self._free.pop(places[-1] if places else 0)
        return worker

    def _leave(self, organisation: str, ticket: _Ticket[W]) -> None:
        tickets = self._waiting[organisation]
        tickets.remove(ticket)
        if not tickets:
            del self._waiting[organisation]


class Places:
    """How many calls are on their way; an organisation gets another place where more are left than it has."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, organisation: str) -> bool:
        """Take a place; False where there is none for this organisation."""
        with self._lock:
            if self._taken[organisation] >= self._left:
                return False
            self._taken[organisation] += 1
            self._left -= 1
            return True

    def give_back(self, organisation: str) -> None:
        """Give a place back."""
        with self._lock:
            self._left += 1
            self._taken[organisation] -= 1
            if not self._taken[organisation]:
                del self._taken[organisation]


class Names:
    """Under which names organisations call: a tenant's header, a session, a host, a link.

    A name is believed once a call under it was served for an organisation. Until then all share one
    queue and one share, as names that are nobody's do: inventing some gains nothing.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def organisation_of(self, name: str) -> str:
        """Return whose name that is."""
        return self._known.get(name, STRANGER)

    def learn(self, name: str, organisation: str) -> None:
        """Keep for whom a call under this name was served."""
        if not organisation or self._known.get(name) == organisation:
            return
        with self._lock:
            self._known[name] = organisation
            if len(self._known) > MOST_NAMES:
                del self._known[next(iter(self._known))]


def name_in(environ: dict[str, Any]) -> str:
    """Return the name under which a call comes: what decides there for whom it is served.

    As `qualiforma.api.tenant_middleware` does, from the head alone.
    """
    path = environ.get("PATH_INFO", "")
    first = path[1:].partition("/")[0]
    if first == "api":
        # A SessionId begins with its organisation's id.
        session = environ.get("HTTP_SESSIONID", "").rpartition(".")[0]
        return f"api {environ.get('HTTP_X_TENANT_ID') or session}"
    if first in {"links", "calendar"}:
        return str(path)
    return f"host {environ.get('HTTP_HOST', '')}"
