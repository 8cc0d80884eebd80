"""Lists as one statement whose text is written once per shape of the call, then run with its values.

A shape is the view, the role, the filters as given, the language and the day. Only statements are kept, never what
they found: each call reads the database.
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

from qualiforma.api.derived import row_of
from qualiforma.api.serializers import Output
from qualiforma.lookups import KEYS, RowStatement

REMEMBERED = 1024
# Stands for the slice in a compiled text: numbers of the page are written in its place.
_LIMIT, _OFFSET = 2_000_000_011, 2_000_000_033
_SLICE = f"LIMIT {_LIMIT} OFFSET {_OFFSET}"
_kept: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
S = TypeVar("S")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Statement:
    """A text and its values; at `caller_at` stands the caller's id, which differs from call to call."""

    text: str
    values: tuple[Any, ...]
    caller_at: frozenset[int] = frozenset()

    def run(self, *, caller: str, start: int, count: int) -> tuple[int, str]:
        """Return how many rows there are, and those of the page as JSON. Cost: one statement."""
        values = [caller if at in self.caller_at else value for at, value in enumerate(self.values)]
        text = self.text.replace(_SLICE, f"LIMIT {int(count)} OFFSET {int(start)}")
        with connection.cursor() as cursor:
            cursor.execute(text, values)
            total, rows = cursor.fetchone()
        return int(total), str(rows)


@dataclass(frozen=True)
class OneRow:
    """The same of a single row; `KEYS` stand for its keys."""

    text: str
    values: tuple[Any, ...]
    caller_at: frozenset[int]

    def run(self, *, caller: str, key: str) -> tuple[int, str | None] | None:
        """Return the row's version and its JSON, None of it where Python must write; None without a row."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, _given(self.values, self.caller_at, caller, (key,)))
            found: tuple[int, str | None] | None = cursor.fetchone()
        return found


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
        return Statement(text, values, frozenset() if own else _places(values, caller))

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
            .filter(pk=KEYS[0])
            .annotate(json_of_row=ExpressionWrapper(row, output_field=TextField()))
        )
        text, values = _sql(wanted.order_by().values_list("version", "json_of_row"))
        return OneRow(text, values, _places(values, caller))

    return _remembered(("one", *shape), compile_it)


def row_for(
    shape: tuple[Any, ...], caller: str, rows: Callable[..., QuerySet[M]], *keys: str
) -> M | None:
    """Return the row of this shape that has these keys, or None. Cost: one statement.

    `rows` is called with what stands for the keys, where the statement is not known yet.
    """

    def compile_it() -> tuple[RowStatement[M], frozenset[int]] | None:
        try:
            statement = RowStatement(rows(*KEYS[: len(keys)]))
        except EmptyResultSet:  # known without asking
            return None
        return statement, _places(statement.values, caller)

    known = _remembered(("row", *shape), compile_it)
    if known is None:
        return None
    statement, caller_at = known
    return statement.run(_given(statement.values, caller_at, caller, keys))


def _given(
    values: tuple[Any, ...], caller_at: frozenset[int], caller: str, keys: tuple[str, ...]
) -> list[Any]:
    """Return the values of this call."""
    of_key = dict(zip(KEYS, keys, strict=False))
    return [
        caller if at in caller_at else of_key.get(value, value) if isinstance(value, str) else value
        for at, value in enumerate(values)
    ]


def _remembered(key: tuple[Any, ...], compile_it: Callable[[], S]) -> S:
    kept: Any = _kept.get(key)
    if kept is None:
        kept = _kept[key] = compile_it()
        while len(_kept) > REMEMBERED:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return cast("S", kept)


def _places(values: tuple[Any, ...], wanted: str) -> frozenset[int]:
    return frozenset(at for at, value in enumerate(values) if value == wanted)


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
    page = rows.filter(pk__in=keys[_OFFSET : _OFFSET + _LIMIT])
    row = ExpressionWrapper(row_of(serializer), output_field=TextField())
    shown, shown_values = _sql(page.annotate(json_of_row=row).values_list("json_of_row"))
    counted, counted_values = _sql(keys.order_by())
    text = (
        f"SELECT (SELECT COUNT(*) FROM ({counted}) AS found), "  # noqa: S608 - both are Django's
        f"array_to_string(ARRAY({shown}), ',')"
    )
    if text.count(_SLICE) != 1:
        raise TypeError("The page's slice is not where it is expected.")
    return text, (*counted_values, *shown_values)


def _sql(rows: Any) -> tuple[str, tuple[Any, ...]]:
    compiler: SQLCompiler = rows.query.get_compiler(connection=connection)
    text, values = compiler.as_sql()
    return text, tuple(values)
