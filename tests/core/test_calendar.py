"""Months, periods and business days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core import calendar
from service.core.calendar import Period

DAYS = st.dates(min_value=date(1970, 1, 1), max_value=date(2095, 12, 31))
# Easter 2026: Good Friday and Easter Monday close a weekend on both sides.
EASTER_2026 = calendar.holidays_among([date(2026, 4, 3), date(2026, 4, 6)])


class TestAddMonths:
    @pytest.mark.parametrize(
        ("origin", "months", "expected"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2026, 1, 31), 2, date(2026, 3, 31)),
            (date(2026, 1, 31), 3, date(2026, 4, 30)),
            (date(2028, 1, 31), 1, date(2028, 2, 29)),
            (date(2026, 2, 28), 1, date(2026, 3, 28)),
            (date(2028, 2, 29), 12, date(2029, 2, 28)),
            (date(2028, 2, 29), 48, date(2032, 2, 29)),
            (date(2026, 12, 15), 1, date(2027, 1, 15)),
            (date(2026, 11, 30), 3, date(2027, 2, 28)),
            (date(2026, 6, 15), 0, date(2026, 6, 15)),
            (date(2026, 3, 31), -1, date(2026, 2, 28)),
            (date(2026, 1, 1), -1, date(2025, 12, 1)),
        ],
    )
    def test_steps_from_the_original_day(self, origin: date, months: int, expected: date) -> None:
        assert calendar.add_months(origin, months) == expected

    @settings(max_examples=50)
    @given(DAYS, st.integers(0, 48))
    def test_lands_in_the_right_month_on_the_same_or_the_last_day(self, origin: date, months: int) -> None:
        result = calendar.add_months(origin, months)
        assert (result.year * 12 + result.month) - (origin.year * 12 + origin.month) == months
        assert result.day == origin.day or (result.day < origin.day and result == calendar.end_of_month(result))


class TestEndOfMonth:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2026, 2, 1), date(2026, 2, 28)),
            (date(2028, 2, 28), date(2028, 2, 29)),
            (date(2100, 2, 3), date(2100, 2, 28)),
            (date(2000, 2, 3), date(2000, 2, 29)),
            (date(2026, 4, 30), date(2026, 4, 30)),
            (date(2026, 12, 31), date(2026, 12, 31)),
        ],
    )
    def test_is_the_last_day_of_the_month(self, day: date, expected: date) -> None:
        assert calendar.end_of_month(day) == expected

    @settings(max_examples=50)
    @given(DAYS)
    def test_is_followed_by_a_first(self, day: date) -> None:
        last = calendar.end_of_month(day)
        assert last >= day
        assert (last + timedelta(days=1)).day == 1


class TestNextDayOfMonth:
    @pytest.mark.parametrize(
        ("day", "day_of_month", "expected"),
        [
            (date(2026, 5, 31), 10, date(2026, 6, 10)),
            (date(2026, 5, 10), 10, date(2026, 5, 10)),
            (date(2026, 5, 11), 10, date(2026, 6, 10)),
            (date(2026, 12, 20), 10, date(2027, 1, 10)),
            (date(2026, 2, 1), 30, date(2026, 2, 28)),
            (date(2026, 2, 28), 31, date(2026, 2, 28)),
            (date(2028, 2, 28), 31, date(2028, 2, 29)),
            (date(2026, 1, 31), 30, date(2026, 2, 28)),
        ],
    )
    def test_is_on_or_after_and_stands_in_for_short_months(self, day: date, day_of_month: int, expected: date) -> None:
        assert calendar.next_day_of_month(day, day_of_month) == expected

    @settings(max_examples=50)
    @given(DAYS, st.integers(1, 31))
    def test_no_earlier_date_would_do(self, day: date, day_of_month: int) -> None:
        found = calendar.next_day_of_month(day, day_of_month)
        assert day <= found <= day + timedelta(days=31)
        for offset in range((found - day).days):
            skipped = day + timedelta(days=offset)
            assert skipped.day != min(day_of_month, calendar.days_in_month(skipped))


class TestPeriods:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2026, 1, 1), Period(date(2025, 12, 29), date(2026, 1, 4))),
            (date(2026, 3, 2), Period(date(2026, 3, 2), date(2026, 3, 8))),
            (date(2026, 3, 8), Period(date(2026, 3, 2), date(2026, 3, 8))),
        ],
    )
    def test_weeks_run_from_monday_to_sunday(self, day: date, expected: Period) -> None:
        assert calendar.week_of(day) == expected

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2026, 2, 15), Period(date(2026, 2, 1), date(2026, 2, 15))),
            (date(2026, 2, 16), Period(date(2026, 2, 16), date(2026, 2, 28))),
            (date(2028, 2, 29), Period(date(2028, 2, 16), date(2028, 2, 29))),
            (date(2026, 12, 31), Period(date(2026, 12, 16), date(2026, 12, 31))),
        ],
    )
    def test_half_months_break_after_the_fifteenth(self, day: date, expected: Period) -> None:
        assert calendar.half_month_of(day) == expected

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2026, 3, 31), Period(date(2026, 1, 1), date(2026, 3, 31))),
            (date(2026, 4, 1), Period(date(2026, 4, 1), date(2026, 6, 30))),
            (date(2026, 12, 1), Period(date(2026, 10, 1), date(2026, 12, 31))),
        ],
    )
    def test_quarters_are_those_of_the_calendar(self, day: date, expected: Period) -> None:
        assert calendar.quarter_of(day) == expected

    @pytest.mark.parametrize(
        "period_of", [calendar.week_of, calendar.half_month_of, calendar.month_of, calendar.quarter_of]
    )
    @settings(max_examples=50)
    @given(day=DAYS)
    def test_every_day_is_in_one_period_and_periods_touch(self, period_of: Callable[[date], Period], day: date) -> None:
        period = period_of(day)
        assert day in period
        assert period_of(period.first_on) == period_of(period.last_on) == period
        assert period_of(period.last_on + timedelta(days=1)).first_on == period.last_on + timedelta(days=1)

    def test_length_counts_both_ends(self) -> None:
        assert calendar.month_of(date(2028, 2, 10)).length_days == 29


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("day", "following", "preceding"),
        [
            (date(2026, 4, 2), date(2026, 4, 2), date(2026, 4, 2)),
            (date(2026, 4, 3), date(2026, 4, 7), date(2026, 4, 2)),
            (date(2026, 4, 6), date(2026, 4, 7), date(2026, 4, 2)),
            (date(2026, 4, 11), date(2026, 4, 13), date(2026, 4, 10)),
        ],
    )
    def test_skips_weekends_and_holidays_both_ways(self, day: date, following: date, preceding: date) -> None:
        assert calendar.next_business_day(day, EASTER_2026) == following
        assert calendar.previous_business_day(day, EASTER_2026) == preceding

    def test_takes_the_weekend_from_the_predicate(self) -> None:
        def is_friday_or_saturday(day: date) -> bool:
            return day.weekday() in {4, 5}

        assert calendar.next_business_day(date(2026, 4, 10), is_friday_or_saturday) == date(2026, 4, 12)

    def test_a_closure_of_a_month_still_ends(self) -> None:
        closed = [date(2026, 7, 1) + timedelta(days=offset) for offset in range(31)]
        assert calendar.next_business_day(date(2026, 7, 1), lambda day: day in closed) == date(2026, 8, 1)

    def test_refuses_to_search_forever(self) -> None:
        with pytest.raises(AssertionError, match="no business day"):
            calendar.next_business_day(date(2026, 7, 1), lambda _: True)
