"""Money that goes again: bounced by the bank, or given back."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from service.core.clock import FixedClock
from service.infra.database import Database
from service.ledger.domain import Balances
from tests.orders.world import Debtor
from tests.payments.conftest import Books
from tests.payments.world import hold_order, messages, open_of, owe, pay, report, show_order


async def bounce(shop: httpx.AsyncClient, payment: dict[str, Any], **body: Any) -> httpx.Response:
    return await shop.post(f"/v1/payments/{payment['id']}/bounce", json={"reason": "insufficient funds", **body})


async def refund(shop: httpx.AsyncClient, payment: dict[str, Any], amount: str) -> httpx.Response:
    return await shop.post(f"/v1/payments/{payment['id']}/refund", json={"amount": amount})


async def credit_note(shop: httpx.AsyncClient, company: Debtor, amount: str) -> dict[str, Any]:
    """Credit from an order that was paid and then cancelled."""
    ref = await owe(shop, company.ref, amount)
    await pay(shop, company.ref, amount, reference=ref)
    await report(shop, ref, "cancelled", at="2026-03-03T09:00:00Z")
    (note,) = (await shop.get("/v1/credit-notes")).json()["items"]
    assert note["unallocated_amount"] == amount
    return dict(note)


class TestBounce:
    async def test_opens_what_it_had_settled_even_over_the_limit(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, database: Database
    ):
        ref = await owe(shop, company.ref, "600.00")
        payment = await pay(shop, company.ref, "700.00")
        await hold_order(shop, company.ref, "1000.00")
        answer = await bounce(shop, payment)
        assert answer.status_code == 200, answer.text
        bounced = answer.json()
        assert (bounced["status"], bounced["allocated_amount"], bounced["unallocated_amount"]) == (
            "bounced",
            "0.00",
            "0.00",
        )
        assert [one["reversal_reason"] for one in bounced["allocations"]] == ["insufficient funds"]
        assert (await show_order(shop, ref))["status"] == "invoiced"
        assert await books() == Balances(held=100_000, receivable=60_000)
        sent = await messages(database)
        assert sent["order.unsettled"]["open_amount"] == "600.00"
        assert sent["payment.bounced"]["reason"] == "insufficient funds"

    async def test_happens_once(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        await owe(shop, company.ref, "600.00")
        payment = await pay(shop, company.ref, "600.00")
        answers = await asyncio.gather(*(bounce(shop, payment) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        assert {answer.json().get("code") for answer in answers} == {None, "payment_already_bounced"}
        assert await books() == Balances(receivable=60_000)

    async def test_takes_back_the_record_of_punctuality(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        ref = await owe(shop, company.ref, "100.00")
        await bounce(shop, await pay(shop, company.ref, "100.00"))
        await pay(shop, company.ref, "100.00", reference=ref)
        assert await books() == Balances()

    async def test_makes_what_was_refunded_of_it_a_debt(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        await owe(shop, company.ref, "100.00")
        payment = await pay(shop, company.ref, "500.00")
        assert (await refund(shop, payment, "150.00")).status_code == 200
        assert await books() == Balances(on_account=25_000)
        assert (await bounce(shop, payment)).status_code == 200
        # The order is open again, and the refund was paid out of money that never stayed.
        assert await books() == Balances(receivable=25_000)
        await pay(shop, company.ref, "250.00")
        assert await books() == Balances()

    async def test_of_a_cancelled_order_uses_the_credit_given_for_it(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        note = await credit_note(shop, company, "300.00")
        (payment,) = (await shop.get("/v1/payments")).json()["items"]
        await bounce(shop, payment)
        after = (await shop.get(f"/v1/credit-notes/{note['id']}")).json()
        assert (after["unallocated_amount"], after["allocated_amount"]) == ("0.00", "300.00")
        assert await books() == Balances()

    @pytest.mark.parametrize(
        ("day", "code"), [("2026-03-01", "bounced_before_received"), ("2026-03-03", "received_in_future")]
    )
    async def test_on_an_impossible_day_is_refused(self, shop: httpx.AsyncClient, company: Debtor, day: str, code: str):
        answer = await bounce(shop, await pay(shop, company.ref, "10.00"), bounced_on=day)
        assert (answer.status_code, answer.json()["code"]) == (422, code)

    async def test_leaves_nothing_to_allocate_or_refund(self, shop: httpx.AsyncClient, company: Debtor):
        payment = await pay(shop, company.ref, "10.00")
        await bounce(shop, payment)
        allocated = await shop.post(f"/v1/payments/{payment['id']}/allocate", json={})
        for answer in (allocated, await refund(shop, payment, "1.00")):
            assert (answer.status_code, answer.json()["code"]) == (409, "payment_already_bounced")


class TestRefund:
    @pytest.mark.parametrize(("amount", "status"), [("99.99", "received"), ("100.00", "refunded")])
    async def test_gives_back_what_is_unallocated(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, amount: str, status: str
    ):
        payment = await pay(shop, company.ref, "100.00")
        answer = await refund(shop, payment, amount)
        assert (answer.json()["status"], answer.json()["refunded_amount"]) == (status, amount)
        assert (await books()).on_account == 10_000 - int(amount.replace(".", ""))

    async def test_of_more_is_refused(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        await owe(shop, company.ref, "30.00")
        payment = await pay(shop, company.ref, "100.00")
        answer = await refund(shop, payment, "70.01")
        assert (answer.status_code, answer.json()["code"]) == (409, "refund_exceeds_unallocated")
        assert await books() == Balances(on_account=7_000)

    @pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.001", "1e3"])
    async def test_of_no_real_amount_is_refused(self, shop: httpx.AsyncClient, company: Debtor, amount: str):
        answer = await refund(shop, await pay(shop, company.ref, "100.00"), amount)
        assert answer.status_code == 422


class TestAllocate:
    async def test_uses_what_is_on_account(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, clock: FixedClock
    ):
        payment = await pay(shop, company.ref, "100.00")
        ref = await owe(shop, company.ref, "60.00")
        answer = await shop.post(
            f"/v1/payments/{payment['id']}/allocate", json={"allocate": {"orders": [{"ref": ref}]}}
        )
        assert answer.json()["unallocated_amount"] == "40.00", answer.text
        assert [one["strategy"] for one in answer.json()["allocations"]] == ["manual"]
        assert await books() == Balances(on_account=4_000)

    async def test_never_undoes_what_was_allocated_before(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        by_hand = await owe(shop, company.ref, "60.00", at="2026-03-05T09:00:00Z")
        payment = await pay(shop, company.ref, "100.00", allocate={"orders": [{"ref": by_hand}]})
        oldest = await owe(shop, company.ref, "60.00")
        await shop.post(f"/v1/payments/{payment['id']}/allocate", json={"allocate": "oldest_due_first"})
        assert (await open_of(shop, by_hand), await open_of(shop, oldest)) == ("0.00", "20.00")


class TestCreditNotes:
    async def test_settle_other_documents(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        note = await credit_note(shop, company, "300.00")
        ref = await owe(shop, company.ref, "200.00")
        answer = await shop.post(f"/v1/credit-notes/{note['id']}/allocate", json={})
        assert (answer.json()["allocated_amount"], answer.json()["unallocated_amount"]) == ("200.00", "100.00")
        assert (await show_order(shop, ref))["status"] == "settled"
        assert await books() == Balances(credit_notes=10_000)

    async def test_are_paid_out(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        note = await credit_note(shop, company, "300.00")
        answer = await shop.post(f"/v1/credit-notes/{note['id']}/refund", json={"amount": "299.99"})
        assert (answer.json()["refunded_amount"], answer.json()["unallocated_amount"]) == ("299.99", "0.01")
        over = await shop.post(f"/v1/credit-notes/{note['id']}/refund", json={"amount": "0.02"})
        assert (over.status_code, over.json()["code"]) == (409, "refund_exceeds_unallocated")
        assert await books() == Balances(credit_notes=1)
