"""Services of corrective actions."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.policies import can_change_action
from improvements.services.inputs import ActionDraft
from improvements.services.shared import (
    Seen,
    check_open,
    check_references,
    check_seen,
    column,
    locked,
    new_action,
    save,
)
from improvements.states import ActionStatus
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import NotAllowedError


@audit.recorded("improvements.action.added")
def add_action(
    *, plan: ImprovementPlan, draft: ActionDraft, actor: Actor, seen: Seen = None
) -> CorrectiveAction:
    """Add a TODO action to an open plan. Errors: `PlanFrozenError`, `InvalidFieldsError`."""
    plan = locked(plan)
    check_references(owners={"owner": draft.owner or plan.owner_id})
    check_seen(plan, seen)
    check_open(plan)

    last = plan.actions.order_by("-position").values_list("position", flat=True).first()
    action = new_action(plan, draft, position=0 if last is None else last + 1)
    action.save(force_insert=True)
    save(plan)
    return action


@audit.recorded("improvements.action.changed")
def change_action(
    *, action: CorrectiveAction, changes: Mapping[str, Any], actor: Actor, seen: Seen = None
) -> CorrectiveAction:
    """Change an action of an open plan. DONE stamps `completed_at`, leaving DONE clears it.

    Errors: `PlanFrozenError`, `InvalidFieldsError` for an unknown owner.
    """
    plan = locked(action.plan)
    action = plan.actions.select_for_update().get(pk=action.pk)
    changes = {k: v for k, v in changes.items() if getattr(action, column(k)) != v}
    if not can_change_action(actor, action, changes):
        raise NotAllowedError  # it was another's by the time the lock was ours
    check_references(owners={"owner": changes.get("owner")})
    check_seen(plan, seen)
    if not changes:
        return action
    check_open(plan)

    for name, value in changes.items():
        setattr(action, column(name), value)
    if "status" in changes:
        done = action.status == ActionStatus.DONE
        action.completed_at = timezone.now() if done else None
    action.save(update_fields=[*changes, "completed_at"])
    save(plan)
    return action
