"""What an audit would find, and what people noted of it. Source: evidence, "Readiness"."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from compliance.models import IndicatorReview
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.readiness import YEAR, Indicator, ReadinessState, Scope, examine

# The first audit day of the grid of 33 indicators. Source: decree 2026-728.
NEW_GRID = date(2026, 11, 1)
ACKNOWLEDGE_DAYS, ANSWER_DAYS = 2, 10


@dataclass(frozen=True)
class Row:
    """One indicator: what is found of it, and who looked at it last."""

    indicator: Indicator
    review: IndicatorReview | None

    @property
    def is_weak(self) -> bool:
        """Say whether there is something to do."""
        return self.indicator.state in {ReadinessState.AT_RISK, ReadinessState.MISSING}


@dataclass(frozen=True)
class Readiness:
    """The rows in the order of their numbers, and what was looked at."""

    scope: Scope
    rows: list[Row]


def read_readiness(*, audit_day: date | None = None) -> Readiness:
    """Return what an audit on that day would find, today if none is given.

    Cost: one statement for each check and count, one for the reviews.
    """
    today = timezone.localdate()
    scope = Scope(
        today=today,
        audit_day=audit_day or today,
        since=today - YEAR,
        acknowledge_days=ACKNOWLEDGE_DAYS,
        answer_days=ANSWER_DAYS,
    )
    found = examine(scope, indicators_of(scope.audit_day))
    latest = IndicatorReview.objects.select_related("reviewed_by")
    latest = latest.order_by("indicator", "-reviewed_at", "-id").distinct("indicator")
    reviews = {one.indicator: one for one in latest}
    return Readiness(scope, [Row(one, reviews.get(number)) for number, one in found.items()])


def indicators_of(audit_day: date) -> range:
    """Return the numbers of the grid in force on an audit's day."""
    return range(1, 34) if audit_day >= NEW_GRID else range(1, 33)


@audit.recorded("compliance.indicator.reviewed")
def review_indicator(*, indicator: int, remark: str = "", actor: Actor) -> IndicatorReview:
    """Keep that somebody looked at an indicator, with their remark."""
    review: IndicatorReview = IndicatorReview.objects.create(
        indicator=indicator, remark=remark, reviewed_by_id=actor.id
    )
    return review
