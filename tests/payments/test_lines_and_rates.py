"""Money across several credit lines and exchange rates: nothing is lost or invented between them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from service.core.clock import FixedClock
from service.credit.domain import CreditLimit, LimitKind, LimitSource
from service.credit.lines import AgreedLimit
from service.credit.service import change_limit, open_line
from service.infra.database import Database
from service.infra.work import Work
from service.ledger.models import PostingRow
from service.merchants.service import resolve_shop
from service.payments.models import AllocationRow
from tests.app import Tenant, client_of
from tests.orders.world import Debtor
from tests.payments.conftest import Books
from tests.payments.world import open_of, owe, pay, prove_books


async def clearing(database: Database, tenant: Tenant, currency: str = "EUR") -> int:
    """What stays on the merchant's clearing account."""
    async with database.read() as session:
        rows = await session.execute(
            select(PostingRow.debit_account, PostingRow.credit_account, PostingRow.amount_minor).where(
                PostingRow.merchant_id == tenant.merchant_id, PostingRow.currency == currency
            )
        )
        return sum(amount * ((debit == "clearing") - (credit == "clearing")) for debit, credit, amount in rows)


@pytest.fixture
async def outlet(
    app: FastAPI, integrator: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
) -> AsyncIterator[httpx.AsyncClient]:
    """A second shop, where the company has a credit line of its own."""
    opened = await integrator.post("/v1/shops", json={"code": "outlet", "name": "Outlet"})
    assert opened.is_success, opened.text
    made = await integrator.post("/v1/keys", json={"name": "outlet", "shop": "outlet"})
    async with database.transaction() as session:
        work = Work(session=session, caller=tenant.caller(), now=clock.now())
        shop = await resolve_shop(work, "outlet")
        line = await open_line(work, company_id=company.id, shop_id=shop.id, currency="EUR")
        unlimited = AgreedLimit(CreditLimit(LimitKind.UNLIMITED, None, LimitSource.COMPANY))
        await change_limit(work, line.id, agreed=unlimited, reason="tests")
    async with client_of(app, made.json()["secret"]) as client:
        yield client


class TestSeveralLines:
    async def test_one_payment_settles_documents_on_all_of_them(
        self,
        shop: httpx.AsyncClient,
        outlet: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
    ):
        here = await owe(shop, f"id:{company.id}", "100.00")
        there = await owe(outlet, f"id:{company.id}", "50.00", at="2026-03-04T09:00:00Z")
        before = await prove_books(database, tenant)
        assert sorted(balances.receivable for balances in before.values()) == [5_000, 10_000]
        payment = await pay(integrator, f"id:{company.id}", "130.00")
        assert len({one["open_item_id"] for one in payment["allocations"]}) == 2
        assert (await open_of(shop, here), await open_of(outlet, there)) == ("0.00", "20.00")
        after = await prove_books(database, tenant)
        assert sorted(balances.exposure for balances in after.values()) == [0, 2_000]
        assert await clearing(database, tenant) == 0
        bounced = await integrator.post(f"/v1/payments/{payment['id']}/bounce", json={"reason": "recalled"})
        assert bounced.status_code == 200, bounced.text
        assert await prove_books(database, tenant) == before
        assert await clearing(database, tenant) == 0

    async def test_a_shop_sees_what_settles_its_documents_and_nothing_else(
        self, shop: httpx.AsyncClient, outlet: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ):
        await owe(outlet, f"id:{company.id}", "50.00")
        payment = await pay(integrator, f"id:{company.id}", "50.00")
        assert [one["id"] for one in (await outlet.get("/v1/payments")).json()["items"]] == [payment["id"]]
        assert (await shop.get("/v1/payments")).json()["items"] == []
        answer = await shop.get(f"/v1/payments/{payment['id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")


class TestExchangeRates:
    @pytest.mark.parametrize("parts", [["100.00"], ["33.33", "33.33", "33.34"], ["0.01", "99.98", "0.01"]])
    async def test_parts_of_a_document_in_another_currency_leave_nothing_behind(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, parts: list[str]
    ):
        body = {"currency": "USD", "exchange_rate": "0.9217"}
        ref = await owe(shop, company.ref, "100.00", **body)
        assert (await books()).receivable == 9_217
        for part in parts:
            await pay(shop, company.ref, part, currency="USD", reference=ref)
        assert (await books()).exposure == 0

    async def test_two_rates_leave_their_difference_on_the_clearing_account(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, database: Database, tenant: Tenant
    ):
        old = await owe(shop, company.ref, "100.00", currency="USD", exchange_rate="0.9000")
        new = await owe(shop, company.ref, "100.00", currency="USD", exchange_rate="0.9500", at="2026-03-05T09:00:00Z")
        payment = await pay(shop, company.ref, "200.00", currency="USD")
        assert (await open_of(shop, old), await open_of(shop, new)) == ("0.00", "0.00")
        assert (await books()).exposure == 0
        async with database.read() as session:
            rows = await session.execute(
                select(AllocationRow.line_amount_minor, AllocationRow.source_line_amount_minor)
            )
            amounts = sorted(tuple(row) for row in rows)
        assert amounts == [(9_000, 9_000), (9_500, 9_000)]
        assert await clearing(database, tenant) == 500
        await shop.post(f"/v1/payments/{payment['id']}/bounce", json={"reason": "recalled"})
        assert (await books()).receivable == 18_500
        assert await clearing(database, tenant) == 0
