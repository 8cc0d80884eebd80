"""The wording that stands beside indicator numbers: of the grid in force today, in the reader's language."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from qualiforma.qualiopi.grids import label, labels

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

    def to_representation(self, value: int) -> str:
        return label(value)
