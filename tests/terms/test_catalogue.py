"""Ready-made terms and the examples that explain terms."""

from __future__ import annotations

from datetime import date

import pytest

from service.core.calendar import is_weekend
from service.terms.catalogue import READY_MADE_TERMS, ExampleKind, worked_examples
from service.terms.domain import BusinessDayAdjustment, PaymentTerms, describe, due_date
from service.terms.holidays import country_holidays


class TestReadyMadeTerms:
    def test_are_found_by_their_code_and_cannot_be_changed(self) -> None:
        assert all(code == terms.code for code, terms in READY_MADE_TERMS.items())
        with pytest.raises(TypeError):
            READY_MADE_TERMS["net_30"] = PaymentTerms(code="net_30")  # type: ignore[index]

    def test_differ_in_words_and_in_dates(self) -> None:
        assert len({describe(terms) for terms in READY_MADE_TERMS.values()}) == len(READY_MADE_TERMS)
        bases = [date(2026, 1, 17), date(2026, 2, 2), date(2026, 4, 17)]
        dues = [[due_date(terms, on, is_weekend) for on in bases] for terms in READY_MADE_TERMS.values()]
        assert len({tuple((due.billing_on, due.due_on) for due in row) for row in dues}) == len(READY_MADE_TERMS)


class TestWorkedExamples:
    def test_show_the_dates_that_surprise(self) -> None:
        examples = worked_examples(READY_MADE_TERMS["net_30"], 2026, is_holiday=country_holidays("FR"))
        assert [(example.kind, example.base_on, example.due.due_on) for example in examples] == [
            (ExampleKind.MID_MONTH, date(2026, 1, 15), date(2026, 2, 14)),
            (ExampleKind.JANUARY_30, date(2026, 1, 30), date(2026, 3, 1)),
            (ExampleKind.JANUARY_31, date(2026, 1, 31), date(2026, 3, 2)),
            (ExampleKind.FEBRUARY_28, date(2026, 2, 28), date(2026, 3, 30)),
            (ExampleKind.HOLIDAY_WEEKEND, date(2026, 3, 5), date(2026, 4, 4)),
            (ExampleKind.YEAR_END, date(2026, 12, 15), date(2027, 1, 14)),
        ]

    def test_leap_years_show_both_ends_of_february(self) -> None:
        examples = worked_examples(READY_MADE_TERMS["net_30"], 2028, is_holiday=is_weekend)
        by_kind = {example.kind: example.due.due_on for example in examples}
        assert by_kind[ExampleKind.FEBRUARY_28] == date(2028, 3, 29)
        assert by_kind[ExampleKind.FEBRUARY_29] == date(2028, 3, 30)

    def test_a_holiday_weekend_moves_terms_that_wait(self) -> None:
        waits = PaymentTerms(code="waits", net_days=30, business_day_adjustment=BusinessDayAdjustment.FOLLOWING)
        examples = worked_examples(waits, 2026, is_holiday=country_holidays("DE"))
        [shown] = [example for example in examples if example.kind is ExampleKind.HOLIDAY_WEEKEND]
        assert (shown.base_on, shown.due.due_on) == (date(2026, 3, 4), date(2026, 4, 7))

    def test_terms_that_never_end_on_a_closed_day_show_the_day_before(self) -> None:
        examples = worked_examples(READY_MADE_TERMS["net_45_end_of_month"], 2026, is_holiday=country_holidays("DE"))
        [shown] = [example for example in examples if example.kind is ExampleKind.HOLIDAY_WEEKEND]
        assert shown.base_on == date(2026, 4, 2)

    @pytest.mark.parametrize("code", READY_MADE_TERMS)
    def test_stay_in_the_year_and_in_its_order(self, code: str) -> None:
        examples = worked_examples(READY_MADE_TERMS[code], 2027, is_holiday=is_weekend)
        bases = [example.base_on for example in examples]
        assert {on.year for on in bases} == {2027}
        assert bases == sorted(bases)
