"""Legal limits, each from both sides."""

from __future__ import annotations

from datetime import date

import pytest

from service.terms.catalogue import READY_MADE_TERMS
from service.terms.domain import BillingPeriod, BusinessDayAdjustment, EndOfMonth, PaymentTerms
from service.terms.holidays import country_holidays
from service.terms.legal import LegalWarning, LegalWarningCode, laws_checked, legal_warnings, longest_term

MONTH_END_LAST = EndOfMonth.DAYS_THEN_END_OF_MONTH
DAYS_LAST = EndOfMonth.END_OF_MONTH_THEN_DAYS


def terms(**parts: object) -> PaymentTerms:
    return PaymentTerms(code="agreed", **parts)  # type: ignore[arg-type]  # the parts of each row differ


def found(warnings: list[LegalWarning]) -> list[tuple[str, int | None, int]]:
    return [(warning.code.value, warning.limit_days, warning.days) for warning in warnings]


class TestLongestTerm:
    @pytest.mark.parametrize(
        ("code", "days"),
        [
            ("net_30", 30),
            ("end_of_month", 30),
            ("net_30_end_of_month", 60),
            ("end_of_month_30", 60),
            ("net_45_end_of_month", 75),
            ("end_of_month_45", 75),
            ("weekly_net_30", 36),
            ("half_monthly_net_30", 45),
            ("monthly_net_30", 60),
            ("quarterly_net_30", 121),
        ],
    )
    def test_counts_the_worst_base_date(self, code: str, days: int) -> None:
        assert longest_term(READY_MADE_TERMS[code]).days == days

    def test_names_the_date_that_proves_it(self) -> None:
        longest = longest_term(terms(months=2))
        assert (longest.base_on, longest.due_on, longest.days) == (date(2024, 7, 1), date(2024, 9, 1), 62)

    def test_knows_leap_years(self) -> None:
        assert longest_term(terms(months=12)).days == 366

    def test_holidays_lengthen_terms_that_wait_for_business_days(self) -> None:
        waits = terms(net_days=30, business_day_adjustment=BusinessDayAdjustment.FOLLOWING)
        assert longest_term(waits).days == 32
        assert longest_term(waits, is_holiday=country_holidays("DE")).days == 34


