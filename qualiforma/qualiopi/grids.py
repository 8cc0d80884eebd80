"""Both grids of indicators, and which of them an audit goes by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils import timezone

from qualiforma.qualiopi import indicators
from qualiforma.qualiopi.indicators import Indicator, Text
from qualiforma.qualiopi.states import GridCode

# The largest number of any grid: what plans and evidence may name.
INDICATOR_MAX = 33


@dataclass(frozen=True)
class Grid:
    """One list of indicators, in order of number.

    `audits_from` and `audits_until` are days in Paris, both included; None: no limit.
    """

    code: GridCode
    audits_from: date | None
    audits_until: date | None
    source: Text
    read_on: date
    indicators: tuple[Indicator, ...]

    @cached_property
    def by_number(self) -> Mapping[int, Indicator]:
        """The indicators by their number."""
        return {row.number: row for row in self.indicators}


V9 = Grid(
    GridCode.V9,
    audits_from=None,
    audits_until=date(2026, 10, 31),
    source=Text(
        "Référentiel national qualité, décret n° 2019-565 du 6 juin 2019, guide de lecture V9",
        "National quality referential, decree 2019-565 of 6 June 2019, reading guide V9",
    ),
    read_on=date(2026, 11, 29),
    indicators=indicators.V9,
)
G2026 = Grid(
    GridCode.G2026,
    audits_from=date(2026, 11, 1),
    audits_until=None,
    source=Text(
        "Référentiel national qualité, décret n° 2026-728 du 1er août 2026",
        "National quality referential, decree 2026-728 of 1 August 2026",
    ),
    read_on=date(2026, 11, 29),
    indicators=indicators.G2026,
)
GRIDS: Mapping[GridCode, Grid] = {grid.code: grid for grid in (V9, G2026)}


def grid_for(audit_day: date) -> Grid:
    """Return the grid of an audit on that day. Units: a day in Paris."""
    return V9 if V9.audits_until and audit_day <= V9.audits_until else G2026


def label(number: int, day: date | None = None) -> str:
    """Return the wording of a number in the reader's language, for an audit on `day`, else today.

    A number that this grid does not have is worded by the other: plans name it already.
    """
    rows = grid_for(day or timezone.localdate()).by_number
    row = rows.get(number) or G2026.by_number.get(number)
    return str(row.label) if row else ""


def named(number: int, day: date | None = None) -> str:
    """Return an indicator as people name it: its number and its wording, see `label`."""
    return f"{number} – {label(number, day)}"


def labels(numbers: Iterable[int], day: date | None = None) -> dict[str, str]:
    """Return the wordings of numbers by number, in the order given."""
    return {str(number): label(number, day) for number in numbers}
