from typing import Any

from django.db.models import F

from improvements.models import SEARCHED, ImprovementPlan
from improvements.states import PlanStatus, Trigger
from qualiforma.api.filters import (
    DayFilter,
    EnumFilter,
    FlagFilter,
    IdFilter,
    OrderFilter,
    SearchFilter,
    WholeNumberFilter,
    WireFilterSet,
)
from qualiforma.qualiopi.grids import INDICATOR_MAX
from qualiforma.search import searched_text

ORDERS = {
    "createdAt": F("created_at"),
    "targetDate": F("target_date"),
    "title": searched_text("title"),
}


class PlanFilter(WireFilterSet):
    status = EnumFilter(enum=PlanStatus)
    trigger = EnumFilter(enum=Trigger)
    owner = IdFilter(prefix="usr", label="Responsable du plan.")
    overdue = FlagFilter(method="by_lateness", label="Ouverts, l’échéance passée ; ou les autres.")
    q = SearchFilter(fields=SEARCHED, label="Mots de la référence, du titre ou de la description.")
    indicator = WholeNumberFilter(
        field_name="indicators",
        lookup_expr="contains",
        least=1,
        most=INDICATOR_MAX,
        label="Indicateur Qualiopi que le plan sert.",
    )
    target_from = DayFilter(
        field_name="target_date", lookup_expr="gte", label="Échéance au plus tôt."
    )
    target_to = DayFilter(
        field_name="target_date", lookup_expr="lte", label="Échéance au plus tard."
    )
    ordering = OrderFilter(by=ORDERS, label="Ordre ; sans lui, les plus récents d’abord.")

    class Meta:
        model = ImprovementPlan
        fields: tuple[str, ...] = ()

    def by_lateness(self, plans: Any, _name: str, value: str) -> Any:
        return plans.overdue() if value == "true" else plans.not_overdue()
