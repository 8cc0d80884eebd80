"""Checks of a closed plan's effect on the wire."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from improvements import models
from improvements.api import examples
from improvements.api.results import value
from improvements.models import RESULTS_MAX, EffectivenessCheck
from improvements.states import Verdict
from qualiforma.api.serializers import (
    CalendarDate,
    Choice,
    Flag,
    Id,
    Input,
    Output,
    Rows,
    Text,
    TextOrNull,
)
from qualiforma.training.api.fields import OptionalText


class MeasureInput(Input):
    result_id = Id("res")
    measured_value = value()
    measured_on = CalendarDate(required=False, allow_null=True)

    class Meta:
        list_serializer_class = Rows


class CheckInput(Input):
    example = examples.CHECK_INPUT
    verdict = Choice(Verdict)
    method = Text(max_length=models.ACTION_DESCRIPTION_MAX)
    comment = OptionalText(max_length=models.ACTION_DESCRIPTION_MAX)
    measures = MeasureInput(many=True, required=False, max_length=RESULTS_MAX)
    verified_on = CalendarDate(required=False, help_text="Sans elle, aujourd’hui.")
    successor = Flag(
        required=False,
        help_text="Ouvrir un plan qui reprend la cause, les réclamations, les résultats non atteints.",
    )
    reason = OptionalText(
        max_length=models.ACTION_DESCRIPTION_MAX,
        help_text="Pourquoi un plan sans plein effet n’a pas de suite.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each result is measured once."""
        known = [one["result_id"] for one in attrs.get("measures", [])]
        for rank, key in enumerate(known):
            if key in known[:rank]:
                detail = ErrorDetail(gettext("Ce résultat est mesuré deux fois."), code="repeated")
                refused: Any = {rank: {"resultId": [detail]}}
                raise ValidationError({"measures": refused})
        return attrs


class MeasureOutput(Input):
    result_id = serializers.CharField()
    name = serializers.CharField()
    measured_value = value()
    measured_on = serializers.DateField()
    met = serializers.BooleanField()


class CheckOutput(Output[EffectivenessCheck]):
    example = examples.CHECK
    comment = TextOrNull(max_length=models.ACTION_DESCRIPTION_MAX)
    reason = TextOrNull(max_length=models.ACTION_DESCRIPTION_MAX)
    measures = serializers.SerializerMethodField("measures_of")
    successor_id = serializers.CharField(allow_null=True)
    verified_by = serializers.CharField(source="verified_by_id")
    verifier_is_doer = serializers.BooleanField(
        help_text="Vérifié par qui a mené le plan ou l’une de ses actions."
    )

    class Meta:
        model = EffectivenessCheck
        fields = (
            "id",
            "number",
            "verdict",
            "method",
            "comment",
            "measures",
            "reason",
            "successor_id",
            "verified_on",
            "verified_by",
            "verifier_is_doer",
            "created_at",
        )

    @extend_schema_field(MeasureOutput(many=True))
    def measures_of(self, check: EffectivenessCheck) -> list[dict[str, Any]]:
        number = value()
        return [
            {**one, "measuredValue": number.to_representation(one["measuredValue"])}
            for one in check.measures
        ]
