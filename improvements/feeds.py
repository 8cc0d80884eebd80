"""What improvement plans have due, for calendars."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.states import ActionStatus, PlanStatus
from qualiforma.accounts.actor import Actor
from qualiforma.audit.models import AuditEvent
from qualiforma.calendars.models import PlanType
from qualiforma.calendars.sources import DueItem, DueState, Source, register


def own_actions(actor: Actor, since: date) -> Iterable[DueItem]:
    """Return the corrective actions that this person owns. Cost: one statement."""
    return _items(CorrectiveAction.objects.filter(owner=actor.id), since)


def of_plan(actor: Actor, plan_id: str, since: date) -> Iterable[DueItem]:
    """Return a plan's target date and its actions. Cost: two statements."""
    plans: QuerySet[Any] = ImprovementPlan.objects.visible_to(actor)
    plans = plans.annotate(changed_at=_last_change("pk"))
    for plan in plans.filter(pk=plan_id, target_date__gte=since):
        yield DueItem(
            id=plan.pk,
            day=plan.target_date,
            title=_("Échéance du plan « %s »") % plan.title,
            plan="",
            state=_state_of(plan),
            sequence=plan.version,
            changed_at=plan.changed_at or plan.created_at,
            completed_at=plan.closed_at,
        )
    yield from _items(CorrectiveAction.objects.filter(plan=plan_id), since)


def title(actor: Actor, plan_id: str) -> str | None:
    """Return the plan's title, None where this person may not see it."""
    plans = ImprovementPlan.objects.visible_to(actor).filter(pk=plan_id)
    found: str | None = plans.values_list("title", flat=True).first()
    return found


def _items(actions: "QuerySet[Any]", since: date) -> Iterable[DueItem]:
    rows = actions.filter(due_date__gte=since, plan__deleted_at__isnull=True)
    for one in rows.select_related("plan").annotate(changed_at=_last_change("plan")):
        yield DueItem(
            id=one.pk,
            day=one.due_date,
            title=one.description,
            plan=one.plan.title,
            state=_state_of_action(one),
            sequence=one.plan.version,  # counted up by the plan's actions too
            changed_at=one.changed_at or one.created_at,
            completed_at=one.completed_at,
        )


def _last_change(plan: str) -> Subquery:
    """Return when the trail last heard of a plan or its parts, as its version was counted up."""
    events = AuditEvent.objects.filter(root_id=OuterRef(plan)).order_by("-seq")
    return Subquery(events.values("at")[:1], output_field=DateTimeField())


def _state_of(plan: ImprovementPlan) -> DueState:
    if plan.closed_at is not None:
        return DueState.DONE
    return DueState.CANCELLED if plan.status == PlanStatus.ARCHIVED else DueState.OPEN


def _state_of_action(action: CorrectiveAction) -> DueState:
    """Say how far an action is. One of a plan that was given up will not be done any more."""
    if action.status == ActionStatus.DONE:
        return DueState.DONE
    is_off = action.status == ActionStatus.CANCELLED or action.plan.status == PlanStatus.ARCHIVED
    return DueState.CANCELLED if is_off else DueState.OPEN


register(Source(PlanType.IMPROVEMENT_PLAN.value, own_actions, of_plan, title))
