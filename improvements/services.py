"""Every write to improvement plans.

Each service locks the plan before its children, so that closing and changing wait for one another.
Source: public API, improvement plans; api-improvements.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import (
    ClosingReport,
    Complaint,
    CorrectiveAction,
    ImprovementPlan,
    PlanComplaint,
)
from improvements.states import (
    DELETABLE,
    FROZEN,
    SETTLED,
    ActionStatus,
    PlanStatus,
    Trigger,
    check_plan_move,
)
from qualiforma.accounts.actor import Actor
from qualiforma.accounts.models import User
from qualiforma.errors import ConflictError, FieldError, InvalidFieldsError, MissingError
from qualiforma.files import is_stored_below, tenant_folder

INDICATOR_IMPROVEMENT = 32
INDICATOR_COMPLAINTS = 31


class OpenActionsError(ConflictError):
    """A plan with unfinished actions cannot be closed."""

    code = "OPEN_ACTIONS"
    title = _("Des actions ne sont pas terminées")


class PlanFrozenError(ConflictError):
    """A closed or archived plan is evidence; it does not change any more."""

    code = "PLAN_FROZEN"
    title = _("Ce plan est clôturé ou archivé et ne peut plus changer")


class NotDeletableError(ConflictError):
    """Only a draft can be deleted."""

    code = "PLAN_NOT_DELETABLE"
    title = _("Seul un plan en brouillon peut être supprimé")


class CloseRequiredError(ConflictError):
    """COMPLETED needs a report, hence its own call."""

    code = "CLOSE_REQUIRED"
    title = _("Un plan se clôture avec un rapport")


class TriggerFixedError(ConflictError):
    """The trigger of a started plan stays what it is."""

    code = "TRIGGER_FIXED"
    title = _("Le déclencheur ne change plus une fois le plan démarré")


@dataclass(frozen=True)
class ActionDraft:
    """A corrective action to be added; without `owner` it is the plan's owner's."""

    description: str
    owner: str | None = None
    due_date: date | None = None


@dataclass(frozen=True)
class PlanDraft:
    """A plan to be created. `indicators` None means the trigger's default."""

    title: str
    trigger: Trigger
    target_date: date
    owner: str
    description: str = ""
    linked_complaint_ids: list[str] = field(default_factory=list)
    indicators: list[int] | None = None
    actions: list[ActionDraft] = field(default_factory=list)


@dataclass(frozen=True)
class Closure:
    """The closing report. `attachment_s3_key` names a stored file of this plan, or is empty."""

    summary: str
    outcomes: list[str] = field(default_factory=list)
    attachment_s3_key: str = ""


@transaction.atomic
def create_plan(*, draft: PlanDraft, actor: Actor) -> ImprovementPlan:
    """Create a DRAFT plan with its actions and links, all or nothing.

    Errors: `InvalidFieldsError` naming each unknown owner and complaint.
    """
    _check_references(
        owners={
            "owner": draft.owner,
            **{f"actions[{rank}].owner": one.owner for rank, one in enumerate(draft.actions)},
        },
        complaint_ids=draft.linked_complaint_ids,
    )

    indicators = draft.indicators
    plan = ImprovementPlan(
        title=draft.title,
        description=draft.description,
        trigger=draft.trigger,
        target_date=draft.target_date,
        owner_id=draft.owner,
        indicators=default_indicators(draft.trigger) if indicators is None else indicators,
    )
    plan.save(force_insert=True)
    CorrectiveAction.objects.bulk_create(
        _new_action(plan, one, position=rank) for rank, one in enumerate(draft.actions)
    )
    _link(plan, draft.linked_complaint_ids)
    return plan


@transaction.atomic
def edit_plan(
    *, plan: ImprovementPlan, changes: Mapping[str, Any], actor: Actor
) -> ImprovementPlan:
    """Change fields of an open plan; never its status. Values equal to the present are no change.

    Errors: `PlanFrozenError`, `TriggerFixedError`, `InvalidFieldsError` for an unknown owner or
    complaint. An owner deactivated since is questioned only when the owner changes.
    """
    plan = _locked(plan)
    fields = {
        name: value
        for name, value in changes.items()
        if name != "linked_complaint_ids" and getattr(plan, _column(name)) != value
    }
    complaint_ids = changes.get("linked_complaint_ids")
    if complaint_ids == _linked_ids(plan):
        complaint_ids = None
    if not fields and complaint_ids is None:
        return plan

    _check_open(plan)
    if "trigger" in fields and plan.status != PlanStatus.DRAFT:
        raise TriggerFixedError
    _check_references(owners={"owner": fields.get("owner")}, complaint_ids=complaint_ids or [])

    for name, value in fields.items():
        setattr(plan, _column(name), value)
    if fields:
        plan.save(update_fields=list(fields))
    if complaint_ids is not None:
        plan.complaint_links.all().delete()
        _link(plan, complaint_ids)
    return plan