class TestFrance:
    @pytest.mark.parametrize(
        ("parts", "expected"),
        [
            ({"net_days": 60}, []),
            ({"net_days": 61}, [("over_maximum_period", 60, 61)]),
            ({"net_days": 45, "end_of_month": MONTH_END_LAST}, []),
            ({"net_days": 46, "end_of_month": MONTH_END_LAST}, [("over_maximum_period", 60, 76)]),
            ({"net_days": 45, "end_of_month": DAYS_LAST}, []),
            ({"net_days": 46, "end_of_month": DAYS_LAST}, [("over_maximum_period", 60, 76)]),
            ({"months": 1, "end_of_month": DAYS_LAST}, []),
            ({"months": 2}, [("over_maximum_period", 60, 62)]),
            ({"net_days": 30, "end_of_month": MONTH_END_LAST, "fixed_day": 10}, [("over_maximum_period", 60, 70)]),
            ({"net_days": 60, "end_of_month": DAYS_LAST}, [("over_maximum_period", 60, 90)]),
        ],
    )
    def test_allows_60_days_or_45_days_end_of_month(
        self, parts: dict[str, object], expected: list[tuple[str, int, int]]
    ) -> None:
        assert found(legal_warnings(terms(**parts), "FR")) == expected

    @pytest.mark.parametrize(("net_days", "expected"), [(30, []), (31, [("over_default_period", 30, 31)])])
    def test_allows_30_days_when_nothing_is_agreed(self, net_days: int, expected: list[tuple[str, int, int]]) -> None:
        assert found(legal_warnings(terms(net_days=net_days), "FR", contract_agreed=False)) == expected

    @pytest.mark.parametrize(("net_days", "expected"), [(45, []), (46, [("summary_invoice_over_maximum", 45, 46)])])
    def test_allows_45_days_from_the_issue_of_a_periodic_invoice(
        self, net_days: int, expected: list[tuple[str, int, int]]
    ) -> None:
        monthly = terms(net_days=net_days, billing_period=BillingPeriod.MONTHLY)
        assert found(legal_warnings(monthly, "FR")) == expected

    def test_the_end_of_month_exception_does_not_reach_periodic_invoices(self) -> None:
        monthly = terms(net_days=45, end_of_month=DAYS_LAST, billing_period=BillingPeriod.MONTHLY)
        assert found(legal_warnings(monthly, "FR")) == []
        rounded_up = terms(net_days=45, end_of_month=MONTH_END_LAST, billing_period=BillingPeriod.MONTHLY)
        assert found(legal_warnings(rounded_up, "FR")) == [("summary_invoice_over_maximum", 45, 62)]

    def test_without_agreement_a_periodic_invoice_counts_from_the_delivery(self) -> None:
        monthly = terms(net_days=10, billing_period=BillingPeriod.MONTHLY)
        assert found(legal_warnings(monthly, "FR", contract_agreed=False)) == [("over_default_period", 30, 40)]

    @pytest.mark.parametrize(
        ("billing_period", "days"),
        [(BillingPeriod.WEEKLY, 7), (BillingPeriod.QUARTERLY, 91)],
    )
    def test_a_periodic_invoice_stays_within_a_calendar_month(self, billing_period: BillingPeriod, days: int) -> None:
        gathered = terms(net_days=30, billing_period=billing_period)
        assert found(legal_warnings(gathered, "FR")) == [("summary_invoice_crosses_months", None, days)]

    @pytest.mark.parametrize("billing_period", [BillingPeriod.HALF_MONTHLY, BillingPeriod.MONTHLY])
    def test_half_months_and_months_do(self, billing_period: BillingPeriod) -> None:
        assert legal_warnings(terms(net_days=30, billing_period=billing_period), "FR") == []

    @pytest.mark.parametrize(("net_days", "expected"), [(45, []), (46, [("over_maximum_period", 60, 76)])])
    def test_each_invoice_on_a_list_keeps_its_own_limit_and_its_own_end_of_month(
        self, net_days: int, expected: list[tuple[str, int, int]]
    ) -> None:
        listed = terms(net_days=net_days, billing_period=BillingPeriod.MONTHLY)
        assert found(legal_warnings(listed, "FR", is_consolidated=False)) == expected

    def test_a_periodic_invoice_issued_outside_of_the_terms_counts_too(self) -> None:
        assert found(legal_warnings(terms(net_days=46), "FR", is_consolidated=True)) == [
            ("summary_invoice_over_maximum", 45, 46)
        ]

    def test_waiting_for_a_business_day_can_break_the_limit(self) -> None:
        waits = terms(net_days=58, business_day_adjustment=BusinessDayAdjustment.FOLLOWING)
        assert legal_warnings(waits, "FR") == []
        easter = legal_warnings(waits, "FR", is_holiday=country_holidays("FR"))
        assert found(easter) == [("over_maximum_period", 60, 61)]
        keeps_within = terms(net_days=60, business_day_adjustment=BusinessDayAdjustment.PRECEDING)
        assert legal_warnings(keeps_within, "FR", is_holiday=country_holidays("FR")) == []

    def test_the_message_names_article_and_example(self) -> None:
        [warning] = legal_warnings(terms(net_days=61), "FR")
        assert warning.message == (
            "At most 60 days may be agreed; these terms reach 61 "
            "(an order of 2024-01-01 is due on 2024-03-02). Code de commerce, art. L441-10, I."
        )


