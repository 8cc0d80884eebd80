"""Rows as they would stand in the database; illegal starting states are reachable."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from actionplans.models import (
    Action,
    ActionArea,
    ActionPlan,
    Area,
    Assignment,
    FocusItem,
    Group,
    Note,
)
from actionplans.states import ENDED, State, Visibility
from tests.cast import ALICE


def make_plan(**overrides: Any) -> ActionPlan:
    values: dict[str, Any] = {
        "title": "Mieux accueillir",
        "description": "Livret et visite des locaux.",
        "visibility": Visibility.PRIVATE,
        "created_by_id": ALICE.id,
    }
    return ActionPlan.objects.create(**values | overrides)


def make_action(
    plan: ActionPlan,
    parts: Mapping[str, State] | None = None,
    *,
    focus: Sequence[str] = (),
    areas: Sequence[Area] = (),
    **overrides: Any,
) -> Action:
    """An action whose assignees are `parts`: user id to stored state; PENDING is the creator's."""
    values: dict[str, Any] = {
        "title": "Rédiger le livret",
        "description": "Une page par service.",
        "visibility": plan.visibility,
        "created_by_id": plan.created_by_id or ALICE.id,
    }
    action = Action.objects.create(plan=plan, **values | overrides)
    parts = {action.created_by_id: State.PENDING} if parts is None else parts
    for rank, (user_id, state) in enumerate(parts.items()):
        assign(action, user_id, state, position=rank)
    for one in focus:
        FocusItem.objects.create(action=action, focus_type=one, focus_id="s1")
    for area in areas:
        ActionArea.objects.create(action=action, area=area)
    action.refresh_from_db()
    return action


def assign(action: Action, user_id: str, state: State, **overrides: Any) -> Assignment:
    now = timezone.now()
    values: dict[str, Any] = {
        "base_status": state,
        "started_at": None if state == State.PENDING else now,
        "completed_at": now if state in ENDED else None,
    }
    return Assignment.objects.create(action=action, user_id=user_id, **values | overrides)


def make_area(**overrides: Any) -> Area:
    return Area.objects.create(**{"name": "Siège"} | overrides)


def make_group(**overrides: Any) -> Group:
    return Group.objects.create(**{"name": "Formateurs"} | overrides)


def make_note(action: Action, **overrides: Any) -> Note:
    values = {"text": "Fait à moitié.", "author_id": ALICE.id}
    return Note.objects.create(action=action, **values | overrides)
