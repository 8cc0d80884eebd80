"""How a call that has done nothing yet asks to be run again later."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

# Where a call finds its `PutOff`.
PUT_OFF = "qualiforma.put_off"
FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1


class Waiting:
    """How many calls of each organisation wait for a lock; each takes a thread of the server's."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def has_room(self, organisation: str) -> bool:
        """Say whether another call of this organisation may wait."""
        with self._lock:
            return self._counts[organisation] < self._most

    def enter(self, organisation: str) -> None:
        """Take a place."""
        with self._lock:
            self._counts[organisation] += 1

    def leave(self, organisation: str) -> None:
        """Give a place back."""
        with self._lock:
            self._counts[organisation] -= 1


@dataclass
class PutOff:
    """What is known of a call that may wait: it goes with the call to whoever runs it."""

    seconds: float
    may_wait: bool = True
    pause: float = FIRST_PAUSE
    is_asked: bool = False
    # Since when, and the transaction that it waits for.
    began: float = field(default_factory=time.monotonic)
    holder: int = 0
    seconds_waited: float = 0

    @property
    def seconds_left(self) -> float:
        """What is left of the time that the call may wait in all."""
        return self.began + self.seconds - time.monotonic()

    def ask(self) -> bool:
        """Have the call run again; False when its time is over or too many wait already."""
        self.is_asked = self.may_wait and self.seconds_left >= self.pause
        return self.is_asked

    def wait(self) -> None:
        """Wait a little, and longer the next time."""
        self.is_asked = False
        time.sleep(self.pause)
        self.seconds_waited += self.pause
        self.pause = min(2 * self.pause, LONGEST_PAUSE)
