"""Days on which nobody works, from the `holidays` library, by country, region and year."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays as calendars

from service.core.calendar import IsHoliday
from service.terms.errors import HolidayCalendarUnknown

__all__ = ["country_holidays", "target2_holidays"]

# The European Central Bank: the days on which TARGET2, and with it SEPA, moves no money.
_TARGET2: Final = "XECB"


def country_holidays(country: str, subdivision: str | None = None) -> IsHoliday:
    """Public holidays and weekends of a country, and of a region in it ("FR", "57" is the Moselle).

    The country is an ISO 3166-1 alpha-2 code. The first question about a year computes it, later ones
    are a set look-up. Raises HolidayCalendarUnknown.
    """
    known = calendars.list_supported_countries(include_aliases=False)
    if country not in known or (subdivision is not None and subdivision not in known[country]):
        raise HolidayCalendarUnknown(country=country[:8], subdivision=subdivision and subdivision[:8])
    return lambda day: day in _days_off(country, subdivision, day.year)


def target2_holidays() -> IsHoliday:
    """Weekends and the closing days of TARGET2: on all others a SEPA transfer can arrive."""
    return lambda day: day in _days_off(_TARGET2, None, day.year)


@lru_cache(maxsize=2048)
def _days_off(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """Every day of a year that is no working day; working Saturdays granted by decree are left out."""
    if country == _TARGET2:
        days = calendars.financial_holidays(_TARGET2, years=year, expand=False)
    else:
        days = calendars.country_holidays(country, subdiv=subdivision, years=year, expand=False)
    first = date(year, 1, 1)
    length = (date(year, 12, 31) - first).days + 1
    every_day = (first + timedelta(days=offset) for offset in range(length))
    return frozenset(day for day in every_day if not days.is_working_day(day))
