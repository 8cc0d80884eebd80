"""What the statistics of complaints look like on the wire."""

from typing import Any

from rest_framework import serializers

from improvements.models import THEME_NAME_MAX
from qualiforma.api.serializers import Id, Input

EXAMPLE = {
    "total": 14,
    "unanswered": 2,
    "lateToAcknowledge": 0,
    "lateToAnswer": 1,
    "acknowledgedOnTimeRate": 0.93,
    "answeredOnTimeRate": 0.85,
    "averageAnswerDays": 9,
    "byTheme": [
        {"themeId": "thm_accueil", "theme": "Accueil et convocations", "complaints": 5},
        {"themeId": None, "theme": None, "complaints": 1},
    ],
}


def count(**kwargs: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, **kwargs)


def rate(help_text: str) -> serializers.FloatField:
    return serializers.FloatField(min_value=0, max_value=1, allow_null=True, help_text=help_text)


class ThemeCount(Input):
    theme_id = Id("thm", allow_null=True)
    theme = serializers.CharField(max_length=THEME_NAME_MAX, allow_null=True)
    complaints = count()


class ComplaintStatsOutput(Input):
    example = EXAMPLE
    total = count()
    unanswered = count()
    late_to_acknowledge = count()
    late_to_answer = count()
    acknowledged_on_time_rate = rate("Parmi les accusées, ou dont le délai est passé.")
    answered_on_time_rate = rate("Parmi les répondues, ou dont le délai est passé.")
    average_answer_days = count(
        allow_null=True, help_text="Jours de la réception à la réponse, en moyenne."
    )
    by_theme = ThemeCount(many=True)
