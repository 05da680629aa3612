"""One bad row must not keep the others from being done: each tick, with data that really makes it fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import structlog

from service.config import Settings
from service.core.clock import FixedClock
from service.factory import Context, open_context
from service.infra.database import Database
from service.infra.worklist import LEFT_ALONE_FOR
from service.worker import Tick, open_ticks, run_tick
from tests.app import Tenant
from tests.orders.world import Debtor, offer_terms, open_company
from tests.payments.world import hold_order, owe, report, show_order


@pytest.fixture
async def shop(client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock) -> httpx.AsyncClient:
    """The shop of a merchant that offers terms, one of them with a monthly invoice."""
    await offer_terms(database, tenant, now=clock.now())
    await client.put("/v1/terms/monthly", json={"net_days": 30, "billing_period": "monthly"})
    await client.patch("/v1/shops/main", json={"settings": {"allowed_terms": ["net_30", "monthly"]}})
    return client


@pytest.fixture
async def bad(shop: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock) -> Debtor:
    """A company whose rows will be spoilt. It comes first in all that falls due."""
    return await open_company(database, tenant, now=clock.now(), ref="C-BAD")


@pytest.fixture
async def good(bad: Debtor, database: Database, tenant: Tenant, clock: FixedClock) -> Debtor:
    return await open_company(database, tenant, now=clock.now(), ref="C-GOOD")


@pytest.fixture
async def vandal(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever can write to the tables directly."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def context(settings: Settings, clock: FixedClock) -> AsyncIterator[Context]:
    async with open_context(settings, clock=clock) as context:
        yield context


@pytest.fixture
async def ticks(context: Context) -> AsyncIterator[dict[str, Tick]]:
    """One worker's ticks, by name."""
    async with open_ticks(context) as ticks:
        yield {tick.name: tick for tick in ticks}


async def prove_that_one_is_left_alone(context: Context, tick: Tick, clock: FixedClock) -> None:
    """One item is done and one fails, which is tried again in a while and not before."""

    async def tick_once() -> tuple[int, int]:
        with structlog.testing.capture_logs() as logs:
            done = await run_tick(context, tick)
        assert "worker.tick_failed" not in {entry["event"] for entry in logs}
        return done, sum(entry["event"] == "worker.item_failed" for entry in logs)

    assert await tick_once() == (1, 1)
    assert await tick_once() == (0, 0)
    clock.instant += LEFT_ALONE_FOR
    assert await tick_once() == (0, 1)


class TestPoisonItems:
    async def test_holds_of_others_expire(
        self,
        shop: httpx.AsyncClient,
        bad: Debtor,
        good: Debtor,
        vandal: asyncpg.Connection,
        context: Context,
        ticks: dict[str, Tick],
        clock: FixedClock,
    ):
        body = {"amount": "10.00", "currency": "EUR"}
        await shop.post("/v1/holds", json={"company": bad.ref, **body})
        clock.advance(seconds=1)
        hold = await shop.post("/v1/holds", json={"company": good.ref, **body})
        await vandal.execute("UPDATE balances SET held_minor = 0 WHERE line_id = $1", bad.line_id)
        clock.advance(hours=3)
        await prove_that_one_is_left_alone(context, ticks["expire_holds"], clock)
        assert (await shop.get(f"/v1/holds/{hold.json()['hold_id']}")).json()["status"] == "expired"

    async def test_orders_of_others_are_invoiced(
        self,
        shop: httpx.AsyncClient,
        bad: Debtor,
        good: Debtor,
        vandal: asyncpg.Connection,
        context: Context,
        ticks: dict[str, Tick],
        clock: FixedClock,
    ):
        refs = [await owe(shop, company.ref, "10.00", terms="monthly") for company in (bad, good)]
        await vandal.execute("UPDATE balances SET uninvoiced_minor = 0 WHERE line_id = $1", bad.line_id)
        clock.advance(days=31)
        await prove_that_one_is_left_alone(context, ticks["invoice_orders"], clock)
        assert [(await show_order(shop, ref))["status"] for ref in refs] == ["uninvoiced", "invoiced"]

    async def test_items_of_others_are_flagged(
        self,
        shop: httpx.AsyncClient,
        bad: Debtor,
        good: Debtor,
        vandal: asyncpg.Connection,
        context: Context,
        ticks: dict[str, Tick],
        clock: FixedClock,
    ):
        for company in (bad, good):
            await owe(shop, company.ref, "10.00")
        await vandal.execute("UPDATE open_items SET currency = 'ZZZ' WHERE company_id = $1", bad.id)
        clock.advance(days=31)
        await prove_that_one_is_left_alone(context, ticks["flag_overdue"], clock)
        query = "SELECT company_id FROM open_items WHERE overdue_flagged_on IS NOT NULL"
        assert [row["company_id"] for row in await vandal.fetch(query)] == [good.id]

    async def test_money_of_others_settles_what_it_waits_for(
        self,
        shop: httpx.AsyncClient,
        bad: Debtor,
        good: Debtor,
        vandal: asyncpg.Connection,
        context: Context,
        ticks: dict[str, Tick],
        clock: FixedClock,
    ):
        refs = [await hold_order(shop, company.ref, "10.00") for company in (bad, good)]
        for ref in refs:
            await shop.post(f"/v1/orders/{ref}/mark-paid", json={})
            await report(shop, ref, "status", status="shipped")
        await vandal.execute("UPDATE balances SET on_account_minor = 0 WHERE line_id = $1", bad.line_id)
        await prove_that_one_is_left_alone(context, ticks["apply_money_on_account"], clock)
        assert [(await show_order(shop, ref))["status"] for ref in refs] == ["invoiced", "settled"]
