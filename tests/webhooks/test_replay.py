"""Sending everything since an instant once more."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from service.core.ids import new_id
from service.webhooks.client import WebhookClient
from service.webhooks.domain import DeliveryStatus
from service.webhooks.jobs import run_deliver_once
from service.webhooks.service import Replay, replay_messages, send_test
from tests.app import Tenant
from tests.webhooks.conftest import World
from tests.webhooks.receiver import BROKEN, OK, Receiver

ORDER_A = UUID("00000000-0000-7000-8000-00000000000a")
ORDER_B = UUID("00000000-0000-7000-8000-00000000000b")


async def replay(world: World, subscription_id: UUID, *, hours_ago: float = 1, after_sequence: int = 0) -> Replay:
    now = world.clock.now()
    world.clock.advance(hours=-hours_ago)
    since, world.clock.instant = world.clock.now(), now
    async with world.work() as work:
        return await replay_messages(work, subscription_id, since=since, after_sequence=after_sequence)


async def deliver(world: World, sender: WebhookClient) -> None:
    await world.fan_out()
    await run_deliver_once(world.database, sender, world.clock)


class TestReplayMessages:
    async def test_sends_them_again_in_order_under_their_ids(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        ids = [str(await world.announce(subject_id=ORDER_A)) for _ in range(5)]
        await deliver(world, sender)
        assert (await replay(world, subscription_id)).queued == 5
        await deliver(world, sender)
        assert receiver.ids == ids + ids

    async def test_also_what_happened_before_it_subscribed(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        early = await world.announce()
        await world.fan_out()
        subscription_id, _ = await world.subscribe(receiver.url)
        await replay(world, subscription_id)
        await deliver(world, sender)
        assert receiver.ids == [str(early)]

    async def test_only_from_the_instant_on(self, world: World, sender: WebhookClient, receiver: Receiver):
        subscription_id, _ = await world.subscribe(receiver.url)
        await world.announce()
        world.clock.advance(hours=2)
        late = await world.announce()
        await deliver(world, sender)
        receiver.received.clear()
        assert (await replay(world, subscription_id)).queued == 1
        await deliver(world, sender)
        assert receiver.ids == [str(late)]

    async def test_only_what_it_wants(
        self, world: World, sender: WebhookClient, receiver: Receiver, other_tenant: Tenant
    ):
        subscription_id, _ = await world.subscribe(receiver.url, "order.settled")
        wanted = await world.announce("order.settled")
        await world.announce("order.held")
        await world.announce("order.settled", caller=other_tenant.caller())
        async with world.work() as work:
            await send_test(work, subscription_id)
        await world.fan_out()
        assert (await replay(world, subscription_id)).queued == 1
        await deliver(world, sender)
        assert [received.id for received in receiver.received if received.document["type"] != "webhook.test"] == [
            str(wanted)
        ]

    async def test_a_dead_message_comes_back_with_its_whole_schedule(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        await world.announce()
        receiver.answer = lambda _: BROKEN
        for _ in range(9):
            await deliver(world, sender)
            world.clock.advance(hours=29)
            # A failing time of five days would end it earlier than its schedule.
            async with world.work() as work:
                await work.session.execute(text("UPDATE webhook_subscriptions SET failing_since_at = NULL"))
        assert len(await world.log_of(subscription_id, DeliveryStatus.DEAD)) == 1
        await replay(world, subscription_id, hours_ago=24 * 30)
        await deliver(world, sender)
        (logged,) = await world.log_of(subscription_id, DeliveryStatus.PENDING)
        assert logged.delivery.attempts == 10
        receiver.answer = lambda _: OK
        world.clock.advance(seconds=12)
        await deliver(world, sender)
        (logged,) = await world.log_of(subscription_id, DeliveryStatus.DELIVERED)
        assert [attempt.number for attempt in logged.attempts] == list(range(1, 12))

    async def test_what_is_pending_keeps_its_wait(self, world: World, sender: WebhookClient, receiver: Receiver):
        subscription_id, _ = await world.subscribe(receiver.url)
        await world.announce()
        receiver.answer = lambda _: BROKEN
        await deliver(world, sender)
        (before,) = await world.log_of(subscription_id)
        await replay(world, subscription_id)
        (after,) = await world.log_of(subscription_id)
        assert after == before

    async def test_goes_on_where_it_ended_without_a_gap(self, world: World):
        subscription_id, _ = await world.subscribe("https://erp.example/")
        async with world.work() as work:
            await work.session.execute(
                text(
                    "INSERT INTO outbox_messages"
                    " (merchant_id, id, event_type, subject_id, payload, created_at, fanned_out_at)"
                    " SELECT :merchant_id, gen_random_uuid(), 'order.settled', :subject_id, '{}', :now, :now"
                    " FROM generate_series(1, 2500)"
                ),
                {"merchant_id": world.tenant.merchant_id, "subject_id": new_id(), "now": world.clock.now()},
            )
        found, after = [], 0
        while True:
            step = await replay(world, subscription_id, after_sequence=after)
            found.append((step.queued, step.has_more))
            after = step.last_sequence
            if not step.has_more:
                break
        assert found == [(1000, True), (1000, True), (500, False)]
        async with world.work() as work:
            count = await work.session.scalar(text("SELECT count(*) FROM webhook_deliveries"))
        assert count == 2500

    async def test_nothing_since_then_is_nothing(self, world: World):
        subscription_id, _ = await world.subscribe("https://erp.example/")
        assert await replay(world, subscription_id, after_sequence=7) == Replay(
            queued=0, last_sequence=7, has_more=False
        )