class TestSpain:
    @pytest.mark.parametrize(("net_days", "expected"), [(60, []), (61, [("over_maximum_period", 60, 61)])])
    def test_allows_60_days_and_no_agreement_beyond(self, net_days: int, expected: list[tuple[str, int, int]]) -> None:
        assert found(legal_warnings(terms(net_days=net_days), "ES")) == expected

    @pytest.mark.parametrize(("net_days", "expected"), [(30, []), (31, [("over_default_period", 30, 31)])])
    def test_allows_30_days_when_nothing_is_agreed(self, net_days: int, expected: list[tuple[str, int, int]]) -> None:
        assert found(legal_warnings(terms(net_days=net_days), "ES", contract_agreed=False)) == expected

    @pytest.mark.parametrize(("net_days", "expected"), [(57, []), (58, [("summary_invoice_over_maximum", 60, 61)])])
    def test_a_periodic_invoice_counts_from_the_middle_of_its_period(
        self, net_days: int, expected: list[tuple[str, int, int]]
    ) -> None:
        weekly = terms(net_days=net_days, billing_period=BillingPeriod.WEEKLY)
        assert found(legal_warnings(weekly, "ES")) == expected

    @pytest.mark.parametrize(
        ("billing_period", "days"), [(BillingPeriod.HALF_MONTHLY, 16), (BillingPeriod.MONTHLY, 31)]
    )
    def test_a_periodic_invoice_gathers_15_days_at_most(self, billing_period: BillingPeriod, days: int) -> None:
        gathered = terms(net_days=30, billing_period=billing_period)
        assert found(legal_warnings(gathered, "ES")) == [("summary_invoice_period_too_long", 15, days)]


class TestDirective:
    @pytest.mark.parametrize(
        ("country", "article"),
        [
            ("NL", "Directive 2011/7/EU, art. 3(5)"),
            ("DE", "BGB § 271a Abs. 1"),
            ("IT", "D.Lgs. 231/2002, art. 4, c. 3"),
        ],
    )
    def test_more_than_60_days_need_an_express_agreement(self, country: str, article: str) -> None:
        assert legal_warnings(terms(net_days=60), country) == []
        [warning] = legal_warnings(terms(net_days=61), country)
        assert (warning.code, warning.article) == (LegalWarningCode.NEEDS_EXPRESS_AGREEMENT, article)
        assert (warning.limit_days, warning.days, warning.country) == (60, 61, country)

    @pytest.mark.parametrize(
        ("country", "article"),
        [
            ("PL", "Directive 2011/7/EU, art. 3(3)(b)"),
            ("DE", "BGB § 286 Abs. 3"),
            ("IT", "D.Lgs. 231/2002, art. 4, c. 2"),
        ],
    )
    def test_30_days_apply_when_nothing_is_agreed(self, country: str, article: str) -> None:
        assert legal_warnings(terms(net_days=30), country, contract_agreed=False) == []
        [warning] = legal_warnings(terms(net_days=31), country, contract_agreed=False)
        assert (warning.code, warning.article) == (LegalWarningCode.OVER_DEFAULT_PERIOD, article)

    def test_counts_from_the_invoice_of_the_period(self) -> None:
        monthly = terms(net_days=60, billing_period=BillingPeriod.MONTHLY)
        assert legal_warnings(monthly, "DE") == []
        assert found(legal_warnings(monthly, "DE", is_consolidated=False)) == [("needs_express_agreement", 60, 90)]


class TestLawsChecked:
    def test_no_warning_means_nothing_where_no_law_is_known(self) -> None:
        assert legal_warnings(terms(net_days=365), "US") == []
        assert laws_checked("US") == ()

    def test_the_country_is_read_in_either_case(self) -> None:
        assert laws_checked("fr") == laws_checked("FR")
        assert found(legal_warnings(terms(net_days=61), "fr")) == [("over_maximum_period", 60, 61)]

    @pytest.mark.parametrize("country", ["FR", "ES", "DE", "IT", "NL"])
    def test_names_every_article_a_warning_can_name(self, country: str) -> None:
        worst = terms(net_days=365, billing_period=BillingPeriod.QUARTERLY)
        named = {
            warning.article
            for agreed in (True, False)
            for gathered in (True, False)
            for warning in legal_warnings(worst, country, contract_agreed=agreed, is_consolidated=gathered)
        }
        assert named == set(laws_checked(country))
