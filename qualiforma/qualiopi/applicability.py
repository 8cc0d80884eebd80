"""Which indicators apply to an organisation, and why the others do not.

Source: decision 0017.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from qualiforma.qualiopi.grids import Grid
from qualiforma.qualiopi.indicators import Indicator
from qualiforma.qualiopi.states import Category, Condition, Exclusion

# Conditions that take an indicator away. The two others leave it there and change what it asks:
# 27 belongs to the common core (without subcontractors a statement of that is what is shown), and
# whether a course lasts over two days is asked of the course.
EXCLUSIONS: Mapping[Condition, Exclusion] = {
    Condition.CERTIFYING: Exclusion.CERTIFYING,
    Condition.ALTERNANCE: Exclusion.ALTERNANCE,
    Condition.WORK_PERIODS: Exclusion.WORK_PERIODS,
}
# What is so for everybody in a category, whatever was answered.
INHERENT: Mapping[Category, frozenset[Condition]] = {
    Category.VAE: frozenset({Condition.CERTIFYING}),
    Category.CFA: frozenset({Condition.CERTIFYING, Condition.ALTERNANCE, Condition.WORK_PERIODS}),
}


@dataclass(frozen=True)
class Profile:
    """What of an organisation decides: its categories, conditions, where it is a new entrant.

    Without a category nothing has been answered yet: everything applies.
    """

    categories: frozenset[Category] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    new_entrant: frozenset[Category] = frozenset()


@dataclass(frozen=True)
class Applicability:
    """What an indicator is to one organisation; without `exclusion` it applies."""

    indicator: Indicator
    exclusion: Exclusion | None
    new_entrant: bool
    surveillance: bool

    @property
    def applicable(self) -> bool:
        """Whether an auditor will ask for it."""
        return self.exclusion is None

    @property
    def reason(self) -> str:
        """Why it does not apply, in the reader's language; empty where it does."""
        return str(self.exclusion.label) if self.exclusion else ""


def applicability(profile: Profile, grid: Grid) -> list[Applicability]:
    """Return each indicator of a grid with what it is to this organisation, in order of number."""
    return [_of(row, profile) for row in grid.indicators]


def _of(row: Indicator, profile: Profile) -> Applicability:
    exclusion = _exclusion(row, profile)
    begins = exclusion is None and bool(profile.new_entrant & row.categories)
    return Applicability(
        row,
        exclusion,
        new_entrant=begins and row.new_entrant,
        # Of a new entrant the surveillance audit sees everything.
        surveillance=exclusion is None and (row.surveillance or bool(profile.new_entrant)),
    )


def _exclusion(row: Indicator, profile: Profile) -> Exclusion | None:
    if not profile.categories:
        return None
    concerned = profile.categories & row.categories
    if not concerned:
        return Exclusion.CATEGORY
    if row.condition is None or row.condition in profile.conditions:
        return None
    if any(row.condition in INHERENT.get(category, ()) for category in concerned):
        return None
    return EXCLUSIONS.get(row.condition)
