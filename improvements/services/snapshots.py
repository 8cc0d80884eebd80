"""What a plan was when it was closed: kept in its report, where no later change reaches it."""

from datetime import UTC, datetime
from typing import Any

from improvements.models import CorrectiveAction, ImprovementPlan
from qualiforma.accounts.models import User

Snapshot = dict[str, Any]


def snapshot_of(plan: ImprovementPlan) -> Snapshot:
    """Return names, dates, actions and complaints of a plan about to be closed.

    Shape: plain JSON under the API's names; instants in UTC. Cost: three queries.
    """
    actions = list(plan.actions.all())
    complaints = [
        link.complaint
        for link in plan.complaint_links.select_related("complaint").order_by("position")
    ]
    people = User.objects.in_bulk(
        {plan.owner_id, plan.closed_by_id, *(action.owner_id for action in actions)}
    )
    return {
        "reference": plan.reference,
        "title": plan.title,
        "description": plan.description,
        "trigger": plan.trigger,
        "indicators": plan.indicators,
        "owner": _person(people[plan.owner_id]),
        "closedBy": _person(people[plan.closed_by_id]) if plan.closed_by_id else None,
        "createdAt": _instant(plan.created_at),
        "startedAt": _instant(plan.started_at),
        "targetDate": plan.target_date.isoformat(),
        "closedAt": _instant(plan.closed_at),
        "actions": [_action(action, people) for action in actions],
        "complaints": [
            {
                "id": one.pk,
                "subject": one.subject,
                "kind": one.kind,
                "status": one.status,
                "complainantName": one.complainant_name,
                "receivedAt": _instant(one.received_at),
                "resolvedAt": _instant(one.resolved_at),
            }
            for one in complaints
        ],
    }


def _action(action: CorrectiveAction, people: dict[str, User]) -> Snapshot:
    return {
        "id": action.pk,
        "description": action.description,
        "status": action.status,
        "owner": _person(people[action.owner_id]),
        "dueDate": action.due_date.isoformat() if action.due_date else None,
        "completedAt": _instant(action.completed_at),
    }


def _person(user: User) -> Snapshot:
    return {"id": user.pk, "name": user.name}


def _instant(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
