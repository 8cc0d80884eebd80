import django_filters

from improvements.models import ImprovementPlan
from improvements.states import PlanStatus, Trigger
from qualiforma.api.filters import EnumFilter


class PlanFilter(django_filters.FilterSet):
    status = EnumFilter(enum=PlanStatus)
    trigger = EnumFilter(enum=Trigger)

    class Meta:
        model = ImprovementPlan
        fields = ("status", "trigger")
