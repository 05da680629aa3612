"""Due dates: tables of examples, then what must hold for all terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core import calendar
from service.core.calendar import holidays_among, is_weekend
from service.terms.domain import (
    EARLIEST_BASE_ON,
    LATEST_BASE_ON,
    BillingPeriod,
    BusinessDayAdjustment,
    EndOfMonth,
    PaymentTerms,
    StepCode,
    billing_period_bounds,
    days_past_due,
    describe,
    due_date,
    is_late,
)
from service.terms.errors import BaseDateOutOfRange, TermsInvalid

DAYS_LAST = EndOfMonth.END_OF_MONTH_THEN_DAYS
MONTH_END_LAST = EndOfMonth.DAYS_THEN_END_OF_MONTH
# Good Friday, Easter Monday, Labour Day and Christmas of 2026, as TARGET2 keeps them.
HOLIDAYS = holidays_among([date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25), date(2027, 1, 1)])

BASE_DATES = st.dates(min_value=date(2020, 1, 1), max_value=date(2032, 12, 31))


@st.composite
def any_terms(draw: st.DrawFn) -> PaymentTerms:
    """Terms with every part, valid by construction."""
    has_discount = draw(st.booleans())
    return PaymentTerms(
        code=draw(st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)),
        net_days=draw(st.integers(0, 365)),
        months=draw(st.integers(0, 24)),
        end_of_month=draw(st.sampled_from(EndOfMonth)),
        fixed_day=draw(st.none() | st.integers(1, 31)),
        billing_period=draw(st.sampled_from(BillingPeriod)),
        business_day_adjustment=draw(st.sampled_from(BusinessDayAdjustment)),
        discount_days=draw(st.integers(0, 365)) if has_discount else None,
        discount_bp=draw(st.integers(1, 9_999)) if has_discount else None,
    )


def terms(**parts: object) -> PaymentTerms:
    return PaymentTerms(code="agreed", **parts)  # type: ignore[arg-type]  # the parts of each row differ


class TestDueDate:
    @pytest.mark.parametrize(
        ("net_days", "base_on", "due_on"),
        [
            (0, date(2026, 3, 14), date(2026, 3, 14)),
            (7, date(2026, 12, 28), date(2027, 1, 4)),
            (30, date(2026, 1, 31), date(2026, 3, 2)),
            (30, date(2028, 1, 31), date(2028, 3, 1)),
            (60, date(2026, 12, 15), date(2027, 2, 13)),
            (365, date(2027, 3, 1), date(2028, 2, 29)),
        ],
    )
    def test_net_days_count_calendar_days(self, net_days: int, base_on: date, due_on: date) -> None:
        assert due_date(terms(net_days=net_days), base_on, is_weekend).due_on == due_on

    @pytest.mark.parametrize(
        ("months", "due_on"),
        [
            (1, date(2026, 2, 28)),
            (2, date(2026, 3, 31)),
            (3, date(2026, 4, 30)),
            (12, date(2027, 1, 31)),
            (24, date(2028, 1, 31)),
        ],
    )
    def test_months_step_from_the_original_day(self, months: int, due_on: date) -> None:
        assert due_date(terms(months=months), date(2026, 1, 31), is_weekend).due_on == due_on

    @pytest.mark.parametrize(
        ("base_on", "month_end_last", "days_last"),
        [
            (date(2026, 1, 15), date(2026, 3, 31), date(2026, 3, 17)),
            (date(2026, 1, 31), date(2026, 3, 31), date(2026, 3, 17)),
            (date(2026, 4, 10), date(2026, 5, 31), date(2026, 6, 14)),
            (date(2026, 4, 16), date(2026, 5, 31), date(2026, 6, 14)),
            (date(2026, 4, 17), date(2026, 6, 30), date(2026, 6, 14)),
            (date(2028, 1, 15), date(2028, 2, 29), date(2028, 3, 16)),
            (date(2026, 12, 15), date(2027, 1, 31), date(2027, 2, 14)),
            (date(2026, 12, 31), date(2027, 2, 28), date(2027, 2, 14)),
        ],
    )
    def test_45_days_end_of_month_has_two_readings(self, base_on: date, month_end_last: date, days_last: date) -> None:
        for reading, due_on in ((MONTH_END_LAST, month_end_last), (DAYS_LAST, days_last)):
            assert due_date(terms(net_days=45, end_of_month=reading), base_on, is_weekend).due_on == due_on

    @pytest.mark.parametrize("reading", [MONTH_END_LAST, DAYS_LAST])
    @pytest.mark.parametrize(
        ("base_on", "due_on"), [(date(2026, 2, 28), date(2026, 3, 31)), (date(2026, 1, 31), date(2026, 2, 28))]
    )
    def test_a_month_after_a_month_end_is_a_month_end(self, reading: EndOfMonth, base_on: date, due_on: date) -> None:
        assert due_date(terms(months=1, end_of_month=reading), base_on, is_weekend).due_on == due_on

    @pytest.mark.parametrize(
        ("base_on", "due_on"),
        [
            (date(2026, 4, 10), date(2026, 6, 10)),
            (date(2026, 5, 31), date(2026, 7, 10)),
            (date(2026, 11, 15), date(2027, 1, 10)),
        ],
    )
    def test_a_fixed_day_follows_the_month_end(self, base_on: date, due_on: date) -> None:
        on_the_10th = terms(net_days=30, end_of_month=MONTH_END_LAST, fixed_day=10)
        assert due_date(on_the_10th, base_on, is_weekend).due_on == due_on

    @pytest.mark.parametrize(
        ("adjustment", "base_on", "due_on"),
        [
            (BusinessDayAdjustment.NONE, date(2026, 3, 5), date(2026, 4, 4)),
            (BusinessDayAdjustment.FOLLOWING, date(2026, 3, 5), date(2026, 4, 7)),
            (BusinessDayAdjustment.PRECEDING, date(2026, 3, 5), date(2026, 4, 2)),
            (BusinessDayAdjustment.FOLLOWING, date(2026, 5, 1), date(2026, 6, 1)),
            (BusinessDayAdjustment.MODIFIED_FOLLOWING, date(2026, 5, 1), date(2026, 5, 29)),
            (BusinessDayAdjustment.MODIFIED_FOLLOWING, date(2026, 3, 5), date(2026, 4, 7)),
            (BusinessDayAdjustment.FOLLOWING, date(2026, 11, 25), date(2026, 12, 28)),
            (BusinessDayAdjustment.FOLLOWING, date(2026, 12, 2), date(2027, 1, 4)),
        ],
    )
    def test_moves_to_a_business_day_as_chosen(
        self, adjustment: BusinessDayAdjustment, base_on: date, due_on: date
    ) -> None:
        adjusted = terms(net_days=30, business_day_adjustment=adjustment)
        assert due_date(adjusted, base_on, HOLIDAYS).due_on == due_on

    @pytest.mark.parametrize("adjustment", [BusinessDayAdjustment.PRECEDING, BusinessDayAdjustment.MODIFIED_FOLLOWING])
    def test_cash_terms_on_a_closed_day_wait_instead_of_going_back(self, adjustment: BusinessDayAdjustment) -> None:
        saturday_and_month_end = date(2026, 10, 31)
        cash = terms(business_day_adjustment=adjustment)
        assert due_date(cash, saturday_and_month_end, HOLIDAYS).due_on == date(2026, 11, 2)

    @pytest.mark.parametrize(
        ("billing_period", "billing_on"),
        [
            (BillingPeriod.NONE, date(2026, 2, 10)),
            (BillingPeriod.WEEKLY, date(2026, 2, 15)),
            (BillingPeriod.HALF_MONTHLY, date(2026, 2, 15)),
            (BillingPeriod.MONTHLY, date(2026, 2, 28)),
            (BillingPeriod.QUARTERLY, date(2026, 3, 31)),
        ],
    )
    def test_gathered_orders_count_from_the_close_of_their_period(
        self, billing_period: BillingPeriod, billing_on: date
    ) -> None:
        due = due_date(terms(net_days=30, billing_period=billing_period), date(2026, 2, 10), is_weekend)
        assert due.billing_on == billing_on
        assert due.due_on == billing_on + timedelta(days=30)

    def test_shows_each_step_in_order(self) -> None:
        everything = terms(
            net_days=2,
            months=1,
            end_of_month=MONTH_END_LAST,
            fixed_day=3,
            billing_period=BillingPeriod.MONTHLY,
            business_day_adjustment=BusinessDayAdjustment.FOLLOWING,
        )
        assert due_date(everything, date(2026, 1, 12), HOLIDAYS).steps == (
            (StepCode.BASE_DATE, date(2026, 1, 12)),
            (StepCode.BILLING_PERIOD_CLOSED, date(2026, 1, 31)),
            (StepCode.MONTHS_ADDED, date(2026, 2, 28)),
            (StepCode.DAYS_ADDED, date(2026, 3, 2)),
            (StepCode.END_OF_MONTH, date(2026, 3, 31)),
            (StepCode.FIXED_DAY, date(2026, 4, 3)),
            (StepCode.BUSINESS_DAY, date(2026, 4, 7)),
        )

    def test_leaves_out_steps_that_do_nothing(self) -> None:
        plain = terms(business_day_adjustment=BusinessDayAdjustment.FOLLOWING)
        assert due_date(plain, date(2026, 3, 4), HOLIDAYS).steps == ((StepCode.BASE_DATE, date(2026, 3, 4)),)

    @pytest.mark.parametrize(("net_days", "until_on"), [(30, date(2026, 3, 12)), (5, date(2026, 3, 7))])
    def test_the_discount_ends_with_its_days_or_with_the_term(self, net_days: int, until_on: date) -> None:
        discounted = terms(net_days=net_days, discount_days=10, discount_bp=200)
        assert due_date(discounted, date(2026, 3, 2), is_weekend).discount_until_on == until_on

    def test_has_no_discount_date_without_a_discount(self) -> None:
        assert due_date(terms(net_days=30), date(2026, 3, 2), is_weekend).discount_until_on is None

    @pytest.mark.parametrize("base_on", [EARLIEST_BASE_ON, LATEST_BASE_ON])
    def test_accepts_the_outermost_base_dates(self, base_on: date) -> None:
        longest = terms(net_days=365, months=24, fixed_day=1, billing_period=BillingPeriod.QUARTERLY)
        assert due_date(longest, base_on, is_weekend).due_on > base_on

    @pytest.mark.parametrize(
        "base_on",
        [EARLIEST_BASE_ON - timedelta(days=1), LATEST_BASE_ON + timedelta(days=1), date.min, date.max],
    )
    def test_refuses_base_dates_beyond_them(self, base_on: date) -> None:
        with pytest.raises(BaseDateOutOfRange) as refused:
            due_date(terms(net_days=30), base_on, is_weekend)
        assert refused.value.code == "base_date_out_of_range"
        assert refused.value.facts == {"base_on": base_on.isoformat()}

    def test_an_instant_is_not_taken_for_a_day(self) -> None:
        with pytest.raises(AssertionError, match="an instant is no day"):
            due_date(terms(net_days=30), datetime(2026, 3, 2, tzinfo=UTC), is_weekend)


class TestDueDateProperties:
    @settings(max_examples=50)
    @given(any_terms(), BASE_DATES)
    def test_is_never_before_the_base_date_nor_the_invoice(self, agreed: PaymentTerms, base_on: date) -> None:
        due = due_date(agreed, base_on, HOLIDAYS)
        assert base_on <= due.billing_on <= due.due_on
        assert due.discount_until_on is None or due.billing_on <= due.discount_until_on <= due.due_on

    @settings(max_examples=50)
    @given(any_terms(), BASE_DATES, st.integers(1, 70))
    def test_a_later_order_is_never_due_earlier(self, agreed: PaymentTerms, base_on: date, days: int) -> None:
        earlier = due_date(agreed, base_on, HOLIDAYS)
        later = due_date(agreed, base_on + timedelta(days=days), HOLIDAYS)
        assert earlier.billing_on <= later.billing_on
        assert earlier.due_on <= later.due_on

    @settings(max_examples=50)
    @given(any_terms(), BASE_DATES, st.integers(1, 30))
    def test_more_days_are_never_due_earlier(self, agreed: PaymentTerms, base_on: date, days: int) -> None:
        shorter = replace(agreed, net_days=min(agreed.net_days, 365 - days))
        longer = replace(shorter, net_days=shorter.net_days + days)
        assert due_date(shorter, base_on, HOLIDAYS).due_on <= due_date(longer, base_on, HOLIDAYS).due_on

    @settings(max_examples=50)
    @given(BASE_DATES, st.integers(0, 365), st.integers(0, 24), st.sampled_from(BillingPeriod))
    def test_end_of_month_is_a_month_end(
        self, base_on: date, net_days: int, months: int, billing_period: BillingPeriod
    ) -> None:
        for agreed in (
            terms(net_days=net_days, months=months, end_of_month=MONTH_END_LAST, billing_period=billing_period),
            terms(months=months, end_of_month=DAYS_LAST, billing_period=billing_period),
        ):
            due_on = due_date(agreed, base_on, is_weekend).due_on
            assert (due_on + timedelta(days=1)).day == 1

    @settings(max_examples=50)
    @given(any_terms(), BASE_DATES)
    def test_an_adjusted_date_is_a_business_day(self, agreed: PaymentTerms, base_on: date) -> None:
        adjusted = due_date(agreed, base_on, HOLIDAYS).due_on
        if agreed.business_day_adjustment is not BusinessDayAdjustment.NONE:
            assert not HOLIDAYS(adjusted)

    @settings(max_examples=50)
    @given(any_terms(), BASE_DATES)
    def test_the_steps_go_from_the_base_date_to_the_due_date(self, agreed: PaymentTerms, base_on: date) -> None:
        due = due_date(agreed, base_on, HOLIDAYS)
        codes = [code for code, _ in due.steps]
        assert due.steps[0] == (StepCode.BASE_DATE, base_on)
        assert due.steps[-1].on == due.due_on
        assert len(set(codes)) == len(codes)
        assert due.billing_on in [on for _, on in due.steps]


class TestBillingPeriodBounds:
    def test_are_none_when_orders_are_not_gathered(self) -> None:
        assert billing_period_bounds(terms(net_days=30), date(2026, 2, 10)) is None

    @pytest.mark.parametrize(
        ("billing_period", "first_on", "last_on"),
        [
            (BillingPeriod.WEEKLY, date(2025, 12, 29), date(2026, 1, 4)),
            (BillingPeriod.HALF_MONTHLY, date(2026, 1, 1), date(2026, 1, 15)),
            (BillingPeriod.MONTHLY, date(2026, 1, 1), date(2026, 1, 31)),
            (BillingPeriod.QUARTERLY, date(2026, 1, 1), date(2026, 3, 31)),
        ],
    )
    def test_are_those_of_the_calendar(self, billing_period: BillingPeriod, first_on: date, last_on: date) -> None:
        bounds = billing_period_bounds(terms(billing_period=billing_period), date(2026, 1, 1))
        assert bounds == calendar.Period(first_on, last_on)

    @settings(max_examples=50)
    @given(any_terms(), BASE_DATES)
    def test_the_document_is_issued_on_the_last_day(self, agreed: PaymentTerms, base_on: date) -> None:
        bounds = billing_period_bounds(agreed, base_on)
        assert due_date(agreed, base_on, is_weekend).billing_on == (bounds.last_on if bounds else base_on)


class TestLateness:
    @pytest.mark.parametrize(
        ("today", "late", "days"),
        [
            (date(2026, 2, 27), False, 0),
            (date(2026, 2, 28), False, 0),
            (date(2026, 3, 1), True, 1),
            (date(2027, 2, 28), True, 365),
        ],
    )
    def test_due_today_is_not_late_and_tomorrow_is(self, today: date, late: bool, days: int) -> None:
        assert is_late(date(2026, 2, 28), today) is late
        assert days_past_due(date(2026, 2, 28), today) == days


class TestPaymentTerms:
    @pytest.mark.parametrize(
        ("name", "accepted", "refused"),
        [
            ("net_days", [0, 365], [-1, 366]),
            ("months", [0, 24], [-1, 25]),
            ("fixed_day", [1, 31], [0, 32]),
        ],
    )
    def test_bounds_every_number(self, name: str, accepted: list[int], refused: list[int]) -> None:
        for value in accepted:
            assert getattr(terms(**{name: value}), name) == value
        for value in refused:
            with pytest.raises(TermsInvalid) as invalid:
                terms(**{name: value})
            assert [(p["pointer"], p["code"]) for p in invalid.value.problems] == [(f"/{name}", "out_of_range")]

    @pytest.mark.parametrize(("days", "bp"), [(0, 1), (365, 9_999)])
    def test_accepts_a_discount_within_bounds(self, days: int, bp: int) -> None:
        assert terms(discount_days=days, discount_bp=bp).discount_bp == bp

    @pytest.mark.parametrize(
        ("days", "bp", "faulty"), [(-1, 1, "days"), (366, 1, "days"), (0, 0, "bp"), (0, 10_000, "bp")]
    )
    def test_refuses_a_discount_beyond_them(self, days: int, bp: int, faulty: str) -> None:
        with pytest.raises(TermsInvalid) as invalid:
            terms(discount_days=days, discount_bp=bp)
        assert [p["pointer"] for p in invalid.value.problems] == [f"/discount_{faulty}"]

    @pytest.mark.parametrize(
        ("parts", "missing"),
        [({"discount_days": 10}, "/discount_bp"), ({"discount_bp": 200}, "/discount_days")],
    )
    def test_half_a_discount_is_none(self, parts: dict[str, int], missing: str) -> None:
        with pytest.raises(TermsInvalid) as invalid:
            terms(**parts)
        assert [(p["pointer"], p["code"]) for p in invalid.value.problems] == [(missing, "missing")]

    @pytest.mark.parametrize("code", ["", "Net 30", "30_net", "n" * 65, "net_30\n", "nét"])
    def test_refuses_codes_that_no_address_can_carry(self, code: str) -> None:
        with pytest.raises(TermsInvalid) as invalid:
            PaymentTerms(code=code)
        assert [(p["pointer"], p["code"]) for p in invalid.value.problems] == [("/code", "malformed")]

    def test_lists_every_problem_at_once(self) -> None:
        with pytest.raises(TermsInvalid) as invalid:
            PaymentTerms(code="", net_days=-1, months=25, fixed_day=0, discount_bp=0)
        pointers = {p["pointer"] for p in invalid.value.problems}
        assert pointers == {"/code", "/net_days", "/months", "/fixed_day", "/discount_bp", "/discount_days"}


class TestDescribe:
    @pytest.mark.parametrize(
        ("parts", "label"),
        [
            ({}, "Due at once"),
            ({"net_days": 1}, "1 day"),
            ({"net_days": 30}, "30 days"),
            ({"months": 1, "net_days": 10}, "1 month and 10 days"),
            ({"end_of_month": MONTH_END_LAST}, "End of month"),
            ({"end_of_month": DAYS_LAST}, "End of month"),
            ({"net_days": 45, "end_of_month": MONTH_END_LAST}, "45 days, then end of month"),
            ({"net_days": 45, "end_of_month": DAYS_LAST}, "End of month, then 45 days"),
            ({"months": 2, "net_days": 5, "end_of_month": DAYS_LAST}, "2 months, then end of month, then 5 days"),
            (
                {"net_days": 60, "end_of_month": MONTH_END_LAST, "fixed_day": 11},
                "60 days, then end of month, on the 11th",
            ),
            ({"fixed_day": 22}, "Due at once, on the 22nd"),
            ({"net_days": 30, "billing_period": BillingPeriod.HALF_MONTHLY}, "Half-monthly invoice, 30 days"),
            (
                {"net_days": 30, "business_day_adjustment": BusinessDayAdjustment.FOLLOWING},
                "30 days, next business day",
            ),
            ({"net_days": 30, "discount_days": 10, "discount_bp": 200}, "30 days, 2% off within 10 days"),
            ({"net_days": 30, "discount_days": 1, "discount_bp": 1050}, "30 days, 10.5% off within 1 day"),
            ({"net_days": 30, "discount_days": 0, "discount_bp": 25}, "30 days, 0.25% off within 0 days"),
        ],
    )
    def test_says_it_in_a_few_words(self, parts: dict[str, object], label: str) -> None:
        assert describe(terms(**parts)) == label

    @settings(max_examples=50)
    @given(any_terms())
    def test_fits_a_label_column(self, agreed: PaymentTerms) -> None:
        assert 0 < len(describe(agreed)) <= 200
