from typing import Any

from django.db.models import F
from django.utils import timezone

from improvements.models import SEARCHED, ImprovementPlan
from improvements.states import Effectiveness, PlanStatus, Trigger
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
    effectiveness = EnumFilter(
        enum=Effectiveness, method="by_effect", label="Si le plan a eu l’effet attendu."
    )
    check_overdue = FlagFilter(
        method="by_overdue_check", label="Clôturés, leur vérification en retard ; ou les autres."
    )
    recurrence = FlagFilter(
        method="by_recurrence", label="Suivis d’une réclamation semblable ; ou les autres."
    )
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

    def by_effect(self, plans: Any, _name: str, value: str) -> Any:
        return plans.in_effect(value)

    def by_overdue_check(self, plans: Any, _name: str, value: str) -> Any:
        late = plans.checks_overdue(timezone.localdate())
        return late if value == "true" else plans.exclude(pk__in=late.values("pk"))

    def by_recurrence(self, plans: Any, _name: str, value: str) -> Any:
        return plans.filter(recurs=value == "true")
