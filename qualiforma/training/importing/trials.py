"""Run an import on temporary copies of the tables, so that it takes no lock on the real ones."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connection, transaction

from qualiforma.audit.models import AuditEntry, AuditLock
from qualiforma.jobs.queue import queueing_nothing
from qualiforma.tenants.sharding import size_of
from qualiforma.training.importing.kinds import Kind

# What a request may have copied, some 0.4 s on a busy machine. More is a worker's.
LIGHT_BYTES = 8 * 1024 * 1024


_COPY = "SELECT exchange_copy(current_schema(), name) FROM unnest(%s::text[]) AS name"


class _TrialOverError(Exception):
    pass


@contextmanager
def on_copies(kind: Kind, others: Iterable[Any] = ()) -> Iterator[None]:
    """Run a block on temporary copies of the tables that imports of `kind` write; undo it.

    `others` are models that it writes besides.

    The copies are found by the tables' own names, so that services work on them. The trail's are
    empty copies without triggers: nothing is recorded and no lock that others know is taken.
    From there on the transaction is read-only, in which PostgreSQL refuses to write any table that
    is not temporary, and to lock its rows: a table that `touched` leaves out fails the trial.
    Cost: that of copying the tables with their indexes, 2 s for 50,000 records on a busy machine.
    """
    names = [AuditLock._meta.db_table, AuditEntry._meta.db_table, *_tables(kind, others)]
    with suppress(_TrialOverError), queueing_nothing(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_COPY, [names])
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
        raise _TrialOverError


def is_light(kind: Kind, others: Iterable[Any] = ()) -> bool:
    """Say whether the copies of this kind's tables are small. Cost: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sum({size_of('one::regclass')}) FROM unnest(%s::text[]) AS one",  # noqa: S608 - a word of ours
            [_tables(kind, others)],
        )
        [size] = cursor.fetchone()
    return int(size) <= LIGHT_BYTES


def _tables(kind: Kind, others: Iterable[Any]) -> list[str]:
    models = dict.fromkeys((kind.model, *kind.touched, *others))
    return [model._meta.db_table for model in models]
