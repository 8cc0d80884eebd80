"""What was done a moment ago is undone, and a deleted draft is restored.

A closed, archived or abandoned plan is evidence: nothing of it is undone, here or in the database.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, Model, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import CorrectiveAction, ImprovementPlan
from improvements.services.shared import (
    ExpectedVersions,
    check_expected_versions,
    check_open,
    locked,
)
from improvements.states import PlanStatus
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.audit.models import AuditEvent
from qualiforma.audit.registry import recorded_models
from qualiforma.errors import ConflictError, IllegalTransitionError, MissingError
from qualiforma.versions import save

# The pages offer it for ten seconds; slow networks get a minute.
UNDO = timedelta(minutes=1)


@audit.audited("improvements.plan.start_undone")
def undo_start(
    *, plan: ImprovementPlan, actor: Actor, expected_versions: ExpectedVersions = None
) -> ImprovementPlan:
    """Make a plan a draft again that was started a moment ago.

    Errors: `StaleError` when it was changed since; `IllegalTransitionError` when it is too late.
    """
    plan = locked(plan)
    started = plan.started_at
    is_recent = started is not None and timezone.now() - started <= UNDO
    if plan.status != PlanStatus.IN_PROGRESS or not is_recent:
        raise IllegalTransitionError(
            _("Ce démarrage ne peut plus être annulé."), current=plan.status
        )
    check_expected_versions(plan, expected_versions)
    plan.status, plan.started_at = PlanStatus.DRAFT, None
    save(plan, "status", "started_at")
    return plan


@audit.audited("improvements.plan.restored")
def restore_plan(*, plan: ImprovementPlan, actor: Actor) -> ImprovementPlan:
    """Bring a deleted draft back, as it was. Errors: `MissingError` for one that is not deleted."""
    deleted = ImprovementPlan.objects.filter(deleted_at__isnull=False).select_for_update()
    row: ImprovementPlan | None = deleted.filter(pk=plan.pk).first()
    if row is None:
        raise MissingError
    row.deleted_at = row.deleted_by = None
    save(row, "deleted_at", "deleted_by")
    return row


@audit.audited("improvements.action.change_undone")
def undo_action(*, action: CorrectiveAction, actor: Actor) -> CorrectiveAction:
    """Give an action the status, the instant and the reason that it had before its last change.

    What they were is read from the trail, not computed again: an action that is done once more keeps
    the day on which it was done. Errors: `ConflictError` when somebody else changed it, or a while
    ago; `PlanFrozenError`.
    """
    plan = locked(action.plan)
    action = plan.actions.select_for_update().get(pk=action.pk)
    check_open(plan)
    event = AuditEvent.objects.filter(object_id=action.pk).order_by("-seq").first()
    if event is None or not _is_recent_change_of_status(event, actor):
        raise ConflictError(_("Ce changement ne peut plus être annulé."))
    names = ("status", "completed_at", "reason")
    for name in names:
        if f"before.{name}" in event.clear:
            setattr(action, name, _read(name, event.clear[f"before.{name}"]))
    action.save(update_fields=names)
    save(plan)
    return action


def _is_recent_change_of_status(event: AuditEvent, actor: Actor) -> bool:
    return (
        event.actor == actor.id
        and event.operation == "UPDATE"
        and "before.status" in event.clear
        and event.action != "improvements.action.change_undone"
        and timezone.now() - event.at <= UNDO
    )


def _read(name: str, value: list[str]) -> Any:
    """Return a value as its column holds it. Shape of `value`: a salt, then the JSON text."""
    found = json.loads(value[1])
    return datetime.fromisoformat(found) if name == "completed_at" and found else found


def just_changed(model: type[Model], column: str, *, request_id: str, actor: Actor) -> list[str]:
    """Return the ids of rows of which this person changed a column by one request, a moment ago.

    Left out are those whose record was changed by another request since. Cost: one statement.
    """
    later = AuditEvent.objects.filter(root_id=OuterRef("root_id"), seq__gt=OuterRef("seq"))
    events = AuditEvent.objects.filter(
        actor=actor.id,
        request_id=request_id,
        at__gte=timezone.now() - UNDO,
        operation="UPDATE",
        object_type=recorded_models[model].object_type,
        clear__has_key=f"before.{column}",
    ).exclude(Exists(later.exclude(request_id=request_id)))
    return list(events.order_by("seq").values_list("object_id", flat=True))
