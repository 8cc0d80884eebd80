"""How the register moved month by month, for the home page's charts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, DateField, F, Max, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone

from improvements.querysets import CorrectiveActionQuerySet, PlanQuerySet
from improvements.states import ANSWERED, ActionStatus
from improvements.stats import DURATION, PARIS, months_before, whole_days
from qualiforma.qualiopi.rules import rule_in_sql

MONTHS = 12


@dataclass(frozen=True)
class Standing:
    """The corrective actions that were open at the end of a month, and those of them then late."""

    first_day: date
    open: int
    late: int


@dataclass(frozen=True)
class Closings:
    """The plans closed in a month. Units: days from creation to closing, None with none closed."""

    first_day: date
    closed: int
    average_days: int | None


@dataclass(frozen=True)
class Answers:
    """The complaints received in a month: answered in time, later, or late and not answered yet."""

    first_day: date
    in_time: int
    late: int
    # Announced today. Units: working days; None for a month without complaints.
    announced: int | None


def first_days(until: date) -> list[date]:
    """Return the first days of the months up to that of `until`, oldest first."""
    return [months_before(until, back) for back in range(MONTHS - 1, -1, -1)]


def standings(actions: CorrectiveActionQuerySet, *, until: date) -> list[Standing]:
    """Return what was open at the end of each month. Cost: one statement.

    Cancelled actions are in none, as nobody noted when they were; the last month ends today.
    """
    days = first_days(until)
    counts = {}
    for rank, day in enumerate(days):
        end = min(months_before(day, -1), until)
        instant = datetime.combine(end, time.max if end == until else time.min, PARIS)
        is_open = Q(created_at__lt=instant) & (
            Q(completed_at__isnull=True) | Q(completed_at__gte=instant)
        )
        counts[f"open_{rank}"] = Count("pk", filter=is_open)
        counts[f"late_{rank}"] = Count("pk", filter=is_open & Q(due_date__lt=end))
    row = actions.exclude(status=ActionStatus.CANCELLED).order_by().aggregate(**counts)
    return [
        Standing(day, row[f"open_{rank}"], row[f"late_{rank}"]) for rank, day in enumerate(days)
    ]


def closings(plans: PlanQuerySet, *, until: date) -> list[Closings]:
    """Return how many plans were closed in each month, and after how long. Cost: one statement."""
    rows = _by_month(plans, "closed_at", until).annotate(n=Count("pk"), duration=DURATION)
    found: dict[date, Mapping[str, Any]] = {row["month"]: row for row in rows}
    return [
        Closings(day, row.get("n", 0), whole_days(row.get("duration")))
        for day, row in ((day, found.get(day, {})) for day in first_days(until))
    ]


def answers(complaints: QuerySet[Any], *, until: date) -> list[Answers]:
    """Return how the complaints of each month were answered. Cost: one statement.

    In time is by the delay that was announced when it was received. What is not due yet is in
    neither figure.
    """
    in_time = Q(status__in=ANSWERED, resolved_at__date__lte=F("answer_by"))
    late = ~in_time & (Q(status__in=ANSWERED) | Q(answer_by__lt=timezone.localdate()))
    rows = _by_month(complaints, "received_at", until).annotate(
        in_time=Count("pk", filter=in_time),
        late=Count("pk", filter=late),
        announced=Max(rule_in_sql("answer_days")),
    )
    found: dict[date, Mapping[str, Any]] = {row["month"]: row for row in rows}
    return [
        Answers(day, row.get("in_time", 0), row.get("late", 0), row.get("announced"))
        for day, row in ((day, found.get(day, {})) for day in first_days(until))
    ]


def _by_month(rows: QuerySet[Any], field: str, until: date) -> Any:
    since = datetime.combine(first_days(until)[0], time.min, PARIS)
    month = TruncMonth(field, tzinfo=PARIS, output_field=DateField())
    grouped: Iterable[Any] = (
        rows.filter(**{f"{field}__gte": since}).order_by().annotate(month=month).values("month")
    )
    return grouped
