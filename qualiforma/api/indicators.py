"""Labels of indicators: of the grid in force today, in the reader's language."""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import F, Value
from rest_framework import serializers

from qualiforma.api.derived import JsonText
from qualiforma.qualiopi.grids import INDICATOR_MAX, label, labels

LABEL_MAX = 300
_ABOUT = "Libellé de la grille en vigueur, dans la langue de la requête."


class IndicatorLabels(serializers.DictField):
    """The wordings of `source`, indicator numbers or an object by them. Shape: `{"31": "…"}`."""

    def __init__(self, **kwargs: Any) -> None:
        child = serializers.CharField(max_length=LABEL_MAX)
        super().__init__(child=child, read_only=True, help_text=_ABOUT, **kwargs)

    def to_representation(self, value: Iterable[int | str]) -> dict[str, str]:
        return labels(map(int, value))


class IndicatorLabel(serializers.CharField):
    """The wording of `source`, one indicator number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, max_length=LABEL_MAX, help_text=_ABOUT, **kwargs)

    def to_representation(self, value: int) -> str:  # type: ignore[override]  # of a number
        return label(value)


def labels_in_sql(column: str) -> JsonText:
    """Return what `IndicatorLabels` says of a column of numbers, in today's grid and language."""
    known = json.dumps(labels(range(1, INDICATOR_MAX + 1)), ensure_ascii=False)
    return JsonText(
        F(column),
        Value(known),
        template="(SELECT '{' || coalesce(string_agg(to_json(one.number::text)::text || ':' || "
        "to_json(known.wordings ->> one.number::text)::text, ',' ORDER BY one.rank), '') || '}' "
        "FROM (SELECT %(expressions)s::jsonb) AS known (numbers, wordings), "
        "unnest(known.numbers) WITH ORDINALITY AS one (number, rank))",
    )
