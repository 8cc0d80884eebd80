"""Services of actions, and of the parts of their assignees."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from actionplans.models import (
    Action,
    ActionArea,
    ActionGroup,
    ActionPlan,
    Assignment,
    FocusItem,
)
from actionplans.policies import can_choose_company
from actionplans.services.inputs import ActionDraft, Focus
from actionplans.services.shared import (
    ExpectedVersions,
    check_expected_versions,
    check_references,
    locked_action,
    locked_part,
    locked_plan,
    save_action,
    save_plan,
)
from actionplans.states import ENDED, ActionType, FocusType, State, check_assignee_move
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError, NotAllowedError
from qualiforma.kept_writes import Changed
from qualiforma.training.services.shared import given_id

# Their order says nothing.
SETS = ("hierarchy_ids", "group_ids")
PARTS = ("focus_items", "hierarchy_ids", "group_ids", "assignees")


@audit.audited("actionplans.action.added")
def add_action(*, plan: ActionPlan, draft: ActionDraft, actor: Actor) -> Action:
    """Add an action to a plan; every assignee is PENDING.

    Errors: `InvalidFieldsError` naming unknown ids; `NotAllowedError` for a COMPANY action of
    anybody but ADMIN.
    """
    plan = locked_plan(plan.pk)
    assignees = draft.assignees or [actor.id]
    check_references(
        assignees=assignees, hierarchy_ids=draft.hierarchy_ids, group_ids=draft.group_ids
    )
    _check_type(draft.action_type, actor)

    action = Action(
        **given_id(draft.id),
        plan=plan,
        title=draft.title,
        description=draft.description,
        action_type=draft.action_type,
        source=draft.source,
        visibility=draft.visibility or plan.visibility,
        due_date=draft.due_date,
        created_by_id=actor.id,
    )
    action.updated_at = action.created_at
    action.save(force_insert=True)
    _write_parts(
        action,
        {
            "focus_items": draft.focus_items,
            "hierarchy_ids": draft.hierarchy_ids,
            "group_ids": draft.group_ids,
            "assignees": assignees,
        },
    )
    save_plan(plan)
    return action


@audit.audited("actionplans.action.edited")
def edit_action(
    *,
    action: Action,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Action:
    """Change an action; what equals the present is no change.

    `assignees` replaces the list: who stays keeps their state, deactivated or not, who is new is
    PENDING. Errors: as for `add_action`. Cost: a query for each part that is named.
    """
    action = locked_action(action)
    unordered = {name: sorted(changes[name]) for name in SETS if name in changes}
    changes = {
        name: value
        for name, value in {**changes, **unordered}.items()
        if present_parts(action, name) != value
    }
    parts = {name: changes.pop(name) for name in PARTS if name in changes}
    there = present_parts(action, "assignees") if "assignees" in parts else ()
    named = {name: ids for name, ids in parts.items() if name != "focus_items"}
    check_references(**named, there=there)
    if "action_type" in changes:
        _check_type(changes["action_type"], actor)
    check_expected_versions(action, expected_versions)
    if not changes and not parts:
        return action

    for name, value in changes.items():
        setattr(action, name, value)
    _write_parts(action, parts)
    save_action(action, *changes)
    return action


@audit.audited("actionplans.action.deleted")
def delete_action(
    *, action: Action, actor: Actor, expected_versions: ExpectedVersions = None
) -> None:
    """Delete an action for good; the trail keeps what it was."""
    action = locked_action(action)
    check_expected_versions(action, expected_versions)
    plan = action.plan
    action.delete()
    save_plan(plan)


@audit.audited("actionplans.assignee.moved")
def move_assignee(
    *,
    action: Action,
    user_id: str,
    target: State,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> Action:
    """Move one assignee's part; the same state again changes nothing.

    Errors: `IllegalTransitionError` naming what is possible from where the part stands today, which
    is EXPIRED past the due date; `InvalidFieldsError` for who is no assignee.
    """
    action, part = locked_part(action, user_id)
    if part is None:
        detail = _("Cette personne n’est pas responsable de cette action.")
        raise InvalidFieldsError([FieldError("assignee_id", "unknown", detail)])
    check_expected_versions(action, expected_versions)
    current = State(part.status)  # type: ignore[attr-defined]  # annotated
    if current == target:
        return action
    check_assignee_move(current, target)

    now = timezone.now()
    if target in {State.IN_PROGRESS, State.COMPLETED}:
        part.started_at = part.started_at or now  # what is done has been started
    part.completed_at = now if target in ENDED else None
    part.base_status = target
    moved = Changed(part, ["base_status", "started_at", "completed_at"])
    save_action(action, before=[moved])
    return action


def _check_type(action_type: str, actor: Actor) -> None:
    if action_type == ActionType.COMPANY and not can_choose_company(actor):
        raise NotAllowedError(_("Seul un responsable qualité peut choisir le type « Entreprise »."))


def present_parts(action: Action, name: str) -> Any:
    """Return a field, or a list of what an action names, as changes are compared with it."""
    if name == "focus_items":
        rows = action.focus_items.order_by("position", "id")
        return [Focus(FocusType(one.focus_type), one.focus_id, one.label) for one in rows]
    if name == "assignees":
        return list(action.assignments.order_by("position").values_list("user_id", flat=True))
    if name == "hierarchy_ids":
        return sorted(action.area_links.values_list("area_id", flat=True))
    if name == "group_ids":
        return sorted(action.group_links.values_list("group_id", flat=True))
    return getattr(action, name)


def _write_parts(action: Action, parts: Mapping[str, Any]) -> None:
    """Replace the lists that are named."""
    if "focus_items" in parts:
        action.focus_items.all().delete()
        FocusItem.objects.bulk_create(
            FocusItem(
                action=action,
                focus_type=one.focus_type,
                focus_id=one.focus_id,
                label=one.label,
                position=rank,
            )
            for rank, one in enumerate(parts["focus_items"])
        )
    if "hierarchy_ids" in parts:
        action.area_links.all().delete()
        ActionArea.objects.bulk_create(
            ActionArea(action=action, area_id=one) for one in parts["hierarchy_ids"]
        )
    if "group_ids" in parts:
        action.group_links.all().delete()
        ActionGroup.objects.bulk_create(
            ActionGroup(action=action, group_id=one) for one in parts["group_ids"]
        )
    if "assignees" in parts:
        _assign(action, parts["assignees"])


def _assign(action: Action, user_ids: Iterable[str]) -> None:
    """Make these the assignees, in this order."""
    user_ids = list(user_ids)
    there = {one.user_id: one for one in action.assignments.all()}
    action.assignments.exclude(user__in=user_ids).delete()
    for rank, user_id in enumerate(user_ids):
        part = there.get(user_id)
        if part is None:
            Assignment.objects.create(action=action, user_id=user_id, position=rank)
        elif part.position != rank:
            part.position = rank
            part.save(update_fields=["position"])
