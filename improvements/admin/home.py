"""The home page: what waits for somebody, and the figures of the statistics service."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from improvements.querysets import WEEK
from improvements.states import PlanStatus, Trigger
from improvements.stats import STATES, Month, monthly_stats, plan_stats
from qualiforma.staff.records import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Series = tuple[StrOrPromise, Sequence[int | None]]

SHOWN = 5
STATE_NAMES = {
    "DRAFT": PlanStatus.DRAFT.label,
    "IN_PROGRESS": PlanStatus.IN_PROGRESS.label,
    "COMPLETED": PlanStatus.COMPLETED.label,
    "ABANDONED": _("Abandonné"),
}
# Told apart in grey too: their lightness differs.
COLOURS = ("--qf-chart-1", "--qf-chart-2", "--qf-chart-3", "--qf-chart-4")
COLOURS_ALONE = ("--qf-chart-3",)
GREY = "#76808f"  # read on white and on the dark theme's ground alike: a canvas knows no theme
OPTIONS = json.dumps(
    {
        "maintainAspectRatio": False,
        "animation": False,
        "maxBarThickness": 28,
        "scales": {
            "x": {"stacked": True, "grid": {"display": False}, "ticks": {"color": GREY}},
            "y": {"stacked": True, "ticks": {"precision": 0, "display": True, "color": GREY}},
        },
        "plugins": {"legend": {"display": True, "position": "bottom", "labels": {"color": GREY}}},
    }
)


@dataclass(frozen=True)
class Waiting:
    """One list of what waits: the first few, how many there are, and where they all are."""

    title: "StrOrPromise"
    icon: str
    rows: list[tuple[str, str, str]]  # text, detail, address
    total: int
    link: str


@dataclass(frozen=True)
class Chart:
    """A chart, and the same figures as a table."""

    title: "StrOrPromise"
    data: str
    head: list[str]
    rows: list[tuple[str, list[int | None]]]


def fill(request: HttpRequest) -> dict[str, Any]:
    """Return what the home page shows. Cost: two statements per list, two for the figures."""
    actor = actor_of(request)
    plans = ImprovementPlan.objects.visible_to(actor)
    today = timezone.localdate()
    months = monthly_stats(plans, until=today)
    return {
        "waiting": [
            *_waiting_actions(CorrectiveAction.objects.visible_to(actor)),
            *_waiting_plans(plans, today),
            _waiting_complaints(Complaint.objects.visible_to(actor)),
        ],
        "stats": plan_stats(plans),
        "charts": _charts(months),
        "chart_options": OPTIONS,
    }


def _waiting_plans(plans: Any, today: Any) -> list[Waiting]:
    page = reverse("admin:improvements_improvementplan_changelist")
    soon = today + WEEK
    return [
        _waiting(_("Plans en retard"), "alarm", plans.overdue(), f"{page}?overdue=true"),
        _waiting(
            _("Plans à échéance sous sept jours"), "event", plans.due_by(soon), f"{page}?due=week"
        ),
        _waiting(
            _("Plans prêts à clôturer"), "task_alt", plans.ready_to_close(), f"{page}?due=ready"
        ),
    ]


def _waiting(title: "StrOrPromise", icon: str, plans: Any, link: str) -> Waiting:
    first = plans.select_related("owner").order_by("target_date", "id")[:SHOWN]
    rows = [
        (
            str(plan),
            f"{date_format(plan.target_date, 'SHORT_DATE_FORMAT')} – {plan.owner}",
            reverse("admin:improvements_improvementplan_change", args=[quote(plan.pk)]),
        )
        for plan in first
    ]
    return Waiting(title, icon, rows, plans.count(), link)


def _waiting_actions(actions: Any) -> list[Waiting]:
    page = reverse("admin:improvements_correctiveaction_changelist")
    found = []
    for title, icon, when in (
        (_("Actions en retard"), "alarm", "late"),
        (_("Actions à échéance sous sept jours"), "event", "week"),
    ):
        due = actions.due(when)
        rows = [
            (
                one.description,
                f"{date_format(one.due_date, 'SHORT_DATE_FORMAT')} – {one.owner}",
                reverse("admin:improvements_improvementplan_change", args=[quote(one.plan_id)]),
            )
            for one in due.select_related("owner").order_by("due_date", "id")[:SHOWN]
        ]
        found.append(Waiting(title, icon, rows, due.count(), f"{page}?due={when}"))
    return found


def _waiting_complaints(complaints: Any) -> Waiting:
    unanswered = complaints.unanswered()
    rows = [
        (
            one.subject,
            f"{date_format(timezone.localdate(one.received_at), 'SHORT_DATE_FORMAT')} – {one.get_status_display()}",
            reverse("admin:improvements_complaint_change", args=[quote(one.pk)]),
        )
        for one in unanswered.order_by("received_at", "id")[:SHOWN]
    ]
    link = f"{reverse('admin:improvements_complaint_changelist')}?answered=false"
    return Waiting(_("Réclamations sans réponse"), "forum", rows, unanswered.count(), link)


def _charts(months: list[Month]) -> list[Chart]:
    states = [(STATE_NAMES[one], [month.by_state[one] for month in months]) for one in STATES]
    triggers = [(one.label, [month.by_trigger[one] for month in months]) for one in Trigger]
    rates = [month.completion_rate for month in months]
    percents = [None if rate is None else round(rate * 100) for rate in rates]
    days = [month.average_duration_days for month in months]
    return [
        _chart(_("Plans par état"), months, states),
        _chart(_("Plans par déclencheur"), months, triggers),
        _chart(_("Taux d’achèvement"), months, [(_("Plans clôturés (%)"), percents)]),
        _chart(_("Durée moyenne"), months, [(_("Jours, de la création à la clôture"), days)]),
    ]


def _chart(title: "StrOrPromise", months: list[Month], series: Sequence["Series"]) -> Chart:
    labels = [f"{month.first_day:%m/%Y}" for month in months]
    colours = COLOURS if len(series) > 1 else COLOURS_ALONE
    datasets = [
        {"label": str(name), "data": values, "backgroundColor": f"var({colour})"}
        for (name, values), colour in zip(series, colours, strict=True)
    ]
    by_month = zip(*(values for _name, values in series), strict=True)
    rows = [(label, list(values)) for label, values in zip(labels, by_month, strict=True)]
    data = json.dumps({"labels": labels, "datasets": datasets})
    return Chart(title, data, [str(name) for name, _values in series], rows)
