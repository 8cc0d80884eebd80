"""Statements that calls make again and again: their SQL is written once per process, and planned once per connection.

Source: decision 0034.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Self, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, NotSupportedError
from django.db import connection as default_connection
from django.db.backends.postgresql.psycopg_any import mogrify
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
connection: Any = default_connection  # ours adds to Django's
# Stand for the keys of a row in a compiled text: no id has a blank in it.
KEYS = ("the first key", "the second key", "the third key", "the fourth key")
_CALLER = "the caller"
_PLACE = re.compile("%[s%]")
_NAMED = re.compile(r"%(?:%|\((?P<name>\w+)\)s)")


def fetch_one(text: str, values: Sequence[Any]) -> Any:
    """Return the first row that a statement of the open schema finds, None where there is none."""
    return _fetched(text, values, lambda cursor: cursor.fetchone())


def fetch_all(text: str, values: Sequence[Any]) -> list[Any]:
    """Return all rows that a statement of the open schema finds."""
    return list(_fetched(text, values, lambda cursor: cursor.fetchall()))


def _fetched(text: str, values: Sequence[Any], fetch: Callable[[Any], Any]) -> Any:
    """Run a statement of the open schema; return what `fetch` takes of its cursor.

    Outside of transactions the server keeps it ready: one for each schema, as the text begins with its
    name, so that it never runs as it was planned for another. Where a migration has changed what it
    returns, it is prepared anew; within a transaction, that would be too late.
    Cost: one statement.
    """
    if not connection.prepares:
        with connection.cursor() as cursor:
            return _run(cursor, text, values, fetch)
    named = f"/* {connection.schema_name} */ {text}"
    try:
        with connection.prepared_cursor() as cursor:
            return _run(cursor, named, values, fetch)
    except NotSupportedError:
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")  # psycopg forgets its names, too
            return _run(cursor, text, values, fetch)


def _run(cursor: Any, text: str, values: Sequence[Any], fetch: Callable[[Any], Any]) -> Any:
    cursor.execute(text, values)
    return fetch(cursor)


def _literal(value: Any) -> str:
    return str(mogrify("%s", [value], connection)).replace("%", "%%")


@dataclass(frozen=True)
class Text:
    """A statement whose parameters are those values alone that differ from call to call, by name, in their order."""

    text: str
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, values: Sequence[Any], parameters: Mapping[str, str]) -> Self:
        """Write values into a text of Django's, but for those that stand for the parameter of that name."""
        names: list[str] = []
        left = iter(values)

        def written(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%%"
            value = next(left)
            name = parameters.get(value) if isinstance(value, str) else None
            if name is None:
                return _literal(value)
            names.append(name)
            return "%s::text"

        return cls(_PLACE.sub(written, text), tuple(names))

    @classmethod
    def of_named(cls, text: str, values: Mapping[str, str], parameters: Collection[str]) -> Self:
        """Write values into a text of ours by their names, but for those parameters."""
        names: list[str] = []

        def written(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%%"
            if found["name"] not in parameters:
                return _literal(values[found["name"]])
            names.append(found["name"])
            return "%s::text"

        return cls(_NAMED.sub(written, text), tuple(names))

    def fetch(self, given: Mapping[str, str]) -> Any:
        """Return the first row, these being the parameters' values, or None. Cost: one statement."""
        return fetch_one(self.text, [given[name] for name in self.names])

    def fetch_all(self, given: Mapping[str, str]) -> list[Any]:
        """Return all rows, these being the parameters' values. Cost: one statement."""
        return fetch_all(self.text, [given[name] for name in self.names])


class LookUp(Generic[M]):
    """Finds one row by columns; called with their values, in order. Cost: one statement.

    The same statement as the ORM's `filter(…).first()`, which takes longer to write than to run.
    """

    def __init__(self, model: type[M], *columns: str) -> None:
        self.model, self.columns = model, columns

    def __call__(self, *values: Any) -> M | None:
        """Return the row that has these values, as the models' own look-ups do, or None."""
        row = fetch_one(self._statement.format(""), values)
        return None if row is None else self.made_of(row)

    def made_of(self, row: Sequence[Any]) -> M:
        """Return the instance of a row."""
        return self.model.from_db(DEFAULT_DB_ALIAS, self._names, row)

    def within(self, schema: str) -> str:
        """Return the statement as it reads in a schema that is not open."""
        return self._statement.format(f"{connection.ops.quote_name(schema)}.")

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
        return f"SELECT {selected} FROM {{}}{quote(meta.db_table)} WHERE {wanted}"  # noqa: S608 - names of ours alone


class JoinedLookUp(Generic[M]):
    """One look-up that runs in the trip that opens its schema (`DatabaseWrapper.enter`)."""

    def __init__(self, look_up: LookUp[M], schema: str, values: Sequence[Any]) -> None:
        self._look_up = look_up
        self.text, self.values = look_up.within(schema), tuple(values)
        self.has_run, self.found = False, cast("M | None", None)

    def take(self, row: Sequence[Any]) -> None:
        """Keep what was found: nothing but NULL where there is none."""
        self.has_run = True
        self.found = self._look_up.made_of(row) if any(one is not None for one in row) else None


class RowStatement(Generic[M]):
    """The text of a queryset of whole rows, and how a row becomes an instance.

    Rows that are joined by `select_related` and annotations are read too, prefetches are not.
    `parameters` are the values that stand for others, with their names (`Text.of`).
    """

    def __init__(self, rows: QuerySet[M], parameters: Mapping[str, str]) -> None:
        given: Any = rows
        if given._fields is not None or given._prefetch_related_lookups:  # noqa: SLF001 - no other way to them
            raise TypeError("Only whole rows without prefetches can be read so.")
        compiler: Any = rows.query.get_compiler(connection=connection)
        text, values = compiler.as_sql()
        self.text = Text.of(text, values, parameters)
        selected, told = compiler.select, compiler.klass_info
        self._converters = compiler.get_converters([one[0] for one in selected])
        fields = told["select_fields"]
        self._model, self._own = told["model"], slice(fields[0], fields[-1] + 1)
        self._names = [one[0].target.attname for one in selected[self._own]]
        self._joined = get_related_populators(told, selected, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of a later Django
        self._annotated = compiler.annotation_col_map.items()

    def run(self, given: Mapping[str, str]) -> M | None:
        """Return the first row, these being the parameters' values, or None. Cost: one statement."""
        found = self.text.fetch(given)
        return None if found is None else self.made_of(found)

    def run_all(self, given: Mapping[str, str]) -> list[M]:
        """Return all rows, in their order. Cost: one statement."""
        return [self.made_of(one) for one in self.text.fetch_all(given)]

    def made_of(self, found: Sequence[Any]) -> M:
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
        return self._statement.run(dict(zip(self._keys, keys, strict=True)))

    @cached_property
    def _statement(self) -> RowStatement[M]:
        return RowStatement(self._rows(*self._keys), {key: key for key in self._keys})


class Figures(Generic[M]):
    """Aggregates whose SQL is written once per shape; what they found is never kept. Cost: one statement.

    A shape is all that the statement depends on but the caller's id, which is a value of each call.
    """

    def __init__(self, remembered: int = 128) -> None:
        self._remembered = remembered
        self._kept: OrderedDict[Any, _AggregateStatement] = OrderedDict()

    def __call__(
        self,
        shape: Any,
        *,
        caller: str,
        rows: Callable[[], QuerySet[M]],
        aggregates: Callable[[], dict[str, Any]],
    ) -> dict[str, Any]:
        """Return what `aggregate` of these rows would, which is called where the shape is not known yet."""
        known = self._kept.get(shape)
        if known is not None:
            self._kept.move_to_end(shape)
            return known.run(caller)
        found, statement = _aggregated(rows(), aggregates(), caller)
        if statement is None:
            return found
        self._kept[shape] = statement
        while len(self._kept) > self._remembered:
            self._kept.popitem(last=False)
        return found


@dataclass(frozen=True)
class _AggregateStatement:
    """Shape: the columns are the names in their order, each with its converters and expression."""

    text: Text
    columns: Mapping[str, tuple[Sequence[Any], Any]]

    def run(self, caller: str) -> dict[str, Any]:
        row, found = self.text.fetch({_CALLER: caller}), {}
        for value, (name, (converters, expression)) in zip(row, self.columns.items(), strict=True):
            found[name] = value
            for convert in converters:
                found[name] = convert(found[name], expression, connection)
        return found


def _aggregated(
    rows: QuerySet[Any], aggregates: dict[str, Any], caller: str
) -> tuple[dict[str, Any], _AggregateStatement | None]:
    """Let the ORM run its statement, which it shows nowhere else, and note it on its way.

    None where it knows without asking that there are no rows.
    """
    ran: list[tuple[str, Sequence[Any]]] = []

    def note(execute: Any, text: str, values: Any, many: Any, context: Any) -> Any:
        ran.append((text, tuple(values or ())))
        return execute(text, values, many, context)

    with connection.execute_wrapper(note):
        found = rows.aggregate(**aggregates)
    if not ran:
        return found, None
    text, values = ran[-1]  # before it the schema may have been opened
    query = rows.annotate(**{f"figure_{name}": one for name, one in aggregates.items()}).query
    expressions = [query.annotations[f"figure_{name}"] for name in found]
    converters = query.get_compiler(connection=connection).get_converters(expressions)
    columns = {name: converters.get(at, ((), None)) for at, name in enumerate(found)}
    return found, _AggregateStatement(Text.of(text, values, {caller: _CALLER}), columns)


class PlainRows:
    """Rows of plain values whose SQL is written once per shape; what they found is never kept. Cost: one statement.

    A shape is all that the statement depends on: its values stand in its text.
    """

    def __init__(self, remembered: int = 1024) -> None:
        self._remembered = remembered
        self._kept: OrderedDict[Any, _PlainStatement] = OrderedDict()

    def __call__(self, shape: Any, rows: Callable[[], QuerySet[Any, Any]]) -> list[tuple[Any, ...]]:
        """Return what this `values_list` finds; it is asked for where the shape is not known yet."""
        return self._statement(shape, rows).run()

    def together(
        self, asked: Mapping[Any, Callable[[], QuerySet[Any, Any]]]
    ) -> dict[Any, list[tuple[Any, ...]]]:
        """Return what several find, by shape, read by one statement.

        Shape: values as JSON has them, hence a date as its text.
        """
        statements = {shape: self._statement(shape, rows) for shape, rows in asked.items()}
        read = [shape for shape, one in statements.items() if one.text]
        found: dict[Any, list[tuple[Any, ...]]] = {shape: [] for shape in statements}
        if read:
            parts = ", ".join(f"({statements[shape].as_json})" for shape in read)
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {parts}")
                for shape, rows_of in zip(read, cursor.fetchone(), strict=True):
                    found[shape] = [statements[shape].converted(row) for row in rows_of]
        return found

    def _statement(self, shape: Any, rows: Callable[[], QuerySet[Any, Any]]) -> "_PlainStatement":
        statement = self._kept.get(shape)
        if statement is None:
            statement = self._kept[shape] = _PlainStatement.of(rows())
            while len(self._kept) > self._remembered:
                self._kept.popitem(last=False)
        self._kept.move_to_end(shape)
        return statement


@dataclass(frozen=True)
class _PlainStatement:
    """Shape: converters and expression by the column's rank; no text where it is known to find nothing."""

    text: str = ""
    width: int = 0
    converters: Mapping[int, tuple[Sequence[Any], Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: QuerySet[Any, Any]) -> Self:
        compiler: Any = rows.query.get_compiler(connection=connection)
        try:
            text, values = compiler.as_sql()
        except EmptyResultSet:
            return cls()
        converters = compiler.get_converters([one[0] for one in compiler.select])
        return cls(str(mogrify(text, values, connection)), len(compiler.select), converters)

    @property
    def as_json(self) -> str:
        """The statement of the same rows as one JSON array of arrays."""
        names = ", ".join(f"c{rank}" for rank in range(self.width))
        return (
            f"SELECT coalesce(json_agg(json_build_array({names})), '[]')"  # noqa: S608 - ranks alone
            f" FROM ({self.text}) AS one ({names})"
        )

    def run(self) -> list[tuple[Any, ...]]:
        if not self.text:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.text)
            return [self.converted(row) for row in cursor.fetchall()]

    def converted(self, found: Sequence[Any]) -> tuple[Any, ...]:
        """Return a row as Django would."""
        row = list(found)
        for at, (converters, expression) in self.converters.items():
            for convert in converters:
                row[at] = convert(row[at], expression, connection)
        return tuple(row)
