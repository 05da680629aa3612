"""Calendar arithmetic on plain dates: months, periods and business days. No clock, no time zone."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

__all__ = [
    "IsHoliday",
    "Period",
    "add_months",
    "days_in_month",
    "end_of_month",
    "half_month_of",
    "holidays_among",
    "is_weekend",
    "month_of",
    "next_business_day",
    "next_day_of_month",
    "previous_business_day",
    "quarter_of",
    "week_of",
]

# True on every day nobody works: a public holiday and the weekend of the country alike. Which days
# are the weekend differs between countries, so the caller says it, not this module.
IsHoliday = Callable[[date], bool]

_MONTH_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ONE_DAY: Final = timedelta(days=1)
# The longest real closures (Golden Week, Eid, Chinese New Year) stay far below this; a predicate
# that closes for longer is a mistake which must not become an endless loop.
_LONGEST_CLOSURE_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends included."""

    first_on: date
    last_on: date

    def __post_init__(self) -> None:
        assert self.first_on <= self.last_on, "a period does not end before it begins"

    def __contains__(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on

    @property
    def length_days(self) -> int:
        return (self.last_on - self.first_on).days + 1


def days_in_month(day: date) -> int:
    """The number of days of the month that `day` lies in."""
    return 29 if day.month == 2 and isleap(day.year) else _MONTH_LENGTHS[day.month - 1]


def add_months(origin: date, months: int) -> date:
    """The same day of the month, `months` later; the last day where that month is too short.

    A series of months is stepped from its origin (31 Jan, 28 Feb, 31 Mar), never from the previous
    result, which would forget the 31st for good.
    """
    years, month_index = divmod(origin.month - 1 + months, 12)
    first = date(origin.year + years, month_index + 1, 1)
    return first.replace(day=min(origin.day, days_in_month(first)))


def end_of_month(day: date) -> date:
    """The last day of the month that `day` lies in."""
    return day.replace(day=days_in_month(day))


def next_day_of_month(day: date, day_of_month: int) -> date:
    """The first date on or after `day` with that day number; a short month stands in with its last day."""
    assert 1 <= day_of_month <= 31, "a day of the month is 1 to 31"
    candidate = _clamped(day, day_of_month)
    return candidate if candidate >= day else _clamped(add_months(day.replace(day=1), 1), day_of_month)


def _clamped(month: date, day_of_month: int) -> date:
    return month.replace(day=min(day_of_month, days_in_month(month)))


def week_of(day: date) -> Period:
    """The ISO week, Monday to Sunday."""
    monday = day - day.weekday() * _ONE_DAY
    return Period(monday, monday + 6 * _ONE_DAY)


def half_month_of(day: date) -> Period:
    """The 1st to the 15th, or the 16th to the end of the month: twice a month, not every two weeks."""
    if day.day <= 15:
        return Period(day.replace(day=1), day.replace(day=15))
    return Period(day.replace(day=16), end_of_month(day))


def month_of(day: date) -> Period:
    """The calendar month."""
    return Period(day.replace(day=1), end_of_month(day))


def quarter_of(day: date) -> Period:
    """The calendar quarter, beginning in January, April, July or October."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return Period(first, end_of_month(add_months(first, 2)))


def is_weekend(day: date) -> bool:
    """Saturday and Sunday; enough as an IsHoliday where no country is known."""
    return day.weekday() >= 5


def holidays_among(days: Collection[date]) -> IsHoliday:
    """An IsHoliday from named days, with Saturday and Sunday as the weekend."""
    named = frozenset(days)
    return lambda day: is_weekend(day) or day in named


def next_business_day(day: date, is_holiday: IsHoliday) -> date:
    """`day` itself when people work then, else the first working day after it."""
    return _step_to_business_day(day, is_holiday, _ONE_DAY)


def previous_business_day(day: date, is_holiday: IsHoliday) -> date:
    """`day` itself when people work then, else the last working day before it."""
    return _step_to_business_day(day, is_holiday, -_ONE_DAY)


def _step_to_business_day(day: date, is_holiday: IsHoliday, step: timedelta) -> date:
    for distance in range(_LONGEST_CLOSURE_DAYS + 1):
        candidate = day + distance * step
        if not is_holiday(candidate):
            return candidate
    raise AssertionError(f"no business day within {_LONGEST_CLOSURE_DAYS} days of {day}")
