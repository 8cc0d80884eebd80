"""Indicators on pages: each number with the wording of the grid in force."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from qualiforma.admin.kept_filters import OfCode
from qualiforma.qualiopi.grids import INDICATOR_MAX, named


class IndicatorsField(SimpleArrayField):
    """Numbers of indicators, typed with commas; what is none of them is refused by one sentence."""

    def __init__(self, **kwargs: Any) -> None:
        number = forms.IntegerField(min_value=1, max_value=INDICATOR_MAX)
        super().__init__(number, **{"widget": UnfoldAdminTextInputWidget, **kwargs})

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except forms.ValidationError as refused:
            if any(one.code == "item_invalid" for one in refused.error_list):
                text = _("Indiquez des numéros de 1 à %d, séparés par des virgules.")
                raise forms.ValidationError(text % INDICATOR_MAX) from refused
            raise


class IndicatorFilter(OfCode):
    """Records whose `indicators` name this one."""

    title = _("indicateur")
    parameter_name = "indicator"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(str(number), named(number)) for number in range(1, INDICATOR_MAX + 1)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(indicators__contains=[int(str(self.value()))])


def indicator_list(numbers: Iterable[int]) -> SafeString:
    """Return a list of these indicators, one a line."""
    lines = format_html_join("", "<li>{}</li>", ((named(number),) for number in numbers))
    return format_html('<ul class="qf-indicators">{}</ul>', lines)
