"""Messages are forgotten long after everybody got them, and never before."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from service.infra.outbox import OutboxMessageRow
from service.webhooks.client import WebhookClient
from service.webhooks.jobs import run_deliver_once, run_forget_messages_once
from service.webhooks.models import DeliveryAttemptRow, DeliveryRow
from tests.webhooks.conftest import World
from tests.webhooks.receiver import BROKEN, Receiver


async def count_rows(world: World) -> tuple[int, ...]:
    async with world.database.read() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table)) or 0
            for table in (OutboxMessageRow, DeliveryRow, DeliveryAttemptRow)
        ]
    return tuple(counts)


class TestForgetMessages:
    async def test_forgets_a_delivered_message_with_its_log(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ) -> None:
        await world.subscribe(receiver.url)
        await world.announce()
        await world.fan_out()
        await run_deliver_once(world.database, sender, world.clock)
        assert await count_rows(world) == (1, 1, 1)
        handed_out_at = world.clock.now()
        assert not await run_forget_messages_once(world.database, handed_out_at)
        assert await count_rows(world) == (1, 1, 1)
        assert not await run_forget_messages_once(world.database, handed_out_at + timedelta(microseconds=1))
        assert await count_rows(world) == (0, 0, 0)

    async def test_keeps_what_somebody_still_waits_for(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ) -> None:
        await world.subscribe(receiver.url)
        receiver.answer = lambda _received: BROKEN
        await world.announce()
        await world.fan_out()
        await run_deliver_once(world.database, sender, world.clock)
        await run_forget_messages_once(world.database, world.clock.now() + timedelta(days=1))
        assert await count_rows(world) == (1, 1, 1)

    async def test_keeps_what_has_not_been_handed_out(self, world: World) -> None:
        await world.announce()
        await run_forget_messages_once(world.database, world.clock.now() + timedelta(days=1))
        assert await count_rows(world) == (1, 0, 0)
