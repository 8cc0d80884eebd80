"""Checks run in the background, so that reading their results never blocks."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connections

Checks = Mapping[str, Callable[[], str]]
PENDING, UNANSWERED, STALE = "pending", "no answer", "stale"


@dataclass
class _Check:
    """What a check found and when, by the monotonic clock; since when it runs, 0 if it does not."""

    result: str = PENDING
    ended: float = 0
    began: float = 0


class Probe:
    """Runs groups of checks again and again, each group on a thread of its own.

    Groups do not wait for one another: a database that says nothing does not hide what the storage
    does. Each round has its own connection to the database, which is closed after it.
    """

    EVERY_SECONDS = 5.0
    # A check that runs for that long counts as failed, whatever it will say.
    CHECK_SECONDS = 3.0
    # What was found that long ago says nothing any more.
    FRESH_SECONDS = 20.0

    def __init__(self, groups: Callable[[], Sequence[Checks]]) -> None:
        self._groups = groups
        self._checks: dict[str, _Check] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin; once per process, which ends it with itself."""
        groups = self._groups()
        self._checks = {name: _Check() for group in groups for name in group}
        for number in range(len(groups)):
            name = f"probe-{number}"
            threading.Thread(target=self._run, args=[number], name=name, daemon=True).start()

    @property
    def is_running(self) -> bool:
        """Whether it was started: under another server than ours it is not."""
        return bool(self._checks)

    def results(self) -> dict[str, str]:
        """Return the latest result of each check. Cost: none."""
        now = time.monotonic()
        with self._lock:
            return {name: self._result(check, now) for name, check in self._checks.items()}

    def age(self) -> float:
        """Return how many seconds ago the oldest of the results was found, 0 while none is there."""
        with self._lock:
            ended = [one.ended for one in self._checks.values() if one.ended]
        return time.monotonic() - min(ended) if ended else 0

    def _result(self, check: _Check, now: float) -> str:
        if check.began and now - check.began > self.CHECK_SECONDS:
            return UNANSWERED
        if check.ended and now - check.ended > self.FRESH_SECONDS:
            return STALE
        return check.result

    def _run(self, number: int) -> None:
        while True:
            for name, check in self._groups()[number].items():
                self._make(self._checks[name], check)
            connections.close_all()
            time.sleep(self.EVERY_SECONDS)

    def _make(self, kept: _Check, check: Callable[[], str]) -> None:
        with self._lock:
            kept.began = time.monotonic()
        result = check()
        with self._lock:
            kept.result, kept.ended, kept.began = result, time.monotonic(), 0
