"""Corrective actions and plans as tasks of the home page."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from improvements.states import OPEN, Late
from qualiforma.accounts.actor import Actor
from qualiforma.admin.todo import LATE, TASKS_MAX, Source, Task, register

PLAN_PAGE = "admin:improvements_improvementplan_change"
COMPLAINT_PAGE = "admin:improvements_complaint_change"


def _list(model: str, **query: Any) -> str:
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse(f'admin:improvements_{model}_changelist')}?{asked}"


def _actions(actor: Actor, until: date) -> Iterable[Task]:
    due = CorrectiveAction.objects.visible_to(actor).open().filter(due_date__lte=until)
    rows = due.order_by("due_date", "id").values_list(
        "description", "plan__title", "owner_id", "owner__name", "due_date", "plan_id"
    )
    due_date: Any  # never None, by the filter
    for description, plan, owner_id, owner, due_date, plan_id in rows[:TASKS_MAX]:
        yield Task(description, plan, owner_id, owner, due_date, PLAN_PAGE, plan_id)


def _plans(actor: Actor, until: date) -> Iterable[Task]:
    due = ImprovementPlan.objects.visible_to(actor).filter(status__in=OPEN, target_date__lte=until)
    for plan in due.select_related("owner").order_by("target_date", "id")[:TASKS_MAX]:
        owner = plan.owner.name
        yield Task(str(plan), "", plan.owner_id, owner, plan.target_date, PLAN_PAGE, plan.pk)


def _complaints(actor: Actor, until: date) -> Iterable[Task]:
    """Complaints without an answer, by the announced delay; they have no owner."""
    waiting = Complaint.objects.visible_to(actor).unanswered().filter(answer_by__lte=until)
    rows = waiting.order_by("answer_by", "id").values_list("subject", "answer_by", "pk")
    answer_by: Any  # never None, by the filter
    for subject, answer_by, pk in rows[:TASKS_MAX]:
        yield Task(subject, "", "", "", answer_by, COMPLAINT_PAGE, pk)


register(
    Source(
        title=_("Actions correctives"),
        kind=_("Action"),
        find=_actions,
        link=lambda when, person: _list("correctiveaction", due=when, owner=person),
    )
)
register(
    Source(
        title=_("Plans d’amélioration"),
        kind=_("Plan"),
        find=_plans,
        link=lambda when, person: _list(
            "improvementplan",
            **({"overdue": "true"} if when == LATE else {"due": "week"}),
            owner=person,
        ),
    )
)
register(
    Source(
        title=_("Réclamations"),
        kind=_("Réclamation"),
        find=_complaints,
        link=lambda when, _person: _list(
            "complaint",
            **({"late": Late.TO_ANSWER.value} if when == LATE else {"answered": "false"}),
        ),
        is_personal=False,
    )
)
