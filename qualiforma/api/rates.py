"""The rate limit of calls per minute, with its `RateLimit-*` headers.

Counted in each web process by itself: a shared counter would be one more write per call, in the one
table that every tenant shares. A runaway client meets the limit all the same, at most once per
process. Logins, where guessing is the danger, are counted in the database (`qualiforma.ratelimit`).
"""

import time
from dataclasses import dataclass

WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Allowance:
    """What is left to a caller in this window. Units: calls, and seconds until it starts anew."""

    limit: int
    remaining: int
    reset: int
    is_exceeded: bool

    def headers(self) -> dict[str, str]:
        """Return the headers that tell a client."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class Rates:
    """Fixed windows; the counts of one are forgotten when the next begins."""

    def __init__(self) -> None:
        self._window = -1
        self._counts: dict[str, int] = {}

    def count(self, caller: str, limit: int) -> Allowance:
        """Count one call of a caller and return what is left; `remaining` is never below 0."""
        now = time.time()
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._window = window
            self._counts = {}
        hits = self._counts[caller] = self._counts.get(caller, 0) + 1
        reset = max(1, int((window + 1) * WINDOW_SECONDS - now) + 1)
        return Allowance(limit, max(0, limit - hits), reset, is_exceeded=hits > limit)

    def clear(self) -> None:
        """Forget every caller."""
        self._counts = {}


rates = Rates()
