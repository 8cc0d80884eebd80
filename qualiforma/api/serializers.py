"""Base serializers: camelCase on the wire, snake_case in Python, nothing unknown, no coercion.

They check shape only (types, required, lengths). A per-field `validate_<name>` method would never
be called (DRF looks for the public name): use field validators or `validate()`.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import Field

from qualiforma.api.problems import camel
from qualiforma.ids import ID_MAX_LENGTH, is_id

M = TypeVar("M", bound=models.Model)


def renamed(
    fields: Mapping[str, Field[Any, Any, Any, Any]],
) -> dict[str, Field[Any, Any, Any, Any]]:
    """Give each field its public name and keep the Python name as its source."""
    public = {}
    for name, field in fields.items():
        if field.source is None and camel(name) != name:
            field.source = name
        public[camel(name)] = field
    return public


class Input(serializers.Serializer[Any]):
    """What a caller sends. An unknown field is refused: a misspelt one must not be lost."""

    example: ClassVar[Mapping[str, Any] | None] = None  # for the published contract

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        return renamed(super().get_fields())

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                allowed = ", ".join(name for name, f in self.fields.items() if not f.read_only)
                hint = _("Champ inconnu. Admis : %s.") % allowed
                raise ValidationError(
                    {_printable(name): [ErrorDetail(hint, code="unknown")] for name in unknown}
                )
        return super().to_internal_value(data)


def _printable(name: object) -> str:
    """Make a field name from outside safe to put into an answer."""
    return str(name).encode("utf-8", "replace").decode()[:100]


class InstantField(serializers.DateTimeField):
    """ISO 8601 in UTC with seconds and `Z`, whatever the time zone people see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M:%SZ", default_timezone=dt.UTC, **kwargs)


class CalendarDate(serializers.DateField):
    """`YYYY-MM-DD` and no other spelling."""

    default_error_messages = {"invalid": _("Date attendue : AAAA-MM-JJ, existante au calendrier.")}

    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str) or not re.fullmatch(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII
        ):
            self.fail("invalid")
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")


class Text(serializers.CharField):
    """A JSON string: a number is not one, nor is half a surrogate pair."""

    default_error_messages = {
        "invalid": _("Un texte est attendu."),
        "surrogate": _("Caractères Unicode invalides."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            data.encode()
        except UnicodeEncodeError:
            self.fail("surrogate")
        return str(super().to_internal_value(data))


class Flag(serializers.BooleanField):
    """A JSON boolean; DRF alone would take "yes" and 1 too."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    """One value of an enum; the refusal names the allowed ones."""

    default_error_messages = {"invalid_choice": _("Valeurs admises : {allowed}.")}

    def __init__(self, enum: type[TextChoices], **kwargs: Any) -> None:
        self.enum = enum
        super().__init__(choices=enum.choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.enum.values:
            self.fail("invalid_choice", allowed=", ".join(self.enum.values))
        return self.enum(data)


class Id(Text):
    """The id of another object, of one kind."""

    default_error_messages = {
        "shape": _("Identifiant attendu : {prefix}_ suivi de lettres, chiffres, - ou _.")
    }

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(max_length=ID_MAX_LENGTH, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not is_id(value, self.prefix):
            self.fail("shape", prefix=self.prefix)
        return value


class TextOrNull(serializers.CharField):
    """A text of ours that is null on the wire when there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: str) -> str | None:  # type: ignore[override]  # the point of it
        return value or None


class Output(serializers.ModelSerializer[M]):
    """What we answer. Names in `omitted_when_empty` are left out when they have no value."""

    example: ClassVar[Mapping[str, Any] | None] = None  # for the published contract
    omitted_when_empty: tuple[str, ...] = ()
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
    }

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        return renamed(super().get_fields())

    def to_representation(self, instance: M) -> dict[str, Any]:
        row = super().to_representation(instance)
        return {
            name: value
            for name, value in row.items()
            if name not in self.omitted_when_empty or value not in (None, "")
        }
