"""Parts of action plans as somebody's work."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet, Value
from django.utils.translation import gettext_lazy as _

from actionplans import services
from actionplans.models import Action, Assignment
from actionplans.policies import can_use_action_plans
from actionplans.querysets import part_status
from actionplans.states import ASSIGNEE_MOVES, State
from qualiforma.accounts.actor import Actor
from qualiforma.errors import MissingError
from qualiforma.followup.work import Source, WorkSource, register
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject


class PlanParts(Source):
    """What somebody has to do of an action; it goes by the action's id, one part a person."""

    name = WorkSource.ACTION_PLAN
    record_type = "ACTION"
    states = State
    verbs: ClassVar = {
        State.PENDING: _("Remettre « À faire »"),
        State.IN_PROGRESS: _("Je m’en occupe"),
        State.COMPLETED: _("C’est fait"),
        State.CANCELLED: _("Annuler ma part"),
    }
    has_log = True
    id_field = "action_id"
    due_field = "action__due_date"

    def columns(self, today: date) -> Mapping[str, Any]:
        return {
            "id": "action_id",
            "title": "action__title",
            "plan_id": "action__plan_id",
            "plan_title": "action__plan__title",
            "due_date": "action__due_date",
            "status": part_status(today),
            "live": Value(True),
        }

    def own(self, actor: Actor) -> QuerySet[Assignment]:
        rows: QuerySet[Assignment] = Assignment.objects.filter(user=actor.id)
        return rows if can_use_action_plans(actor) else rows.none()

    def open(self, actor: Actor) -> QuerySet[Assignment]:
        rows: QuerySet[Assignment] = Assignment.objects.filter(user=actor.id).open()
        return rows if can_use_action_plans(actor) else rows.none()

    def targets(self, status: str) -> list[str]:
        return [one.value for one in State if one in ASSIGNEE_MOVES[State(status)]]

    def may_move(self, actor: Actor) -> bool:
        return can_use_action_plans(actor)

    def move(self, *, actor: Actor, item_id: str, target: str, reason: str = "") -> None:
        services.move_assignee(
            action=self._found(actor, item_id),
            user_id=actor.id,
            target=State(target),
            actor=actor,
        )

    def note(self, *, actor: Actor, item_id: str, text: str) -> None:
        services.add_note(action=self._found(actor, item_id), text=text, actor=actor)

    def indicators(self, item_id: str) -> list[int]:
        """Return that of improvement: these plans name none."""
        return [NUMBERS[Subject.IMPROVEMENT]]

    def _found(self, actor: Actor, item_id: str) -> Action:
        part = self.own(actor).filter(action=item_id).select_related("action").first()
        if part is None:
            raise MissingError
        return part.action


register(PlanParts())
