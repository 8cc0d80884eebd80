"""What the services of plans, actions and notes have in common."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from actionplans.models import Action, ActionPlan, Area, Group
from actionplans.policies import ASSIGNABLE
from qualiforma.accounts.models import User
from qualiforma.errors import FieldError, InvalidFieldsError, MissingError
from qualiforma.versions import check_version

ExpectedVersions = Collection[int] | None


def locked_plan(plan_id: str) -> ActionPlan:
    """Return the current plan, locked. Errors: `MissingError` when it is gone."""
    row: ActionPlan | None = ActionPlan.objects.select_for_update().filter(pk=plan_id).first()
    if row is None:
        raise MissingError
    return row


def locked_action(action: Action) -> Action:
    """Return the action as it is now, its plan locked before it, as everywhere.

    Errors: `MissingError` when either is gone.
    """
    plan = locked_plan(action.plan_id)
    row: Action | None = Action.objects.select_for_update().filter(pk=action.pk).first()
    if row is None:
        raise MissingError
    row.plan = plan
    return row


def check_expected_versions(row: ActionPlan | Action, expected_versions: ExpectedVersions) -> None:
    """Refuse a locked row that is not as the caller saw it. Errors: `StaleError`."""
    check_version(row.version, expected_versions)


def save_plan(plan: ActionPlan, *fields: str) -> None:
    """Save these fields of a locked plan and count its version up, also for a change of actions."""
    plan.version += 1
    if fields:
        plan.updated_at = timezone.now()
    plan.save(update_fields=[*fields, "version", *(["updated_at"] if fields else [])])


def save_action(action: Action, *fields: str, is_changed: bool = True) -> None:
    """Save these fields of a locked action and count up its version and its plan's.

    `is_changed` is False for what belongs to the action without being it: its notes.
    """
    action.version += 1
    if is_changed:
        action.updated_at = timezone.now()
    action.save(update_fields=[*fields, "version", "updated_at"])
    save_plan(action.plan)


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
