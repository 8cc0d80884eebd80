"""An example of any schema: the stated one, else one made from what the schema allows."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]

FORMATS = {
    "date": "2026-09-30",
    "date-time": "2026-04-12T10:00:00Z",
    "email": "admin@qualiforma.fr",
    "uri": "https://qualiforma.example/",
    "uuid": "9c1f2e7a-5d0b-4d0c-8a53-3c9d7f0a4b11",
}
TEXTS = ("Texte", "texte", "1")  # the first that a pattern admits


def sample(schema: Schema, components: Schema) -> Any:
    """Return a value of this schema. Shape: `components` holds what its references name."""
    schema = _chosen(schema, components)
    stated = _stated(schema)
    return _made(schema, components) if stated is None else stated


def _chosen(schema: Schema, components: Schema) -> Schema:
    """Follow references, and of alternatives the first."""
    if "$ref" in schema:
        return _chosen(components[schema["$ref"].rpartition("/")[2]], components)
    for choice in ("allOf", "oneOf", "anyOf"):
        if choice in schema:
            return _chosen(schema[choice][0], components)
    return schema


def _stated(schema: Schema) -> Any:
    for several in ("examples", "enum"):
        if schema.get(several):
            return schema[several][0]
    return schema.get("example", schema.get("const", schema.get("default")))


def _made(schema: Schema, components: Schema) -> Any:
    kinds = schema.get("type", "object")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: sample(one, components) for name, one in properties.items()}
    if kind == "array":
        return [sample(schema["items"], components)]
    return SIMPLE[kind](schema)


def _text(schema: Schema) -> str:
    fitting = (text for text in TEXTS if re.search(schema.get("pattern", ""), text))
    return FORMATS.get(schema.get("format", "")) or next(fitting, "")


def _integer(schema: Schema) -> int:
    return max(int(schema.get("minimum", 0)), 0)


SIMPLE: Mapping[str, Callable[[Schema], Any]] = {
    "string": _text,
    "integer": _integer,
    "number": lambda schema: float(_integer(schema)),
    "boolean": lambda schema: True,
    "null": lambda schema: None,
}
