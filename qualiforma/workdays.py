"""Working days in France: what is sent of a morning goes out on these alone."""

from datetime import date, timedelta
from functools import lru_cache

SATURDAY = 5
FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
# Easter Monday, Ascension, Whit Monday.
AFTER_EASTER = (1, 39, 50)


def is_working_day(day: date) -> bool:
    """Say whether people work: neither a weekend nor a public holiday."""
    return day.weekday() < SATURDAY and day not in _holidays(day.year)


@lru_cache(maxsize=8)
def _holidays(year: int) -> frozenset[date]:
    easter = _easter(year)
    moving = [easter + timedelta(days=after) for after in AFTER_EASTER]
    return frozenset([date(year, month, day) for month, day in FIXED] + moving)


def _easter(year: int) -> date:
    """Return Easter Sunday, by the anonymous Gregorian algorithm."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)
