"""One's own work by API. Source: follow-up, "My work, for everyone"."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from qualiforma.accounts.models import User
from qualiforma.accounts.policies import anybody
from qualiforma.api.docs import described
from qualiforma.api.filters import EnumFilter, WireFilterSet
from qualiforma.api.pagination import PageNumbers
from qualiforma.api.serializers import Choice, Input, Items
from qualiforma.api.views import KernelViewSet
from qualiforma.followup.work import Due, WorkList, WorkSource

TEXT_MAX = 5000
ID_MAX = 80
ID = {"type": "string", "maxLength": ID_MAX, "pattern": "^[A-Za-z0-9_-]{1,80}$"}
WORK = {
    "source": "IMPROVEMENT_PLAN",
    "id": "act_8f3b21",
    "title": "Relire les supports de la formation",
    "plan": {"id": "imp_5e21cb", "title": "Supports périmés"},
    "dueDate": "2026-11-20",
    "due": "LATE",
    "daysLate": 9,
    "status": "IN_PROGRESS",
    "moves": ["TODO", "DONE", "CANCELLED"],
}


class WorkPages(PageNumbers):
    """Pages of a list that comes from several tables."""

    def shown(self, rows: Any, start: int) -> list[Any]:
        return list(rows[start : start + self.per_page])


class WorkFilter(WireFilterSet):
    source = EnumFilter(enum=WorkSource, label="Registre d’où vient le travail.")
    due = EnumFilter(enum=Due, label="Échéance : passée, sous sept jours, plus tard, sans.")

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow each source before they are put together."""
        given = {name: value for name, value in self.form.cleaned_data.items() if value}
        source, due = given.get("source"), given.get("due")
        return WorkList(
            queryset.actor,
            source=WorkSource(source) if source else None,
            due=Due(due) if due else None,
        )


@extend_schema_field(ID)
class AnyId(serializers.CharField):
    """The id of whatever the source holds."""


class WorkPlan(Input):
    example = WORK["plan"]  # type: ignore[assignment]  # a mapping within
    id = AnyId()
    title = serializers.CharField(max_length=TEXT_MAX)


class WorkOutput(Input):
    example = WORK
    source = Choice(WorkSource)
    id = AnyId(help_text="Identifiant de l’action corrective ou de l’action.")
    title = serializers.CharField(max_length=TEXT_MAX)
    plan = WorkPlan()
    due_date = serializers.DateField(allow_null=True)
    due = Choice(Due)
    days_late = serializers.IntegerField(
        allow_null=True, min_value=1, max_value=4_000_000, help_text="Jours de retard ; sinon nul."
    )
    status = serializers.CharField(max_length=20, help_text="Statut dans son registre.")
    moves = Items(
        child=serializers.CharField(max_length=20),
        max_length=10,
        help_text="Statuts que l’appelant peut lui donner.",
    )

    def to_representation(self, item: Any) -> dict[str, Any]:
        return {
            "source": item.source.value,
            "id": item.id,
            "title": item.title,
            "plan": {"id": item.plan_id, "title": item.plan_title},
            "dueDate": item.due_date.isoformat() if item.due_date else None,
            "due": item.due.value,
            "daysLate": item.days_late,
            "status": item.status,
            "moves": list(item.moves),
        }


class WorkViewSet(KernelViewSet[User]):
    queryset: QuerySet[User] = User.objects.none()  # for the schema
    serializer_class = WorkOutput
    filterset_class = WorkFilter
    pagination_class = WorkPages
    permissions = {"list": anybody}

    def get_queryset(self) -> Any:
        return WorkList(self.actor)

    @described(
        "listMyWork",
        "Mes actions",
        "Les actions correctives et les parts de plans d’action de l’appelant qui restent à faire : "
        "en retard d’abord, puis par échéance, sans échéance à la fin.",
        (200, WorkOutput(many=True), "Actions"),
        tags=["Follow-up"],
    )
    def list(self, request: Request) -> Response:
        return self.paged(WorkOutput)
