"""Record the interface (API, admin, command, job, shell, SQL) that made a change, as a PostgreSQL session setting.

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
    """The interface of a change; SQL for connections without a source."""

    API = "api", _("API")
    ADMIN = "admin", _("Administration")
    COMMAND = "command", _("Commande")
    JOB = "job", _("Tâche de fond")
    SHELL = "shell", _("Console Python")
    SQL = "sql", _("SQL")


def label_of(source: str) -> str:
    """Return the label of an entry's source; an unknown value is returned unchanged."""
    return str(Source(source).label) if source in Source.values else str(source)


# The process's own, and the one that this thread's block goes by instead.
class _Process:
    source = Source.SQL


_other: ContextVar[Source | None] = ContextVar("qualiforma.door", default=None)


def set_default_source(source: Source) -> None:
    """Present every connection that this process opens from now on, the owner's included."""
    _Process.source = source
    connection_created.connect(_present, dispatch_uid=__name__)


def of_command(words: list[str]) -> Source:
    """Return the source of `manage.py` commands."""
    return Source.SHELL if words[1:2] == ["shell"] else Source.COMMAND


@contextmanager
def using_source(source: Source) -> Iterator[None]:
    """Run a block with another source than the process's default, such as an admin page.

    A connection that is opened meanwhile is presented so, too. Cost: two statements.
    """
    if not _is_in_context():
        with connection.cursor() as cursor:
            cursor.execute(_statement(source))
    token = _other.set(source)
    try:
        yield
    finally:
        _other.reset(token)
        if not _is_in_context():
            _go_back()


def _go_back() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_statement(_other.get() or _Process.source))
    except Error:  # what the block did is done: the next connection sets its source itself
        connection.close()


def _is_in_context() -> bool:
    """Say whether a session's setting is not ours alone (a pooler), or reaches no node (sharded)."""
    return settings.SHARDED or settings.POOLER == "transaction"


def context_source() -> str:
    """Return the source that a transaction's context says; empty where the session says it."""
    return (_other.get() or _Process.source).value if _is_in_context() else ""


def _present(connection: "BaseDatabaseWrapper", **kwargs: Any) -> None:
    """Set the source by a statement: a connection pooler refuses startup settings."""
    if not _is_in_context():
        connection.connection.execute(_statement(_other.get() or _Process.source))


def _statement(source: Source) -> str:
    return f"SET qualiforma.door = '{source.value}'"
