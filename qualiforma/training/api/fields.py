"""Fields of these records on the wire, beyond the kernel's."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from qualiforma.api.schema.mapping import TEXT
from qualiforma.api.serializers import Text
from qualiforma.training.answers import (
    ANSWER_ITEMS_MAX,
    ANSWER_NAME_MAX,
    ANSWER_NUMBER_MAX,
    ANSWER_TEXT_MAX,
    ANSWERS_MAX,
    FAULTS,
    fault_in,
)

CENT = Decimal("0.01")

_ANSWER: list[dict[str, Any]] = [
    {"type": "string", "maxLength": ANSWER_TEXT_MAX, "pattern": TEXT},
    {"type": "number", "minimum": -ANSWER_NUMBER_MAX, "maximum": ANSWER_NUMBER_MAX},
    {"type": "boolean"},
    {"type": "null"},
]


class OptionalText(Text):
    """A text that may be empty or null; both are kept as empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values("" if data is None else data)


class Number(serializers.Field[Decimal, Any, Any, Any]):
    """A JSON number of at most two decimals, kept as it is written."""

    default_error_messages = {
        "invalid": _("Indiquez un nombre."),
        "range": _("Un nombre de {least} à {most} est attendu."),
        "digits": _("Deux décimales au plus."),
    }

    def __init__(self, *, least: Decimal | int, most: int, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)
        shape = {"type": "number", "minimum": float(least), "maximum": float(most)}
        extend_schema_field(shape)(self)  # type: ignore[type-var]  # takes instances too

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        if isinstance(data, float) and not math.isfinite(data):
            self.fail("invalid")
        if not self.least <= data <= self.most:
            self.fail("range", least=self.least, most=self.most)
        value = Decimal(str(data))
        if value != value.quantize(CENT):
            self.fail("digits")
        return value

    def to_representation(self, value: Any) -> int | float:
        number = Decimal(value)
        return int(number) if number == number.to_integral_value() else float(number)


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": ANSWERS_MAX,
        "propertyNames": {"maxLength": ANSWER_NAME_MAX, "pattern": TEXT},
        "additionalProperties": {
            "anyOf": [
                *_ANSWER,
                {"type": "array", "maxItems": ANSWER_ITEMS_MAX, "items": {"anyOf": _ANSWER}},
            ]
        },
    }
)
class Answers(serializers.Field[dict[str, Any], Any, Any, Any]):
    """What was answered, by question: texts, numbers, yes or no, nothing, or a list of these."""

    default_error_messages = {
        "invalid": _("Un objet JSON est attendu."),
        **FAULTS,
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self.fail("invalid")
        if fault := fault_in(data):
            self.fail(fault)
        return dict(data)

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value
