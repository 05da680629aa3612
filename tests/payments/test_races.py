"""Two things at once to the same document: one after the other, and the books are right."""

from __future__ import annotations

import asyncio

import httpx

from service.ledger.domain import Balances
from tests.orders.world import Debtor
from tests.payments.conftest import Books
from tests.payments.world import hold_order, open_of, owe, pay, report


class TestAtOnce:
    async def test_two_payments_for_one_item_settle_it_once(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        ref = await owe(shop, company.ref, "100.00")
        payments = await asyncio.gather(
            *(pay(shop, company.ref, "60.00", allocate={"orders": [{"ref": ref}]}) for _ in range(6))
        )
        assert sorted(payment["allocated_amount"] for payment in payments) == ["0.00"] * 4 + ["40.00", "60.00"]
        assert await open_of(shop, ref) == "0.00"
        assert await books() == Balances(on_account=26_000)

    async def test_marking_paid_many_times_records_one_payment(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        ref = await hold_order(shop, company.ref, "100.00")
        answers = await asyncio.gather(*(shop.post(f"/v1/orders/{ref}/mark-paid", json={}) for _ in range(6)))
        outcomes = sorted(answer.json()["outcome"] for answer in answers)
        assert outcomes == ["nothing_open"] * 5 + ["on_account"]
        assert await books() == Balances(held=10_000, on_account=10_000)

    async def test_a_payment_and_a_credit_slip_never_take_more_than_there_is(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        ref = await owe(shop, company.ref, "100.00")
        await asyncio.gather(
            pay(shop, company.ref, "100.00", reference=ref),
            report(shop, ref, "credit_slip", at="2026-03-03T09:00:00Z", amount="30.00"),
        )
        # Whichever came first, what was paid too much is the company's: as money, or as a credit note.
        after = await books()
        assert await open_of(shop, ref) == "0.00"
        assert (after.receivable, after.on_account + after.credit_notes) == (0, 3_000)

    async def test_payments_bounces_and_holds_do_not_wait_for_each_other_in_a_circle(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        refs = [await owe(shop, company.ref, "50.00") for _ in range(4)]
        first = [await pay(shop, company.ref, "50.00", reference=ref) for ref in refs]
        bounces = [shop.post(f"/v1/payments/{payment['id']}/bounce", json={"reason": "recalled"}) for payment in first]
        holds = [hold_order(shop, company.ref, "10.00") for _ in range(4)]
        answers = await asyncio.gather(*bounces, *(pay(shop, company.ref, "50.00") for _ in range(4)), *holds)
        assert [answer.status_code for answer in answers[:4] if isinstance(answer, httpx.Response)] == [200] * 4
        after = await books()
        assert (after.held, after.exposure) == (4_000, 4_000)
