"""Working days in France: neither at the weekend nor a public holiday.

Holidays of the whole country; those that Alsace-Moselle or the overseas departments add are working
days here, so that no announced delay is longer than people elsewhere expect.
"""

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase


def is_working_day(day: date) -> bool:
    """Say whether people work on a day."""
    return _calendar().is_working_day(day)


def working_day_after(day: date, number: int) -> date:
    """Return the working day that lies `number` working days after a day, which may be none itself."""
    return _calendar().get_nth_working_day(day, number)


@cache
def _calendar() -> "HolidayBase":
    """Return the public holidays of France; a year is computed when it is first looked at.

    Cost: the import takes 0.2 s and 19 MB, hence not in each process but where a day is asked for.
    """
    from holidays.countries.france import France

    return France()  # type: ignore[no-untyped-call]  # the package types no constructor
