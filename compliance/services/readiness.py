"""What an audit would find, and what people noted of it. Source: evidence, "Readiness"."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from compliance.models import IndicatorReview
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.qualiopi.grids import grid_for
from qualiforma.readiness import YEAR, Indicator, ReadinessState, Scope, examine

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
    found = examine(scope, grid_for(scope.audit_day).by_number)
    latest = IndicatorReview.objects.select_related("reviewed_by")
    latest = latest.order_by("indicator", "-reviewed_at", "-id").distinct("indicator")
    reviews = {one.indicator: one for one in latest}
    return Readiness(scope, [Row(one, reviews.get(number)) for number, one in found.items()])


@audit.recorded("compliance.indicator.reviewed")
def review_indicator(*, indicator: int, remark: str = "", actor: Actor) -> IndicatorReview:
    """Keep that somebody looked at an indicator, with their remark."""
    review: IndicatorReview = IndicatorReview.objects.create(
        indicator=indicator, remark=remark, reviewed_by_id=actor.id
    )
    return review
