"""Late interest by law: worked by hand, on both sides of each day and half-year."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reminders.interest import Balance, Rates, late_interest, yearly_rate_bp
from service.reminders.rates import KNOWN_UNTIL, LAWS, PUBLISHED, DatedRate, RateBase, half_year_of

RATES = Rates({})


class TestRate:
    @pytest.mark.parametrize(
        ("country", "half_year", "expected"),
        [
            ("FR", date(2025, 7, 1), 1_215),
            # Three times the legal rate of 5.07 % is more than the ECB's 4.50 % and ten points.
            ("FR", date(2024, 1, 1), 1_521),
            ("IT", date(2023, 1, 1), 1_050),
            ("ES", date(2024, 7, 1), 1_225),
            ("DE", date(2024, 1, 1), 1_262),
            ("DE", date(2016, 7, 1), 812),
            # 8 + 3.15 is 11.15, and Belgium goes up to the next half point.
            ("BE", date(2025, 1, 1), 1_150),
            ("BE", date(2024, 1, 1), 1_250),
            ("GB", date(2024, 7, 1), 1_325),
            ("FR", date(2026, 1, 1), 1_215),
            ("ES", date(2026, 7, 1), 1_040),
            ("DE", date(2026, 7, 1), 1_052),
            ("BE", date(2026, 1, 1), 1_050),
            ("GB", date(2026, 7, 1), 1_175),
            ("CH", date(2030, 1, 1), 500),
        ],
    )
    def test_of_a_half_year(self, country: str, half_year: date, expected: int):
        assert yearly_rate_bp(LAWS[country], half_year, RATES) == expected

    def test_that_nobody_has_published_is_not_guessed(self):
        assert yearly_rate_bp(LAWS["IT"], date(2027, 1, 1), RATES) is None
        assert yearly_rate_bp(LAWS["IT"], date(1998, 1, 1), RATES) is None

    def test_that_was_recorded_counts(self):
        recorded = Rates({RateBase.ECB: [DatedRate(date(2027, 1, 1), 265, "Journal officiel")]})
        assert yearly_rate_bp(LAWS["IT"], date(2027, 1, 1), recorded) == 1_065
        assert yearly_rate_bp(LAWS["IT"], date(2027, 7, 1), recorded) is None

    def test_data_is_in_order_and_at_half_years(self):
        for base, rates in PUBLISHED.items():
            days = [rate.from_on for rate in rates]
            assert days == sorted(set(days))
            assert all(half_year_of(day) == day for day in days)
            assert days[-1] <= KNOWN_UNTIL[base]


class TestInterest:
    def test_of_a_year_is_the_rate(self):
        interest = late_interest(
            [Balance(date(2016, 12, 1), 100_000)],
            LAWS["IT"],
            RATES,
            began_on=date(2017, 1, 1),
            from_on=date(2017, 1, 1),
            until_on=date(2017, 12, 31),
        )
        assert interest.amount_minor == 8_000
        assert interest.days == 365

    def test_is_cut_where_a_half_year_begins(self):
        interest = late_interest(
            [Balance(date(2024, 1, 1), 100_000)],
            LAWS["FR"],
            RATES,
            began_on=date(2024, 6, 21),
            from_on=date(2024, 6, 21),
            until_on=date(2024, 7, 10),
        )
        assert [(part.days, part.rate_bp) for part in interest.parts] == [(10, 1_521), (10, 1_476)]
        # 1,000.00 x 10 x (15.21 % + 14.76 %) / 365 = 8.2109...
        assert interest.amount_minor == 821

    def test_follows_what_was_open_on_each_day(self):
        balances = [
            Balance(date(2017, 1, 1), 100_000),
            Balance(date(2017, 1, 11), 50_000),
            Balance(date(2017, 1, 21), 0),
        ]
        first = date(2017, 1, 1)
        interest = late_interest(balances, LAWS["IT"], RATES, began_on=first, from_on=first, until_on=date(2017, 3, 1))
        assert [(part.days, part.open_minor) for part in interest.parts] == [(10, 100_000), (10, 50_000)]
        assert interest.amount_minor == 329

    def test_stops_where_no_rate_is_known(self):
        interest = late_interest(
            [Balance(date(2026, 12, 1), 100_000)],
            LAWS["IT"],
            RATES,
            began_on=date(2026, 12, 30),
            from_on=date(2026, 12, 30),
            until_on=date(2027, 1, 5),
        )
        assert (interest.days, interest.missing_on) == (2, date(2027, 1, 1))

    @pytest.mark.parametrize("country", ["GB", "IE"])
    def test_keeps_the_rate_it_began_with_where_the_law_says_so(self, country: str):
        began_on = date(2024, 12, 20)
        law = LAWS[country]
        rate = yearly_rate_bp(law, date(2024, 7, 1), RATES)
        for from_on in (began_on, date(2025, 1, 10)):
            interest = late_interest(
                [Balance(date(2024, 12, 1), 100_000)],
                law,
                RATES,
                began_on=began_on,
                from_on=from_on,
                until_on=date(2025, 7, 10),
            )
            assert {part.rate_bp for part in interest.parts} == {rate}
        assert yearly_rate_bp(law, date(2025, 7, 1), RATES) != rate

    def test_of_a_debt_that_began_with_a_known_rate_goes_on(self):
        interest = late_interest(
            [Balance(date(2026, 12, 1), 100_000)],
            LAWS["GB"],
            RATES,
            began_on=date(2026, 12, 30),
            from_on=date(2026, 12, 30),
            until_on=date(2027, 1, 5),
        )
        assert (interest.days, interest.missing_on) == (7, None)

    @given(
        amount=st.integers(1, 10**9),
        first=st.dates(date(2012, 1, 1), date(2025, 12, 1)),
        days=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    )
    def test_of_two_spans_is_that_of_the_whole_but_for_rounding(self, amount: int, first: date, days: tuple[int, int]):
        middle = date.fromordinal(min(first.toordinal() + days[0], date(2025, 12, 30).toordinal()))
        last = date.fromordinal(min(middle.toordinal() + days[1], date(2025, 12, 31).toordinal()))
        balances = [Balance(first, amount)]
        law = LAWS["FR"]
        after = date.fromordinal(middle.toordinal() + 1)
        one = late_interest(balances, law, RATES, began_on=first, from_on=first, until_on=middle).amount_minor
        two = late_interest(balances, law, RATES, began_on=first, from_on=after, until_on=last).amount_minor
        whole = late_interest(balances, law, RATES, began_on=first, from_on=first, until_on=last).amount_minor
        assert abs(whole - one - two) <= 1


class TestRecoverySum:
    @pytest.mark.parametrize(
        ("country", "amount_minor", "expected"),
        [
            ("FR", 1, 4_000),
            ("GB", 99_999, 4_000),
            ("GB", 100_000, 7_000),
            ("GB", 999_999, 7_000),
            ("GB", 1_000_000, 10_000),
            ("IE", 100_000, 4_000),
            ("IE", 100_001, 7_000),
        ],
    )
    def test_by_the_amount_of_the_debt(self, country: str, amount_minor: int, expected: int):
        recovery = LAWS[country].recovery
        assert recovery is not None
        assert recovery.of(amount_minor, recovery.currency) == expected

    def test_of_another_currency_is_not_known(self):
        recovery = LAWS["FR"].recovery
        assert recovery is not None
        assert recovery.of(10_000, "USD") is None
        assert LAWS["CH"].recovery is None
