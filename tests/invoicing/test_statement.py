"""A statement adds up, puts each document in one part by its age, and keeps currencies apart."""

from __future__ import annotations

import pytest

from service.invoicing import domain
from service.invoicing.domain import Statement
from service.payments.account import Bucket
from tests.invoicing.cases import TODAY, credit, item, state


class TestAging:
    @pytest.mark.parametrize(
        ("days_late", "bucket"),
        [
            (-40, Bucket.NOT_DUE),
            # Due today is not late.
            (0, Bucket.NOT_DUE),
            (1, Bucket.OVERDUE_0_30),
            (30, Bucket.OVERDUE_0_30),
            (31, Bucket.OVERDUE_31_60),
            (60, Bucket.OVERDUE_31_60),
            (61, Bucket.OVERDUE_61_90),
            (90, Bucket.OVERDUE_61_90),
            (91, Bucket.OVERDUE_90),
        ],
    )
    def test_each_document_is_in_one_part(self, days_late: int, bucket: Bucket) -> None:
        (statement,) = state([item(1, days_late=days_late, amount=500, paid=100)])
        assert {part: amount for part, amount in statement.aging().items() if amount} == {bucket: 400}
        assert statement.late_minor == (0 if bucket is Bucket.NOT_DUE else 400)

    def test_parts_add_up_to_what_is_open(self) -> None:
        (statement,) = state([item(n, days_late=n * 7 - 20, amount=1_000 + n, paid=n) for n in range(1, 30)])
        assert sum(statement.aging().values()) == statement.open_minor == 29 * 1_000


class TestTotals:
    def test_credits_are_taken_off(self) -> None:
        (statement,) = state([item(1, amount=10_000)], [credit(2_500), credit(500)])
        assert (statement.open_minor, statement.credit_minor) == (10_000, 3_000)
        assert (statement.balance_minor, statement.due_minor) == (7_000, 7_000)

    def test_what_is_in_the_company_s_favour_is_not_to_be_paid(self) -> None:
        (statement,) = state([item(1, amount=1_000)], [credit(2_500)])
        assert (statement.balance_minor, statement.due_minor) == (-1_500, 0)

    def test_the_oldest_document_is_the_one_to_quote(self) -> None:
        (statement,) = state([item(1, days_late=-5), item(2, days_late=9), item(3, days_late=9)])
        assert [one.document_ref for one in statement.items] == ["PS-2", "PS-3", "PS-1"]
        assert statement.payment_reference == item(2).payment_reference

    def test_amounts_of_two_currencies_have_no_sum(self) -> None:
        with pytest.raises(AssertionError, match="two currencies"):
            Statement(currency="EUR", on=TODAY, items=(item(1), item(2, currency="USD")))


class TestStateEach:
    def test_one_for_each_currency_with_the_home_currency_first(self) -> None:
        statements = state([item(1, currency="USD"), item(2), item(3, currency="CHF")], [credit(100, currency="GBP")])
        assert [each.currency for each in statements] == ["EUR", "CHF", "GBP", "USD"]
        assert [len(each.items) for each in statements] == [1, 1, 0, 1]

    def test_only_one_of_them(self) -> None:
        (statement,) = state([item(1, currency="USD"), item(2)], only="USD")
        assert [one.document_ref for one in statement.items] == ["PS-1"]

    def test_an_empty_one_where_nothing_is_open(self) -> None:
        (statement,) = state([])
        assert (statement.currency, statement.balance_minor, statement.payment_reference) == ("EUR", 0, "")

    def test_too_many_are_counted_and_still_add_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(domain, "MOST_DOCUMENTS", 2)
        (exactly,) = state([item(1), item(2)])
        assert exactly.unlisted == ()
        (more,) = state([item(1), item(2), item(3)])
        assert [one.document_ref for one in (*more.listed, *more.unlisted)] == ["PS-1", "PS-2", "PS-3"]
        assert (len(more.listed), more.open_minor) == (2, 30_000)
