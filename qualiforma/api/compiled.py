"""Lists as one statement whose text is written once per shape of the call, then run with its values.

A shape is the view, the role, the filters as given, the language and the day. Only statements are kept, never what
they found: each call reads the database.

Values of a shape are written into its text, so that what differs from call to call are its only parameters: the
server keeps such a statement ready (`qualiforma.lookups`).
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.postgresql.psycopg_any import mogrify
from django.db.models import Case, QuerySet, TextField, Value, When
from django.db.models.expressions import ExpressionWrapper
from django.db.models.sql.compiler import SQLCompiler

from qualiforma.api.derived import row_of
from qualiforma.api.serializers import Output
from qualiforma.lookups import fetch_one

REMEMBERED = 1024
# Stands for the slice in a compiled text: numbers of the page are written in its place. No value has a
# NUL in it.
_LIMIT, _OFFSET = 2_000_000_011, 2_000_000_033
_SLICE, _PAGE = f"LIMIT {_LIMIT} OFFSET {_OFFSET}", "\x00"
# Stands for the key of one row: no id has a blank in it.
_KEY = "the key"
_PLACE = re.compile("%[s%]")
_kept: OrderedDict[tuple[Any, ...], "Statement | OneRow"] = OrderedDict()
S = TypeVar("S", "Statement", "OneRow")


@dataclass(frozen=True)
class Text:
    """A statement with one parameter or more; `names` says which, in their order."""

    text: str
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, values: tuple[Any, ...], parameters: Mapping[str, str]) -> Self:
        """Write values into a text of Django's, but for those that stand for a parameter of that name."""
        names: list[str] = []
        left = iter(values)

        def written(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%%"
            value = next(left)
            name = parameters.get(value) if isinstance(value, str) else None
            if name is None:
                return str(mogrify("%s", [value], connection)).replace("%", "%%")
            names.append(name)
            return "%s::text"

        return cls(_PLACE.sub(written, text), tuple(names))

    def fetch(self, **values: str) -> Any:
        """Return the first row, with these values of the parameters. Cost: one statement."""
        return fetch_one(self.text, [values[name] for name in self.names])


@dataclass(frozen=True)
class Statement(Text):
    """A list's; the caller's id differs from call to call, and which page is asked for."""

    def run(self, *, caller: str, start: int, count: int) -> tuple[int, str]:
        """Return how many rows there are, and those of the page as JSON. Cost: one statement.

        The page's numbers stand in the text: the first page of a list is what is asked for again.
        """
        text = self.text.replace(_PAGE, f"LIMIT {int(count)} OFFSET {int(start)}")
        total, rows = Text(text, self.names).fetch(caller=caller)
        return int(total), str(rows)


@dataclass(frozen=True)
class OneRow(Text):
    """The same of a single row, whose key is a parameter, too."""

    def run(self, *, caller: str, key: str) -> tuple[int, str | None] | None:
        """Return the row's version and its JSON, None of it where Python must write; None without a row."""
        found: tuple[int, str | None] | None = self.fetch(caller=caller, key=key)
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
        return Statement.of(text, values, {} if own else {caller: "caller"})

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
            .filter(pk=_KEY)
            .annotate(json_of_row=ExpressionWrapper(row, output_field=TextField()))
        )
        text, values = _sql(wanted.order_by().values_list("version", "json_of_row"))
        return OneRow.of(text, values, {caller: "caller", _KEY: "key"})

    return _remembered(("one", *shape), compile_it)


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
    return text.replace(_SLICE, _PAGE), (*counted_values, *shown_values)


def _sql(rows: Any) -> tuple[str, tuple[Any, ...]]:
    compiler: SQLCompiler = rows.query.get_compiler(connection=connection)
    text, values = compiler.as_sql()
    return text, tuple(values)
