"""JSON written by the database: derived from the serializer, whose text it is byte for byte.

The serializer stays the contract. A field that needs Python refuses, and the view that shows it is
rendered by its serializer as before.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Func, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Cast, NullIf
from rest_framework import serializers
from rest_framework.fields import Field

from qualiforma.api.serializers import InstantField, Output, TextOrNull

AnyField = Field[Any, Any, Any, Any]


class NotDerivableError(Exception):
    """A field whose text is made by Python."""


# Stands for the id of the open tenant in a compiled text: no id has a blank in it.
TENANT = "the tenant"
# Around what Python finishes: JSON writes these characters as escapes, hence never itself.
_BEGIN, _SEPARATOR, _END = "\x01", "\x02", "\x03"
_MARKED = re.compile(f"{_BEGIN}([^{_SEPARATOR}]*){_SEPARATOR}([^{_END}]*){_END}")


class Json(Func):
    """Any value as JSON; `null` where there is none."""

    template = "COALESCE(to_json(%(expressions)s)::text, 'null')"
    output_field = TextField()


class JsonOrNothing(Func):
    """Any value as JSON; NULL where there is none, which leaves the name out too."""

    template = "to_json(%(expressions)s)::text"
    output_field = TextField()


class JsonText(Func):
    """What is JSON already."""

    template = "%(expressions)s"
    output_field = TextField()


class Unfinished(Func):
    """JSON that Python finishes once it is read (`finished`); `name` is that of the field."""

    template = r"E'\x01%(name)s\x02' || (%(expressions)s) || E'\x03'"
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


# By what represents a value, which is inherited or is another's.
_WRITERS: Mapping[Any, Callable[[Any], Any]] = {
    serializers.CharField.to_representation: _plain,
    serializers.ChoiceField.to_representation: _plain,
    serializers.IntegerField.to_representation: _plain,
    serializers.BooleanField.to_representation: _plain,
    serializers.DateField.to_representation: _plain,
    TextOrNull.to_representation: lambda source: NullIf(source, Value("")),
    InstantField.to_representation: Instant,
}
_ITEMS = (serializers.CharField.to_representation, serializers.IntegerField.to_representation)


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
    if isinstance(value, JsonText):
        return value
    if name in in_python(serializer):
        return Unfinished(Json(value), name=name)
    if name in serializer.omitted_when_empty:
        return JsonOrNothing(NullIf(value, Value("")) if _is_text(serializer, source) else value)
    return Json(value)


def _writer(serializer: type[Output[Any]], name: str, field: AnyField) -> Callable[[Any], Any]:
    how = type(field).to_representation
    if how is serializers.ListField.to_representation:
        how = type(cast("serializers.ListField", field).child).to_representation
        if how not in _ITEMS:
            raise NotDerivableError(f"{serializer.__name__}.{name}")
        return _plain
    if isinstance(field, serializers.ListSerializer) and isinstance(field.child, Output):
        return lambda _source: _nested(serializer, name, field)
    if how not in _WRITERS:
        raise NotDerivableError(f"{serializer.__name__}.{name}")
    return _WRITERS[how]


def _nested(serializer: type[Output[Any]], name: str, field: Any) -> JsonText:
    """Return the rows of a relation, in the order of their model."""
    try:
        relation: Any = serializer.Meta.model._meta.get_field(str(field.source))  # type: ignore[attr-defined]
    except FieldDoesNotExist as error:
        raise NotDerivableError(f"{serializer.__name__}.{name}") from error
    model = relation.related_model
    if not relation.one_to_many or not model._meta.ordering:
        raise NotDerivableError(f"{serializer.__name__}.{name}")
    rows = model._default_manager.filter(**{relation.field.name: OuterRef("pk")})
    return list_of(rows.order_by(*model._meta.ordering), type(field.child))


def in_python(serializer: type[Output[Any]]) -> Mapping[str, Callable[[Any], Any]]:
    """Return what Python makes of values that the database gives, by public name: JSON of JSON."""
    return getattr(serializer, "in_python", {})


def finished(text: str, serializer: type[Output[Any]]) -> str:
    """Return the rows with what Python says of them, as in the language of the call."""
    makers = in_python(serializer)
    if not makers:
        return text

    def finish(found: re.Match[str]) -> str:
        value = makers[found[1]](json.loads(found[2]))
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    return _MARKED.sub(finish, text)


def tenant_in_sql() -> Cast:
    """Return the id of the open tenant, which is a value of each call."""
    return Cast(Value(TENANT), TextField())


def list_of(rows: Any, serializer: type[Output[Any]]) -> JsonText:
    """Return the expression of these rows as a JSON array."""
    if in_python(serializer):
        raise NotDerivableError(f"{serializer.__name__}: only rows of their own are finished")
    return JsonText(
        ArraySubquery(rows.annotate(json_of_row=row_of(serializer)).values("json_of_row")),
        # A subquery that is known to find nothing is a NULL without type.
        template="'[' || COALESCE(array_to_string((%(expressions)s)::text[], ','), '') || ']'",
    )


def one_of(rows: Any, serializer: type[Output[Any]]) -> JsonText:
    """Return the expression of the one of these rows that there is at most; NULL where there is none."""
    if in_python(serializer):
        raise NotDerivableError(f"{serializer.__name__}: only rows of their own are finished")
    found = rows.annotate(json_of_row=row_of(serializer)).values("json_of_row")
    return JsonText(Subquery(found, output_field=TextField()))


def _is_text(serializer: type[Output[Any]], source: str) -> bool:
    try:
        column = serializer.Meta.model._meta.get_field(source)  # type: ignore[attr-defined]
    except FieldDoesNotExist:
        return False
    return column.get_internal_type() in {"CharField", "TextField"}
