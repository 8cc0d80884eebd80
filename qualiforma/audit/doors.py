"""By which door a change came in: a setting of the process's connections.

Not part of an action's context, so that a shell and plain SQL are told apart too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.backends.signals import connection_created
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Door(TextChoices):
    """What is none of the others is SQL: a connection that nobody presented."""

    API = "api", _("API")
    ADMIN = "admin", _("Administration")
    COMMAND = "command", _("Commande")
    JOB = "job", _("Tâche de fond")
    SHELL = "shell", _("Console Python")
    SQL = "sql", _("SQL")


def stand_at(door: Door) -> None:
    """Present every connection that this process opens from now on, the owner's included.

    By a statement: a pooler in front refuses settings at the start of a connection.
    """

    def present(connection: "BaseDatabaseWrapper", **kwargs: Any) -> None:
        connection.connection.execute(f"SET qualiforma.door = '{door.value}'")

    connection_created.disconnect(dispatch_uid=__name__)
    connection_created.connect(present, weak=False, dispatch_uid=__name__)


def of_command(words: list[str]) -> Door:
    """Return the door of `manage.py …`."""
    return Door.SHELL if words[1:2] == ["shell"] else Door.COMMAND


@contextmanager
def through(door: Door) -> Iterator[None]:
    """Run a block by another door than the process's own: a page of the administration, a job."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('qualiforma.door', true)")
        before = cursor.fetchone()[0] or ""
        cursor.execute("SET qualiforma.door = %s", [door.value])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET qualiforma.door = %s", [before])