@transaction.atomic
def change_plan_status(
    *, plan: ImprovementPlan, target: PlanStatus, actor: Actor, reason: str = ""
) -> ImprovementPlan:
    """Start, archive or give up a plan; the same status again changes nothing.

    Giving up (IN_PROGRESS to ARCHIVED) cancels what is open. Errors: `IllegalTransitionError`
    naming what is possible; `CloseRequiredError` for COMPLETED, which needs the report.
    """
    plan = _locked(plan)
    current = PlanStatus(plan.status)
    if current == target:
        return plan
    check_plan_move(current, target)
    if target == PlanStatus.COMPLETED:
        raise CloseRequiredError(
            _("Utilisez POST /api/v1/improvement-plans/%s/close avec le rapport.") % plan.pk,
            allowed=[PlanStatus.ARCHIVED.value],
            close=f"/api/v1/improvement-plans/{plan.pk}/close",
        )

    if target == PlanStatus.ARCHIVED:
        # Children first: once the plan is frozen they cannot change any more.
        plan.actions.exclude(status__in=SETTLED).update(status=ActionStatus.CANCELLED)
        plan.archive_reason = reason
    elif target == PlanStatus.IN_PROGRESS:
        plan.started_at = timezone.now()
    plan.status = target
    plan.save(update_fields=["status", "archive_reason", "started_at"])
    return plan


@transaction.atomic
def revise_plan(
    *,
    plan: ImprovementPlan,
    changes: Mapping[str, Any],
    actor: Actor,
    target: PlanStatus | None = None,
    reason: str = "",
) -> ImprovementPlan:
    """Apply one PATCH: the fields as the present state allows them, then the move."""
    plan = edit_plan(plan=plan, changes=changes, actor=actor)
    if target is None:
        return plan
    return change_plan_status(plan=plan, target=target, actor=actor, reason=reason)


@transaction.atomic
def close_plan(*, plan: ImprovementPlan, closure: Closure, actor: Actor) -> ImprovementPlan:
    """Close a plan with its report. A plan without any action may be closed.

    Errors: `IllegalTransitionError` unless IN_PROGRESS; `OpenActionsError` naming the actions
    that are neither DONE nor CANCELLED; `InvalidFieldsError` for a key that is not a stored file
    of this plan. Source: public API, POST /improvement-plans/:id/close.
    """
    plan = _locked(plan)
    check_plan_move(PlanStatus(plan.status), PlanStatus.COMPLETED)
    open_ids = list(plan.actions.exclude(status__in=SETTLED).values_list("pk", flat=True))
    if open_ids:
        raise OpenActionsError(
            _("Actions ni terminées ni annulées : %s.") % ", ".join(open_ids), open_actions=open_ids
        )
    _check_attachment(plan, closure.attachment_s3_key)

    ClosingReport.objects.create(
        plan=plan,
        summary=closure.summary,
        outcomes=closure.outcomes,
        attachment_s3_key=closure.attachment_s3_key,
    )
    plan.status = PlanStatus.COMPLETED
    plan.closed_at = timezone.now()
    plan.closed_by_id = actor.id
    plan.save(update_fields=["status", "closed_at", "closed_by"])
    return plan


@transaction.atomic
def delete_plan(*, plan: ImprovementPlan, actor: Actor) -> None:
    """Delete a draft softly: gone from lists and counts, kept for the audit.

    Errors: `NotDeletableError` in any other status.
    """
    plan = _locked(plan)
    if plan.status not in DELETABLE:
        raise NotDeletableError(current=plan.status, deletable=sorted(DELETABLE))

    plan.deleted_at = timezone.now()
    plan.deleted_by_id = actor.id
    plan.save(update_fields=["deleted_at", "deleted_by"])


