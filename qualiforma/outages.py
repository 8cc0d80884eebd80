"""Which exceptions say that the database or the storage of files is away, however they were wrapped."""

import errno
from collections.abc import Iterator
from enum import Enum, auto

import psycopg
from django.db.utils import DatabaseError, InterfaceError, OperationalError

# PostgreSQL gave up: a statement, a lock or a pause within a transaction took too long.
_TIME_LIMITS = frozenset({"57014", "55P03", "25P03"})
# A server that only reads: the one that wrote is gone, and another takes its place.
_READ_ONLY = "25006"
_LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
# A disk that takes no more, or that is gone: of stored files, and of those that are made on the way.
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE})
# libpq's own word that the server ended in the middle of a statement has no SQLSTATE, and psycopg
# raises it as the family's base.
_BASES = (DatabaseError, psycopg.DatabaseError)


class Outage(Enum):
    """The database does not answer, or gave up what took too long; the storage of files is away."""

    AWAY = auto()
    TIMED_OUT = auto()
    STORAGE_AWAY = auto()


class StorageAwayError(Exception):
    """Stored files cannot be reached. The text names the kind of failure, never a key."""


def outage_of(error: BaseException) -> Outage | None:
    """Return which outage an exception comes from, None where from none.

    What was raised while such an error was being handled counts too: the session middleware makes
    a bad request of it, the queue an exception of its own, a block of a transaction "cannot open a
    new connection".
    """
    links = list(_chain(error))
    if isinstance(error, StorageAwayError) or _is_of_disk(error):
        return Outage.STORAGE_AWAY
    if any(_state(link) in _TIME_LIMITS for link in links):
        return Outage.TIMED_OUT
    return Outage.AWAY if any(_is_lost(link) for link in links) else None


def _is_of_disk(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in _DISK


def _is_lost(error: BaseException) -> bool:
    state = _state(error)
    return (
        isinstance(error, _LOST)
        or (type(error) in _BASES and not state)
        or (state == _READ_ONLY and isinstance(error, psycopg.Error))
    )


def _state(error: BaseException) -> str:
    found = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    return str(found or "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what led to it; a chain may lead back to itself."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
