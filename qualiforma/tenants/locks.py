"""One process at a time for each schema: advisory locks of the database, hence across machines."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, InterfaceError, connection

POLL_SECONDS = 0.05
_KEY = "hashtextextended('qualiforma:' || %s, 0)"


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Run a block while no other process holds `name`; wait for it otherwise.

    The lock belongs to the connection that is open now: the block must not close it, and when this
    process dies the database lets go by itself. May be nested. Asked again and again instead of
    waited for: a waiting statement holds a snapshot, which would stop the other's
    CREATE INDEX CONCURRENTLY, hence both.
    """
    while not _is_true(f"SELECT pg_try_advisory_lock({_KEY})", name):
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        # A connection that broke let go of it already, and its error is the one to show.
        with suppress(DatabaseError, InterfaceError):
            _is_true(f"SELECT pg_advisory_unlock({_KEY})", name)


def _is_true(statement: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [name])
        return bool(cursor.fetchone() == (True,))
