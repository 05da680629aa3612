"""Money: what is a decimal string and what is not, and that no rounding or split loses a unit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.core.money import (
    MAX_AMOUNT_MINOR,
    CurrencyMismatch,
    InvalidAmount,
    Money,
    UnknownCurrency,
    apply_basis_points,
    convert_minor,
    currency_exponent,
    format_amount,
    parse_amount,
    round_half_up,
    split_by_weights,
)

EXPONENTS = {"JPY": 0, "EUR": 2, "KWD": 3}
CURRENCIES = st.sampled_from(sorted(EXPONENTS))
AMOUNTS = st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR)
RATES = st.decimals(min_value="0.000001", max_value="999999", places=6).map(str)


class TestCurrencyExponent:
    @pytest.mark.parametrize(("currency", "exponent"), EXPONENTS.items())
    def test_is_the_number_of_decimals(self, currency: str, exponent: int) -> None:
        assert currency_exponent(currency) == exponent

    @pytest.mark.parametrize("currency", ["", "eur", "EURO", "XXX", "DEM", "€"])
    def test_refuses_what_is_no_active_currency(self, currency: str) -> None:
        with pytest.raises(UnknownCurrency) as refused:
            currency_exponent(currency)
        assert (refused.value.code, refused.value.status) == ("currency_unknown", 422)

    def test_repeats_no_long_text(self) -> None:
        with pytest.raises(UnknownCurrency) as refused:
            currency_exponent("E" * 1_000)
        assert refused.value.facts == {"currency": "E" * 8}


class TestParseAmount:
    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("0", "EUR", 0),
            ("-0", "EUR", 0),
            ("0.00", "EUR", 0),
            ("1", "EUR", 100),
            ("1.5", "EUR", 150),
            ("1234.50", "EUR", 123_450),
            ("-1234.50", "EUR", -123_450),
            ("-0.01", "EUR", -1),
            ("0.005", "KWD", 5),
            ("1.5", "KWD", 1_500),
            ("1500", "JPY", 1_500),
        ],
    )
    def test_gives_minor_units(self, text: str, currency: str, minor: int) -> None:
        assert parse_amount(text, currency) == minor

    @pytest.mark.parametrize(("text", "currency"), [("1.500", "EUR"), ("1.50", "EUR"), ("1.5", "EUR")])
    def test_zeros_beyond_the_precision_say_nothing(self, text: str, currency: str) -> None:
        assert parse_amount(text, currency) == 150

    @pytest.mark.parametrize(("text", "currency"), [("7.0", "JPY"), ("7.00", "JPY"), ("7.000", "JPY")])
    def test_also_where_there_are_no_decimals(self, text: str, currency: str) -> None:
        assert parse_amount(text, currency) == 7

    @pytest.mark.parametrize(("text", "currency"), [("0.001", "EUR"), ("1.005", "EUR"), ("0.5", "JPY")])
    def test_more_precision_than_the_currency_has_is_refused_and_not_rounded(self, text: str, currency: str) -> None:
        with pytest.raises(InvalidAmount) as refused:
            parse_amount(text, currency)
        assert refused.value.facts == {"amount": text, "currency": currency}

    @pytest.mark.parametrize(
        "text",
        [
            "", " ", "-", ".", "+1", "1.", ".5", "--1", "1-", "01", "00", "-01.00", "1,5", "1 000", "1_000", "1e2", "0x1",
            "NaN", "Infinity", " 1", "1 ", "1\n", "１", "٣", "1.0000", "€1", "1.5.5", "10000000000000", "9" * 1_000,
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_plain_decimal_string(self, text: str) -> None:
        with pytest.raises(InvalidAmount) as refused:
            parse_amount(text, "EUR")
        assert (refused.value.code, refused.value.status) == ("amount_invalid", 422)
        assert refused.value.facts["amount"] == text[:40]

    @pytest.mark.parametrize("sign", ["", "-"])
    @pytest.mark.parametrize(
        ("largest", "one_more", "currency"),
        [
            ("100000000000.00", "100000000000.01", "EUR"),
            ("10000000000.000", "10000000000.001", "KWD"),
            # No yen amount of thirteen digits, which is all that the form allows, is over the bound.
            ("9999999999999", "10000000000000", "JPY"),
        ],
    )
    def test_the_bound_on_both_sides(self, sign: str, largest: str, one_more: str, currency: str) -> None:
        assert abs(parse_amount(sign + largest, currency)) <= MAX_AMOUNT_MINOR
        with pytest.raises(InvalidAmount):
            parse_amount(sign + one_more, currency)

    @given(st.text(), CURRENCIES)
    def test_any_text_is_an_amount_or_refused(self, text: str, currency: str) -> None:
        try:
            minor = parse_amount(text, currency)
        except InvalidAmount:
            return
        assert minor == Decimal(text).scaleb(currency_exponent(currency))


class TestFormatAmount:
    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [
            (0, "EUR", "0.00"),
            (1, "EUR", "0.01"),
            (-1, "EUR", "-0.01"),
            (99, "EUR", "0.99"),
            (-99, "EUR", "-0.99"),
            (100, "EUR", "1.00"),
            (-123_450, "EUR", "-1234.50"),
            (5, "KWD", "0.005"),
            (-999, "KWD", "-0.999"),
            (1_000, "KWD", "1.000"),
            (0, "JPY", "0"),
            (-1_500, "JPY", "-1500"),
        ],
    )
    def test_writes_all_decimals_of_the_currency(self, minor: int, currency: str, text: str) -> None:
        assert format_amount(minor, currency) == text

    @given(AMOUNTS, CURRENCIES)
    @example(MAX_AMOUNT_MINOR, "EUR")
    @example(-MAX_AMOUNT_MINOR, "KWD")
    def test_says_exactly_the_amount(self, minor: int, currency: str) -> None:
        text = format_amount(minor, currency)
        assert Decimal(text).scaleb(currency_exponent(currency)) == minor
        assert len(text.partition(".")[2]) == currency_exponent(currency)

    @given(st.integers(-(10**13) + 1, 10**13 - 1), CURRENCIES)
    def test_can_be_read_back(self, minor: int, currency: str) -> None:
        assert parse_amount(format_amount(minor, currency), currency) == minor

    def test_refuses_an_unknown_currency(self) -> None:
        with pytest.raises(UnknownCurrency):
            format_amount(1, "ZZZ")


class TestRoundHalfUp:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "rounded"),
        [(1, 2, 1), (-1, 2, -1), (49, 100, 0), (50, 100, 1), (-50, 100, -1), (3, 2, 2), (5, 2, 3), (-5, 2, -3), (0, 7, 0)],
    )  # fmt: skip
    def test_halves_go_away_from_zero(self, numerator: int, denominator: int, rounded: int) -> None:
        assert round_half_up(numerator, denominator) == rounded

    @given(st.integers(-(10**20), 10**20), st.integers(1, 10**6))
    def test_is_the_nearest_integer(self, numerator: int, denominator: int) -> None:
        rounded = round_half_up(numerator, denominator)
        assert abs(Fraction(numerator, denominator) - rounded) <= Fraction(1, 2)
        assert rounded == -round_half_up(-numerator, denominator)

    @pytest.mark.parametrize("denominator", [0, -1])
    def test_a_denominator_is_positive(self, denominator: int) -> None:
        with pytest.raises(AssertionError):
            round_half_up(1, denominator)


class TestApplyBasisPoints:
    @pytest.mark.parametrize(
        ("amount_minor", "rate_bp", "share"),
        [(10_000, 10_000, 10_000), (10_000, 1, 1), (9_999, 0, 0), (4_999, 1, 0), (5_000, 1, 1), (-5_000, 1, -1), (100, 250, 3)],
    )  # fmt: skip
    def test_ten_thousand_are_the_whole(self, amount_minor: int, rate_bp: int, share: int) -> None:
        assert apply_basis_points(amount_minor, rate_bp) == share


class TestConvertMinor:
    @pytest.mark.parametrize(
        ("amount_minor", "rate", "source", "target", "converted"),
        [
            (10_000, "0.9214", "USD", "EUR", 9_214),
            (10_000, "1", "EUR", "USD", 10_000),
            (10_000, "162.35", "EUR", "JPY", 16_235),
            (16_235, "0.0061595", "JPY", "EUR", 10_000),
            (1_000, "3.02", "KWD", "EUR", 302),
            (302, "0.331126", "EUR", "KWD", 1_000),
            (1, "1234.5", "JPY", "KWD", 1_234_500),
            (1, "0.5", "EUR", "USD", 1),
            (-1, "0.5", "EUR", "USD", -1),
            (1, "0.49", "EUR", "USD", 0),
            (0, "1.5", "EUR", "USD", 0),
        ],
    )
    def test_counts_decimals_of_both_currencies_and_rounds_halves_up(
        self, amount_minor: int, rate: str, source: str, target: str, converted: int
    ) -> None:
        assert convert_minor(amount_minor, rate=rate, source=source, target=target) == converted

    @given(AMOUNTS, RATES, CURRENCIES, CURRENCIES)
    def test_rounds_once(self, amount_minor: int, rate: str, source: str, target: str) -> None:
        units = Decimal(amount_minor).scaleb(-EXPONENTS[source]) * Decimal(rate)
        exact = units.scaleb(EXPONENTS[target])
        assert convert_minor(amount_minor, rate=rate, source=source, target=target) == exact.quantize(
            Decimal(1), rounding=ROUND_HALF_UP
        )

    @given(AMOUNTS, RATES, CURRENCIES, CURRENCIES)
    def test_a_debt_converts_like_the_money_that_pays_it(
        self, amount_minor: int, rate: str, source: str, target: str
    ) -> None:
        there = convert_minor(amount_minor, rate=rate, source=source, target=target)
        assert convert_minor(-amount_minor, rate=rate, source=source, target=target) == -there

    @given(AMOUNTS, CURRENCIES)
    def test_at_par_nothing_changes(self, amount_minor: int, currency: str) -> None:
        assert convert_minor(amount_minor, rate="1", source=currency, target=currency) == amount_minor

    @pytest.mark.parametrize("rate", ["999999999999.999999999999", "0.000000000001"])
    def test_takes_the_longest_rates(self, rate: str) -> None:
        assert convert_minor(10**12, rate=rate, source="EUR", target="USD") == round(Decimal(rate) * 10**12)

    @pytest.mark.parametrize(
        "rate",
        [
            "", "0", "0.000", "-1", "+1", "abc", "NaN", "sNaN", "Infinity", "1e5", "1e999999999", "1_000", " 1.5", "1.5 ", "1.5\n",
            "１", "1,5", ".5", "1.", "1000000000000", "0.0000000000001",
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_positive_decimal_number(self, rate: str) -> None:
        with pytest.raises(InvalidAmount) as refused:
            convert_minor(100, rate=rate, source="EUR", target="USD")
        assert (refused.value.code, refused.value.facts) == ("amount_invalid", {"rate": rate[:40]})

    @pytest.mark.parametrize(("source", "target"), [("ZZZ", "EUR"), ("EUR", "ZZZ")])
    def test_refuses_an_unknown_currency(self, source: str, target: str) -> None:
        with pytest.raises(UnknownCurrency):
            convert_minor(100, rate="1", source=source, target=target)


class TestSplitByWeights:
    @pytest.mark.parametrize(
        ("amount_minor", "weights", "parts"),
        [
            (100, [1], [100]),
            (100, [1, 1, 1], [34, 33, 33]),
            (101, [1, 1, 1], [34, 34, 33]),
            (1, [1, 1], [1, 0]),
            # The largest remainder first: 0.9 of a unit goes before 0.1, wherever it stands.
            (10, [1, 9, 90], [0, 1, 9]),
            (5, [1, 99], [0, 5]),
            (100, [0, 1, 0], [0, 100, 0]),
            (0, [3, 4], [0, 0]),
        ],
    )
    def test_gives_what_is_over_to_the_largest_remainders(
        self, amount_minor: int, weights: list[int], parts: list[int]
    ) -> None:
        assert split_by_weights(amount_minor, weights) == parts

    @given(
        st.integers(0, MAX_AMOUNT_MINOR),
        st.lists(st.integers(0, MAX_AMOUNT_MINOR), min_size=1, max_size=30).filter(any),
    )
    def test_loses_nothing_and_keeps_proportions(self, amount_minor: int, weights: list[int]) -> None:
        parts = split_by_weights(amount_minor, weights)
        assert sum(parts) == amount_minor
        for part, weight in zip(parts, weights, strict=True):
            assert abs(Fraction(amount_minor * weight, sum(weights)) - part) < 1
            assert part >= 0
            assert part == 0 or weight > 0

    @given(st.integers(0, 10**6), st.lists(st.integers(0, 10**4), min_size=2, max_size=10).filter(any))
    def test_more_weight_never_gets_less(self, amount_minor: int, weights: list[int]) -> None:
        shares = sorted(zip(weights, split_by_weights(amount_minor, weights), strict=True))
        for (lighter, less), (heavier, more) in pairwise(shares):
            assert less <= more or lighter == heavier

    @given(st.integers(0, 10**6), st.integers(1, 30))
    def test_of_equal_parts_the_earlier_one_gets_the_unit(self, amount_minor: int, parts: int) -> None:
        split = split_by_weights(amount_minor, [1] * parts)
        assert split == sorted(split, reverse=True)
        assert split[0] - split[-1] <= 1

    @pytest.mark.parametrize(("amount_minor", "weights"), [(100, []), (100, [0, 0]), (100, [2, -1]), (-1, [1])])
    def test_what_cannot_be_split_is_our_own_mistake(self, amount_minor: int, weights: list[int]) -> None:
        with pytest.raises(AssertionError):
            split_by_weights(amount_minor, weights)


class TestMoney:
    def test_reads_and_writes_decimal_strings(self) -> None:
        amount = Money.parse("1234.5", "EUR")
        assert (amount, amount.decimal, str(amount)) == (Money(123_450, "EUR"), "1234.50", "1234.50 EUR")

    @given(AMOUNTS, AMOUNTS, CURRENCIES)
    def test_adds_subtracts_and_negates(self, one: int, other: int, currency: str) -> None:
        first, second = Money(one, currency), Money(other, currency)
        assert first + second == Money(one + other, currency)
        assert first - second == first + -second
        assert first - first == Money.zero(currency)

    @pytest.mark.parametrize("operation", [Money.__add__, Money.__sub__])
    def test_two_currencies_never_meet(self, operation: object) -> None:
        with pytest.raises(CurrencyMismatch) as refused:
            operation(Money(1, "EUR"), Money(1, "USD"))  # type: ignore[operator]
        assert (refused.value.code, refused.value.facts) == ("currency_mismatch", {"currencies": ["EUR", "USD"]})


def test_the_bound_leaves_room_for_sums() -> None:
    """Half a million of the largest amounts, as the module promises, fit a signed 64-bit column."""
    assert MAX_AMOUNT_MINOR * 500_000 < 2**63
