"""What action plans have due, for calendars."""

from collections.abc import Iterable
from datetime import date
from typing import cast

from actionplans.models import Action, ActionPlan, Assignment
from actionplans.states import State
from qualiforma.accounts.actor import Actor
from qualiforma.calendars.models import PlanType
from qualiforma.calendars.sources import DueItem, DueState, Source, register

STATES = {State.COMPLETED.value: DueState.DONE, State.CANCELLED.value: DueState.CANCELLED}


def own_parts(actor: Actor, since: date) -> Iterable[DueItem]:
    """Return this person's parts in actions. Cost: one statement."""
    rows = Assignment.objects.filter(
        user=actor.id, action__due_date__gte=since, action__in=Action.objects.visible_to(actor)
    )
    for one in rows.select_related("action__plan"):
        yield _item(one.pk, one.action, one.base_status, one)


def of_plan(actor: Actor, plan_id: str, since: date) -> Iterable[DueItem]:
    """Return those actions of a plan that this person may see. Cost: one statement."""
    rows = Action.objects.visible_to(actor).filter(plan=plan_id, due_date__gte=since)
    for one in rows.select_related("plan"):
        yield _item(one.pk, one, one.base_status, one)


def title(actor: Actor, plan_id: str) -> str | None:
    """Return the plan's title, None where this person may not see it."""
    plans = ActionPlan.objects.visible_to(actor).filter(pk=plan_id)
    found: str | None = plans.values_list("title", flat=True).first()
    return found


def _item(key: str, action: Action, status: str, ended: Action | Assignment) -> DueItem:
    state = STATES.get(status, DueState.OPEN)
    return DueItem(
        id=key,
        day=cast("date", action.due_date),  # the rows are those that have one
        title=action.title,
        plan=action.plan.title,
        state=state,
        sequence=action.version,  # counted up by its assignees' moves too
        changed_at=action.updated_at,
        completed_at=ended.completed_at if state is DueState.DONE else None,
    )


register(Source(PlanType.ACTION_PLAN.value, own_parts, of_plan, title))
