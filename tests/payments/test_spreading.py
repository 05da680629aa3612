"""Which documents money settles, and that no rounding loses or invents any of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ledger.domain import Account, Balances, Posting, apply_postings
from service.payments.domain import AllocationStrategy, Funds, FundsKind
from service.payments.errors import AllocationExceedsFunds, AllocationExceedsOpen
from service.payments.spreading import (
    Share,
    allocation_postings,
    plan_by_reference,
    plan_named,
    plan_oldest_due_first,
)
from service.receivables.domain import OpenItem

DAY = date(2026, 3, 2)
LINE, OTHER_LINE = UUID(int=1), UUID(int=2)


def item_of(number: int, amount_minor: int, *, due_in: int = 30, ref: str | None = None) -> OpenItem:
    """An open item in the line's own currency."""
    return OpenItem(
        id=UUID(int=100 + number),
        line_id=LINE,
        company_id=UUID(int=3),
        shop_id=UUID(int=4),
        order_id=None,
        document_ref=ref or f"PS-{number}",
        payment_number=1_000_000 + number,
        currency="EUR",
        amount_minor=amount_minor,
        allocated_minor=0,
        credited_minor=0,
        written_off_minor=0,
        line_amount_minor=amount_minor,
        line_open_minor=amount_minor,
        issued_on=DAY,
        due_on=DAY + timedelta(days=due_in),
        original_due_on=DAY + timedelta(days=due_in),
    )


def funds_of(amount_minor: int, *, line_amount_minor: int | None = None, line_id: UUID = LINE) -> Funds:
    line_amount = amount_minor if line_amount_minor is None else line_amount_minor
    return Funds(
        kind=FundsKind.PAYMENT,
        id=UUID(int=5),
        company_id=UUID(int=3),
        line_id=line_id,
        currency="EUR",
        amount_minor=amount_minor,
        unallocated_minor=amount_minor,
        line_amount_minor=line_amount,
        line_unallocated_minor=line_amount,
        usable_on=DAY,
    )


def shown(shares: list[Share]) -> list[tuple[str, int]]:
    return [(share.item.document_ref, share.amount_minor) for share in shares]


amounts = st.integers(1, 10_000_000)
items = st.lists(st.tuples(amounts, st.integers(0, 60), st.booleans()), max_size=8).map(
    lambda drawn: [
        replace(
            item_of(number, amount, due_in=due_in),
            disputed_at=datetime(2026, 3, 2, tzinfo=UTC) if is_disputed else None,
        )
        for number, (amount, due_in, is_disputed) in enumerate(drawn)
    ]
)


class TestOldestDueFirst:
    @given(items, amounts)
    def test_spends_all_that_can_be_spent_and_leaves_no_older_item_for_a_younger(
        self, owed: list[OpenItem], funds: int
    ):
        shares = plan_oldest_due_first(owed, funds)
        assert sum(share.amount_minor for share in shares) == min(funds, sum(item.open_minor for item in owed))
        assert all(0 < share.amount_minor <= share.item.open_minor for share in shares)
        assert all(share.amount_minor == share.item.open_minor for share in shares[:-1])
        keys = [(share.item.disputed_at is not None, share.item.due_on) for share in shares]
        assert keys == sorted(keys)
        paid = {share.item.id for share in shares}
        left_out = [(item.disputed_at is not None, item.due_on) for item in owed if item.id not in paid]
        assert not keys or all(key >= keys[-1] for key in left_out)

    def test_by_document_date_when_due_on_one_day(self):
        younger = replace(item_of(1, 100), issued_on=DAY + timedelta(days=1))
        older = item_of(2, 100)
        assert shown(plan_oldest_due_first([younger, older], 150)) == [("PS-2", 100), ("PS-1", 50)]


class TestByReference:
    @pytest.mark.parametrize(
        ("reference", "first"),
        [
            ("PS-1042", "PS-1042"),
            ("  ps-1042 ", "PS-1042"),
            ("Facture PS-1042, merci", "PS-1042"),
            ("VIR/PS-1042/DUPONT", "PS-1042"),
            ("Order PS-1042.", "PS-1042"),
            ("1042", "PS-1"),
            ("PS-104", "PS-1"),
            ("PS-10421", "PS-1"),
            ("XPS-1042", "PS-1"),
            ("", "PS-1"),
            (None, "PS-1"),
        ],
    )
    def test_names_whole_words_only(self, reference: str | None, first: str):
        owed = [item_of(1, 100, due_in=1), item_of(1042, 100, due_in=30)]
        assert shown(plan_by_reference(owed, 60, reference=reference)) == [(first, 60)]

    @pytest.mark.parametrize(
        "reference",
        ["RF471001042", "rf47 1001 042", "Facture RF47 1001 042 merci", "/ROC/RF471001042/", "PS-1 RF471001042"],
    )
    def test_a_structured_reference_comes_before_all_else(self, reference: str):
        owed = [item_of(1, 100, due_in=1), item_of(1042, 100, due_in=30)]
        assert owed[1].payment_reference == "RF471001042"
        assert shown(plan_by_reference(owed, 60, reference=reference)) == [("PS-1042", 60)]

    @pytest.mark.parametrize("reference", ["RF4710010421", "XRF471001042", "RF481001042", "1001042", "RF47  1001042"])
    def test_a_structured_reference_is_named_whole(self, reference: str):
        owed = [item_of(1, 100, due_in=1), item_of(1042, 100, due_in=30)]
        assert shown(plan_by_reference(owed, 60, reference=reference)) == [("PS-1", 60)]

    def test_pays_several_in_the_order_in_which_it_names_them_and_then_the_oldest(self):
        owed = [item_of(1, 100, due_in=1), item_of(2, 100, due_in=2), item_of(3, 100, due_in=3)]
        shares = plan_by_reference(owed, 250, reference="PS-3 + PS-2")
        assert shown(shares) == [("PS-3", 100), ("PS-2", 100), ("PS-1", 50)]
        assert [share.strategy for share in shares] == ["reference", "reference", "oldest_due_first"]

    @given(items, amounts, st.text(max_size=30))
    def test_spends_all_that_can_be_spent_whatever_the_reference_says(
        self, owed: list[OpenItem], funds: int, reference: str
    ):
        shares = plan_by_reference(owed, funds, reference=reference)
        assert sum(share.amount_minor for share in shares) == min(funds, sum(item.open_minor for item in owed))
        assert len({share.item.id for share in shares}) == len(shares)


