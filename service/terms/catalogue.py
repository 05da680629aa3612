"""Ready-made terms to start from, and worked examples that show what terms do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from service.core import calendar
from service.core.calendar import IsHoliday
from service.terms.domain import (
    BillingPeriod,
    BusinessDayAdjustment,
    DueDate,
    EndOfMonth,
    PaymentTerms,
    due_date,
)

__all__ = ["READY_MADE_TERMS", "ExampleKind", "WorkedExample", "worked_examples"]

_EOM_LAST: Final = EndOfMonth.DAYS_THEN_END_OF_MONTH
_EOM_FIRST: Final = EndOfMonth.END_OF_MONTH_THEN_DAYS

READY_MADE_TERMS: Final[Mapping[str, PaymentTerms]] = MappingProxyType(
    {
        terms.code: terms
        for terms in (
            PaymentTerms(code="net_7", net_days=7),
            PaymentTerms(code="net_14", net_days=14),
            PaymentTerms(code="net_30", net_days=30),
            PaymentTerms(code="net_45", net_days=45),
            PaymentTerms(code="net_60", net_days=60),
            PaymentTerms(code="end_of_month", end_of_month=_EOM_LAST),
            PaymentTerms(code="net_30_end_of_month", net_days=30, end_of_month=_EOM_LAST),
            PaymentTerms(code="end_of_month_30", net_days=30, end_of_month=_EOM_FIRST),
            PaymentTerms(code="net_45_end_of_month", net_days=45, end_of_month=_EOM_LAST),
            PaymentTerms(code="end_of_month_45", net_days=45, end_of_month=_EOM_FIRST),
            PaymentTerms(code="weekly_net_30", net_days=30, billing_period=BillingPeriod.WEEKLY),
            PaymentTerms(code="half_monthly_net_30", net_days=30, billing_period=BillingPeriod.HALF_MONTHLY),
            PaymentTerms(code="monthly_net_30", net_days=30, billing_period=BillingPeriod.MONTHLY),
            PaymentTerms(code="quarterly_net_30", net_days=30, billing_period=BillingPeriod.QUARTERLY),
        )
    }
)


class ExampleKind(StrEnum):
    """Why a base date is worth showing."""

    MID_MONTH = "mid_month"
    JANUARY_30 = "january_30"
    JANUARY_31 = "january_31"
    FEBRUARY_28 = "february_28"
    FEBRUARY_29 = "february_29"
    HOLIDAY_WEEKEND = "holiday_weekend"
    YEAR_END = "year_end"


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One base date with its due date and the steps between them."""

    kind: ExampleKind
    base_on: date
    due: DueDate


def worked_examples(terms: PaymentTerms, year: int, *, is_holiday: IsHoliday) -> tuple[WorkedExample, ...]:
    """The base dates of a year at which terms surprise people, in the order of the calendar."""
    base_dates = {
        ExampleKind.MID_MONTH: date(year, 1, 15),
        ExampleKind.JANUARY_30: date(year, 1, 30),
        ExampleKind.JANUARY_31: date(year, 1, 31),
        ExampleKind.FEBRUARY_28: date(year, 2, 28),
        ExampleKind.HOLIDAY_WEEKEND: _base_for_holiday_weekend(terms, year, is_holiday),
        ExampleKind.YEAR_END: date(year, 12, 15),
    }
    if calendar.days_in_month(date(year, 2, 1)) == 29:
        base_dates[ExampleKind.FEBRUARY_29] = date(year, 2, 29)
    examples = [WorkedExample(kind, on, due_date(terms, on, is_holiday)) for kind, on in base_dates.items()]
    return tuple(sorted(examples, key=lambda example: example.base_on))


def _base_for_holiday_weekend(terms: PaymentTerms, year: int, is_holiday: IsHoliday) -> date:
    """The first base date whose term runs out within a longest closure of the year.

    Terms that never end on such a day (those of a month's end, as a rule) get the day before the closure.
    """
    closures = _longest_closures(year, is_holiday)
    closed = {on for closure in closures for on in _days_of(closure)}
    unadjusted = replace(terms, business_day_adjustment=BusinessDayAdjustment.NONE)
    for base_on in _days_of(calendar.Period(date(year, 1, 1), date(year, 12, 31))):
        if due_date(unadjusted, base_on, is_holiday).due_on in closed:
            return base_on
    return closures[0].first_on - timedelta(days=1)


def _longest_closures(year: int, is_holiday: IsHoliday) -> list[calendar.Period]:
    """The longest runs of days off between February and November, where a base date before fits in the year."""
    runs: list[calendar.Period] = []
    for on in _days_of(calendar.Period(date(year, 2, 1), date(year, 11, 30))):
        if not is_holiday(on):
            continue
        if runs and on - runs[-1].last_on == timedelta(days=1):
            runs[-1] = calendar.Period(runs[-1].first_on, on)
        else:
            runs.append(calendar.Period(on, on))
    assert runs, "a year has days on which nobody works"
    longest = max(run.length_days for run in runs)
    return [run for run in runs if run.length_days == longest]


def _days_of(period: calendar.Period) -> list[date]:
    return [period.first_on + timedelta(days=offset) for offset in range(period.length_days)]
