"""What a plan was when it was closed: kept in its report, where no later change reaches it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from improvements.models import Complaint, CorrectiveAction, ExpectedResult, ImprovementPlan
from qualiforma.accounts.models import User

Snapshot = dict[str, Any]


def snapshot_of(plan: ImprovementPlan, not_given: Sequence[str] = ()) -> Snapshot:
    """Return names, dates, actions and complaints of a plan about to be closed.

    `not_given` are the codes of what the closing lacked. Shape: plain JSON under the API's names;
    instants in UTC, numbers as texts. Cost: none for a plan of `locked_whole`, but a query where it follows
    another; else one for each row and list that is not loaded yet.
    """
    return {
        "reference": plan.reference,
        "title": plan.title,
        "description": plan.description,
        "rootCause": plan.root_cause,
        "causeMethod": plan.cause_method,
        "expectedResults": snapshot_results(plan),
        "notGiven": list(not_given),
        "trigger": plan.trigger,
        "indicators": plan.indicators,
        "owner": _person(plan.owner),
        "closedBy": _person(plan.closed_by) if plan.closed_by else None,
        "createdAt": _instant(plan.created_at),
        "startedAt": _instant(plan.started_at),
        "targetDate": plan.target_date.isoformat(),
        "closedAt": _instant(plan.closed_at),
        "effectivenessDueDate": (
            plan.effectiveness_due_date.isoformat() if plan.effectiveness_due_date else None
        ),
        "followsPlan": plan.follows_plan.reference if plan.follows_plan else None,
        "actions": [_action(action) for action in plan.actions.all()],
        "complaints": [_complaint(one) for one in plan.linked_complaints],
    }


def _action(action: CorrectiveAction) -> Snapshot:
    return {
        "id": action.pk,
        "description": action.description,
        "kind": action.kind,
        "status": action.status,
        "reason": action.reason,
        "firstDueDate": action.first_due_date.isoformat() if action.first_due_date else None,
        "dueDateMoves": [
            {
                "from": one.from_date.isoformat(),
                "to": one.to_date.isoformat() if one.to_date else None,
                "reason": one.reason,
                "movedAt": _instant(one.moved_at),
            }
            for one in action.due_date_moves.all()
        ],
        "owner": _person(action.owner),
        "dueDate": action.due_date.isoformat() if action.due_date else None,
        "completedAt": _instant(action.completed_at),
    }


def _complaint(one: Complaint) -> Snapshot:
    return {
        "id": one.pk,
        "subject": one.subject,
        "kind": one.kind,
        "status": one.status,
        "complainantName": one.complainant_name,
        "receivedAt": _instant(one.received_at),
        "resolvedAt": _instant(one.resolved_at),
    }


def snapshot_results(plan: ImprovementPlan) -> list[Snapshot]:
    """Return what the plan is expected to achieve, as a snapshot holds it. Cost: a query."""
    return [_result(one) for one in plan.expected_results.all()]


def _result(one: ExpectedResult) -> Snapshot:
    values = {"baseline": one.baseline, "target": one.target, "measuredValue": one.measured_value}
    days = {"measuredOn": one.measured_on, "notMeasurableUntil": one.not_measurable_until}
    return {
        "id": one.pk,
        "name": one.name,
        "unit": one.unit,
        "direction": one.direction,
        "met": one.met,
        "targetChanges": one.target_changes,
        **{name: None if value is None else str(value) for name, value in values.items()},
        **{name: day.isoformat() if day else None for name, day in days.items()},
    }


def _person(user: User) -> Snapshot:
    return {"id": user.pk, "name": user.name}


def _instant(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
