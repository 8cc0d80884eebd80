"""Services of plans."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from improvements.models import (
    ClosingReport,
    Complaint,
    CorrectiveAction,
    ImprovementPlan,
    PlanComplaint,
)
from improvements.services import policy
from improvements.services.actions import change_action
from improvements.services.complaints import change_complaint
from improvements.services.exceptions import (
    CloseRequiredError,
    NotDeletableError,
    OpenActionsError,
    TriggerFixedError,
)
from improvements.services.inputs import Closure, PlanDraft
from improvements.services.results import check_results, is_same, write_results
from improvements.services.shared import (
    ExpectedVersions,
    check_expected_versions,
    check_open,
    check_references,
    locked,
    new_action,
)
from improvements.services.snapshots import snapshot_of
from improvements.services.whole import locked_whole
from improvements.states import (
    ANSWERED,
    DELETABLE,
    SETTLED,
    ActionStatus,
    ComplaintStatus,
    PlanStatus,
    Trigger,
    check_plan_move,
)
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.errors import FieldError, InvalidFieldsError
from qualiforma.files import is_stored_below, tenant_folder
from qualiforma.kept_writes import New, write_together
from qualiforma.qualiopi.indicators import NUMBERS
from qualiforma.qualiopi.states import Subject
from qualiforma.stored_files.checking import copy_of
from qualiforma.training.services.shared import given_id
from qualiforma.versions import apply, counted_up, differing, save

# Of a plan's fields those that are rows of their own.
CHILDREN = frozenset({"linked_complaint_ids", "expected_results"})
# What the trail calls each move that is made here.
MOVES = {
    (PlanStatus.DRAFT, PlanStatus.IN_PROGRESS): "improvements.plan.started",
    (PlanStatus.COMPLETED, PlanStatus.ARCHIVED): "improvements.plan.archived",
    (PlanStatus.IN_PROGRESS, PlanStatus.ARCHIVED): "improvements.plan.abandoned",
}


@audit.audited("improvements.plan.created")
def create_plan(*, draft: PlanDraft, actor: Actor) -> ImprovementPlan:
    """Create a DRAFT plan with its actions and links, all or nothing.

    Errors: `InvalidFieldsError` naming each unknown owner and complaint.
    """
    check_references(
        owners={
            "owner": draft.owner,
            **{f"actions[{rank}].owner": one.owner for rank, one in enumerate(draft.actions)},
        },
        complaint_ids=draft.linked_complaint_ids,
    )

    indicators = draft.indicators
    plan = ImprovementPlan(
        **given_id(draft.id),
        title=draft.title,
        description=draft.description,
        trigger=draft.trigger,
        target_date=draft.target_date,
        owner_id=draft.owner,
        indicators=default_indicators(draft.trigger) if indicators is None else indicators,
        root_cause=draft.root_cause,
        cause_method=draft.cause_method,
        follows_plan_id=draft.follows_plan_id,
    )
    check_results(plan, draft.expected_results, {})
    plan.save(force_insert=True)
    CorrectiveAction.objects.bulk_create(
        new_action(plan, one, position=rank) for rank, one in enumerate(draft.actions)
    )
    _link(plan, draft.linked_complaint_ids)
    if draft.expected_results:
        write_results(plan, draft.expected_results)
    return plan


@audit.audited("improvements.plan.edited")
def edit_plan(
    *,
    plan: ImprovementPlan,
    changes: Mapping[str, Any],
    actor: Actor,
    expected_versions: ExpectedVersions = None,
) -> ImprovementPlan:
    """Change fields of an open plan; never its status. Values equal to the present are no change.

    Errors: `PlanFrozenError`, `TriggerFixedError`, `InvalidFieldsError` for an unknown owner or
    complaint. An owner deactivated since is questioned only when the owner changes.
    """
    plan = locked(plan)
    fields = differing(plan, {name: changes[name] for name in changes if name not in CHILDREN})
    complaint_ids = changes.get("linked_complaint_ids")
    if complaint_ids is not None and complaint_ids == _linked_ids(plan):
        complaint_ids = None
    check_references(owners={"owner": fields.get("owner")}, complaint_ids=complaint_ids or [])
    check_expected_versions(plan, expected_versions)
    results = changes.get("expected_results")
    if not fields and complaint_ids is None and (results is None or is_same(plan, results)):
        return plan

    check_open(plan)
    if "trigger" in fields and plan.status != PlanStatus.DRAFT:
        raise TriggerFixedError

    apply(plan, fields)
    save(plan, *fields)
    if complaint_ids is not None:
        plan.complaint_links.all().delete()
        _link(plan, complaint_ids)
    if results is not None:
        write_results(plan, results)
    return plan


@audit.audited("improvements.plan.moved")
def change_plan_status(
    *,
    plan: ImprovementPlan,
    target: PlanStatus,
    actor: Actor,
    reason: str = "",
    expected_versions: ExpectedVersions = None,
) -> ImprovementPlan:
    """Start, archive or give up a plan; the same status again changes nothing.

    Giving up (IN_PROGRESS to ARCHIVED) cancels what is open. Errors: `IllegalTransitionError`
    naming what is possible; `CloseRequiredError` for COMPLETED, which needs the report;
    `PolicyError`.
    """
    plan = locked(plan)
    check_expected_versions(plan, expected_versions)
    current = PlanStatus(plan.status)
    if current == target:
        if reason not in {"", plan.archive_reason}:
            check_open(plan)  # a reason given later would change the record
        return plan
    check_plan_move(current, target)
    if target == PlanStatus.COMPLETED:
        raise CloseRequiredError(
            _("Utilisez POST /api/v1/improvement-plans/%s/close avec le rapport.") % plan.pk,
            allowed=[PlanStatus.ARCHIVED.value],
            close=f"/api/v1/improvement-plans/{plan.pk}/close",
        )

    audit.rename(MOVES[current, target])
    if target == PlanStatus.ARCHIVED:
        plan.archive_reason = reason
    if (current, target) == (PlanStatus.IN_PROGRESS, PlanStatus.ARCHIVED):
        _give_up(plan, reason)
    elif target == PlanStatus.IN_PROGRESS:
        policy.require(policy.missing_to_start(plan))
        plan.started_at = timezone.now()
    plan.status = target
    save(plan, "status", "archive_reason", "started_at")
    return plan


def _give_up(plan: ImprovementPlan, reason: str) -> None:
    """Cancel what is open, before the plan is frozen: then its actions cannot change any more."""
    policy.require(policy.missing_to_give_up(reason))
    plan.actions.exclude(status__in=SETTLED).update(status=ActionStatus.CANCELLED, reason=reason)


def revise_plan(
    *,
    plan: ImprovementPlan,
    changes: Mapping[str, Any],
    actor: Actor,
    target: PlanStatus | None = None,
    reason: str = "",
    expected_versions: ExpectedVersions = None,
) -> ImprovementPlan:
    """Apply one PATCH: the fields as the present state allows them, then the move."""
    if target is None:
        return edit_plan(
            plan=plan, changes=changes, actor=actor, expected_versions=expected_versions
        )
    return _edit_and_move(
        plan=plan,
        changes=changes,
        actor=actor,
        target=target,
        reason=reason,
        expected_versions=expected_versions,
    )


@audit.audited("improvements.plan.revised")
def _edit_and_move(
    *,
    plan: ImprovementPlan,
    changes: Mapping[str, Any],
    actor: Actor,
    target: PlanStatus,
    reason: str,
    expected_versions: ExpectedVersions,
) -> ImprovementPlan:
    plan = edit_plan(plan=plan, changes=changes, actor=actor, expected_versions=expected_versions)
    return change_plan_status(plan=plan, target=target, actor=actor, reason=reason)


def close_plan(
    *,
    plan: ImprovementPlan,
    closure: Closure,
    actor: Actor,
    expected_versions: ExpectedVersions = None,
    file_just_stored: bool = False,
) -> ImprovementPlan:
    """Close a plan with its report. A plan without any action may be closed.

    Errors: `IllegalTransitionError` unless IN_PROGRESS; `OpenActionsError` naming the actions
    that are neither DONE nor CANCELLED; `InvalidFieldsError` for a key that is not a stored file
    of this plan; `PolicyError`. Source: public API, POST /improvement-plans/:id/close.
    """
    # The storage may be slow: it is asked before the trail is locked. Who has just stored the file, in
    # the transaction that is open, holds that lock and need not ask.
    if not file_just_stored:
        _check_attachment(plan, closure.attachment_s3_key)
    report = ClosingReport(
        plan=plan,
        summary=closure.summary,
        outcomes=closure.outcomes,
        attachment_s3_key=closure.attachment_s3_key,
    )
    _read_attachment(report)
    return _close(plan, report, closure, actor=actor, expected_versions=expected_versions)


@audit.audited("improvements.plan.closed")
def _close(
    plan: ImprovementPlan,
    report: ClosingReport,
    closure: Closure,
    *,
    actor: Actor,
    expected_versions: ExpectedVersions,
) -> ImprovementPlan:
    (plan, closer), today = locked_whole(plan, actor.id), timezone.localdate()
    effect_due = closure.effectiveness_due_date
    if effect_due and effect_due < today:
        detail = _("L’efficacité se vérifie après la clôture.")
        raise InvalidFieldsError([FieldError("effectiveness_due_date", "past", detail)])
    check_expected_versions(plan, expected_versions)
    check_plan_move(PlanStatus(plan.status), PlanStatus.COMPLETED)
    if closure.done or closure.answers:
        _settle(plan, closure, actor)
        plan, closer = locked_whole(plan, actor.id)
    _check_settled(plan)
    lacks = policy.missing_to_close(plan, report.outcomes)
    policy.require(lacks)

    plan.status = PlanStatus.COMPLETED
    plan.closed_at = timezone.now()
    plan.closed_by = closer
    days = timedelta(days=plan.effectiveness_days)  # type: ignore[attr-defined]  # annotated
    plan.effectiveness_due_date = effect_due or today + days
    # The report first: once the plan is frozen nothing of it can be written any more.
    report.plan, report.snapshot = plan, snapshot_of(plan, [one.code for one in lacks])
    changed = counted_up(plan, "status", "closed_at", "closed_by", "effectiveness_due_date")
    write_together(New(report), changed)
    return plan


def _check_settled(plan: ImprovementPlan) -> None:
    """Refuse a plan with actions that are neither done nor cancelled. Errors: `OpenActionsError`."""
    still_open = [one for one in plan.actions.all() if one.status not in SETTLED]
    if still_open:
        named = ", ".join(f"« {one.description} »" for one in still_open)
        raise OpenActionsError(
            _("Actions ni terminées ni annulées : %s.") % named,
            open_actions=[one.pk for one in still_open],
        )


def _settle(plan: ImprovementPlan, closure: Closure, actor: Actor) -> None:
    """Finish the actions and answer the complaints that the closing names, each by its service."""
    for action in plan.actions.filter(pk__in=closure.done).exclude(status__in=SETTLED):
        change_action(action=action, changes={"status": ActionStatus.DONE}, actor=actor)
    linked = Complaint.objects.filter(plan_links__plan=plan, pk__in=closure.answers)
    for complaint in linked.exclude(status__in=ANSWERED).order_by("pk"):
        changes = {"resolution": closure.answers[complaint.pk], "status": ComplaintStatus.RESOLVED}
        change_complaint(complaint=complaint, changes=changes, actor=actor)


@audit.audited("improvements.plan.deleted")
def delete_plan(
    *, plan: ImprovementPlan, actor: Actor, expected_versions: ExpectedVersions = None
) -> None:
    """Delete a draft softly: gone from lists and counts, kept for the audit.

    Errors: `NotDeletableError` in any other status.
    """
    plan = locked(plan)
    check_expected_versions(plan, expected_versions)
    if plan.status not in DELETABLE:
        raise NotDeletableError(current=plan.status, deletable=sorted(DELETABLE))

    plan.deleted_at = timezone.now()
    plan.deleted_by_id = actor.id
    save(plan, "deleted_at", "deleted_by")


def default_indicators(trigger: Trigger) -> list[int]:
    """Return the indicators a plan bears on unless told otherwise. Source: api-improvements."""
    if trigger == Trigger.COMPLAINT:
        return [NUMBERS[Subject.COMPLAINTS], NUMBERS[Subject.IMPROVEMENT]]
    return [NUMBERS[Subject.IMPROVEMENT]]


def indicators_of(plan: ImprovementPlan) -> list[int]:
    """Return the indicators that evidence of a plan serves; that of improvement where it names none."""
    return list(plan.indicators) or [NUMBERS[Subject.IMPROVEMENT]]


def _check_attachment(plan: ImprovementPlan, key: str) -> None:
    """Refuse alike a file of another tenant, of another plan, and none at all."""
    folder = tenant_folder("improvements", plan.pk)
    if key and not is_stored_below(key, folder):
        detail = _("Aucun fichier de ce plan n’a cette clé ; elle commence par %s.") % folder
        raise InvalidFieldsError([FieldError("attachment_s3_key", "unknown", detail)])


def _read_attachment(report: ClosingReport) -> None:
    """Note size and SHA-256 of the report's file, as its attachment knows them, else as it lies there."""
    key = report.attachment_s3_key
    row = report.plan.attachments.filter(key=key).first() if key else None
    if row is not None:
        report.attachment_size, report.attachment_sha256 = row.size, row.sha256
    elif key:
        report.attachment_size, report.attachment_sha256 = copy_of(key)


def _link(plan: ImprovementPlan, complaint_ids: Iterable[str]) -> None:
    PlanComplaint.objects.bulk_create(
        PlanComplaint(plan=plan, complaint_id=complaint_id, position=rank)
        for rank, complaint_id in enumerate(complaint_ids)
    )


def _linked_ids(plan: ImprovementPlan) -> list[str]:
    return list(plan.complaint_links.order_by("position").values_list("complaint_id", flat=True))
