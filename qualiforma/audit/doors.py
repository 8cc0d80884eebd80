"""By which door a change came in: a default of the process's connections.

Not part of an action's context, so that a shell and plain SQL are told apart too.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Door(TextChoices):
    """What is none of the others is SQL: a connection that nobody presented."""

    API = "api", _("API")
    ADMIN = "admin", _("Administration")
    COMMAND = "command", _("Commande")
    JOB = "job", _("Tâche de fond")
    SHELL = "shell", _("Console Python")
    SQL = "sql", _("SQL")


def stand_at(door: Door) -> None:
    """Present the connections still to be opened by this process, the owner's included."""
    for database in (settings.DATABASES["default"], settings.DATABASE_OWNER):
        if database is not None:
            given = database["OPTIONS"].get("options", "")
            said = f"-c qualiforma.door={door.value}"
            database["OPTIONS"]["options"] = f"{given} {said}".lstrip()


def of_command(words: list[str]) -> Door:
    """Return the door of `manage.py …`."""
    return Door.SHELL if words[1:2] == ["shell"] else Door.COMMAND


@contextmanager
def through(door: Door) -> Iterator[None]:
    """Run a block by another door than the process's own: a page of the administration, a job."""
    with connection.cursor() as cursor:
        cursor.execute("SET qualiforma.door = %s", [door.value])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET qualiforma.door TO DEFAULT")
