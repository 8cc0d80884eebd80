"""Base serializers: camelCase on the wire, snake_case in Python, nothing unknown, no coercion.

They check shape only (types, required, lengths). A per-field `validate_<name>` method would never
be called (DRF looks for the public name): use field validators or `validate()`.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.db import models
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import Field, empty

from qualiforma.ids import BARE, id_hint, id_length, is_id
from qualiforma.naming import camel

M = TypeVar("M", bound=models.Model)


# Naming each of a million unknown fields would cost more than reading them.
UNKNOWN_SHOWN = 20
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
# Letters to Unicode that nobody sees: Hangul fillers, the blank Braille pattern.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def is_visible(character: str) -> bool:
    """Say whether a character leaves a mark: neither blank, control nor format."""
    return unicodedata.category(character)[0] not in "ZC" and character not in _BLANK_LETTERS


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

    if TYPE_CHECKING:  # what the stubs do not know: options of lists; declared fields hide nothing
        partial: Any
        label: Any
        source: Any
        context: Any

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    example: ClassVar[Mapping[str, Any] | None] = None  # for the published contract

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        return renamed(super().get_fields())

    @cached_property
    def fields(self) -> Any:
        """Fields as declared, built once per class (see `Output.fields`)."""
        return super().fields if self.context or self.partial else _fields_of_input(type(self))

    default_error_messages = {
        "invalid": _("Un objet JSON est attendu."),
        "null": _("Un objet JSON est attendu."),
    }

    def run_validation(self, data: Any = empty) -> Any:
        if data is None and self.parent is None:
            raise ValidationError({"non_field_errors": [self.error_messages["null"]]})
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields][:UNKNOWN_SHOWN]
            if unknown:
                allowed = ", ".join(name for name, f in self.fields.items() if not f.read_only)
                hint = _("Champ inconnu. Admis : %s.") % allowed
                raise ValidationError(
                    {str(name): [ErrorDetail(hint, code="unknown")] for name in unknown}
                )
        return super().to_internal_value(data)


class InstantField(serializers.DateTimeField):
    """ISO 8601 in UTC with seconds and `Z`, whatever the time zone people see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format=None, default_timezone=dt.UTC, **kwargs)

    def to_representation(self, value: dt.datetime | None) -> str | None:  # type: ignore[override]  # the wire's text
        """Not by strftime, which writes the year 849 with three digits."""
        if value is None:
            return None
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


class InstantInput(InstantField):
    """An instant with its time zone; without one it is refused."""

    default_error_messages = {
        "invalid": _(
            "Indiquez une date et une heure, au format AAAA-MM-JJThh:mm:ssZ, fuseau compris."
        ),
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            self.fail("invalid")
        try:
            instant = dt.datetime.fromisoformat(value)
            return instant.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")


class CalendarDate(serializers.DateField):
    """`YYYY-MM-DD` and no other spelling."""

    default_error_messages = {"invalid": _("Indiquez une date qui existe, au format AAAA-MM-JJ.")}

    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str) or not re.fullmatch(
            r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII
        ):
            self.fail("invalid")
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")