@transaction.atomic
def add_action(*, plan: ImprovementPlan, draft: ActionDraft, actor: Actor) -> CorrectiveAction:
    """Add a TODO action to an open plan. Errors: `PlanFrozenError`, `InvalidFieldsError`."""
    plan = _locked(plan)
    _check_open(plan)
    _check_references(owners={"owner": draft.owner})

    last = plan.actions.order_by("-position").values_list("position", flat=True).first()
    action = _new_action(plan, draft, position=0 if last is None else last + 1)
    action.save(force_insert=True)
    return action


@transaction.atomic
def change_action(
    *, action: CorrectiveAction, changes: Mapping[str, Any], actor: Actor
) -> CorrectiveAction:
    """Change an action of an open plan. DONE stamps `completed_at`, leaving DONE clears it.

    Errors: `PlanFrozenError`, `InvalidFieldsError` for an unknown owner.
    """
    plan = _locked(action.plan)
    action = plan.actions.select_for_update().get(pk=action.pk)
    changes = {k: v for k, v in changes.items() if getattr(action, _column(k)) != v}
    if not changes:
        return action
    _check_open(plan)
    _check_references(owners={"owner": changes.get("owner")})

    for name, value in changes.items():
        setattr(action, _column(name), value)
    if "status" in changes:
        done = action.status == ActionStatus.DONE
        action.completed_at = timezone.now() if done else None
    action.save(update_fields=[*changes, "completed_at"])
    return action


def default_indicators(trigger: Trigger) -> list[int]:
    """Return the indicators a plan bears on unless told otherwise. Source: api-improvements."""
    if trigger == Trigger.COMPLAINT:
        return [INDICATOR_COMPLAINTS, INDICATOR_IMPROVEMENT]
    return [INDICATOR_IMPROVEMENT]


def _locked(plan: ImprovementPlan) -> ImprovementPlan:
    """Return the plan as it stands now, its row locked until the transaction ends."""
    locked: ImprovementPlan | None = (
        ImprovementPlan.objects.alive().select_for_update().filter(pk=plan.pk).first()
    )
    if locked is None:  # deleted between the caller's look and this lock
        raise MissingError
    return locked


def _check_open(plan: ImprovementPlan) -> None:
    if plan.status in FROZEN:
        raise PlanFrozenError(current=plan.status)


def _check_references(
    *, owners: Mapping[str, str | None], complaint_ids: Iterable[str] = ()
) -> None:
    """Name every owner that is no active user and every complaint that does not exist."""
    wanted = {path: user_id for path, user_id in owners.items() if user_id is not None}
    active = User.objects.active_ids(set(wanted.values())) if wanted else set()
    complaint_ids = list(complaint_ids)
    known = set(Complaint.objects.filter(pk__in=complaint_ids).values_list("pk", flat=True))
    errors = [
        FieldError(path, "unknown", _("Aucun utilisateur actif n’a cet identifiant."))
        for path, user_id in wanted.items()
        if user_id not in active
    ]
    errors += [
        FieldError(
            f"linked_complaint_ids[{rank}]",
            "unknown",
            _("Aucune réclamation n’a l’identifiant %s.") % complaint_id,
        )
        for rank, complaint_id in enumerate(complaint_ids)
        if complaint_id not in known
    ]
    if errors:
        raise InvalidFieldsError(errors)


def _check_attachment(plan: ImprovementPlan, key: str) -> None:
    """Refuse alike a file of another tenant, of another plan, and none at all."""
    folder = tenant_folder("improvements", plan.pk)
    if key and not is_stored_below(key, folder):
        detail = _("Aucun fichier de ce plan n’a cette clé ; elle commence par %s.") % folder
        raise InvalidFieldsError([FieldError("attachment_s3_key", "unknown", detail)])


def _new_action(plan: ImprovementPlan, draft: ActionDraft, *, position: int) -> CorrectiveAction:
    return CorrectiveAction(
        plan=plan,
        description=draft.description,
        owner_id=draft.owner or plan.owner_id,
        due_date=draft.due_date,
        position=position,
    )


def _link(plan: ImprovementPlan, complaint_ids: Iterable[str]) -> None:
    PlanComplaint.objects.bulk_create(
        PlanComplaint(plan=plan, complaint_id=complaint_id, position=rank)
        for rank, complaint_id in enumerate(complaint_ids)
    )


def _linked_ids(plan: ImprovementPlan) -> list[str]:
    return list(plan.complaint_links.order_by("position").values_list("complaint_id", flat=True))


def _column(name: str) -> str:
    """Return the attribute that holds a field's plain value."""
    return "owner_id" if name == "owner" else name
