"""Money received over HTTP: where it goes, and what it does to orders and books."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.core.clock import FixedClock
from service.credit.models import CreditLineRow
from service.infra.database import Database
from service.ledger.domain import Balances
from tests.app import Tenant
from tests.orders.world import Debtor, open_company
from tests.payments.conftest import Books
from tests.payments.world import hold_order, messages, open_of, owe, pay, report, show_order, try_to_pay


class TestReceivePayment:
    async def test_settles_the_order_that_the_reference_names(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        older = await owe(shop, company.ref, "100.00")
        named = await owe(shop, company.ref, "200.00", at="2026-03-02T11:00:00Z")
        payment = await pay(shop, company.ref, "200.00", reference=named)
        assert (payment["allocated_amount"], payment["unallocated_amount"]) == ("200.00", "0.00")
        assert [one["strategy"] for one in payment["allocations"]] == ["reference"]
        assert (await show_order(shop, named))["status"] == "settled"
        assert await open_of(shop, older) == "100.00"
        assert await books() == Balances(receivable=10_000)

    async def test_without_reference_pays_the_oldest_due_first(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        later = await owe(shop, company.ref, "100.00", at="2026-03-10T11:00:00Z")
        sooner = await owe(shop, company.ref, "200.00", at="2026-03-05T12:00:00Z")
        await pay(shop, company.ref, "250.00")
        assert (await open_of(shop, sooner), await open_of(shop, later)) == ("0.00", "50.00")
        assert await books() == Balances(receivable=5_000)

    @pytest.mark.parametrize(
        ("amount", "left", "on_account"), [("99.99", "0.01", 0), ("100.00", "0.00", 0), ("100.01", "0.00", 1)]
    )
    async def test_one_cent_below_exact_and_over(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, amount: str, left: str, on_account: int
    ):
        ref = await owe(shop, company.ref, "100.00")
        await pay(shop, company.ref, amount)
        assert await open_of(shop, ref) == left
        assert await books() == Balances(receivable=int(Decimal(left) * 100), on_account=on_account)

    async def test_over_frees_more_credit_than_is_owed(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        await owe(shop, company.ref, "100.00")
        await pay(shop, company.ref, "150.00")
        assert (await books()).exposure == -5_000
        await hold_order(shop, company.ref, "1050.00")

    async def test_settles_several_orders_that_the_payer_named(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        oldest = await owe(shop, company.ref, "100.00")
        refs = [await owe(shop, company.ref, amount) for amount in ("200.00", "300.00")]
        orders = [{"ref": refs[1], "amount": "120.00"}, {"ref": refs[0]}]
        payment = await pay(shop, company.ref, "400.00", allocate={"orders": orders})
        assert (payment["allocated_amount"], payment["unallocated_amount"]) == ("320.00", "80.00")
        assert [await open_of(shop, ref) for ref in (oldest, *refs)] == ["100.00", "0.00", "180.00"]
        assert await books() == Balances(receivable=28_000, on_account=8_000)

    async def test_settles_open_items_that_the_payer_named(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor, books: Books
    ):
        await owe(shop, company.ref, "100.00")
        first = await pay(shop, company.ref, "1.00")
        item_id = first["allocations"][0]["open_item_id"]
        await pay(integrator, f"id:{company.id}", "99.00", allocate={"items": [{"id": item_id, "amount": "98.99"}]})
        assert await books() == Balances(receivable=1, on_account=1)

    @pytest.mark.parametrize(
        ("amount", "named", "code"),
        [("500.00", "100.01", "allocation_exceeds_open"), ("50.00", "50.01", "allocation_exceeds_funds")],
    )
    async def test_an_amount_that_was_named_is_never_silently_another(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, amount: str, named: str, code: str
    ):
        ref = await owe(shop, company.ref, "100.00")
        instruction = {"orders": [{"ref": ref, "amount": named}]}
        response = await try_to_pay(shop, company.ref, amount, allocate=instruction)
        assert (response.status_code, response.json()["code"]) == (409, code)
        assert await books() == Balances(receivable=10_000)

    async def test_on_account_when_it_is_for_nothing_yet(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        ref = await owe(shop, company.ref, "100.00")
        payment = await pay(shop, company.ref, "60.00", reference=ref, allocate="none")
        assert payment["unallocated_amount"] == "60.00"
        assert await books() == Balances(receivable=10_000, on_account=6_000)

    async def test_waits_for_the_one_order_that_it_is_for(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        ref = await hold_order(shop, company.ref, "100.00")
        payment = await pay(shop, company.ref, "100.00", allocate={"orders": [{"ref": ref}]})
        assert payment["order_id"] == (await show_order(shop, ref))["id"]
        assert await books() == Balances(held=10_000, on_account=10_000)

    async def test_cannot_wait_for_several_orders(self, shop: httpx.AsyncClient, company: Debtor):
        refs = [await hold_order(shop, company.ref, "100.00") for _ in range(2)]
        response = await try_to_pay(shop, company.ref, "200.00", allocate={"orders": [{"ref": ref} for ref in refs]})
        assert (response.status_code, response.json()["code"]) == (409, "document_not_open_yet")

    async def test_is_punctual_by_the_day_it_came_and_not_by_the_day_it_was_recorded(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await owe(shop, company.ref, "100.00")
        await owe(shop, company.ref, "100.00")
        clock.advance(days=40)
        await pay(shop, company.ref, "100.00", received_on="2026-04-01")
        await pay(shop, company.ref, "100.00", received_on="2026-04-03")
        async with database.read() as session:
            line = (
                await session.execute(select(CreditLineRow).where(CreditLineRow.id == company.line_id))
            ).scalar_one()
        assert (line.settled_count, line.settled_days_late, line.unpaid_count) == (2, 2, 0)

    async def test_keeps_what_the_bank_received_in_another_currency(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        await owe(shop, company.ref, "100.00")
        received = {"received_currency": "USD", "received_amount": "108.53", "exchange_rate": "0.9214"}
        payment = await pay(shop, company.ref, "100.00", **received)
        assert {name: payment[name] for name in received} == received
        assert await books() == Balances()

    async def test_in_a_currency_that_nobody_knows_a_rate_for_is_refused(
        self, shop: httpx.AsyncClient, company: Debtor
    ):
        response = await try_to_pay(shop, company.ref, "100.00", currency="USD")
        assert (response.status_code, response.json()["code"]) == (422, "no_line_in_currency")

    async def test_of_another_merchants_company_is_unknown(
        self, shop: httpx.AsyncClient, stranger: httpx.AsyncClient, company: Debtor
    ):
        response = await try_to_pay(stranger, f"id:{company.id}", "1.00")
        assert (response.status_code, response.json()["code"]) == (404, "company_not_found")

    async def test_cannot_settle_another_companys_order(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        other = await open_company(database, tenant, now=clock.now(), ref="C-2")
        ref = await owe(shop, other.ref, "100.00")
        response = await try_to_pay(shop, company.ref, "100.00", allocate={"orders": [{"ref": ref}]})
        assert (response.status_code, response.json()["code"]) == (404, "order_not_found")

    async def test_announces_the_money_and_the_credit_it_frees(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database
    ):
        ref = await owe(shop, company.ref, "100.00")
        payment = await pay(shop, company.ref, "100.00", reference=ref)
        sent = await messages(database)
        assert sent["payment.received"]["payment_id"] == payment["id"]
        assert sent["order.settled"]["order"] == ref
        assert sent["company.credit_changed"]["available_credit"] == "1000.00"


class TestExternalReference:
    async def test_repeated_gives_the_first_payment(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        await owe(shop, company.ref, "100.00")
        first, again = [await pay(shop, company.ref, "40.00", external_ref="camt-1") for _ in range(2)]
        assert first == again
        assert await books() == Balances(receivable=6_000)

    @pytest.mark.parametrize(
        "other", [{"amount": "40.01"}, {"reference": "PS-9"}, {"method": "cash"}, {"allocate": "none"}]
    )
    async def test_with_other_content_is_refused(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, other: dict[str, str]
    ):
        await pay(shop, company.ref, "40.00", external_ref="camt-1")
        amount = other.pop("amount", "40.00")
        response = await try_to_pay(shop, company.ref, amount, external_ref="camt-1", **other)
        assert (response.status_code, response.json()["code"]) == (409, "external_ref_reused")
        assert await books() == Balances(on_account=4_000)

    async def test_sent_twice_at_once_is_one_payment(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        await owe(shop, company.ref, "100.00")
        payments = await asyncio.gather(*(pay(shop, company.ref, "40.00", external_ref="camt-1") for _ in range(8)))
        assert len({payment["id"] for payment in payments}) == 1
        assert await books() == Balances(receivable=6_000)


class TestMarkPaid:
    async def mark(self, shop: httpx.AsyncClient, ref: str, **body: Any) -> dict[str, Any]:
        response = await shop.post(f"/v1/orders/{ref}/mark-paid", json=body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def test_pays_all_that_is_open(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        ref = await owe(shop, company.ref, "300.00")
        marked = await self.mark(shop, ref)
        assert (marked["outcome"], marked["payment"]["amount"]) == ("settled", "300.00")
        assert marked["order"]["status"] == "settled"
        assert await books() == Balances()

    async def test_twice_records_one_payment(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        ref = await owe(shop, company.ref, "300.00")
        await self.mark(shop, ref)
        again = await self.mark(shop, ref)
        assert (again["outcome"], again["payment"]) == ("nothing_open", None)
        assert len((await shop.get("/v1/payments")).json()["items"]) == 1

    async def test_a_part_leaves_the_rest_open(self, shop: httpx.AsyncClient, company: Debtor, books: Books):
        ref = await owe(shop, company.ref, "300.00")
        marked = await self.mark(shop, ref, amount="120.00")
        assert (marked["outcome"], marked["order"]["open_amount"]) == ("partly_paid", "180.00")
        assert await books() == Balances(receivable=18_000)

    async def test_more_than_is_open_is_refused(self, shop: httpx.AsyncClient, company: Debtor):
        ref = await owe(shop, company.ref, "300.00")
        response = await shop.post(f"/v1/orders/{ref}/mark-paid", json={"amount": "300.01"})
        assert (response.status_code, response.json()["code"]) == (409, "amount_exceeds_open")

    async def test_before_the_term_starts_the_money_waits_and_frees_credit(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        ref = await hold_order(shop, company.ref, "300.00")
        marked = await self.mark(shop, ref)
        assert marked["outcome"] == "on_account"
        assert (await self.mark(shop, ref))["outcome"] == "nothing_open"
        assert await books() == Balances(held=30_000, on_account=30_000)
        await report(shop, ref, "status", status="shipped")
        assert (await self.mark(shop, ref))["outcome"] == "nothing_open"
        assert (await show_order(shop, ref))["status"] == "settled"
        assert await books() == Balances()


async def test_money_cannot_come_tomorrow(shop: httpx.AsyncClient, company: Debtor):
    response = await try_to_pay(shop, company.ref, "1.00", received_on="2026-03-03")
    assert (response.status_code, response.json()["code"]) == (422, "received_in_future")
