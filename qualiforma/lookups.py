"""Statements that every call makes: their SQL is written once per process, and planned once per connection.

Source: decision 0034.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, NotSupportedError
from django.db import connection as default_connection
from django.db.models import Model

M = TypeVar("M", bound=Model)
connection: Any = default_connection  # ours adds to Django's


def fetch_one(text: str, values: Sequence[Any]) -> Any:
    """Return the first row that a statement of the open schema finds, None where there is none.

    Outside of transactions the server keeps it ready: one for each schema, as the text begins with its
    name, so that it never runs as it was planned for another. Where a migration has changed what it
    returns, it is prepared anew; within a transaction, that would be too late.
    Cost: one statement.
    """
    if not connection.prepares:
        with connection.cursor() as cursor:
            return _first(cursor, text, values)
    named = f"/* {connection.schema_name} */ {text}"
    try:
        with connection.prepared_cursor() as cursor:
            return _first(cursor, named, values)
    except NotSupportedError:
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")  # psycopg forgets its names, too
            return _first(cursor, text, values)


def _first(cursor: Any, text: str, values: Sequence[Any]) -> Any:
    cursor.execute(text, values)
    return cursor.fetchone()


class LookUp(Generic[M]):
    """Finds one row by columns; called with their values, in order. Cost: one statement.

    The same statement as the ORM's `filter(…).first()`, which takes longer to write than to run.
    """

    def __init__(self, model: type[M], *columns: str) -> None:
        self.model, self.columns = model, columns

    def __call__(self, *values: Any) -> M | None:
        """Return the row that has these values, as the models' own look-ups do, or None."""
        row = fetch_one(self._statement, values)
        return None if row is None else self.model.from_db(DEFAULT_DB_ALIAS, self._names, row)

    @cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self.model._meta.concrete_fields]

    @cached_property
    def _statement(self) -> str:
        meta, quote = self.model._meta, connection.ops.quote_name
        converted = [one.name for one in meta.concrete_fields if one.get_db_converters(connection)]
        if converted:
            raise TypeError(f"The ORM converts these columns: {converted}")
        columns = {field.name: quote(str(field.column)) for field in meta.concrete_fields}
        selected = ", ".join(columns.values())
        wanted = " AND ".join(f"{columns[one]} = %s" for one in self.columns)
        return f"SELECT {selected} FROM {quote(meta.db_table)} WHERE {wanted}"  # noqa: S608 - names of ours alone
