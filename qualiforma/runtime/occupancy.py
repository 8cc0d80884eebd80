"""Which organisation holds which web process: a table that the processes of one server share.

A file mapped into memory, one slot per process. A slot belongs to the process that holds a lock on
its bytes, which the kernel lets go of when the process ends, however it ends.
Cost: some 5 µs per request; no statement, no file access.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.conf import settings

# Process number, begin of its call (of the clock that all processes share; 0: idle), for whom.
_SLOT = struct.Struct("=qd16s")
# A process is held by an organisation once a call of it takes that long: a page that asks for ten
# things at once must not be refused the eleventh.
HELD_SECONDS = 0.25


class Occupancy:
    """The shared table of calls in progress; each process has one slot."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._table = mmap.mmap(self._file.fileno(), 0)
        self._count = len(self._table) // _SLOT.size
        self._own = self._claim()

    @contextmanager
    def held_by(self, organisation: str) -> Iterator[bool]:
        """Count a call of this organisation while a block runs; yield whether the organisation already has its share.

        Its share is half of the processes. Where there is one process alone, nobody has a share.
        """
        key = hashlib.blake2b(organisation.encode(), digest_size=16).digest()
        is_over = self._count > 1 and self._held(key) >= self._count // 2
        if self._own < 0:  # of the processes before a reload, the last has ended by now
            self._own = self._claim()
        self._write(time.monotonic(), key)
        try:
            yield is_over
        finally:
            self._write(0, b"")

    def close(self) -> None:
        """Give the slot back."""
        self._table.close()
        self._file.close()

    def _held(self, key: bytes) -> int:
        until = time.monotonic() - HELD_SECONDS
        return sum(
            whose == key and 0 < began < until and _lives(pid)
            for pid, began, whose in _SLOT.iter_unpack(self._table[:])
            if pid != os.getpid()
        )

    def _claim(self) -> int:
        """Return the place of a free slot. A process that respawns may come before the old ends."""
        for number in range(self._count):
            place = number * _SLOT.size
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SLOT.size, place)
            except OSError:
                continue
            return place
        return -1

    def _write(self, began: float, key: bytes) -> None:
        if self._own >= 0:
            _SLOT.pack_into(self._table, self._own, os.getpid(), began, key)


def make_table(path: Path, processes: int) -> None:
    """Create the empty table of a server with that many processes."""
    path.write_bytes(bytes(processes * _SLOT.size))


@contextmanager
def held_by(organisation: str) -> Iterator[bool]:
    """Run a block as a call of this organisation; yield whether it already holds half of the server.

    Never where no table is: in tests, and under another server.
    """
    table = _table()
    if table is None:
        yield False
        return
    with table.held_by(organisation) as is_over:
        yield is_over


@cache
def _table() -> Occupancy | None:
    path: str = settings.OCCUPANCY_TABLE
    return Occupancy(Path(path)) if path else None


def _lives(pid: int) -> bool:
    """Say whether a process exists; asked only of those that seem to be held."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
