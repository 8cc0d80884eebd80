"""Services of corrective actions."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import CorrectiveAction, DueDateMove, ImprovementPlan
from improvements.policies import can_change_action
from improvements.services import policy
from improvements.services.inputs import ActionDraft
from improvements.services.shared import (
    ExpectedVersions,
    check_expected_versions,
    check_open,
    check_references,
    locked,
    new_action,
)
from improvements.states import ActionStatus
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError, MissingError, NotAllowedError
from qualiforma.kept_writes import Changed, write_together
from qualiforma.lookups import RowLookUp
from qualiforma.versions import apply, counted_up, differing, save

NOON = time(12)
_lock_action: RowLookUp[CorrectiveAction] = RowLookUp(
    lambda key: (
        CorrectiveAction.objects.filter(pk=key, plan__deleted_at__isnull=True)
        .select_related("plan")
        .select_for_update()
    )
)


@audit.audited("improvements.action.added")
def add_action(
    *,
    plan: ImprovementPlan,
    draft: ActionDraft,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> CorrectiveAction:
    """Add a TODO action to an open plan. Errors: `PlanFrozenError`, `InvalidFieldsError`."""
    plan = locked(plan)
    check_references(owners={"owner": draft.owner or plan.owner_id})
    check_expected_versions(plan, expected_versions)
    check_open(plan)

    last = plan.actions.order_by("-position").values_list("position", flat=True).first()
    action = new_action(plan, draft, position=0 if last is None else last + 1)
    action.save(force_insert=True)
    save(plan)
    return action


@audit.audited("improvements.action.changed")
def change_action(
    *,
    action: CorrectiveAction,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> CorrectiveAction:
    """Change an action of an open plan. DONE stamps `completed_at` unless given; leaving DONE clears it.

    `reason` goes with a cancelled action, and with a due date that is moved: each move is kept.
    `completed_on` is the day on which it was done, for `completed_at`. Errors: `PlanFrozenError`,
    `PolicyError`, `InvalidFieldsError` for an unknown owner, a reason of nothing, a day that cannot be.
    """
    action = _locked_action(action)
    plan: ImprovementPlan = action.plan
    changes = _with_instant(changes, action)
    reason = changes.get("reason", "")
    fields = differing(action, {k: v for k, v in changes.items() if k != "reason"})
    if not can_change_action(actor, action, fields):
        raise NotAllowedError  # it was another's by the time the lock was ours
    check_references(owners={"owner": fields.get("owner")})
    check_expected_versions(plan, expected_versions)
    cancelled = fields.get("status", action.status) == ActionStatus.CANCELLED
    _check_reason(changes, cancelled=cancelled)
    if not fields and (not cancelled or reason in {"", action.reason}):
        return action
    check_open(plan)
    policy.require(policy.missing_to_change(action, {**fields, "reason": reason}))

    if "due_date" in fields:
        _move_due_date(action, fields["due_date"], reason, actor)
    apply(action, fields)
    if "status" in fields or "completed_at" in fields:
        _set_completed_at(action, fields.get("completed_at"))
    action.reason = (reason or action.reason) if cancelled else ""
    changed = Changed(action, [*fields, "completed_at", "first_due_date", "reason"])
    write_together(changed, counted_up(plan))
    return action


def _locked_action(action: CorrectiveAction) -> CorrectiveAction:
    """Return the current action with its plan, both rows locked. Errors: `MissingError`."""
    row = _lock_action(action.pk)
    if row is None:
        raise MissingError
    return row


def _with_instant(changes: Mapping[str, Any], action: CorrectiveAction) -> Mapping[str, Any]:
    """Return the changes with `completed_at` for a `completed_on`: now, or noon of a day that has passed."""
    given, now = dict(changes), timezone.localtime()
    day: date | None = given.pop("completed_on", None)
    if day is None:
        return given
    detail = None
    if given.get("status", action.status) != ActionStatus.DONE:
        detail = _("Seule une action terminée a une date de fin.")
    elif day > now.date():
        detail = _("Une action ne peut pas être terminée à une date future.")
    elif day < timezone.localdate(action.plan.created_at):
        detail = _("Une action ne peut pas être terminée avant la création de son plan.")
    if detail:
        raise InvalidFieldsError([FieldError("completed_on", "invalid", detail)])
    if action.completed_at and timezone.localdate(action.completed_at) == day:
        return given
    instant = now if day == now.date() else datetime.combine(day, NOON, now.tzinfo)
    return {**given, "completed_at": instant}


def _set_completed_at(action: CorrectiveAction, instant: datetime | None) -> None:
    """Make the instant agree with the status. Errors: `InvalidFieldsError`."""
    done, now = action.status == ActionStatus.DONE, timezone.now()
    if instant and not done:
        detail = _("Seule une action terminée a une date de fin.")
        raise InvalidFieldsError([FieldError("completed_at", "unexpected", detail)])
    if instant and instant > now:
        detail = _("Cette date est dans le futur.")
        raise InvalidFieldsError([FieldError("completed_at", "future", detail)])
    action.completed_at = (instant or now) if done else None


def _check_reason(given: Mapping[str, Any], *, cancelled: bool) -> None:
    """Refuse a reason of nothing. That of a date which is the present one already is let pass."""
    if given.get("reason") and not cancelled and "due_date" not in given:
        detail = _("Indiquez un motif seulement pour une annulation ou un report d’échéance.")
        raise InvalidFieldsError([FieldError("reason", "unexpected", detail)])


def _move_due_date(action: CorrectiveAction, day: date | None, reason: str, actor: Actor) -> None:
    """Keep the date that is given up, and why; the first one is none."""
    if action.due_date is None:
        action.first_due_date = action.first_due_date or day
        return
    DueDateMove.objects.create(
        plan=action.plan,
        action=action,
        from_date=action.due_date,
        to_date=day,
        reason=reason,
        moved_by_id=actor.id,
    )
    action.first_due_date = action.first_due_date or action.due_date
