"""What an audit would find, and what people noted of it. Source: evidence, "Readiness"."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from compliance.models import IndicatorReview, OrganisationProfile
from compliance.services.organisation import read_organisation
from qualiforma import audit
from qualiforma.accounts.actor import Actor
from qualiforma.qualiopi.applicability import Applicability, applicability
from qualiforma.qualiopi.grids import grid_for
from qualiforma.readiness import Indicator, ReadinessState, Scope, examine

WEAK = frozenset({ReadinessState.AT_RISK, ReadinessState.MISSING})


@dataclass(frozen=True)
class Row:
    """One indicator: what it is to the organisation, what is found of it, who looked at it last."""

    what: Applicability
    indicator: Indicator
    review: IndicatorReview | None

    @property
    def is_weak(self) -> bool:
        """Say whether there is something to do."""
        return self.indicator.state in WEAK


@dataclass(frozen=True)
class Readiness:
    """The rows in the order of their numbers, and what was looked at."""

    scope: Scope
    profile: OrganisationProfile
    rows: list[Row]


def read_readiness(*, audit_day: date | None = None) -> Readiness:
    """Return what an audit on that day would find; by default the planned audit, else one today.

    Cost: one statement for all checks, one for the profile, one for the reviews.
    """
    profile = read_organisation()
    scope = _scope(profile, audit_day)
    asked = applicability(profile.answers, grid_for(scope.audit_day))
    found = examine(scope, [one.indicator.number for one in asked if one.applicable])
    latest = IndicatorReview.objects.select_related("reviewed_by")
    latest = latest.order_by("indicator", "-reviewed_at", "-id").distinct("indicator")
    reviews = {one.indicator: one for one in latest}
    rows = []
    for one in asked:
        number = one.indicator.number
        indicator = found.get(number) or Indicator(number, applies=False)
        rows.append(Row(one, indicator, reviews.get(number)))
    return Readiness(scope, profile, rows)


def weak_indicators(profile: OrganisationProfile) -> list[Indicator]:
    """Return the indicators with something to do before the planned audit, else one today.

    Cost: one statement.
    """
    scope = _scope(profile)
    asked = applicability(profile.answers, grid_for(scope.audit_day))
    found = examine(scope, [one.indicator.number for one in asked if one.applicable])
    return [one for one in found.values() if one.state in WEAK]


def _scope(profile: OrganisationProfile, audit_day: date | None = None) -> Scope:
    today = timezone.localdate()
    return Scope(
        today=today,
        audit_day=audit_day or profile.audit_day(today),
        since=profile.examined_since(today),
        recurrence_days=profile.recurrence_days,
    )


@audit.audited("compliance.indicator.reviewed")
def review_indicator(*, indicator: int, remark: str = "", actor: Actor) -> IndicatorReview:
    """Keep that somebody looked at an indicator, with their remark."""
    review: IndicatorReview = IndicatorReview.objects.create(
        indicator=indicator, remark=remark, reviewed_by_id=actor.id
    )
    return review
