"""What the worker does about money by itself."""

from __future__ import annotations

import asyncio

import httpx
from sqlalchemy import func, select

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.outbox import OutboxMessageRow
from service.ledger.domain import Balances
from service.payments.jobs import run_apply_money_on_account_once, run_flag_overdue_once
from tests.orders.world import Debtor
from tests.payments.conftest import Books
from tests.payments.world import hold_order, messages, open_of, owe, pay, report, show_order


async def count_messages(database: Database, event_type: str) -> int:
    async with database.read() as session:
        found = await session.scalar(
            select(func.count()).select_from(OutboxMessageRow).where(OutboxMessageRow.event_type == event_type)
        )
    return int(found or 0)


class TestFlagOverdue:
    async def test_tells_once_the_day_after_the_due_date(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "100.00")
        clock.advance(days=30)
        assert not await run_flag_overdue_once(database, clock.now())
        clock.advance(days=1)
        assert await run_flag_overdue_once(database, clock.now())
        assert not await run_flag_overdue_once(database, clock.now())
        told = (await messages(database))["open_item.overdue"]
        assert (told["document"], told["open_amount"], told["due_on"]) == (ref, "100.00", "2026-04-01")
        assert await count_messages(database, "open_item.overdue") == 1

    async def test_two_workers_tell_once(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await owe(shop, company.ref, "100.00")
        clock.advance(days=31)
        await asyncio.gather(*(run_flag_overdue_once(database, clock.now()) for _ in range(4)))
        assert await count_messages(database, "open_item.overdue") == 1

    async def test_is_told_again_after_an_extension_has_passed(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await owe(shop, company.ref, "100.00")
        clock.advance(days=31)
        assert await run_flag_overdue_once(database, clock.now())
        (item,) = (await shop.get("/v1/open-items")).json()["items"]
        await shop.post(f"/v1/open-items/{item['id']}/extend", json={"due_on": "2026-04-20", "reason": "agreed"})
        assert not await run_flag_overdue_once(database, clock.now())
        clock.advance(days=30)
        assert await run_flag_overdue_once(database, clock.now())
        assert await count_messages(database, "open_item.overdue") == 2

    async def test_leaves_out_what_is_paid(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await owe(shop, company.ref, "100.00")
        await pay(shop, company.ref, "100.00")
        clock.advance(days=31)
        assert not await run_flag_overdue_once(database, clock.now())


class TestApplyMoneyOnAccount:
    async def test_settles_the_order_it_waits_for(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock, books: Books
    ):
        ref = await hold_order(shop, company.ref, "100.00")
        older = await owe(shop, company.ref, "50.00")
        await shop.post(f"/v1/orders/{ref}/mark-paid", json={})
        assert not await run_apply_money_on_account_once(database, clock.now())
        await report(shop, ref, "status", status="shipped")
        assert await run_apply_money_on_account_once(database, clock.now())
        assert not await run_apply_money_on_account_once(database, clock.now())
        assert (await show_order(shop, ref))["status"] == "settled"
        assert await open_of(shop, older) == "50.00"
        assert await books() == Balances(receivable=5_000)

    async def test_two_workers_apply_it_once(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock, books: Books
    ):
        ref = await hold_order(shop, company.ref, "100.00")
        await shop.post(f"/v1/orders/{ref}/mark-paid", json={})
        await report(shop, ref, "status", status="shipped")
        await asyncio.gather(*(run_apply_money_on_account_once(database, clock.now()) for _ in range(4)))
        assert await books() == Balances()

    async def test_leaves_what_is_over_when_the_order_shrank(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock, books: Books
    ):
        ref = await hold_order(shop, company.ref, "100.00")
        await shop.post(f"/v1/orders/{ref}/mark-paid", json={})
        await report(shop, ref, "edited", amount="70.00")
        await report(shop, ref, "status", at="2026-03-02T11:00:00Z", status="shipped")
        assert await run_apply_money_on_account_once(database, clock.now())
        assert not await run_apply_money_on_account_once(database, clock.now())
        assert await books() == Balances(on_account=3_000)

    async def test_touches_no_money_that_waits_for_nothing(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await pay(shop, company.ref, "100.00")
        await owe(shop, company.ref, "100.00")
        assert not await run_apply_money_on_account_once(database, clock.now())
