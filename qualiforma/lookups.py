"""Look-ups that every call makes, their SQL written once per process."""

from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


class LookUp(Generic[M]):
    """Finds one row by columns; called with their values, in order. Cost: one statement.

    The same statement as the ORM's `filter(…).first()`, which takes longer to write than to run.
    """

    def __init__(self, model: type[M], *columns: str) -> None:
        self.model, self.columns = model, columns

    def __call__(self, *values: Any) -> M | None:
        """Return the row that has these values, as the models' own look-ups do, or None."""
        with connection.cursor() as cursor:
            cursor.execute(self._statement, values)
            row = cursor.fetchone()
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
        selected = ", ".join(quote(field.column) for field in meta.concrete_fields)
        wanted = " AND ".join(f"{quote(meta.get_field(one).column)} = %s" for one in self.columns)
        return f"SELECT {selected} FROM {quote(meta.db_table)} WHERE {wanted}"  # noqa: S608 - names of ours alone
