"""Corrective actions as somebody's work."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from improvements import services
from improvements.models import CorrectiveAction
from improvements.policies import can_work_on_actions
from improvements.states import ACTION_MOVES, OPEN, ActionStatus
from qualiforma.accounts.actor import Actor
from qualiforma.errors import MissingError
from qualiforma.followup.work import Source, WorkSource, register


class CorrectiveActions(Source):
    """Corrective actions that somebody owns, of plans that are not deleted."""

    name = WorkSource.IMPROVEMENT_PLAN
    record_type = "CORRECTIVE_ACTION"
    states = ActionStatus
    verbs: ClassVar = {
        ActionStatus.TODO: _("Remettre « À faire »"),
        ActionStatus.IN_PROGRESS: _("Je m’en occupe"),
        ActionStatus.DONE: _("C’est fait"),
        ActionStatus.CANCELLED: _("Annuler l’action"),
    }

    def columns(self, today: date) -> Mapping[str, Any]:
        return {
            "id": "id",
            "title": "description",
            "plan_id": "plan_id",
            "plan_title": "plan__title",
            "due_date": "due_date",
            "status": "status",
            "live": Case(
                When(plan__status__in=sorted(OPEN), then=Value(True)),
                default=Value(False),
            ),
        }

    def own(self, actor: Actor) -> QuerySet[CorrectiveAction]:
        rows: QuerySet[CorrectiveAction] = CorrectiveAction.objects.filter(
            owner=actor.id, plan__deleted_at__isnull=True
        )
        return rows

    def open(self, actor: Actor) -> QuerySet[CorrectiveAction]:
        rows: QuerySet[CorrectiveAction] = CorrectiveAction.objects.filter(owner=actor.id).open()
        return rows

    def targets(self, status: str) -> list[str]:
        return [one.value for one in ActionStatus if one in ACTION_MOVES[ActionStatus(status)]]

    def may_move(self, actor: Actor) -> bool:
        return can_work_on_actions(actor)

    def takes_reason(self, target: str) -> bool:
        return target == ActionStatus.CANCELLED

    def move(self, *, actor: Actor, item_id: str, target: str, reason: str = "") -> None:
        changes: dict[str, Any] = {"status": ActionStatus(target)}
        changes |= {"reason": reason} if reason else {}
        services.change_action(action=self._found(actor, item_id), changes=changes, actor=actor)

    def indicators(self, item_id: str) -> list[int]:
        """Return those of its plan; the one of improvement where that names none."""
        plan = CorrectiveAction.objects.select_related("plan").get(pk=item_id).plan
        return services.indicators_of(plan)

    def _found(self, actor: Actor, item_id: str) -> CorrectiveAction:
        found = self.own(actor).select_related("plan").filter(pk=item_id).first()
        if found is None:
            raise MissingError
        return found


register(CorrectiveActions())
