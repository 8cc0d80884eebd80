"""Who may do what to action plans. Who may *see* one is the queryset's business.

Source: api-action-plans; api-conventions, "Roles".
"""

from typing import TYPE_CHECKING

from django.db.models import Q

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role

if TYPE_CHECKING:
    from actionplans.models import Action, ActionPlan, Note

# Who can be given an action, and who uses this family of endpoints.
MANAGING = frozenset({Role.ADMIN, Role.MANAGER})
# The users among whom assignees are chosen.
ASSIGNABLE = Q(is_active=True, role__in=MANAGING)


def can_use_action_plans(actor: Actor) -> bool:
    """Call this family at all: the company's managers."""
    return actor.role in MANAGING


def can_read_all(actor: Actor) -> bool:
    """Read every plan, in the back-office."""
    return actor.role in {Role.ADMIN, Role.AUDITOR}


def can_keep_all(actor: Actor) -> bool:
    """Change every plan, and the areas and groups that actions name."""
    return actor.role == Role.ADMIN


def can_change_plan(actor: Actor, plan: "ActionPlan") -> bool:
    """Change a plan and add actions to it: its creator and ADMIN."""
    if actor.role == Role.ADMIN:
        return True
    return actor.role == Role.MANAGER and plan.created_by_id == actor.id


def can_delete_plan(actor: Actor, plan: "ActionPlan") -> bool:
    """Delete the plan for good: the same people; a plan without a creator, any MANAGER."""
    if not plan.created_by_id and actor.role == Role.MANAGER:
        return True
    return can_change_plan(actor, plan)


def can_change_action(actor: Actor, action: "Action") -> bool:
    """Change, move and delete an action: who created it or its plan, and ADMIN."""
    if can_change_plan(actor, action.plan):
        return True
    return actor.role == Role.MANAGER and action.created_by_id == actor.id


def can_move(actor: Actor, action: "Action", user_id: str) -> bool:
    """Move this user's part: that user, and who may change the action."""
    if can_change_action(actor, action):
        return True
    return can_use_action_plans(actor) and actor.id == user_id


def can_choose_company(actor: Actor) -> bool:
    """Make an action the company's own: ADMIN."""
    return actor.role == Role.ADMIN


def can_work_on(actor: Actor, action: "Action") -> bool:
    """Have a hand in an action, its log included: who may change it, and its assignees."""
    if can_change_action(actor, action):
        return True
    return can_use_action_plans(actor) and action.assignments.filter(user=actor.id).exists()


def can_change_note(actor: Actor, note: "Note") -> bool:
    """Edit and delete an entry: its author."""
    return can_use_action_plans(actor) and note.author_id == actor.id
