"""By which door a change came in: a setting of the process's connections.

Not part of an action's context, so that a shell and plain SQL are told apart too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import Error, connection
from django.db.backends.signals import connection_created
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Source(TextChoices):
    """What is none of the others is SQL: a connection that nobody presented."""

    API = "api", _("API")
    ADMIN = "admin", _("Administration")
    COMMAND = "command", _("Commande")
    JOB = "job", _("Tâche de fond")
    SHELL = "shell", _("Console Python")
    SQL = "sql", _("SQL")


def label_of(door: str) -> str:
    """Return what people read of an entry's door: itself, should somebody have falsified it."""
    return str(Source(door).label) if door in Source.values else str(door)


# The process's own, and the one that this thread's block goes by instead.
_own = Source.SQL
_other: ContextVar[Source | None] = ContextVar("qualiforma.door", default=None)


def set_default_source(door: Source) -> None:
    """Present every connection that this process opens from now on, the owner's included."""
    global _own  # noqa: PLW0603 - this process' memory
    _own = door
    connection_created.connect(_present, dispatch_uid=__name__)


def of_command(words: list[str]) -> Source:
    """Return the door of `manage.py …`."""
    return Source.SHELL if words[1:2] == ["shell"] else Source.COMMAND


@contextmanager
def using_source(door: Source) -> Iterator[None]:
    """Run a block by another door than the process's own: a page of the administration.

    A connection that is opened meanwhile is presented so, too. Cost: two statements.
    """
    if not _is_in_context():
        with connection.cursor() as cursor:
            cursor.execute(_stating(door))
    token = _other.set(door)
    try:
        yield
    finally:
        _other.reset(token)
        if not _is_in_context():
            _go_back()


def _go_back() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_stating(_other.get() or _own))
    except Error:  # what the block did is done: the next connection states its door itself
        connection.close()


def _is_in_context() -> bool:
    """Say whether a session's setting is not ours alone (a pooler), or reaches no node (sharded)."""
    return settings.SHARDED or settings.POOLER == "transaction"


def context_source() -> str:
    """Return the source that a transaction's context says; empty where the session says it."""
    return (_other.get() or _own).value if _is_in_context() else ""


def _present(connection: "BaseDatabaseWrapper", **kwargs: Any) -> None:
    """Say the door by a statement: a pooler in front refuses settings at a connection's start."""
    if not _is_in_context():
        connection.connection.execute(_stating(_other.get() or _own))


def _stating(door: Source) -> str:
    return f"SET qualiforma.door = '{door.value}'"
