"""When the surveillance audit takes place. Source: order of 6 June 2019."""

from datetime import date

import pytest

from qualiforma.qualiopi.cycle import months_after, surveillance_window

CASES = {
    "first cycle": ("2024-03-15", "2027-03-14", ("2025-05-15", "2026-01-15")),
    "end not given": ("2024-03-15", None, ("2025-05-15", "2026-01-15")),
    "end a day later": ("2024-03-15", "2027-03-15", ("2025-05-15", "2026-01-15")),
    "renewed": ("2021-03-15", "2027-03-14", ("2025-05-15", "2026-01-15")),
    "end of a short month": ("2024-12-31", None, ("2026-02-28", "2026-10-31")),
}


@pytest.mark.parametrize(("first", "ends", "window"), CASES.values(), ids=CASES)
def test_surveillance_takes_place_between_months_14_and_22(first, ends, window):
    found = surveillance_window(
        date.fromisoformat(first), date.fromisoformat(ends) if ends else None
    )
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat()) == window


def test_nothing_is_known_before_the_first_certification():
    assert surveillance_window(None, date(2027, 3, 14)) is None


def test_months_are_counted_back_as_well():
    assert months_after(date(2027, 3, 31), -36) == date(2024, 3, 31)
    assert months_after(date(2024, 3, 31), -1) == date(2024, 2, 29)


def test_the_calendar_has_ends():
    assert months_after(date(9999, 1, 31), 12) == date.max
    assert months_after(date(9998, 12, 30), 12) == date(9999, 12, 30)
    assert months_after(date(1, 2, 3), -2) == date.min
    assert months_after(date(1, 2, 3), -1) == date(1, 1, 3)