class DayOrInstant(CalendarDate):
    """A day, or an instant with its time zone, which means the day it is then in Paris.

    The published contract states a day alone, so that generated clients send one. Where a language
    has no type for a day, they send an instant all the same.
    """

    default_error_messages = {
        "invalid": _(
            "Indiquez une date qui existe, au format AAAA-MM-JJ, ou une date et une heure, au format "
            "AAAA-MM-JJThh:mm:ssZ, fuseau compris."
        ),
    }

    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str) or "T" not in value:
            return super().to_internal_value(value)
        if not _INSTANT.fullmatch(value):
            self.fail("invalid")
        try:
            return timezone.localdate(dt.datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            self.fail("invalid")


class Text(serializers.CharField):
    """A JSON string that people can read: no number, no half surrogate, no control character.

    Unless `allow_blank`, at least one character leaves a mark.
    """

    default_error_messages = {
        "invalid": _("Un texte est attendu."),
        "surrogate": _("Caractères Unicode invalides."),
        "control": _("Les caractères de contrôle ne sont pas admis."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            data.encode()
        except UnicodeEncodeError:
            self.fail("surrogate")
        if _CONTROL.search(data):
            self.fail("control")
        if data and not self.allow_blank and not any(map(is_visible, data)):
            self.fail("blank")
        return str(super().to_internal_value(data))


class Items(serializers.ListField):
    """A JSON array; its length is looked at before its items are."""

    default_error_messages = {"not_a_list": _("Une liste est attendue.")}

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            raise ValidationError([too_long(self.max_length)])
        return list(super().to_internal_value(data))


class Rows(serializers.ListSerializer[Any]):
    """A JSON array of objects, likewise."""

    max_length: int | None

    default_error_messages = {"not_a_list": _("Une liste est attendue.")}

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            raise ValidationError({"non_field_errors": [too_long(self.max_length)]})
        return list(super().to_internal_value(data))

    def run_child_validation(self, data: Any) -> Any:
        """Check one object. DRF hands the list's `allow_null` on to them: null is none of them."""
        if data is None:
            raise ValidationError(
                {
                    "non_field_errors": [
                        ErrorDetail(gettext("Un objet JSON est attendu."), code="null")
                    ]
                }
            )
        return super().run_child_validation(data)


def distinct(values: list[Any]) -> None:
    """Refuse a list that names something twice."""
    if len(set(values)) != len(values):
        raise ValidationError(gettext("Une valeur est répétée."), code="repeated")


def too_long(most: int) -> ErrorDetail:
    """Return the refusal of a list with too many items."""
    return ErrorDetail(gettext("%d éléments au plus.") % most, code="max_length")


class Flag(serializers.BooleanField):
    """A JSON boolean; DRF alone would take "yes" and 1 too."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumber(serializers.IntegerField):
    """A JSON integer; DRF alone would take "31" and 31.0 too."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class FormFlag(serializers.BooleanField):
    """A boolean in a form, where everything is text: `true` or `false`, in any case."""

    def to_internal_value(self, data: Any) -> bool:
        text = str(data).lower()
        if text not in {"true", "false"}:
            self.fail("invalid", input=data)
        return text == "true"


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
        "shape": _("Identifiant attendu : {prefix}_ suivi de lettres, chiffres, - ou _."),
        "bare": id_hint(BARE),
    }

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(max_length=id_length(prefix), trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not is_id(value, self.prefix):
            self.fail("shape" if self.prefix else "bare", prefix=self.prefix)
        return value


class TextOrNull(serializers.CharField):
    """A text of ours that is null on the wire when there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: str) -> str | None:  # type: ignore[override]  # the point of it
        return value or None


class Output(serializers.ModelSerializer[M]):
    """What we answer. Names in `omitted_when_empty` are left out when they have no value."""

    if TYPE_CHECKING:  # as above

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    example: ClassVar[Mapping[str, Any] | None] = None  # for the published contract
    omitted_when_empty: tuple[str, ...] = ()
    # What the database writes for fields that are no columns, by public name (`qualiforma.api.derived`).
    in_sql: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    # Which single rows the serializer writes all the same: a condition in the database's terms.
    needs_python: ClassVar[Callable[[], Any] | None] = None
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
    }

    def get_fields(self) -> dict[str, Field[Any, Any, Any, Any]]:
        return renamed(super().get_fields())

    @cached_property
    def fields(self) -> Any:
        """Fields as declared; those of one class are built once, where no context makes them differ.

        What they do with a value depends on nothing else: their parent is then another instance.
        """
        return super().fields if self.context else _fields_of(type(self))

    def to_representation(self, instance: M) -> dict[str, Any]:
        row = super().to_representation(instance)
        return {
            name: value
            for name, value in row.items()
            if name not in self.omitted_when_empty or value not in (None, "")
        }


@cache
def _fields_of(serializer: type[Output[Any]]) -> Any:
    kept = serializer()
    return super(Output, kept).fields


@cache
def _fields_of_input(serializer: type[Input]) -> Any:
    kept = serializer()
    return super(Input, kept).fields
