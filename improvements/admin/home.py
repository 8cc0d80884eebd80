"""The home page: what is late, what is due, who has to do it, and how the register moves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote
from django.db.models import Count, Window
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from improvements import trends
from improvements.models import Complaint, CorrectiveAction, ImprovementPlan
from improvements.policies import can_manage_complaints, can_manage_plans, can_read_complaints
from qualiforma.accounts.actor import Actor
from qualiforma.admin import todo
from qualiforma.admin.records import actor_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Series = tuple[StrOrPromise, Sequence[int | None]]

SHOWN = 8
PEOPLE_SHOWN = 15
# Told apart in grey too: their lightness differs.
COLOURS = ("--qf-chart-3", "--qf-chart-2")
GREY = "#76808f"  # read on white and on the dark theme's ground alike: a canvas knows no theme


@dataclass(frozen=True)
class Chart:
    """A chart, and the same figures as a table."""

    title: "StrOrPromise"
    about: "StrOrPromise"
    data: str
    options: str
    head: list[str]
    rows: list[tuple[str, list[int | None]]]


def fill(request: HttpRequest) -> dict[str, Any]:
    """Return what the home page shows. Cost: one statement per kind of task, list and chart."""
    actor, today = actor_of(request), timezone.localdate()
    found = todo.todo_of(actor, today)
    lists = [
        _tasks(_("En retard"), "alarm", found.late, found.late_counts, today),
        _tasks(_("Cette semaine"), "event", found.soon, found.soon_counts, today),
        _tasks(_("Pour moi"), "person", found.mine, [], today),
        _ready(actor),
        _complaints(actor, today),
    ]
    return {
        "create": _create(actor),
        "lists": [one for one in lists if one["rows"]],
        "people": found.people[:PEOPLE_SHOWN],
        "kinds": todo.kinds(),
        "charts": _charts(actor, today),
    }


def _create(actor: Actor) -> list[tuple["StrOrPromise", str]]:
    """Return the buttons of what is created every week."""
    buttons = [
        (_("Nouvelle réclamation"), "complaint", can_manage_complaints(actor)),
        (_("Nouveau plan d’amélioration"), "improvementplan", can_manage_plans(actor)),
    ]
    return [
        (label, reverse(f"admin:improvements_{model}_add")) for label, model, may in buttons if may
    ]


def _tasks(
    title: "StrOrPromise", icon: str, tasks: Any, counts: list[todo.Count], today: date
) -> dict[str, Any]:
    rows = [
        {
            "title": task.title,
            "address": task.address,
            "detail": " – ".join(filter(None, (str(kind), task.detail, task.person))),
            "late": _days(task.days_late(today)) if task.due < today else "",
            "day": date_format(task.due, "SHORT_DATE_FORMAT"),
        }
        for kind, task in tasks[:SHOWN]
    ]
    return {"title": title, "icon": icon, "rows": rows, "total": len(tasks), "counts": counts}


def _days(number: int) -> str:
    return ngettext("%d jour de retard", "%d jours de retard", number) % number


def _ready(actor: Actor) -> dict[str, Any]:
    plans = ImprovementPlan.objects.visible_to(actor).ready_to_close()
    found = _counted(plans.select_related("owner").order_by("target_date", "id"))
    rows = [
        {
            "title": str(one),
            "address": reverse("admin:improvements_improvementplan_change", args=[quote(one.pk)]),
            "detail": one.owner.name,
        }
        for one in found
    ]
    link = f"{reverse('admin:improvements_improvementplan_changelist')}?due=ready"
    counts = [todo.Count(_("Plans"), found[0].in_all if found else 0, link)]
    return _list_of(_("Plans prêts à clôturer"), "task_alt", rows, counts)


def _complaints(actor: Actor, today: date) -> dict[str, Any]:
    if not can_read_complaints(actor):
        return _list_of("", "", [], [])
    complaints = Complaint.objects.visible_to(actor).unanswered()
    waiting = _counted(complaints.order_by("received_at", "id"))
    rows = [
        {
            "title": one.subject,
            "address": reverse("admin:improvements_complaint_change", args=[quote(one.pk)]),
            "detail": one.get_status_display(),
            "day": _since((today - timezone.localdate(one.received_at)).days),
        }
        for one in waiting
    ]
    link = f"{reverse('admin:improvements_complaint_changelist')}?answered=false"
    counts = [todo.Count(_("Réclamations"), waiting[0].in_all if waiting else 0, link)]
    return _list_of(_("Réclamations sans réponse"), "forum", rows, counts)


def _counted(rows: Any) -> list[Any]:
    """Return the first rows, each with how many there are `in_all`. Cost: one statement."""
    return list(rows.annotate(in_all=Window(Count("*")))[:SHOWN])


def _since(days: int) -> str:
    if not days:
        return str(_("reçue aujourd’hui"))
    return ngettext("depuis %d jour", "depuis %d jours", days) % days


def _list_of(
    title: "StrOrPromise", icon: str, rows: list[dict[str, Any]], counts: list[todo.Count]
) -> dict[str, Any]:
    total = sum(one.number for one in counts)
    return {"title": title, "icon": icon, "rows": rows, "total": total, "counts": counts}


def _charts(actor: Actor, today: date) -> list[Chart]:
    plans = ImprovementPlan.objects.visible_to(actor)
    standing = trends.standings(CorrectiveAction.objects.visible_to(actor), until=today)
    closed = trends.closings(plans, until=today)
    charts = [
        _chart(
            _("Actions ouvertes et en retard"),
            _("à la fin de chaque mois"),
            [one.first_day for one in standing],
            [
                (_("Ouvertes"), [one.open for one in standing]),
                (_("dont en retard"), [one.late for one in standing]),
            ],
        ),
        _chart(
            _("Plans clôturés"),
            _("par mois"),
            [one.first_day for one in closed],
            [(_("Plans clôturés"), [one.closed for one in closed])],
        ),
        _chart(
            _("Délai de clôture"),
            _("en jours, de la création à la clôture"),
            [one.first_day for one in closed],
            [(_("Jours en moyenne"), [one.average_days for one in closed])],
        ),
    ]
    if can_read_complaints(actor):
        charts.append(_answers_chart(actor, today))
    return [one for one in charts if any(any(values) for _label, values in one.rows)]


def _answers_chart(actor: Actor, today: date) -> Chart:
    answers = trends.answers(Complaint.objects.visible_to(actor), until=today)
    # Without any complaint the chart is not shown.
    days = next((one.announced for one in answers if one.announced), 0)
    about = ngettext("en %d jour ouvré au plus", "en %d jours ouvrés au plus", days) % days
    return _chart(
        _("Réclamations traitées dans le délai"),
        about,
        [one.first_day for one in answers],
        [
            (_("Dans le délai"), [one.in_time for one in answers]),
            (_("Hors délai"), [one.late for one in answers]),
        ],
        is_stacked=True,
    )


def _chart(
    title: "StrOrPromise",
    about: "StrOrPromise",
    days: Sequence[date],
    series: Sequence["Series"],
    *,
    is_stacked: bool = False,
) -> Chart:
    labels = [f"{day:%m/%Y}" for day in days]
    datasets = [
        {"label": str(name), "data": values, "backgroundColor": f"var({colour})"}
        for (name, values), colour in zip(series, COLOURS, strict=False)
    ]
    by_month = zip(*(values for _name, values in series), strict=True)
    rows = [(label, list(values)) for label, values in zip(labels, by_month, strict=True)]
    data = json.dumps({"labels": labels, "datasets": datasets})
    heads = [str(name) for name, _values in series]
    options = _options(is_stacked=is_stacked, has_legend=len(series) > 1)
    return Chart(title, about, data, options, heads, rows)


def _options(*, is_stacked: bool, has_legend: bool) -> str:
    grid, ticks = {"display": False}, {"color": GREY}
    return json.dumps(
        {
            "maintainAspectRatio": False,
            "animation": False,
            "maxBarThickness": 28,
            "scales": {
                "x": {"stacked": is_stacked, "grid": grid, "ticks": ticks},
                "y": {
                    "stacked": is_stacked,
                    "ticks": {"precision": 0, "display": True, **ticks},
                },
            },
            "plugins": {"legend": {"display": has_legend, "position": "bottom", "labels": ticks}},
        }
    )
