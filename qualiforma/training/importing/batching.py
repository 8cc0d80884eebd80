"""Send SAVEPOINT and SET statements together with the next query."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

# Each service of a row brings eight of these, and three or four statements besides.
SILENT = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "SET LOCAL ")


@contextmanager
def joined_trips() -> Iterator[None]:
    """Send savepoints and settings of this block's transaction with the next statement.

    Order and effect stay what they are: a transaction runs the statements of one message one after
    the other, and stops at one that fails. Only for blocks that open no cursor by name.
    """
    if settings.SHARDED:  # a message of several statements goes to the node whole, and fails there
        yield
        return
    held: list[str] = []

    def run(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
        cursor = context["cursor"].cursor
        if not many and sql.startswith(SILENT):
            held.append(cursor.mogrify(sql, params))
            return None
        if many:  # what is held would be repeated with each
            _send(held)
        if not held:
            return execute(sql, params, many, context)
        before, ahead = "; ".join(held), len(held)
        held.clear()
        if params is not None:
            before = before.replace("%", "%%")
        result = execute(f"{before}; {sql}", params, many, context)
        for _ in range(ahead):
            cursor.nextset()  # to the answer of the statement itself, which may be several
        return result

    with connection.execute_wrapper(run):
        yield
        _send(held)


def _send(held: list[str]) -> None:
    """Have any statement take along what is held."""
    if held:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
