"""Loops over rows that an error left: the garbage collector ends them anywhere."""

from typing import Any

import pytest
from django.db import connection

from qualiforma.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_loop_may_be_ended_in_the_middle_of_another_statement(acme):
    """Before, this waited for ever for the lock that its own thread holds."""
    rows: Any = User.objects.iterator(chunk_size=1)
    next(rows)
    with connection.connection.lock:
        rows.close()
    assert User.objects.count() > 1


def test_else_its_cursor_is_closed_on_the_server(acme):
    rows: Any = User.objects.iterator(chunk_size=1)
    next(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        (before,) = cursor.fetchone()
        rows.close()
        cursor.execute("SELECT count(*) FROM pg_cursors")
        assert cursor.fetchone() == (before - 1,)
