"""Services of plans."""

from collections.abc import Mapping
from typing import Any

from actionplans.models import ActionPlan
from actionplans.services.inputs import PlanDraft
from actionplans.services.shared import (
    ExpectedVersions,
    check_expected_versions,
    locked_plan,
    save_plan,
)
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.training.services.shared import given_id
from qualiforma.versions import apply, differing


@audit.audited("actionplans.plan.created")
def create_plan(*, draft: PlanDraft, actor: Actor) -> ActionPlan:
    """Create an empty plan. Source: public API, POST /company/action-plans."""
    plan = ActionPlan(
        **given_id(draft.id),
        title=draft.title,
        description=draft.description,
        visibility=draft.visibility,
        created_by_id=actor.id,
    )
    plan.updated_at = plan.created_at
    plan.save(force_insert=True)
    return plan


@audit.audited("actionplans.plan.edited")
def edit_plan(
    *,
    plan: ActionPlan,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> ActionPlan:
    """Change fields; values equal to the present are no change."""
    plan = locked_plan(plan.pk)
    check_expected_versions(plan, expected_versions)
    changes = differing(plan, changes)
    if not changes:
        return plan

    apply(plan, changes)
    save_plan(plan, *changes)
    return plan


@audit.audited("actionplans.plan.deleted")
def delete_plan(
    *, plan: ActionPlan, actor: Actor, expected_versions: ExpectedVersions = None
) -> None:
    """Delete a plan and its actions for good; the trail keeps what they were.

    Source: public API, DELETE /company/action-plans/{planId}.
    """
    plan = locked_plan(plan.pk)
    check_expected_versions(plan, expected_versions)
    plan.delete()
