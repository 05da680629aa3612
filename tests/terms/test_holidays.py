"""The wrapped holiday calendars, on days whose status is certain."""

from __future__ import annotations

from datetime import date

import pytest

from service.terms.domain import BusinessDayAdjustment, PaymentTerms, due_date
from service.terms.errors import HolidayCalendarUnknown
from service.terms.holidays import country_holidays, target2_holidays

GOOD_FRIDAY = date(2026, 4, 3)
EASTER_MONDAY = date(2026, 4, 6)
ASCENSION = date(2026, 5, 14)


class TestCountryHolidays:
    @pytest.mark.parametrize(
        ("country", "subdivision", "good_friday_is_free"),
        [("FR", None, False), ("FR", "57", True), ("DE", None, True), ("IT", None, False)],
    )
    def test_knows_countries_and_regions(
        self, country: str, subdivision: str | None, good_friday_is_free: bool
    ) -> None:
        is_holiday = country_holidays(country, subdivision)
        assert is_holiday(GOOD_FRIDAY) is good_friday_is_free
        assert is_holiday(EASTER_MONDAY)

    def test_counts_the_weekend_of_the_country(self) -> None:
        friday, sunday = date(2026, 6, 12), date(2026, 6, 14)
        assert country_holidays("IL")(friday)
        assert not country_holidays("IL")(sunday)
        assert not country_holidays("FR")(friday)
        assert country_holidays("FR")(sunday)

    def test_an_ordinary_tuesday_is_a_business_day(self) -> None:
        assert not country_holidays("FR")(date(2026, 3, 10))

    @pytest.mark.parametrize(
        ("country", "subdivision"), [("XX", None), ("", None), ("FR", "99"), ("France", None), ("XECB", None)]
    )
    def test_refuses_what_has_no_calendar(self, country: str, subdivision: str | None) -> None:
        with pytest.raises(HolidayCalendarUnknown) as refused:
            country_holidays(country, subdivision)
        assert refused.value.code == "holiday_calendar_unknown"
        assert refused.value.facts == {"country": country[:8], "subdivision": subdivision}

    def test_the_years_change_in_the_middle_of_a_search(self) -> None:
        waits = PaymentTerms(code="waits", business_day_adjustment=BusinessDayAdjustment.FOLLOWING)
        assert due_date(waits, date(2027, 12, 31), country_holidays("FR")).due_on == date(2027, 12, 31)
        assert due_date(waits, date(2028, 1, 1), country_holidays("FR")).due_on == date(2028, 1, 3)
        assert due_date(waits, date(2022, 12, 31), country_holidays("FR")).due_on == date(2023, 1, 2)

    def test_easter_moves_due_dates_to_tuesday_in_france(self) -> None:
        waits = PaymentTerms(code="waits", net_days=30, business_day_adjustment=BusinessDayAdjustment.FOLLOWING)
        assert due_date(waits, date(2026, 3, 4), country_holidays("FR")).due_on == GOOD_FRIDAY
        assert due_date(waits, date(2026, 3, 5), country_holidays("FR")).due_on == date(2026, 4, 7)


class TestTarget2Holidays:
    @pytest.mark.parametrize(
        ("day", "closed"),
        [
            (GOOD_FRIDAY, True),
            (EASTER_MONDAY, True),
            (ASCENSION, False),
            (date(2026, 7, 14), False),
            (date(2026, 12, 26), True),
            (date(2026, 6, 13), True),
        ],
    )
    def test_closes_when_no_money_moves(self, day: date, closed: bool) -> None:
        assert target2_holidays()(day) is closed
