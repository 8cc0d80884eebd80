"""JSON of a list written by the database: derived from the serializer, whose text it is byte for byte.

The serializer stays the contract. A field that needs Python refuses, and the view that shows it is
rendered by its serializer as before.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import NullIf
from rest_framework import serializers
from rest_framework.fields import Field

from qualiforma.api.serializers import CalendarDate, Choice, Id, InstantField, Items, Output, Text
from qualiforma.api.serializers import TextOrNull as TextOrNullField

AnyField = Field[Any, Any, Any, Any]


class NotDerivableError(Exception):
    """A field whose text is made by Python."""


class Json(Func):
    """Any value as JSON; `null` where there is none."""

    template = "COALESCE(to_json(%(expressions)s)::text, 'null')"
    output_field = TextField()


class JsonOrNothing(Func):
    """Any value as JSON; NULL where there is none, which leaves the name out too."""

    template = "to_json(%(expressions)s)::text"
    output_field = TextField()


class Instant(Func):
    """UTC in whole seconds, as `InstantField` writes it."""

    template = """to_char((%(expressions)s) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    output_field = TextField()


class Named(Func):
    """A name of ours and its value."""

    template = """'"%(name)s":' || (%(expressions)s)"""
    output_field = TextField()


class Row(Func):
    """An object of named values, in their order; those that are NULL are left out."""

    template = "'{' || concat_ws(',', %(expressions)s) || '}'"
    output_field = TextField()


def _plain(source: Any) -> Any:
    return source


def _text_or_null(source: Any) -> Any:
    return NullIf(source, Value(""))


# By the very class: what inherits may represent differently.
_WRITERS: Mapping[type[Any], Callable[[Any], Any]] = {
    serializers.CharField: _plain,
    serializers.ChoiceField: _plain,
    serializers.IntegerField: _plain,
    serializers.BooleanField: _plain,
    serializers.DateField: _plain,
    CalendarDate: _plain,
    Choice: _plain,
    Id: _plain,
    Text: _plain,
    TextOrNullField: _text_or_null,
    InstantField: Instant,
}
_ITEMS = (serializers.CharField, serializers.IntegerField, Id, Text)


@cache
def is_derivable(serializer: type[Output[Any]]) -> bool:
    """Say whether the database can write what this serializer represents."""
    try:
        row_of(serializer)
    except NotDerivableError:
        return False
    return True


def row_of(serializer: type[Output[Any]]) -> Row:
    """Return the expression of one row. Errors: `NotDerivableError` naming the field."""
    if serializer.to_representation is not Output.to_representation:
        raise NotDerivableError(serializer.__name__)
    return Row(
        *(
            Named(_value(serializer, name, field), name=name)
            for name, field in serializer().fields.items()
            if not field.write_only
        )
    )


def _value(serializer: type[Output[Any]], name: str, field: AnyField) -> Func:
    source = str(field.source)
    if name in serializer.in_sql:
        value = serializer.in_sql[name]()
    elif "." in source or source == "*":
        raise NotDerivableError(f"{serializer.__name__}.{name}")
    else:
        value = _writer(serializer, name, field)(F(source))
    if name in serializer.omitted_when_empty:
        return JsonOrNothing(NullIf(value, Value("")) if _is_text(serializer, source) else value)
    return Json(value)


def _writer(serializer: type[Output[Any]], name: str, field: AnyField) -> Callable[[Any], Any]:
    is_list = type(field) in {Items, serializers.ListField}
    if is_list and type(getattr(field, "child", None)) in _ITEMS:
        return _plain
    writer = _WRITERS.get(type(field))
    if writer is None:
        raise NotDerivableError(f"{serializer.__name__}.{name}")
    return writer


def _is_text(serializer: type[Output[Any]], source: str) -> bool:
    try:
        column = serializer.Meta.model._meta.get_field(source)  # type: ignore[attr-defined]
    except FieldDoesNotExist:
        return False
    return column.get_internal_type() in {"CharField", "TextField"}
