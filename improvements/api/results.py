"""Expected results and moved due dates on the wire."""

from typing import Any

from rest_framework import serializers

from improvements import models
from improvements.api import examples
from improvements.models import DueDateMove, ExpectedResult
from improvements.states import ResultDirection
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Id,
    Input,
    Output,
    Rows,
    Text,
    TextOrNull,
)
from qualiforma.training.api.fields import Number, OptionalText


def value(**kwargs: Any) -> Number:
    return Number(least=-models.VALUE_MAX, most=models.VALUE_MAX, **kwargs)


def optional_value(**kwargs: Any) -> Number:
    return value(required=False, allow_null=True, **kwargs)


class ResultInput(Input):
    example = examples.RESULT_INPUT
    name = Text(max_length=models.RESULT_NAME_MAX)
    unit = OptionalText(max_length=models.UNIT_MAX)
    baseline = optional_value()
    target = value()
    direction = Choice(ResultDirection)
    measured_value = optional_value()
    measured_on = CalendarDate(required=False, allow_null=True)
    not_measurable_until = CalendarDate(required=False, allow_null=True)

    class Meta:
        list_serializer_class = Rows


class ResultChanges(ResultInput):
    """With its id a present result; without one a new one."""

    example = {"id": "res_8f3b21", **examples.RESULT_INPUT, "targetReason": "Effectif réduit."}
    id = Id("res", required=False)
    target_reason = OptionalText(
        max_length=models.ACTION_DESCRIPTION_MAX,
        help_text="Exigé quand la valeur visée d’un plan démarré change.",
    )


class TargetChange(Input):
    """`from` is no name in Python."""

    def get_fields(self) -> dict[str, Any]:
        return {
            "from": serializers.CharField(max_length=20),
            "to": serializers.CharField(max_length=20),
            "reason": serializers.CharField(max_length=models.ACTION_DESCRIPTION_MAX),
            "at": serializers.DateTimeField(),
        }


class ResultOutput(Output[ExpectedResult]):
    example = examples.RESULT
    unit = TextOrNull(max_length=models.UNIT_MAX)
    baseline = value(allow_null=True)
    target = value()
    measured_value = value(allow_null=True)
    met = serializers.BooleanField(
        allow_null=True, help_text="Si la valeur mesurée est celle attendue ; null sans mesure."
    )
    target_changes = TargetChange(many=True)

    class Meta:
        model = ExpectedResult
        fields = (
            "id",
            "name",
            "unit",
            "baseline",
            "target",
            "direction",
            "measured_value",
            "measured_on",
            "met",
            "not_measurable_until",
            "target_changes",
        )


class MoveOutput(Output[DueDateMove]):
    example = examples.MOVE
    from_date = serializers.DateField()
    to_date = serializers.DateField(allow_null=True)
    reason = TextOrNull(max_length=models.ACTION_DESCRIPTION_MAX)
    moved_by = serializers.CharField(source="moved_by_id")

    class Meta:
        model = DueDateMove
        fields = ("from_date", "to_date", "reason", "moved_at", "moved_by")
