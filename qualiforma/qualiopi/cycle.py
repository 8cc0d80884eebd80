"""The cycle of three years between two certifications, and where its surveillance audit belongs.

Source: order of 6 June 2019 (design page `qualiopi`, "Non-conformities and the cycle").
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from qualiforma.qualiopi.states import FindingSeverity

CYCLE_MONTHS = 36
# The surveillance audit takes place between these months after the certification.
SURVEILLANCE_MONTHS = (14, 22)
# By how much the end of a first certificate may differ from three years to the day.
TOLERANCE = timedelta(days=31)
# Months from the notification of a non-conformity to the end of its correction.
CORRECTION_MONTHS: Mapping[FindingSeverity, int] = {
    FindingSeverity.MINOR: 6,
    FindingSeverity.MAJOR: 3,
}
# Months that the certifier has after that to verify the correction of a major one; a minor one is
# checked at the next audit.
VERIFICATION_MONTHS = 1
# So many minor ones pending count as a major one.
MINORS_COUNTING_AS_MAJOR = 5


@dataclass(frozen=True)
class Window:
    """From one day to another, both included."""

    first: date
    last: date


def months_after(day: date, months: int) -> date:
    """Return the same day of the month so many months later, or the last one that month has.

    Beyond the calendar's ends: its first or last day.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        return date.min if year < MINYEAR else date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def surveillance_window(first_certified: date | None, ends: date | None) -> Window | None:
    """Return when the surveillance audit of the present cycle takes place; None while unknown.

    A certificate that ends later than three years after the first certification was renewed: its
    cycle began three years before its end.
    """
    if first_certified is None:
        return None
    begins = first_certified
    if ends is not None:
        renewed = months_after(ends, -CYCLE_MONTHS) + timedelta(days=1)
        begins = renewed if renewed - first_certified > TOLERANCE else first_certified
    opens, closes = (months_after(begins, months) for months in SURVEILLANCE_MONTHS)
    return Window(opens, closes)


def correction_due(severity: FindingSeverity, notified_on: date) -> date:
    """Return the last day for correcting a non-conformity. Units: days in Paris."""
    return months_after(notified_on, CORRECTION_MONTHS[severity])


def verification_due(severity: FindingSeverity, notified_on: date) -> date | None:
    """Return the last day for the certifier to verify the correction; None for a minor one."""
    if severity == FindingSeverity.MINOR:
        return None
    return months_after(correction_due(severity, notified_on), VERIFICATION_MONTHS)
