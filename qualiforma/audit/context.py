"""What the changes of a transaction mean: action, actor, reason, request.

The database's triggers read it from a setting of the transaction. It is set by the statement
`SET LOCAL` with a quoted literal: a sharded database does not forward `set_config()`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from django.conf import settings
from django.db import connection, transaction

from qualiforma import logs
from qualiforma.audit.sources import context_source

P = ParamSpec("P")
R = TypeVar("R")
Context = dict[str, str]

# Called when an action has locked the trail, in its transaction. Returns what is to be done at its
# end, still in the transaction, or None.
Listener = Callable[[], Callable[[], None] | None]
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
    Cost: three statements, the last behind the commit; one more where a transaction goes on, and
    those of `listeners`.
    """
    outer, goes_on = _told.get(), connection.in_atomic_block
    context = {"action": code, "reason": reason, "request": logs.request_id()}
    context["door"] = context_source()
    if actor is not None:
        context |= {"actor": actor.id, "name": actor.name}
    token = _told.set(context)
    ends: list[Callable[[], None]] = []
    try:
        with transaction.atomic():
            _tell(context)
            if outer is None or not goes_on:
                _lock()
                ends = [end for listen in listeners if (end := listen()) is not None]
            yield
            for end in ends:
                end()
            if goes_on:  # a failure needs no word: the savepoint takes the setting back
                _tell(outer)
    finally:
        _told.reset(token)


def audited(code: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a service: it runs as the action `code` of its `actor`, for its `reason`, if any."""

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        @wraps(service)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            given: Mapping[str, Any] = kwargs
            with action(code, actor=given.get("actor"), reason=given.get("reason", "")):
                return service(*args, **kwargs)

        setattr(run, "audit_code", code)  # noqa: B010 - read by the test that lists them
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
    said = {name: value for name, value in (context or {}).items() if value}
    text = json.dumps(said, ensure_ascii=False) if said else ""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL qualiforma.context = %s", [text])


def _lock() -> None:
    """Lock the trail, not until the disk has the commit, but until it is visible to others.

    Anyone who holds the trail while the disk writes lets each commit of an organisation wait for one
    of its own; so `_wait_for_disk` waits, when the next one already works. Nothing is answered
    before, and a crash in between loses no commit whose successor it keeps.
    """
    with connection.cursor() as cursor:
        statements = (
            "SET LOCAL synchronous_commit = off",
            "SELECT 1 FROM audit_lock FOR NO KEY UPDATE",
        )
        # One trip; a sharded database would send the setting to the node with the statement.
        for text in statements if settings.SHARDED else ("; ".join(statements),):
            cursor.execute(text)
    transaction.on_commit(_wait_for_disk)


def _wait_for_disk() -> None:
    """Commit an empty message as the server is set to: the disk then has all that came before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'qualiforma', '')")
