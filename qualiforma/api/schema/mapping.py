"""What our base serializers and fields promise beyond DRF's, as JSON Schema."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from drf_spectacular.extensions import (
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from qualiforma.ids import IdField, id_example, id_length, id_pattern
from qualiforma.uploads import UPLOAD_MAX_BYTES

Schema = dict[str, Any]

# Written so that ECMA, PCRE, .NET, Java and Python read the same, hence `\x` and not `\u`. The
# database holds no NUL, `Text` takes no control character, and unless it may be blank a letter has to
# be in it. The control characters from U+0080 to U+009F are not named: a reader that goes by bytes,
# as PCRE in a PHP client, would find those in the UTF-8 of "É".
NO_NUL = "^[^\\x00]*$"
_CONTROL = "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f"
TEXT = f"^[^{_CONTROL}]*$"
NOT_BLANK = f"^[^{_CONTROL}]*[^\\s{_CONTROL}][^{_CONTROL}]*$"


def id_schema(prefix: str) -> Schema:
    """Return the schema of an id of one kind."""
    return {
        "type": "string",
        "maxLength": id_length(prefix),
        "pattern": f"^{id_pattern(prefix)}$",
        "examples": [id_example(prefix)],
    }


class InputMapping(OpenApiSerializerExtension):
    """What is sent holds known fields only; what is answered may grow."""

    target_class = "qualiforma.api.serializers.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        schema = _mapped(auto_schema, self.target, direction)
        if direction == "request":
            schema["additionalProperties"] = False
            for name, field in self.target.fields.items():
                if getattr(field, "allow_blank", False):
                    pattern = getattr(field, "pattern", TEXT)
                    _one_text(schema["properties"][name]).setdefault("pattern", pattern)
        return schema


class OutputMapping(OpenApiSerializerExtension):
    """Every field is there, save those left out when empty, which hence are never null."""

    target_class = "qualiforma.api.serializers.Output"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        schema = _mapped(auto_schema, self.target, direction)
        properties = schema["properties"]
        for name, stored in _stored(self.target):
            _complete(properties[name], stored)
        for name in self.target.omitted_when_empty:
            properties[name] = _never_null(properties[name])
        schema["required"] = [
            name for name in properties if name not in self.target.omitted_when_empty
        ]
        return schema


class TextMapping(OpenApiSerializerFieldExtension):
    """A text that must say something, where blanks are refused."""

    target_class = "qualiforma.api.serializers.Text"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Schema:
        if self.target.allow_blank:
            return {"type": "string"}  # its pattern comes last: the library would split it in two
        return {
            "type": "string",
            "minLength": 1,
            "pattern": NOT_BLANK if self.target.trim_whitespace else TEXT,
        }


class FileMapping(OpenApiSerializerFieldExtension):
    """A file in a form: bytes. The library alone takes it for an address in both directions."""

    target_class = "rest_framework.fields.FileField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Schema:
        return {"type": "string", "format": "binary", "maxLength": UPLOAD_MAX_BYTES}


class IdMapping(OpenApiSerializerFieldExtension):
    """The id of another object, of one kind."""

    target_class = "qualiforma.api.serializers.Id"
    match_subclasses = True
    priority = 1  # an Id is a Text too

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Schema:
        return id_schema(self.target.prefix)


def _mapped(auto_schema: AutoSchema, serializer: Any, direction: str) -> Schema:
    schema: Schema = auto_schema._map_serializer(  # noqa: SLF001 - the library's documented way
        serializer, direction, bypass_extensions=True
    )
    for name, field in serializer.fields.items():
        longest = getattr(field, "max_length", None)
        if isinstance(field, serializers.ListSerializer) and longest:
            schema["properties"][name]["maxItems"] = longest
    example = getattr(serializer, "example", None)
    if example is not None:
        schema["examples"] = [example]
    return schema


def _one_text(schema: Schema) -> Schema:
    """Make one text of what the library gives as an address or nothing: clients make a class of two."""
    address = schema.pop("oneOf", [{}])[0]
    schema |= {key: value for key, value in address.items() if key != "format"}
    return schema


def _stored(serializer: Any) -> Iterator[tuple[str, "models.Field[Any, Any]"]]:
    """Yield each field that comes straight from a column, with the column."""
    for name, field in serializer.fields.items():
        column = getattr(getattr(serializer.Meta.model, field.source, None), "field", None)
        if isinstance(column, models.ForeignKey):
            column = column.target_field
        if isinstance(column, models.Field):
            yield name, column


def _complete(schema: Schema, column: "models.Field[Any, Any]") -> None:
    """Add what the column knows of a text."""
    if "string" not in schema.get("type", ()):
        return
    if isinstance(column, IdField):
        schema |= {key: value for key, value in id_schema(column.prefix).items() if key != "type"}
    elif column.max_length and "enum" not in schema:
        schema.setdefault("maxLength", column.max_length)


def _never_null(schema: Schema) -> Schema:
    kinds = schema.get("type")
    if isinstance(kinds, list):
        rest = [kind for kind in kinds if kind != "null"]
        return {**schema, "type": rest[0] if len(rest) == 1 else rest}
    if "oneOf" in schema:
        rest = [one for one in schema["oneOf"] if one != {"type": "null"}]
        return rest[0] if len(rest) == 1 else {**schema, "oneOf": rest}
    return schema
