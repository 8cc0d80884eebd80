"""Rows are inserted and updated by statements whose SQL is written once per shape, several in one trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.models import Model
from django.db.models.sql import InsertQuery, UpdateQuery

# By model, and for updates by field and whether it becomes NULL.
_texts: dict[Any, str] = {}


@dataclass(frozen=True)
class New:
    """A row to be inserted, each of its values known here."""

    row: Model


@dataclass(frozen=True)
class Changed:
    """A row to be updated in these fields; they may be named with or without `_id`."""

    row: Model
    fields: Sequence[str]


def write_together(*changes: New | Changed) -> None:
    """Write these rows in their order, as `save` would: model by model the same statements.

    Values are plain, no expressions. Errors: `DatabaseError` for an updated row that is gone. Cost: one
    trip; one for each in a sharded database.
    """
    statements = [_statement(one) for one in changes]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        for some in [[one] for one in statements] if settings.SHARDED else [statements]:
            values = [value for _text, given in some for value in given]
            cursor.execute("; ".join(text for text, _given in some), values)
            _check_written(cursor, len(some))
    for one in changes:
        one.row._state.adding, one.row._state.db = False, DEFAULT_DB_ALIAS


def _check_written(cursor: Any, count: int) -> None:
    for rank in range(count):
        if rank:
            cursor.nextset()
        if cursor.rowcount != 1:
            raise DatabaseError("A row that was to be written is not there.")


def _statement(change: New | Changed) -> tuple[str, list[Any]]:
    """Return the text, which is known by now or written for this very row, and its values."""
    row, is_new = change.row, isinstance(change, New)
    named = set(change.fields) if isinstance(change, Changed) else set()
    fields = [
        one
        for one in row._meta.local_concrete_fields
        if is_new or one.name in named or one.attname in named
    ]
    values = [one.get_db_prep_save(one.pre_save(row, is_new), connection) for one in fields]
    if not is_new:  # what is not there stands as NULL in the text
        shape = (
            type(row),
            *((one.name, value is None) for one, value in zip(fields, values, strict=True)),
        )
        values = [*(one for one in values if one is not None), row.pk]
    else:
        shape = (type(row), None)
    if shape not in _texts:
        _texts[shape] = _insertion(row, fields) if is_new else _update(row, fields)
    return _texts[shape], values


def _insertion(row: Model, fields: list[Any]) -> str:
    query = InsertQuery(type(row))
    query.insert_values(fields, [row], raw=False)
    [(text, _values)] = query.get_compiler(connection=connection).as_sql()
    return str(text)


def _update(row: Model, fields: list[Any]) -> str:
    query: Any = UpdateQuery(type(row))
    query.add_filter("pk", row.pk)
    query.add_update_fields([(one, None, getattr(row, one.attname)) for one in fields])
    return str(query.get_compiler(connection=connection).as_sql()[0])
