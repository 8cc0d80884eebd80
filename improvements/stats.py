"""Figures for the audit file. Source: public API, GET /improvement-plans/stats; api-improvements."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Avg, Count, Q
from django.db.models.functions import TruncDate

from improvements.querysets import PlanQuerySet
from improvements.states import PlanStatus, Trigger

PARIS = ZoneInfo(settings.TIME_ZONE)
ABANDONED = Q(status=PlanStatus.ARCHIVED, closed_at__isnull=True)


@dataclass(frozen=True)
class PlanStats:
    """Counts of plans; given-up ones are counted in `abandoned` alone.

    Units: `completion_rate` 0..1, two decimals half-up; `average_duration_days` whole Paris days
    from creation to closing, half-up, None with none closed; `by_trigger` has every trigger.
    """

    total_plans: int
    completed: int
    in_progress: int
    draft: int
    completion_rate: float
    average_duration_days: int | None
    by_trigger: dict[str, int]
    abandoned: int


def plan_stats(
    plans: PlanQuerySet, *, since: date | None = None, until: date | None = None
) -> PlanStats:
    """Return the figures of plans created from `since` to `until`, Paris days, both included.

    Cost: one statement.
    """
    kept = ~ABANDONED
    row = _created_between(plans, since, until).aggregate(
        total=Count("pk", filter=kept),
        # Archived after completion still counts as completed.
        completed=Count("pk", filter=Q(closed_at__isnull=False)),
        in_progress=Count("pk", filter=Q(status=PlanStatus.IN_PROGRESS)),
        draft=Count("pk", filter=Q(status=PlanStatus.DRAFT)),
        abandoned=Count("pk", filter=ABANDONED),
        duration=Avg(TruncDate("closed_at", tzinfo=PARIS) - TruncDate("created_at", tzinfo=PARIS)),
        **{
            f"trigger_{trigger}": Count("pk", filter=kept & Q(trigger=trigger))
            for trigger in Trigger.values
        },
    )
    return PlanStats(
        total_plans=row["total"],
        completed=row["completed"],
        in_progress=row["in_progress"],
        draft=row["draft"],
        completion_rate=float(_half_up(row["completed"], row["total"], "0.01")),
        average_duration_days=_whole_days(row["duration"]),
        by_trigger={trigger: row[f"trigger_{trigger}"] for trigger in Trigger.values},
        abandoned=row["abandoned"],
    )


def _created_between(plans: PlanQuerySet, since: date | None, until: date | None) -> PlanQuerySet:
    """Bounds as instants, so that the index on the creation time serves them."""
    if since:
        plans = plans.filter(created_at__gte=datetime.combine(since, time.min, PARIS))
    if until and until < date.max:
        next_day = until + timedelta(days=1)
        plans = plans.filter(created_at__lt=datetime.combine(next_day, time.min, PARIS))
    return plans


def _half_up(part: int, whole: int, step: str) -> Decimal:
    if not whole:
        return Decimal(0)
    return (Decimal(part) / whole).quantize(Decimal(step), ROUND_HALF_UP)


def _whole_days(mean: timedelta | None) -> int | None:
    if mean is None:
        return None
    microseconds = mean // timedelta(microseconds=1)
    days = Decimal(microseconds) / (timedelta(days=1) // timedelta(microseconds=1))
    return int(days.quantize(Decimal(1), ROUND_HALF_UP))
