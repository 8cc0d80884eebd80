"""What the services of plans, actions and notes have in common."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import DateField, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from actionplans.models import Action, ActionPlan, Area, Assignment, Group
from actionplans.policies import ASSIGNABLE
from actionplans.querysets import ActionQuerySet, AssignmentQuerySet, PlanQuerySet
from qualiforma.accounts.models import User
from qualiforma.errors import FieldError, InvalidFieldsError, MissingError
from qualiforma.kept_writes import Changed, write_together
from qualiforma.lookups import RowLookUp
from qualiforma.read_together import RowsTogether
from qualiforma.versions import check_version, counted_up

ExpectedVersions = Collection[int] | None


def _plan(key: str) -> PlanQuerySet:
    rows: PlanQuerySet = ActionPlan.objects.select_for_update().filter(pk=key)
    return rows


def _action(key: str) -> ActionQuerySet:
    rows: ActionQuerySet = Action.objects.select_for_update().filter(pk=key)
    return rows


def _part(action: str, user: str, today: str) -> AssignmentQuerySet:
    rows: AssignmentQuerySet = Assignment.objects.filter(action=action, user=user)
    return rows.with_status(Cast(Value(today), DateField()))


_lock_plan: RowLookUp[ActionPlan] = RowLookUp(_plan)
# The plan before its action, as everywhere.
_lock_both = RowsTogether(lambda plan, _key: _plan(plan), lambda _key, key: _action(key), keys=2)
_lock_part = RowsTogether(
    lambda plan, *_others: _plan(plan),
    lambda _key, key, *_others: _action(key),
    lambda _key, *keys: _part(*keys),
    keys=4,
)


def locked_plan(plan_id: str) -> ActionPlan:
    """Return the current plan, locked. Errors: `MissingError` when it is gone."""
    row = _lock_plan(plan_id)
    if row is None:
        raise MissingError
    return row


def locked_action(action: Action) -> Action:
    """Return the action as it is now, its plan locked before it, as everywhere.

    Errors: `MissingError` when either is gone. Cost: one trip.
    """
    return _together(*_lock_both(action.plan_id, action.pk))


def locked_part(action: Action, user_id: str) -> tuple[Action, Assignment | None]:
    """Return the action as `locked_action` does, with this user's part and its `status` of today.

    Errors: `MissingError`. Cost: one trip.
    """
    today = timezone.localdate().isoformat()
    *rows, parts = _lock_part(action.plan_id, action.pk, user_id, today)
    return _together(*rows), parts[0] if parts else None


def _together(plans: list[ActionPlan], actions: list[Action]) -> Action:
    if not plans or not actions:
        raise MissingError
    actions[0].plan = plans[0]
    return actions[0]


def check_expected_versions(row: ActionPlan | Action, expected_versions: ExpectedVersions) -> None:
    """Refuse a locked row that is not as the caller saw it. Errors: `StaleError`."""
    check_version(row.version, expected_versions)


def save_plan(plan: ActionPlan, *fields: str) -> None:
    """Save these fields of a locked plan and count its version up, also for a change of actions."""
    write_together(_counted_up(plan, *fields))


def _counted_up(plan: ActionPlan, *fields: str) -> Changed:
    if fields:
        plan.updated_at = timezone.now()
        fields = (*fields, "updated_at")
    return counted_up(plan, *fields)


def save_action(
    action: Action, *fields: str, is_changed: bool = True, before: Iterable[Changed] = ()
) -> None:
    """Save these fields of a locked action and count up its version and its plan's.

    `is_changed` is False for what belongs to the action without being it: its notes. `before` are
    changes that are written in front of it. Cost: one trip.
    """
    if is_changed:
        action.updated_at = timezone.now()
    changed = counted_up(action, *fields, "updated_at")
    write_together(*before, changed, _counted_up(action.plan))


def check_references(
    *,
    assignees: Iterable[str] = (),
    hierarchy_ids: Iterable[str] = (),
    group_ids: Iterable[str] = (),
    there: Collection[str] = (),
) -> None:
    """Name every id that is nobody's here; assignees that are there may stay as they are.

    Errors: `InvalidFieldsError`.
    """
    people = User.objects.filter(ASSIGNABLE | Q(pk__in=there))
    errors = [
        *_unknown("assignees", assignees, people),
        *_unknown("hierarchy_ids", hierarchy_ids, Area.objects.all()),
        *_unknown("group_ids", group_ids, Group.objects.all()),
    ]
    if errors:
        raise InvalidFieldsError(errors)


REFUSALS = {
    "assignees": _("Aucun responsable actif n’a l’identifiant %s."),
    "hierarchy_ids": _("Aucun périmètre n’a l’identifiant %s."),
    "group_ids": _("Aucun groupe n’a l’identifiant %s."),
}


def _unknown(field: str, ids: Iterable[str], rows: QuerySet[Any]) -> list[FieldError]:
    ids = list(ids)
    known = set(rows.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return [
        FieldError(f"{field}[{rank}]", "unknown", REFUSALS[field] % one)
        for rank, one in enumerate(ids)
        if one not in known
    ]
