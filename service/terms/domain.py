"""The payment terms and the day they make an amount due. Pure: dates in, dates out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, assert_never

from service.core import calendar
from service.core.calendar import IsHoliday, Period
from service.core.errors import FieldProblem
from service.terms.errors import BaseDateOutOfRange, TermsInvalid, problem_with

__all__ = [
    "EARLIEST_BASE_ON",
    "LATEST_BASE_ON",
    "BillingPeriod",
    "BusinessDayAdjustment",
    "DueDate",
    "DueDateStep",
    "EndOfMonth",
    "PaymentTerms",
    "StepCode",
    "billing_period_bounds",
    "days_past_due",
    "describe",
    "due_date",
    "is_late",
]

# Calendars of public holidays are known up to 2100, and terms run for three years and a half at most.
EARLIEST_BASE_ON: Final = date(1970, 1, 1)
LATEST_BASE_ON: Final = date(2095, 12, 31)

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "net_days": (0, 365),
    "months": (0, 24),
    "fixed_day": (1, 31),
    "discount_days": (0, 365),
    "discount_bp": (1, 9_999),
}


class EndOfMonth(StrEnum):
    """Whether a due date goes to a month's end, and in which order with the days.

    "45 days end of month" is read both ways. French practice and the authority that polices it
    (DGCCRF, "Délais de paiement : les règles à connaître") accept invoice + 45 days + end of month as
    well as invoice + end of month + 45 days, and they differ by a fortnight and more, so the
    merchant names the one that was agreed.
    """

    NONE = "none"
    DAYS_THEN_END_OF_MONTH = "days_then_end_of_month"
    END_OF_MONTH_THEN_DAYS = "end_of_month_then_days"


class BillingPeriod(StrEnum):
    """How long orders are gathered before one document asks for their money."""

    NONE = "none"
    WEEKLY = "weekly"
    HALF_MONTHLY = "half_monthly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class BusinessDayAdjustment(StrEnum):
    """Where a due date goes when nobody works on it; modified following stays within its month."""

    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"


class StepCode(StrEnum):
    """What moved the date, in the order in which it happens."""

    BASE_DATE = "base_date"
    BILLING_PERIOD_CLOSED = "billing_period_closed"
    MONTHS_ADDED = "months_added"
    END_OF_MONTH = "end_of_month"
    DAYS_ADDED = "days_added"
    FIXED_DAY = "fixed_day"
    BUSINESS_DAY = "business_day"


class DueDateStep(NamedTuple):
    """One move of the date: why, and the day reached by it."""

    code: StepCode
    on: date


@dataclass(frozen=True, slots=True)
class DueDate:
    """When an order's money is due, and how that day was reached.

    `billing_on` is the day the open item or the period's invoice is issued: the base date itself when
    orders are not gathered. `discount_until_on` is the last day of the early-payment discount.
    """

    due_on: date
    billing_on: date
    discount_until_on: date | None
    steps: tuple[DueDateStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTerms:
    """What a merchant and a company agreed on. Parts combine: "60 days, end of month, on the 10th".

    The order is fixed: close of the billing period, months, days (around the end of the month as
    chosen), fixed day, business day. Raises TermsInvalid with every problem found.
    """

    code: str
    net_days: int = 0
    months: int = 0
    end_of_month: EndOfMonth = EndOfMonth.NONE
    fixed_day: int | None = None
    billing_period: BillingPeriod = BillingPeriod.NONE
    business_day_adjustment: BusinessDayAdjustment = BusinessDayAdjustment.NONE
    discount_days: int | None = None
    discount_bp: int | None = None

    def __post_init__(self) -> None:
        problems = list(_problems_of(self))
        if problems:
            raise TermsInvalid(problems)


def due_date(terms: PaymentTerms, base_on: date, is_holiday: IsHoliday) -> DueDate:
    """The day an order that counts from `base_on` is due, with each step that led there.

    `base_on` is a day where the shop is. The result is never before `billing_on`, and never earlier
    for a later base date. `is_holiday` is asked only when the terms move to a business day.
    """
    assert not isinstance(base_on, datetime), "terms count days, and an instant is no day"
    if not EARLIEST_BASE_ON <= base_on <= LATEST_BASE_ON:
        raise BaseDateOutOfRange(base_on=base_on.isoformat())
    steps = [DueDateStep(StepCode.BASE_DATE, base_on)]
    period = billing_period_bounds(terms, base_on)
    billing_on = base_on
    if period is not None:
        billing_on = period.last_on
        steps.append(DueDateStep(StepCode.BILLING_PERIOD_CLOSED, billing_on))
    steps.extend(_count_from(terms, billing_on))
    adjusted_on = _to_business_day(terms, steps[-1].on, not_before=billing_on, is_holiday=is_holiday)
    if adjusted_on != steps[-1].on:
        steps.append(DueDateStep(StepCode.BUSINESS_DAY, adjusted_on))
    discount_until_on = None
    if terms.discount_days is not None:
        discount_until_on = min(billing_on + timedelta(days=terms.discount_days), adjusted_on)
    assert base_on <= billing_on <= adjusted_on, "money is never due before it is asked for"
    return DueDate(adjusted_on, billing_on, discount_until_on, tuple(steps))


def _count_from(terms: PaymentTerms, start_on: date) -> Iterator[DueDateStep]:
    """The steps of the term itself. With nothing to count, the amount is due on `start_on`."""
    day = start_on
    if terms.months:
        day = calendar.add_months(day, terms.months)
        yield DueDateStep(StepCode.MONTHS_ADDED, day)
    if terms.end_of_month is EndOfMonth.END_OF_MONTH_THEN_DAYS:
        # After the months, so that a month after the end of February is the end of March.
        day = calendar.end_of_month(day)
        yield DueDateStep(StepCode.END_OF_MONTH, day)
    if terms.net_days:
        day += timedelta(days=terms.net_days)
        yield DueDateStep(StepCode.DAYS_ADDED, day)
    if terms.end_of_month is EndOfMonth.DAYS_THEN_END_OF_MONTH:
        day = calendar.end_of_month(day)
        yield DueDateStep(StepCode.END_OF_MONTH, day)
    if terms.fixed_day is not None:
        yield DueDateStep(StepCode.FIXED_DAY, calendar.next_day_of_month(day, terms.fixed_day))


def _to_business_day(terms: PaymentTerms, day: date, *, not_before: date, is_holiday: IsHoliday) -> date:
    match terms.business_day_adjustment:
        case BusinessDayAdjustment.NONE:
            return day
        case BusinessDayAdjustment.FOLLOWING:
            return calendar.next_business_day(day, is_holiday)
        case BusinessDayAdjustment.MODIFIED_FOLLOWING:
            adjusted_on = calendar.next_business_day(day, is_holiday)
            if (adjusted_on.year, adjusted_on.month) != (day.year, day.month):
                adjusted_on = calendar.previous_business_day(day, is_holiday)
        case BusinessDayAdjustment.PRECEDING:
            adjusted_on = calendar.previous_business_day(day, is_holiday)
        case _:
            assert_never(terms.business_day_adjustment)
    # Cash terms on a Saturday cannot fall due on the Friday before: they wait for Monday.
    return adjusted_on if adjusted_on >= not_before else calendar.next_business_day(day, is_holiday)


def billing_period_bounds(terms: PaymentTerms, on: date) -> Period | None:
    """The period whose document an order of that day goes on; None when orders are not gathered.

    An order that becomes known after its period was invoiced belongs to the next one: the caller then
    asks for the day after `last_on`.
    """
    match terms.billing_period:
        case BillingPeriod.NONE:
            return None
        case BillingPeriod.WEEKLY:
            return calendar.week_of(on)
        case BillingPeriod.HALF_MONTHLY:
            return calendar.half_month_of(on)
        case BillingPeriod.MONTHLY:
            return calendar.month_of(on)
        case BillingPeriod.QUARTERLY:
            return calendar.quarter_of(on)
        case _:
            assert_never(terms.billing_period)


def is_late(due_on: date, today: date) -> bool:
    """Late starts the day after: what is due today is not late."""
    return today > due_on


def days_past_due(due_on: date, today: date) -> int:
    """Whole days of lateness; 0 up to and on the due date."""
    return max(0, (today - due_on).days)


def describe(terms: PaymentTerms) -> str:
    """A short English label such as "30 days, then end of month"; stored text, never parsed."""
    parts = [_describe_span(terms)]
    if terms.fixed_day is not None:
        parts.append(f"on the {_ordinal(terms.fixed_day)}")
    if terms.billing_period is not BillingPeriod.NONE:
        parts[0] = f"{terms.billing_period.value.replace('_', '-')} invoice, {parts[0]}"
    if terms.business_day_adjustment is not BusinessDayAdjustment.NONE:
        parts.append(_ADJUSTMENT_LABELS[terms.business_day_adjustment])
    if terms.discount_bp is not None:
        whole, hundredths = divmod(terms.discount_bp, 100)
        percent = f"{whole}.{hundredths:02}".rstrip("0").rstrip(".")
        parts.append(f"{percent}% off within {_count(terms.discount_days or 0, 'day')}")
    label = ", ".join(parts)
    return label[0].upper() + label[1:]


_ADJUSTMENT_LABELS: Final = {
    BusinessDayAdjustment.FOLLOWING: "next business day",
    BusinessDayAdjustment.MODIFIED_FOLLOWING: "next business day within the month",
    BusinessDayAdjustment.PRECEDING: "last business day before",
}


def _describe_span(terms: PaymentTerms) -> str:
    months = _count(terms.months, "month") if terms.months else ""
    days = _count(terms.net_days, "day") if terms.net_days else ""
    match terms.end_of_month:
        case EndOfMonth.NONE:
            return " and ".join(filter(None, (months, days))) or "due at once"
        case EndOfMonth.DAYS_THEN_END_OF_MONTH:
            span = " and ".join(filter(None, (months, days)))
            return f"{span}, then end of month" if span else "end of month"
        case EndOfMonth.END_OF_MONTH_THEN_DAYS:
            end = f"{months}, then end of month" if months else "end of month"
            return f"{end}, then {days}" if days else end
        case _:
            assert_never(terms.end_of_month)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _ordinal(number: int) -> str:
    suffix = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _problems_of(terms: PaymentTerms) -> Iterator[FieldProblem]:
    if not _CODE.fullmatch(terms.code):
        detail = "must be 1 to 64 lower-case letters, digits and underscores, and begin with a letter"
        yield problem_with("code", "malformed", detail)
    for name, (lowest, highest) in _RANGES.items():
        value = getattr(terms, name)
        if value is not None and not lowest <= value <= highest:
            yield problem_with(name, "out_of_range", f"must be between {lowest} and {highest}")
    if (terms.discount_days is None) != (terms.discount_bp is None):
        name = "discount_bp" if terms.discount_bp is None else "discount_days"
        yield problem_with(name, "missing", "is required: a discount has both days and basis points")
