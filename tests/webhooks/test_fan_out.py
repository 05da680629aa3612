"""From the outbox to the queue of each subscriber."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select, text

from service.core.clock import FixedClock
from service.core.ids import new_id
from service.infra.database import Database
from service.infra.outbox import OutboxMessageRow, announce
from service.merchants.service import create_shop
from service.webhooks.domain import DeliveryStatus
from service.webhooks.jobs import run_fan_out_once
from service.webhooks.models import DeliveryRow
from service.webhooks.repository import queue
from service.webhooks.service import SubscriptionChanges, change_subscription
from tests.app import Tenant, open_tenant
from tests.webhooks.conftest import World

URL = "https://erp.example/hooks"


async def count_deliveries(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(DeliveryRow)) or 0


async def count_waiting(database: Database) -> int:
    async with database.read() as session:
        waiting = select(func.count()).where(OutboxMessageRow.fanned_out_at.is_(None))
        return await session.scalar(waiting) or 0


class TestWhoGetsWhat:
    async def test_each_subscriber_gets_what_it_asked_for(self, world: World):
        everything, _ = await world.subscribe(URL)
        settled, _ = await world.subscribe(URL, "order.settled", "order.cancelled")
        await world.announce("order.settled")
        await world.announce("order.held")
        await world.fan_out()
        types = {
            subscription_id: [logged.delivery.event_type for logged in await world.log_of(subscription_id)]
            for subscription_id in (everything, settled)
        }
        assert types == {everything: ["order.settled", "order.held"], settled: ["order.settled"]}

    async def test_a_shop_gets_its_own_and_what_concerns_no_shop(self, world: World):
        async with world.work() as work:
            second = await create_shop(work, code="second", name="Second", language="fr", defaults={})
        own, _ = await world.subscribe(URL, shop="main")
        whole, _ = await world.subscribe(URL)
        for shop_id in (world.tenant.shop.id, second.id, None):
            await world.announce(shop_id=shop_id)
        await world.fan_out()
        assert len(await world.log_of(own)) == 2
        assert len(await world.log_of(whole)) == 3

    async def test_nobody_gets_another_merchants(self, world: World, other_tenant: Tenant):
        await world.subscribe(URL)
        await world.announce(caller=other_tenant.caller())
        await world.fan_out()
        assert await count_deliveries(world.database) == 0
        assert await count_waiting(world.database) == 0

    async def test_a_disabled_subscription_gets_nothing(self, world: World):
        subscription_id, _ = await world.subscribe(URL)
        async with world.work() as work:
            wanted = SubscriptionChanges(is_enabled=False)
            await change_subscription(work, world.rules, subscription_id, wanted=wanted)
        await world.announce()
        await world.fan_out()
        assert await count_deliveries(world.database) == 0

    async def test_what_is_not_committed_is_not_sent(self, world: World):
        await world.subscribe(URL)
        with pytest.raises(RuntimeError):
            async with world.work() as work:
                await announce(work, "order.settled", subject_id=new_id(), shop_id=None, payload={})
                raise RuntimeError
        await world.fan_out()
        assert await count_deliveries(world.database) == 0


class TestBatches:
    async def test_ten_thousand_messages_go_in_bounded_batches(self, world: World):
        await world.subscribe(URL)
        async with world.work() as work:
            await work.session.execute(
                text(
                    "INSERT INTO outbox_messages (merchant_id, id, event_type, subject_id, payload, created_at)"
                    " SELECT :merchant_id, gen_random_uuid(), 'order.settled', gen_random_uuid(), '{}', :now"
                    " FROM generate_series(1, 10000)"
                ),
                {"merchant_id": world.tenant.merchant_id, "now": world.clock.now()},
            )
        counts = []
        while await run_fan_out_once(world.database, world.clock.now()):
            counts.append(await count_deliveries(world.database))
        assert counts == list(range(500, 10_001, 500))
        assert await count_waiting(world.database) == 0

    async def test_no_message_is_no_work(self, world: World):
        assert not await run_fan_out_once(world.database, world.clock.now())


class TestTwoWorkers:
    async def test_queue_nothing_twice(self, world: World, database_url: str):
        subscription_id, _ = await world.subscribe(URL)
        for _ in range(40):
            await world.announce()
        own = await Database.open(database_url)

        async def work(database: Database, clock: FixedClock) -> None:
            while await count_waiting(database):
                await run_fan_out_once(database, clock.now())

        try:
            await asyncio.gather(*(work(database, world.clock) for database in (world.database, own) for _ in range(2)))
        finally:
            await own.close()
        assert len(await world.log_of(subscription_id, DeliveryStatus.PENDING)) == 40

    async def test_a_second_one_does_not_pass_the_first(self, world: World):
        """Two messages of one subject must not be queued by two workers at once, the later one first."""
        await world.subscribe(URL)
        await world.announce()
        async with world.database.transaction() as session:
            assert await queue.try_lock_fan_out(session)
            assert not await run_fan_out_once(world.database, world.clock.now())
        assert await run_fan_out_once(world.database, world.clock.now())


class TestOtherMerchants:
    async def test_one_batch_serves_several_merchants(self, world: World, clock: FixedClock):
        third = await open_tenant(world.database, now=clock.now(), name="Drei GmbH", shop="drei")
        mine, _ = await world.subscribe(URL)
        theirs, _ = await world.subscribe(URL, caller=third.caller())
        await world.announce()
        await world.announce(caller=third.caller())
        assert await run_fan_out_once(world.database, clock.now())
        async with world.database.read() as session:
            rows = await session.execute(select(DeliveryRow.merchant_id, DeliveryRow.subscription_id))
            assert {tuple(row) for row in rows} == {
                (world.tenant.merchant_id, mine),
                (third.merchant_id, theirs),
            }
