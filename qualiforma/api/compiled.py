"""Lists as one statement whose text is written once per shape of the call, then run with its values.

A shape is the view, the role, the filters as given, the language and the day. Only statements are kept, never what
they found: each call reads the database.

Values of a shape are written into its text, so that what differs from call to call are its only parameters: the
server keeps such a statement ready (`qualiforma.lookups`).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Model, QuerySet, TextField, Value, When
from django.db.models.expressions import ExpressionWrapper
from django.db.models.sql.compiler import SQLCompiler

from qualiforma.api.derived import TENANT, finished, row_of
from qualiforma.api.serializers import Output
from qualiforma.lookups import KEYS, RowStatement, Text
from qualiforma.slicing import shown_of
from qualiforma.tenants.context import current_tenant

REMEMBERED = 1024
# Stands for the slice in a compiled text: numbers of the page are written in its place. No value has a
# NUL in it.
_LIMIT, _OFFSET = 2_000_000_011, 2_000_000_033
_SLICE, _PAGE = f"LIMIT {_LIMIT} OFFSET {_OFFSET}", "\x00"
# Names of what differs from call to call.
CALLER, (KEY, *_) = "the caller", KEYS
_kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
S = TypeVar("S")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Statement:
    """A list's; the caller's id differs from call to call, and which page is asked for."""

    text: Text
    serializer: type[Output[Any]]

    def run(self, *, caller: str, start: int, count: int) -> tuple[int, str]:
        """Return how many rows there are, and those of the page as JSON. Cost: one statement.

        The page's numbers stand in the text: the first page of a list is what is asked for again.
        """
        page = self.text.text.replace(_PAGE, f"LIMIT {int(count)} OFFSET {int(start)}")
        total, rows = Text(page, self.text.names).fetch(_given(caller))
        return int(total), finished(str(rows), self.serializer)


@dataclass(frozen=True)
class OneRow:
    """The same of a single row, whose key is a parameter, too."""

    text: Text
    serializer: type[Output[Any]]

    def run(self, *, caller: str, key: str) -> tuple[int, str | None] | None:
        """Return the row's version and its JSON, None of it where Python must write; None without a row."""
        found = self.text.fetch(_given(caller, key))
        if found is None or found[1] is None:
            return None if found is None else (int(found[0]), None)
        return int(found[0]), finished(found[1], self.serializer)


def statement_for(
    shape: tuple[Any, ...],
    caller: str,
    words: tuple[str, ...],
    rows: Callable[[], QuerySet[Any]],
    serializer: type[Output[Any]],
) -> Statement:
    """Return the statement of this shape; `rows` is asked for the queryset where it is not known yet.

    The caller's id is a value like others and no part of the shape; unless the call itself names it
    (`words`), as it could not be told then which of the two is meant.
    """
    own = caller if any(caller in word for word in words) else ""

    def compile_it() -> Statement:
        text, values = _compiled(rows(), serializer)
        parameters = {TENANT: TENANT} if own else {caller: CALLER, TENANT: TENANT}
        return Statement(Text.of(text, values, parameters), serializer)

    return _remembered((*shape, words, own), compile_it)


def one_row_for(
    shape: tuple[Any, ...],
    caller: str,
    rows: Callable[[], QuerySet[Any]],
    serializer: type[Output[Any]],
) -> OneRow:
    """Return the statement that shows one row of this shape by its key."""

    def compile_it() -> OneRow:
        row: Any = row_of(serializer)
        if serializer.needs_python is not None:
            row = Case(When(serializer.needs_python(), then=Value(None)), default=row)
        wanted = (
            rows()
            .filter(pk=KEY)
            .annotate(json_of_row=ExpressionWrapper(row, output_field=TextField()))
        )
        text, values = _sql(wanted.order_by().values_list("version", "json_of_row"))
        parameters = {caller: CALLER, TENANT: TENANT, KEY: KEY}
        return OneRow(Text.of(text, values, parameters), serializer)

    return _remembered(("one", *shape), compile_it)


def row_for(
    shape: tuple[Any, ...], caller: str, rows: Callable[..., QuerySet[M]], *keys: str
) -> M | None:
    """Return the row of this shape that has these keys, or None. Cost: one statement.

    `rows` is called with what stands for the keys, where the statement is not known yet.
    """

    def compile_it() -> RowStatement[M] | None:
        try:
            parameters = {caller: CALLER, TENANT: TENANT} | {key: key for key in wanted}
            return RowStatement(rows(*wanted), parameters)
        except EmptyResultSet:  # known without asking
            return None

    wanted = KEYS[: len(keys)]
    statement = _remembered(("row", *shape), compile_it)
    if statement is None:
        return None
    return statement.run(_given(caller, *keys))


def _given(caller: str, *keys: str) -> dict[str, str]:
    """Return the values of this call."""
    tenant = str(current_tenant().pk)
    return {CALLER: caller, TENANT: tenant, **dict(zip(KEYS, keys, strict=False))}


def _remembered(key: tuple[Any, ...], compile_it: Callable[[], S]) -> S:
    kept: Any = _kept.get(key)
    if kept is None:
        kept = _kept[key] = compile_it()
        while len(_kept) > REMEMBERED:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return cast("S", kept)


def _compiled(rows: Any, serializer: type[Output[Any]]) -> tuple[str, tuple[Any, ...]]:
    """Keys of the page first, what is shown for these rows alone, and the count beside it."""
    if not rows.ordered:
        raise TypeError("A list without a total order would repeat and lose rows over pages.")
    try:
        return _whole(rows, serializer)
    except EmptyResultSet:  # known without asking
        return "SELECT 0, ''", ()


def _whole(rows: Any, serializer: type[Output[Any]]) -> tuple[str, tuple[Any, ...]]:
    keys = rows.values("pk")
    page = shown_of(rows, keys[_OFFSET : _OFFSET + _LIMIT])
    row = ExpressionWrapper(row_of(serializer), output_field=TextField())
    shown, shown_values = _sql(page.annotate(json_of_row=row).values_list("json_of_row"))
    counted, counted_values = _sql(keys.order_by())
    text = (
        f"SELECT (SELECT COUNT(*) FROM ({counted}) AS found), "  # noqa: S608 - both are Django's
        f"array_to_string(ARRAY({shown}), ',')"
    )
    if text.count(_SLICE) != 1:
        raise TypeError("The page's slice is not where it is expected.")
    return text.replace(_SLICE, _PAGE), (*counted_values, *shown_values)


def _sql(rows: Any) -> tuple[str, tuple[Any, ...]]:
    compiler: SQLCompiler = rows.query.get_compiler(connection=connection)
    text, values = compiler.as_sql()
    return text, tuple(values)
