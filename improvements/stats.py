"""Figures for the audit file. Source: public API, GET /improvement-plans/stats; api-improvements."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import (
    Avg,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Max,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Greatest, TruncDate
from django.utils import timezone

from improvements.models import CorrectiveAction, DueDateMove, ImprovementPlan
from improvements.querysets import ComplaintQuerySet, PlanQuerySet
from improvements.states import OPEN, PlanStatus, Trigger, Verdict
from qualiforma.accounts.actor import Actor
from qualiforma.lookups import Figures
from qualiforma.qualiopi.grids import INDICATOR_MAX

Rows = TypeVar("Rows", bound=QuerySet[Any])
PARIS = ZoneInfo(settings.TIME_ZONE)
ABANDONED = Q(status=PlanStatus.ARCHIVED, closed_at__isnull=True)
KEPT = ~ABANDONED
CLOSED = Q(closed_at__isnull=False)
DURATION = Avg(TruncDate("closed_at", tzinfo=PARIS) - TruncDate("created_at", tzinfo=PARIS))
# Of the larger of the two grids in force.
INDICATORS = range(1, INDICATOR_MAX + 1)
_plan_figures: Figures[ImprovementPlan] = Figures()


@dataclass(frozen=True)
class PlanStats:
    """Counts of plans; given-up ones are counted in `abandoned` alone.

    Units: `completion_rate` 0..1, two decimals half-up; `average_duration_days` whole Paris days
    from creation to closing, half-up, None with none closed; `by_trigger` has every trigger.
    Ours beyond the source: `overdue` open plans past their target date, `average_actions_per_plan`
    one decimal, `on_time_rate` of the closed ones by their target date (None with none closed),
    `by_indicator` the indicators that any plan serves; of the closed plans `effectiveness_rate` those
    found effective of those looked at, `checks_overdue`, `recurrence_rate` those after which a
    complaint like theirs came in, `average_days_late` at the closing, one decimal;
    `postponements` the due dates of actions that were put off. Rates are None without a plan.
    """

    total_plans: int
    completed: int
    in_progress: int
    draft: int
    completion_rate: float
    average_duration_days: int | None
    by_trigger: dict[str, int]
    abandoned: int
    overdue: int
    average_actions_per_plan: float
    on_time_rate: float | None
    by_indicator: dict[str, int]
    effectiveness_rate: float | None
    checks_overdue: int
    recurrence_rate: float | None
    average_days_late: float | None
    postponements: int


def plan_stats(
    actor: Actor,
    *,
    since: date | None = None,
    until: date | None = None,
) -> PlanStats:
    """Return the figures of the plans this actor sees, created from `since` to `until`.

    Both are Paris days and included. Cost: one statement.
    """

    def plans() -> PlanQuerySet:
        visible: PlanQuerySet = ImprovementPlan.objects.visible_to(actor)
        return _between(visible, "created_at", since, until)

    row = _plan_figures(
        (actor.role, timezone.localdate(), since, until),
        caller=actor.id,
        rows=lambda: plans().with_effect(),
        aggregates=lambda: _plan_aggregates(plans().filter(KEPT)),
    )
    return PlanStats(
        total_plans=row["total"],
        completed=row["completed"],
        in_progress=row["in_progress"],
        draft=row["draft"],
        completion_rate=_ratio(row["completed"], row["total"], "0.01") or 0.0,
        average_duration_days=whole_days(row["duration"]),
        by_trigger={trigger: row[f"trigger_{trigger}"] for trigger in Trigger.values},
        abandoned=row["abandoned"],
        overdue=row["overdue"],
        average_actions_per_plan=_ratio(row["actions"] or 0, row["total"], "0.1") or 0.0,
        on_time_rate=_ratio(row["on_time"], row["completed"], "0.01"),
        by_indicator={str(one): count for one in INDICATORS if (count := row[f"indicator_{one}"])},
        effectiveness_rate=_ratio(row["effective"], row["decided"], "0.01"),
        checks_overdue=row["checks_overdue"],
        recurrence_rate=_ratio(row["recurring"], row["completed"], "0.01"),
        average_days_late=_tenths(row["late"]),
        postponements=row["postponed"] or 0,
    )


def _plan_aggregates(kept: PlanQuerySet) -> dict[str, Any]:
    """Return the aggregates of plans, of which `kept` are those that were not given up."""
    actions = CorrectiveAction.objects.filter(plan__in=kept.values("pk"))
    moves = DueDateMove.objects.filter(
        Q(to_date__isnull=True) | Q(to_date__gt=F("from_date")), plan__in=kept.values("pk")
    )
    return {
        **_states(),
        **_effects(),
        "actions": _number_of(actions),
        "postponed": _number_of(moves),
        **_counts("trigger", Trigger.values, lambda one: Q(trigger=one)),
        **_counts("indicator", INDICATORS, lambda one: Q(indicators__contains=[one])),
    }


def _states() -> dict[str, Any]:
    """Return the aggregates of where plans stand and how they were closed."""
    closed_on = TruncDate("closed_at", tzinfo=PARIS)
    return {
        "total": Count("pk", filter=KEPT),
        # Archived after completion still counts as completed.
        "completed": Count("pk", filter=CLOSED),
        "in_progress": Count("pk", filter=Q(status=PlanStatus.IN_PROGRESS)),
        "draft": Count("pk", filter=Q(status=PlanStatus.DRAFT)),
        "abandoned": Count("pk", filter=ABANDONED),
        "duration": DURATION,
        "overdue": Count("pk", filter=Q(status__in=OPEN, target_date__lt=timezone.localdate())),
        "on_time": Count("pk", filter=CLOSED & Q(target_date__gte=closed_on)),
    }


def _effects() -> dict[str, Any]:
    """Return the aggregates of what became of closed plans, and of moved dates."""
    closed_on = TruncDate("closed_at", tzinfo=PARIS)
    late = ExpressionWrapper(closed_on - F("target_date"), output_field=DurationField())
    none = Value(timedelta(0), output_field=DurationField())
    overdue = Q(last_verdict__isnull=True, effectiveness_due_date__lt=timezone.localdate())
    return {
        "decided": Count("pk", filter=CLOSED & Q(last_verdict__isnull=False)),
        "effective": Count("pk", filter=CLOSED & Q(last_verdict=Verdict.EFFECTIVE)),
        "checks_overdue": Count("pk", filter=CLOSED & overdue),
        "recurring": Count("pk", filter=CLOSED & Q(recurs=True)),
        "late": Avg(Greatest(late, none), filter=CLOSED),
    }


def months_before(day: date, count: int) -> date:
    """Return the first day of the month that many months before; later for a negative count."""
    month = day.year * 12 + day.month - 1 - count
    return date(month // 12, month % 12 + 1, 1)


def _counts(kind: str, values: Iterable[Any], having: Callable[[Any], Q]) -> dict[str, Count]:
    return {f"{kind}_{one}": Count("pk", filter=KEPT & having(one)) for one in values}


def _number_of(rows: Rows) -> Max:
    """Return how many rows there are, counted once; a count of each plan's own costs a search for each.

    As an aggregate it stands beside others. A function counts, as an aggregate would be grouped.
    """
    count = rows.order_by().annotate(n=Func("pk", function="COUNT")).values("n")
    return Max(Subquery(count, output_field=IntegerField()))


def _between(rows: Rows, instant: str, since: date | None, until: date | None) -> Rows:
    """Bounds as instants, so that the index on the instant serves them."""
    if since:
        rows = rows.filter(**{f"{instant}__gte": datetime.combine(since, time.min, PARIS)})
    if until and until < date.max:
        next_day = datetime.combine(until + timedelta(days=1), time.min, PARIS)
        rows = rows.filter(**{f"{instant}__lt": next_day})
    return rows


def _ratio(part: int, whole: int, step: str) -> float | None:
    """Return part / whole, rounded half-up to a multiple of `step`; None without a whole."""
    if not whole:
        return None
    return float((Decimal(part) / whole).quantize(Decimal(step), ROUND_HALF_UP))


def _tenths(mean: timedelta | None) -> float | None:
    """Return days with one decimal, half-up."""
    if mean is None:
        return None
    seconds = Decimal(int(mean.total_seconds()))
    return float((seconds / 86_400).quantize(Decimal("0.1"), ROUND_HALF_UP))


def whole_days(mean: timedelta | None) -> int | None:
    """Return a mean duration in whole days, half-up; None without one."""
    if mean is None:
        return None
    microseconds = mean // timedelta(microseconds=1)
    days = Decimal(microseconds) / (timedelta(days=1) // timedelta(microseconds=1))
    return int(days.quantize(Decimal(1), ROUND_HALF_UP))


# --- Complaints
@dataclass(frozen=True)
class ComplaintStats:
    """Counts of complaints, by the delays that were announced when each was received.

    Units: rates 0..1, two decimals half-up, of those that were acknowledged (answered) or should have
    been by now, None without any; `average_answer_days` whole Paris days, None without an answer.
    """

    total: int
    unanswered: int
    late_to_acknowledge: int
    late_to_answer: int
    acknowledged_on_time_rate: float | None
    answered_on_time_rate: float | None
    average_answer_days: int | None
    by_theme: list[dict[str, Any]]


def complaint_stats(
    complaints: ComplaintQuerySet, *, since: date | None = None, until: date | None = None
) -> ComplaintStats:
    """Return the figures of complaints received from `since` to `until`, Paris days, both included.

    Cost: two statements, the second for the themes.
    """
    rows = _between(complaints, "received_at", since, until)
    waiting, today = Q(resolved_at__isnull=True), timezone.localdate()
    unacknowledged = Q(acknowledged_at__isnull=True, acknowledge_by__lt=today)
    late_to_answer = waiting & Q(answer_by__lt=today)
    answered = TruncDate("resolved_at", tzinfo=PARIS)
    acknowledged = TruncDate("acknowledged_at", tzinfo=PARIS)
    row = rows.aggregate(
        total=Count("pk"),
        unanswered=Count("pk", filter=waiting),
        late_to_acknowledge=Count("pk", filter=waiting & unacknowledged),
        late_to_answer=Count("pk", filter=late_to_answer),
        to_acknowledge=Count("pk", filter=Q(acknowledged_at__isnull=False) | unacknowledged),
        acknowledged_on_time=Count("pk", filter=Q(acknowledge_by__gte=acknowledged)),
        to_answer=Count("pk", filter=~waiting | late_to_answer),
        answered_on_time=Count("pk", filter=Q(answer_by__gte=answered)),
        duration=Avg(answered - TruncDate("received_at", tzinfo=PARIS)),
    )
    return ComplaintStats(
        total=row["total"],
        unanswered=row["unanswered"],
        late_to_acknowledge=row["late_to_acknowledge"],
        late_to_answer=row["late_to_answer"],
        acknowledged_on_time_rate=_ratio(
            row["acknowledged_on_time"], row["to_acknowledge"], "0.01"
        ),
        answered_on_time_rate=_ratio(row["answered_on_time"], row["to_answer"], "0.01"),
        average_answer_days=whole_days(row["duration"]),
        by_theme=_by_theme(rows),
    )


def _by_theme(complaints: ComplaintQuerySet) -> list[dict[str, Any]]:
    """Count complaints by theme, in the order of the themes; those without one last."""
    themes = complaints.order_by().values(
        "theme_id", "theme__position", theme_name=F("theme__name")
    )
    counted = themes.annotate(complaints=Count("pk")).order_by("theme__position", "theme_name")
    return [
        {"theme_id": one["theme_id"], "theme": one["theme_name"], "complaints": one["complaints"]}
        for one in counted
    ]
