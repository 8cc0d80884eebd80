"""Who may do what to plans. Who may *see* a plan is the queryset's business.

Source: api-conventions, "Roles": the register is the ADMIN's; AUDITOR reads it; everybody sees the
plans they have a part in and moves their own actions on.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qualiforma.accounts.actor import Actor
from qualiforma.accounts.roles import Role

if TYPE_CHECKING:
    from improvements.models import CorrectiveAction

# What the owner of an action may change of it.
OWNERS_ACTION_FIELDS = frozenset({"status", "reason"})


def can_read_register(actor: Actor) -> bool:
    """List and statistics."""
    return actor.role in {Role.ADMIN, Role.AUDITOR}


def can_manage_plans(actor: Actor) -> bool:
    """Create, change, close and delete plans, add actions."""
    return actor.role == Role.ADMIN


def can_work_on_actions(actor: Actor) -> bool:
    """Change corrective actions at all; which ones and what of them: `can_change_action`."""
    return actor.role != Role.AUDITOR


def can_change_action(actor: Actor, action: "CorrectiveAction", fields: Iterable[str]) -> bool:
    """Change these fields of this action: ADMIN any, its owner the status and its reason."""
    if actor.role == Role.ADMIN:
        return True
    return (
        can_work_on_actions(actor)
        and action.owner_id == actor.id
        and set(fields) <= OWNERS_ACTION_FIELDS
    )


def can_read_complaints(actor: Actor) -> bool:
    """Read the register, or one's own part of it."""
    return actor.role != Role.TRAINER


def can_read_complaint_register(actor: Actor) -> bool:
    """Read the whole register, hence its statistics."""
    return actor.role in {Role.ADMIN, Role.MANAGER, Role.AUDITOR}


def can_bring_complaints(actor: Actor) -> bool:
    """Bring a complaint forward."""
    return actor.role != Role.AUDITOR


def can_manage_complaints(actor: Actor) -> bool:
    """Change and answer complaints."""
    return actor.role == Role.ADMIN


def can_read_themes(actor: Actor) -> bool:
    """Read the themes of complaints: the person who brings one forward may name its theme."""
    return True


def can_manage_themes(actor: Actor) -> bool:
    """Add, change, archive and delete themes of complaints."""
    return actor.role == Role.ADMIN


def can_read_risks(actor: Actor) -> bool:
    """Read risks at all; which ones: the queryset's business."""
    return True


def can_manage_risks(actor: Actor) -> bool:
    """Add, change and review risks."""
    return actor.role == Role.ADMIN
