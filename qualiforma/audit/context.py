"""What the changes of a transaction mean: action, actor, reason, request.

The database's triggers read it from a setting of the transaction. It is set by the statement
`SET LOCAL` with a quoted literal: a sharded database does not forward `set_config()`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from django.conf import settings
from django.db import connection as default_connection
from django.db import transaction
from psycopg.sql import Literal

from qualiforma import logs
from qualiforma.audit.sources import context_source

P = ParamSpec("P")
R = TypeVar("R")
Context = dict[str, str]
connection: Any = default_connection  # ours adds to Django's
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Listener:
    """Who is asked when an action begins, and called at its end.

    `statement` returns SQL without values, or None; it runs in the same trip as the lock, behind it,
    in a snapshot of its own. `begin` takes its rows and returns what is to be done at the action's
    end, still in the transaction, or None.
    """

    statement: Callable[[], str | None]
    begin: Callable[[Rows], Callable[[], None] | None]


# Commits an empty message as the server is set to: the disk then has all that came before.
WAIT_FOR_DISK = "SELECT pg_logical_emit_message(true, 'qualiforma', '')"
listeners: list[Listener] = []

# What this thread's connection was last told; empty outside of any action.
_told: ContextVar[Context | None] = ContextVar("qualiforma.audit", default=None)


class Named(Protocol):
    """Who acts: `qualiforma.accounts.actor.Actor`, which the trail does not import."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


@contextmanager
def action(code: str, *, actor: Named | None = None, reason: str = "") -> Iterator[None]:
    """Run a block in a transaction whose changes are recorded in the trail under `code`.

    The tenant's trail is locked first, before any other row, so that two actions of one tenant
    wait for one another instead of dead-locking. Inside another action this is a savepoint with a
    name of its own; the outer name comes back afterwards.
    Cost: one trip, which begins the transaction and asks the listeners too, and that of the commit; one
    more where a transaction goes on, and what listeners do at the end.
    """
    outer, goes_on = _told.get(), connection.in_atomic_block
    context = {"action": code, "reason": reason, "request": logs.request_id()}
    context["door"] = context_source()
    if actor is not None:
        context |= {"actor": actor.id, "name": actor.name}
    token = _told.set(context)
    ends: list[Callable[[], None]] = []
    try:
        beginning = None if outer and goes_on else Beginning(context)
        if beginning and not goes_on:
            beginning.join()
        with transaction.atomic():
            if beginning:
                ends = beginning.run()
            else:
                _tell(context)
            yield
            for end in ends:
                end()
            if goes_on:  # a failure needs no word: the savepoint takes the setting back
                _tell(outer)
    finally:
        connection.begin_with("")
        _told.reset(token)


def audited(code: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a service: it runs as the action `code` of its `actor`, for its `reason`, if any."""

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @wraps(service)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            given: Mapping[str, Any] = kwargs
            with action(code, actor=given.get("actor"), reason=given.get("reason", "")):
                return service(*args, **kwargs)

        vars(run)["audit_code"] = code  # read by the test that lists them
        return run

    return decorate


def rename(code: str) -> None:
    """Give the running action the code of what it turned out to be. Cost: one statement."""
    context = _told.get()
    if context is None:
        raise RuntimeError("No action is running here.")
    context["action"] = code
    _tell(context)


def log_event(object_type: str = "", object_id: str = "", **values: Any) -> None:
    """Note, under the running action, what changes no row: a login, an export.

    `values` are plain JSON. Goes through a table that only a trigger of the owner reads and that
    keeps nothing: the application cannot write the trail.
    """
    if _told.get() is None:
        raise RuntimeError("No action is running here.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (id, object_type, object_id, noted) VALUES (1, %s, %s, %s)",
            [object_type, object_id, json.dumps(values, ensure_ascii=False)],
        )


def _tell(context: Context | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_setting(context))


def _setting(context: Context | None) -> str:
    """Return the statement; a literal is quoted here, as the server takes no value in its place."""
    said = {name: value for name, value in (context or {}).items() if value}
    text = json.dumps(said, ensure_ascii=False) if said else ""
    return f"SET LOCAL qualiforma.context = {Literal(text).as_string(connection.connection)}"


class Beginning:
    """The statements that an action begins with: lock the trail, say what it is, ask the listeners.

    Not until the disk has the commit is it locked, but until the commit is visible to others.
    Anyone who holds the trail while the disk writes lets each commit of an organisation wait for one
    of its own; so `WAIT_FOR_DISK` waits, when the next one already works. Nothing is answered
    before, and a crash in between loses no commit whose successor it keeps.

    Sharded, the disk that matters is the node's, where nothing can be waited for afterwards: there each
    commit waits itself. Nor does it take settings and a statement in one trip: each is one.
    """

    def __init__(self, context: Context) -> None:
        connection.close_if_health_check_failed()
        connection.ensure_connection()  # quotes the context
        self.asked = [(one, text) for one in listeners if (text := one.statement()) is not None]
        self.statements = [
            "SELECT 1 FROM audit_lock FOR NO KEY UPDATE",
            _setting(context),
            *([] if settings.SHARDED else ["SET LOCAL synchronous_commit = off"]),
            *(text for _one, text in self.asked),
        ]

    def join(self) -> None:
        """Let them run in the trip that begins the transaction."""
        if not settings.SHARDED:
            connection.begin_with("; ".join(self.statements))

    def run(self) -> list[Callable[[], None]]:
        """Run them unless they have; return what listeners want done at the action's end."""
        if not settings.SHARDED:
            connection.end_with(WAIT_FOR_DISK)
        ends = [
            one.begin(rows) for (one, _text), rows in zip(self.asked, self._found(), strict=True)
        ]
        return [end for end in ends if end is not None]

    def _found(self) -> list[Rows]:
        """Return the rows that each listener asked for."""
        own = len(self.statements) - len(self.asked)
        with connection.began() or connection.cursor() as cursor:
            if settings.SHARDED:
                for text in self.statements[:own]:
                    cursor.execute(text)
                return [_rows(cursor, cursor.execute(text)) for text in self.statements[own:]]
            if cursor.description is None:
                cursor.execute("; ".join(self.statements))
            for _ in range(1, own):
                cursor.nextset()
            return [_rows(cursor, cursor.nextset()) for _one in self.asked]


def _rows(cursor: Any, _done: Any) -> Rows:
    rows: Rows = cursor.fetchall()
    return rows