class TestNamed:
    def plan(self, *named: tuple[OpenItem, int | None], funds: int) -> list[tuple[str, int]]:
        return shown(plan_named(named, funds, strategy=AllocationStrategy.MANUAL))

    def test_gives_what_was_asked_for_and_else_what_is_open_and_there(self):
        one, two = item_of(1, 100), item_of(2, 100)
        assert self.plan((one, 30), (two, None), funds=200) == [("PS-1", 30), ("PS-2", 100)]
        assert self.plan((one, 30), (two, None), funds=80) == [("PS-1", 30), ("PS-2", 50)]
        assert self.plan((one, None), (two, None), funds=100) == [("PS-1", 100)]

    def test_counts_an_item_that_is_named_twice_once(self):
        one = item_of(1, 100)
        assert self.plan((one, 60), (one, None), funds=200) == [("PS-1", 60), ("PS-1", 40)]
        with pytest.raises(AllocationExceedsOpen):
            self.plan((one, 60), (one, 41), funds=200)

    def test_exactly_what_is_there_passes_and_one_more_does_not(self):
        one, two = item_of(1, 100), item_of(2, 100)
        assert self.plan((one, 100), (two, 50), funds=150) == [("PS-1", 100), ("PS-2", 50)]
        with pytest.raises(AllocationExceedsFunds):
            self.plan((one, 100), (two, 51), funds=150)


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Funds, list[OpenItem]]:
    """Money and documents on two lines, each converted at a rate of its own."""

    def line_amount(amount: int) -> int:
        return amount * draw(st.integers(1, 20_000)) // 10_000

    money = draw(st.integers(1, 50_000))
    funds = funds_of(money, line_amount_minor=line_amount(money))
    owed = []
    for number in range(draw(st.integers(1, 4))):
        amount = draw(st.integers(1, 20_000))
        carried = line_amount(amount)
        item = item_of(number, amount)
        line_id = draw(st.sampled_from([LINE, OTHER_LINE]))
        owed.append(replace(item, line_id=line_id, line_amount_minor=carried, line_open_minor=carried))
    return funds, owed


class TestPostings:
    @given(ledgers(), st.data())
    def test_each_line_carries_exactly_what_its_documents_and_money_say(
        self, ledger: tuple[Funds, list[OpenItem]], data: st.DataObject
    ):
        funds, owed = ledger
        balances = {
            line_id: Balances(
                receivable=sum(item.line_open_minor for item in owed if item.line_id == line_id),
                on_account=funds.line_unallocated_minor if line_id == LINE else 0,
            )
            for line_id in (LINE, OTHER_LINE)
        }
        for _ in range(data.draw(st.integers(1, 10))):
            place = data.draw(st.integers(0, len(owed) - 1))
            before = owed[place]
            most = min(funds.unallocated_minor, before.open_minor)
            change = data.draw(st.integers(-before.allocated_minor, most))
            after = before.allocated(change, on=DAY)
            rest = funds.changed(-change)
            source = funds.line_unallocated_minor - rest.line_unallocated_minor
            carried = before.line_open_minor - after.line_open_minor
            # Both move the same way, whatever their rounding.
            assert min(source * change, carried * change) >= 0
            postings = allocation_postings(funds, before, source_minor=abs(source), item_minor=abs(carried))
            for line_id, on_line in postings.items():
                booked = on_line if change > 0 else tuple(posting.reversed() for posting in on_line)
                balances[line_id] = apply_postings(balances[line_id], booked)
            funds, owed[place] = rest, after
            for line_id, kept in balances.items():
                assert kept.receivable == sum(item.line_open_minor for item in owed if item.line_id == line_id)
                assert kept.on_account == (funds.line_unallocated_minor if line_id == LINE else 0)

    def test_on_one_line_at_one_rate_is_a_single_posting(self):
        item = item_of(1, 100)
        postings = allocation_postings(funds_of(100), item, source_minor=100, item_minor=100)
        assert postings == {LINE: (Posting(Account.ON_ACCOUNT, Account.RECEIVABLE, 100),)}

    def test_between_two_lines_each_is_balanced_by_clearing(self):
        item = replace(item_of(1, 100), line_id=OTHER_LINE)
        assert allocation_postings(funds_of(100), item, source_minor=100, item_minor=95) == {
            LINE: (Posting(Account.ON_ACCOUNT, Account.CLEARING, 100),),
            OTHER_LINE: (Posting(Account.CLEARING, Account.RECEIVABLE, 95),),
        }

    @given(st.integers(1, 50_000), st.integers(0, 50_000), st.lists(st.integers(1, 5_000), max_size=20))
    def test_money_used_in_parts_leaves_nothing_on_the_line(self, amount: int, line_amount: int, parts: list[int]):
        funds = funds_of(amount, line_amount_minor=line_amount)
        for part in parts:
            funds = funds.changed(-min(part, funds.unallocated_minor))
        funds = funds.changed(-funds.unallocated_minor)
        assert funds.line_unallocated_minor == 0
