"""From outbox message to receiver: order, retries, crashes and two workers at once, over real HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import update

from service.core.clock import FixedClock
from service.core.ids import new_id
from service.infra.database import Database, PoolOptions
from service.webhooks.client import WebhookClient
from service.webhooks.domain import RETRY_DELAYS, DeliveryStatus
from service.webhooks.jobs import run_deliver_once, run_fan_out_once
from service.webhooks.models import SubscriptionRow
from service.webhooks.service import SubscriptionChanges, change_subscription, delete_subscription, rotate_secret
from tests.webhooks.conftest import World
from tests.webhooks.receiver import BROKEN, OK, Answer, Receiver, serve, verifying

ORDER_A = UUID("00000000-0000-7000-8000-00000000000a")
ORDER_B = UUID("00000000-0000-7000-8000-00000000000b")


async def deliver(world: World, sender: WebhookClient) -> bool:
    await world.fan_out()
    return await run_deliver_once(world.database, sender, world.clock)


def refusing(*message_ids: UUID, answer: Answer = BROKEN):
    """Refuses these messages and takes all others."""
    refused = {str(message_id) for message_id in message_ids}
    return lambda received: answer if received.id in refused else OK


class TestOneMessage:
    async def test_arrives_signed_as_the_subscriber_can_verify(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, secret = await world.subscribe(receiver.url, "order.settled")
        receiver.answer = verifying(secret)
        message_id = await world.announce(
            subject_id=ORDER_A, shop_id=world.tenant.shop.id, payload={"order": "Ü-1", "amount": "12.50"}
        )
        assert await deliver(world, sender)
        (received,) = receiver.received
        assert received.headers["content-type"] == "application/json"
        assert received.document == {
            "id": str(message_id),
            "type": "order.settled",
            "occurred_at": world.clock.now().isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "sequence": received.document["sequence"],
            "merchant_id": str(world.tenant.merchant_id),
            "shop": "main",
            "data": {"order": "Ü-1", "amount": "12.50"},
        }
        assert received.id == str(message_id)
        (logged,) = await world.log_of(subscription_id)
        assert logged.delivery.status is DeliveryStatus.DELIVERED
        assert [attempt.status_code for attempt in logged.attempts] == [204]

    async def test_is_refused_by_a_receiver_with_another_secret(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        receiver.answer = verifying("whsec_" + "A" * 43 + "=")
        await world.announce()
        await deliver(world, sender)
        (logged,) = await world.log_of(subscription_id)
        assert logged.delivery.status is DeliveryStatus.PENDING
        assert logged.delivery.last_outcome == "HTTP 401: No matching signature found"

    async def test_is_refused_by_a_receiver_whose_clock_is_far_away(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, secret = await world.subscribe(receiver.url)
        receiver.answer = verifying(secret)
        world.clock.advance(minutes=-6)
        await world.announce()
        await deliver(world, sender)
        (logged,) = await world.log_of(subscription_id)
        assert logged.delivery.last_outcome == "HTTP 401: Message timestamp too old"

    async def test_is_not_sent_twice(self, world: World, sender: WebhookClient, receiver: Receiver):
        await world.subscribe(receiver.url)
        await world.announce()
        assert await deliver(world, sender)
        assert not await deliver(world, sender)
        assert len(receiver.received) == 1


class TestRotation:
    async def test_old_and_new_secret_verify_during_the_overlap(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, old = await world.subscribe(receiver.url)
        async with world.work() as work:
            _, new = await rotate_secret(work, world.rules, subscription_id, overlap=timedelta(seconds=60))
        for secret in (old, new):
            receiver.answer = verifying(secret)
            await world.announce()
            await deliver(world, sender)
        statuses = [logged.delivery.status for logged in await world.log_of(subscription_id)]
        assert statuses == [DeliveryStatus.DELIVERED, DeliveryStatus.DELIVERED]

    async def test_only_the_new_secret_verifies_after_it(self, world: World, sender: WebhookClient, receiver: Receiver):
        subscription_id, old = await world.subscribe(receiver.url)
        async with world.work() as work:
            _, new = await rotate_secret(work, world.rules, subscription_id, overlap=timedelta(seconds=60))
        world.clock.advance(seconds=60)
        outcomes = []
        for secret in (old, new):
            receiver.answer = verifying(secret)
            await world.announce()
            await deliver(world, sender)
            outcomes.append((await world.log_of(subscription_id))[-1].delivery.status)
        assert outcomes == [DeliveryStatus.PENDING, DeliveryStatus.DELIVERED]


class TestOrder:
    async def test_a_subjects_messages_arrive_in_order(self, world: World, sender: WebhookClient, receiver: Receiver):
        await world.subscribe(receiver.url)
        ids = [str(await world.announce(subject_id=ORDER_A)) for _ in range(20)]
        await deliver(world, sender)
        assert receiver.ids == ids
        assert receiver.sequences == sorted(receiver.sequences)

    async def test_a_failed_message_holds_back_its_subject_alone(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        await world.subscribe(receiver.url)
        first_a = await world.announce(subject_id=ORDER_A)
        second_a = await world.announce(subject_id=ORDER_A)
        first_b = await world.announce(subject_id=ORDER_B)
        receiver.answer = refusing(first_a)
        await deliver(world, sender)
        assert set(receiver.ids) == {str(first_a), str(first_b)}
        receiver.received.clear()
        receiver.answer = lambda _: OK
        world.clock.advance(seconds=12)
        await deliver(world, sender)
        assert receiver.ids == [str(first_a), str(second_a)]

    async def test_what_waits_is_not_even_looked_at_before_its_turn(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        first = await world.announce(subject_id=ORDER_A)
        await world.announce(subject_id=ORDER_A)
        receiver.answer = refusing(first)
        await deliver(world, sender)
        failed, waiting = await world.log_of(subscription_id)
        assert waiting.delivery.next_attempt_at == failed.delivery.next_attempt_at > world.clock.now()

    async def test_what_is_announced_meanwhile_waits_too(self, world: World, sender: WebhookClient, receiver: Receiver):
        await world.subscribe(receiver.url)
        first = await world.announce(subject_id=ORDER_A)
        receiver.answer = refusing(first)
        await deliver(world, sender)
        later = await world.announce(subject_id=ORDER_A)
        await deliver(world, sender)
        assert str(later) not in receiver.ids

    async def test_one_subscriber_does_not_hold_back_another(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        broken, _ = await world.subscribe(receiver.url + "/broken")
        healthy, _ = await world.subscribe(receiver.url + "/healthy")
        receiver.answer = lambda received: BROKEN if received.path.endswith("broken") else OK
        for _ in range(3):
            await world.announce(subject_id=ORDER_A)
        await deliver(world, sender)
        assert {logged.delivery.status for logged in await world.log_of(healthy)} == {DeliveryStatus.DELIVERED}
        assert {logged.delivery.status for logged in await world.log_of(broken)} == {DeliveryStatus.PENDING}

    async def test_a_dead_message_lets_its_successors_pass(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        dying = await world.announce(subject_id=ORDER_A)
        following = await world.announce(subject_id=ORDER_A)
        receiver.answer = refusing(dying)
        for delay in (timedelta(0), *RETRY_DELAYS):
            world.clock.advance(seconds=1.2 * delay.total_seconds())
            await deliver(world, sender)
        assert receiver.ids == [str(dying)] * 9 + [str(following)]
        statuses = [logged.delivery.status for logged in await world.log_of(subscription_id)]
        assert statuses == [DeliveryStatus.DEAD, DeliveryStatus.DELIVERED]


class TestRetries:
    async def test_follow_the_schedule_and_end_dead(self, world: World, sender: WebhookClient, receiver: Receiver):
        subscription_id, _ = await world.subscribe(receiver.url)
        await world.announce()
        receiver.answer = lambda _: BROKEN
        dead_before = REGISTRY.get_sample_value("encours_webhook_attempts_total", {"outcome": "dead"}) or 0
        await deliver(world, sender)
        for number, delay in enumerate(RETRY_DELAYS, start=1):
            assert len(receiver.received) == number
            world.clock.advance(seconds=delay.total_seconds() - 1)
            assert not await deliver(world, sender), "not before its time"
            world.clock.advance(seconds=1 + 0.2 * delay.total_seconds())
            assert await deliver(world, sender)
        (logged,) = await world.log_of(subscription_id, DeliveryStatus.DEAD)
        assert [attempt.number for attempt in logged.attempts] == list(range(1, 10))
        assert {attempt.error for attempt in logged.attempts} == {"HTTP 500: stack trace"}
        assert len(set(receiver.ids)) == 1
        assert REGISTRY.get_sample_value("encours_webhook_attempts_total", {"outcome": "dead"}) == dead_before + 1

    async def test_wait_as_long_as_the_receiver_asks(self, world: World, sender: WebhookClient, receiver: Receiver):
        await world.subscribe(receiver.url)
        await world.announce()
        receiver.answer = lambda _: Answer(status=429, headers={"Retry-After": "3600"})
        await deliver(world, sender)
        world.clock.advance(seconds=3599)
        assert not await deliver(world, sender)
        world.clock.advance(seconds=721)
        assert await deliver(world, sender)

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    async def test_a_redirect_is_a_failure(self, world: World, sender: WebhookClient, receiver: Receiver, status: int):
        subscription_id, _ = await world.subscribe(receiver.url)
        await world.announce()
        receiver.answer = lambda _: Answer(status=status, headers={"Location": receiver.url + "/elsewhere"})
        await deliver(world, sender)
        (logged,) = await world.log_of(subscription_id, DeliveryStatus.PENDING)
        assert logged.delivery.last_outcome == f"HTTP {status}: redirects are not followed"
        assert [received.path for received in receiver.received] == ["/hooks"]

    async def test_success_ends_a_failing_time(self, world: World, sender: WebhookClient, receiver: Receiver):
        subscription_id, _ = await world.subscribe(receiver.url)
        await world.announce()
        receiver.answer = lambda _: BROKEN
        began = world.clock.now()
        await deliver(world, sender)
        assert (await world.show(subscription_id)).failing_since_at == began
        receiver.answer = lambda _: OK
        world.clock.advance(seconds=12)
        await deliver(world, sender)
        assert (await world.show(subscription_id)).failing_since_at is None


class TestGivingUp:
    async def test_gone_switches_the_subscription_off(self, world: World, sender: WebhookClient, receiver: Receiver):
        subscription_id, _ = await world.subscribe(receiver.url)
        for _ in range(3):
            await world.announce(subject_id=ORDER_A)
        receiver.answer = lambda _: Answer(status=410)
        await deliver(world, sender)
        subscription = await world.show(subscription_id)
        assert subscription.disabled_at == world.clock.now()
        assert subscription.disabled_reason == "the receiver answered 410 Gone"
        assert {logged.delivery.status for logged in await world.log_of(subscription_id)} == {DeliveryStatus.DEAD}
        await world.announce()
        assert not await deliver(world, sender)
        assert len(receiver.received) == 1

    async def test_five_days_without_success_switch_it_off(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        receiver.answer = lambda _: BROKEN
        await world.announce()
        await deliver(world, sender)
        world.clock.advance(days=5, seconds=-1)
        await world.announce()
        await deliver(world, sender)
        assert (await world.show(subscription_id)).disabled_at is None
        world.clock.advance(seconds=1)
        await world.announce()
        await deliver(world, sender)
        assert (await world.show(subscription_id)).disabled_reason == "nothing could be delivered for 5 days"

    async def test_switched_on_again_it_gets_what_happens_from_then_on(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        receiver.answer = lambda _: Answer(status=410)
        await world.announce()
        await deliver(world, sender)
        await world.announce()
        await deliver(world, sender)
        receiver.received.clear()
        receiver.answer = lambda _: OK
        async with world.work() as work:
            await change_subscription(work, world.rules, subscription_id, wanted=SubscriptionChanges(is_enabled=True))
        message_id = await world.announce()
        await deliver(world, sender)
        assert receiver.ids == [str(message_id)]

    async def test_a_deleted_subscription_gets_nothing_more(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        await world.announce()
        await world.fan_out()
        async with world.work() as work:
            await delete_subscription(work, subscription_id)
        await world.announce()
        assert not await deliver(world, sender)
        assert receiver.received == []


class TestCrash:
    async def test_between_sending_and_recording_repeats_under_the_same_id(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        message_id = await world.announce(subject_id=ORDER_A)
        await world.fan_out()
        receiver.is_open.clear()
        worker = asyncio.create_task(run_deliver_once(world.database, sender, world.clock))
        await receiver.wait_for(1)
        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await worker
        receiver.is_open.set()
        assert not await deliver(world, sender), "the dead worker's claim still holds"
        world.clock.advance(minutes=1)
        assert await deliver(world, sender)
        assert receiver.ids == [str(message_id)] * 2
        assert receiver.received[0].body == receiver.received[1].body
        (logged,) = await world.log_of(subscription_id, DeliveryStatus.DELIVERED)
        assert [attempt.number for attempt in logged.attempts] == [2]

    async def test_a_late_failure_does_not_end_the_claim_of_the_worker_that_took_over(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        subscription_id, _ = await world.subscribe(receiver.url)
        await world.announce(subject_id=ORDER_A)
        await world.fan_out()
        receiver.gates = [asyncio.Event(), asyncio.Event()]
        answers = iter([BROKEN, OK])
        receiver.answer = lambda _: next(answers)
        late = asyncio.create_task(run_deliver_once(world.database, sender, world.clock))
        await receiver.wait_for(1)
        world.clock.advance(minutes=1)
        successor = asyncio.create_task(run_deliver_once(world.database, sender, world.clock))
        await receiver.wait_for(2)
        receiver.gates[0].set()
        await late
        world.clock.advance(seconds=12)
        assert not await run_deliver_once(world.database, sender, world.clock), "the successor is still sending"
        receiver.gates[1].set()
        await successor
        (logged,) = await world.log_of(subscription_id, DeliveryStatus.DELIVERED)
        assert [(attempt.number, attempt.status_code) for attempt in logged.attempts] == [(1, 500), (2, 204)]

    async def test_a_database_that_goes_away_while_sending_is_reported(
        self, world: World, sender: WebhookClient, receiver: Receiver, database_url: str
    ):
        await world.subscribe(receiver.url)
        message_id = await world.announce()
        await world.fan_out()
        own = await Database.open(database_url, options=PoolOptions(session_pool_size=1, acquire_timeout_s=0.2))
        receiver.is_open.clear()
        worker = asyncio.create_task(run_deliver_once(own, sender, world.clock))
        await receiver.wait_for(1)
        async with own.transaction():
            # The only connection is taken, so the result cannot be written.
            receiver.is_open.set()
            with pytest.raises(Exception, match="busy"):
                await worker
        await own.close()
        world.clock.advance(minutes=1)
        await deliver(world, sender)
        assert receiver.ids == [str(message_id)] * 2


class TestMessageThatCannotBeSent:
    async def test_is_a_failed_attempt_and_keeps_nobody_waiting(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        spoilt, _ = await world.subscribe(receiver.url)
        await world.announce()
        await world.fan_out()
        async with world.work() as work:
            # What is sealed is no secret that anything can be signed with.
            values = {"secret": world.rules.secret_box.seal("whsec_A")}
            await work.session.execute(update(SubscriptionRow).where(SubscriptionRow.id == spoilt).values(values))
        sound, _ = await world.subscribe(receiver.url)
        await world.announce()
        with structlog.testing.capture_logs() as logs:
            assert await deliver(world, sender)
            assert not await deliver(world, sender), "it waits like every failed attempt"
        assert len(await world.log_of(sound, DeliveryStatus.DELIVERED)) == 1
        waiting = await world.log_of(spoilt, DeliveryStatus.PENDING)
        assert [(logged.delivery.attempts, logged.delivery.last_outcome) for logged in waiting] == [
            (1, "could not be sent: Error")
        ] * 2
        broken = [entry for entry in logs if entry["event"] == "webhooks.send_broke"]
        assert [entry["message_id"] for entry in broken] == [str(logged.delivery.message_id) for logged in waiting]


class TestTwoWorkers:
    async def test_deliver_nothing_twice_and_everything_in_order(
        self, world: World, sender: WebhookClient, receiver: Receiver, database_url: str
    ):
        await world.subscribe(receiver.url)
        subjects = [new_id() for _ in range(30)]
        for _ in range(6):
            for subject_id in subjects:
                await world.announce(subject_id=subject_id, payload={"subject": str(subject_id)})
        own = await Database.open(database_url)
        try:
            await asyncio.gather(*(self._work(database, sender, world.clock) for database in (world.database, own)))
        finally:
            await own.close()
        assert Counter(receiver.ids).most_common(1)[0][1] == 1
        assert len(receiver.ids) == 180
        for subject_id in subjects:
            of_subject = [
                received.document["sequence"]
                for received in receiver.received
                if received.document["data"]["subject"] == str(subject_id)
            ]
            assert of_subject == sorted(of_subject)

    async def _work(self, database: Database, sender: WebhookClient, clock: FixedClock) -> None:
        while await run_fan_out_once(database, clock.now()) or await run_deliver_once(database, sender, clock):
            pass


class TestManyAtOnce:
    async def test_sends_side_by_side_but_bounded(self, world: World, sender: WebhookClient, receiver: Receiver):
        for number in range(8):
            await world.subscribe(f"{receiver.url}/{number}")
        for _ in range(20):
            await world.announce()
        await world.fan_out()
        receiver.is_open.clear()
        worker = asyncio.create_task(run_deliver_once(world.database, sender, world.clock))
        await receiver.wait_for(32)
        receiver.is_open.set()
        await worker
        assert receiver.most_waiting == 32
        assert len(receiver.received) == 160

    async def test_one_silent_receiver_leaves_room_for_the_others(
        self, world: World, sender: WebhookClient, receiver: Receiver
    ):
        silent, healthy = Receiver(), receiver
        silent.is_open.clear()
        async with serve(silent) as port:
            await world.subscribe(f"http://127.0.0.1:{port}/")
            for _ in range(200):
                await world.announce()
            await world.fan_out()
            await world.subscribe(healthy.url)
            for _ in range(5):
                await world.announce()
            await world.fan_out()
            worker = asyncio.create_task(run_deliver_once(world.database, sender, world.clock))
            await healthy.wait_for(5)
            assert silent.most_waiting <= 8
            silent.is_open.set()
            await worker
        assert len(silent.received) == 205
