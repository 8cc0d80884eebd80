"""Look-ups that calls make again and again, their SQL written once per process."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
# Stand for the keys of a row in a compiled text: no id has a blank in it.
KEYS = ("the first key", "the second key")


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
        columns = {field.name: quote(str(field.column)) for field in meta.concrete_fields}
        selected = ", ".join(columns.values())
        wanted = " AND ".join(f"{columns[one]} = %s" for one in self.columns)
        return f"SELECT {selected} FROM {quote(meta.db_table)} WHERE {wanted}"  # noqa: S608 - names of ours alone


class RowStatement(Generic[M]):
    """The text of a queryset of whole rows, its values, and how a row becomes an instance.

    Rows that are joined by `select_related` and annotations are read too, prefetches are not.
    """

    def __init__(self, rows: QuerySet[M]) -> None:
        given: Any = rows
        if given._fields is not None or given._prefetch_related_lookups:  # noqa: SLF001 - no other way to them
            raise TypeError("Only whole rows without prefetches can be read so.")
        compiler: Any = rows.query.get_compiler(connection=connection)
        self.text, values = compiler.as_sql()
        self.values: tuple[Any, ...] = tuple(values)
        selected, told = compiler.select, compiler.klass_info
        self._converters = compiler.get_converters([one[0] for one in selected])
        fields = told["select_fields"]
        self._model, self._own = told["model"], slice(fields[0], fields[-1] + 1)
        self._names = [one[0].target.attname for one in selected[self._own]]
        self._joined = get_related_populators(told, selected, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of a later Django
        self._annotated = compiler.annotation_col_map.items()

    def run(self, values: Sequence[Any]) -> M | None:
        """Return the first row, these being the values, or None. Cost: one statement."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, values)
            found = cursor.fetchone()
        if found is None:
            return None
        row = list(found)
        for at, (converters, expression) in self._converters.items():
            for convert in converters:
                row[at] = convert(row[at], expression, connection)
        instance: M = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._own])
        for joined in self._joined:
            joined.populate(row, instance)
        for name, at in self._annotated:
            setattr(instance, name, row[at])
        return instance


class RowLookUp(Generic[M]):
    """Finds, and locks where its queryset does, the row that has these keys. Cost: one statement.

    `rows` is called once in a process, with what stands for the keys: nothing else may differ from
    one call to another.
    """

    def __init__(self, rows: Callable[..., QuerySet[M]], *, keys: int = 1) -> None:
        self._rows, self._keys = rows, KEYS[:keys]

    def __call__(self, *keys: str) -> M | None:
        """Return the row, or None."""
        given = dict(zip(self._keys, keys, strict=True))
        values = self._statement.values
        return self._statement.run(
            [given.get(value, value) if isinstance(value, str) else value for value in values]
        )

    @cached_property
    def _statement(self) -> RowStatement[M]:
        return RowStatement(self._rows(*self._keys))
