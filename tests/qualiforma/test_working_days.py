"""Working days: weekends and French public holidays are none."""

from datetime import date

import pytest

from qualiforma.working_days import working_day_after

CASES = [
    ("2026-06-05", 2, "2026-06-09"),  # Friday to Tuesday
    ("2026-06-06", 2, "2026-06-09"),  # what comes in on a Saturday begins on Monday
    ("2026-06-07", 1, "2026-06-08"),
    ("2026-04-30", 2, "2026-05-05"),  # over 1 May, a Friday
    ("2026-05-01", 2, "2026-05-05"),
    ("2026-07-10", 2, "2026-07-15"),  # Friday, over 14 July, a Tuesday
    ("2026-07-13", 1, "2026-07-15"),
    ("2026-05-13", 1, "2026-05-15"),  # Ascension
    ("2026-05-22", 1, "2026-05-26"),  # Whit Monday
    ("2026-04-03", 1, "2026-04-07"),  # Easter Monday; Good Friday is a working day
    ("2026-12-24", 5, "2027-01-04"),
    ("2027-07-13", 2, "2027-07-16"),
    ("0849-08-11", 2, "0849-08-13"),
]


@pytest.mark.parametrize(("day", "number", "expected"), CASES)
def test_working_days(day, number, expected):
    assert working_day_after(date.fromisoformat(day), number).isoformat() == expected
