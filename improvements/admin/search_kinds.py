"""What of the register the search over everything finds."""

from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from improvements import policies
from improvements.models import (
    SEARCHED,
    SEARCHED_COMPLAINTS,
    ClosingReport,
    Complaint,
    CorrectiveAction,
    ImprovementPlan,
)
from qualiforma.accounts.actor import Actor
from qualiforma.admin.finder import Kind, kinds


def _page(name: str, key: str) -> Any:
    return lambda row: reverse(f"admin:improvements_{name}_change", args=[quote(getattr(row, key))])


def _plans(actor: Actor) -> QuerySet[Any]:
    plans = ImprovementPlan.objects
    return plans.visible_to(actor) if policies.can_read_register(actor) else plans.none()


def _actions(actor: Actor) -> QuerySet[Any]:
    actions = CorrectiveAction.objects
    return actions.visible_to(actor) if policies.can_read_register(actor) else actions.none()


def _complaints(actor: Actor) -> QuerySet[Any]:
    complaints = Complaint.objects
    return (
        complaints.visible_to(actor) if policies.can_read_complaints(actor) else complaints.none()
    )


NEWEST = ("-created_at", "-id")
kinds += [
    Kind(
        _("Plans d’amélioration"),
        "assignment",
        *(_plans, SEARCHED, NEWEST, _page("improvementplan", "pk")),
    ),
    Kind(
        _("Actions correctives"),
        "task_alt",
        *(_actions, ("description",), NEWEST, _page("improvementplan", "plan_id")),
    ),
    Kind(
        _("Réclamations"),
        "forum",
        *(_complaints, SEARCHED_COMPLAINTS, ("-received_at", "-id"), _page("complaint", "pk")),
    ),
    Kind(
        _("Rapports de clôture"),
        "summarize",
        lambda actor: ClosingReport.objects.filter(plan__in=_plans(actor)).select_related("plan"),
        *(("summary",), ("-plan",), _page("improvementplan", "pk")),
    ),
]
