"""What the worker does for webhooks: hand messages to their subscribers' queues, and empty the queues."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import prometheus_client
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.core.clock import Clock
from service.infra.database import Database
from service.webhooks.client import MAX_CONCURRENT_SENDS, SEND_TIMEOUT_S, WebhookClient
from service.webhooks.domain import (
    GIVE_UP_AFTER,
    ClaimedDelivery,
    DeliveryStatus,
    SendResult,
    is_wanted,
    retry_at,
)
from service.webhooks.repository import queue
from service.webhooks.repository.retention import forget_messages_before

__all__ = ["Listener", "run_deliver_once", "run_fan_out_once", "run_forget_messages_once"]

_MESSAGES_A_BATCH: Final = 500
_MESSAGES_FORGOTTEN_AT_ONCE: Final = 500
# One receiver that never answers must not keep all the others waiting.
_SENDS_A_SUBSCRIPTION: Final = 8
_MAX_SENDS_A_RUN: Final = 2_000
_LOOK_AGAIN_S: Final = 0.5
# Far longer than sending can take: a claim ends by itself only if its worker has been killed.
_CLAIM: Final = timedelta(seconds=3 * SEND_TIMEOUT_S)

# Told of messages, each by its merchant and id.
Listener = Callable[[AsyncSession, Sequence[tuple[UUID, UUID]], datetime], Awaitable[None]]

_log: Final = structlog.get_logger()
_attempts: Final = prometheus_client.Counter(
    "encours_webhook_attempts", "Attempts to deliver a message, by what came of them.", ["outcome"]
)
_disabled: Final = prometheus_client.Counter(
    "encours_webhook_subscriptions_disabled", "Subscriptions that were switched off because nothing could be delivered."
)


async def run_fan_out_once(database: Database, now: datetime, *, also: Listener | None = None) -> bool:
    """Queue the oldest messages for everyone who wants them; True if there may be more.

    `also` is told of them in the same transaction.

    One worker at a time does it, so that a subject's messages are queued in the order in which they were announced.
    """
    async with database.transaction() as session:
        if not await queue.try_lock_fan_out(session):
            return False
        messages = await queue.next_messages(session, limit=_MESSAGES_A_BATCH)
        if not messages:
            return False
        destinations = await queue.list_destinations(
            session, merchant_ids={message.merchant_id for message in messages}
        )
        pairs = [
            (message, destination)
            for message in messages
            for destination in destinations
            if is_wanted(message, destination)
        ]
        await queue.insert_deliveries(session, pairs, now=now)
        if also is not None:
            await also(session, [(message.merchant_id, message.id) for message in messages], now)
        await queue.mark_fanned_out(session, messages, now=now)
    _log.info("webhooks.fanned_out", messages=len(messages), deliveries=len(pairs))
    return True


async def run_deliver_once(
    database: Database, client: WebhookClient, clock: Clock, *, stop: asyncio.Event | None = None
) -> bool:
    """Send what is due, many at a time, until nothing is due or this run has done its share; True if it sent anything.

    Once `stop` is set nothing more is begun; what is in flight is finished.

    Each message is claimed, sent outside any transaction, and recorded. A worker that dies in between leaves a claim
    that ends by itself, and the message is sent again under the same id: at least once, never lost.
    """
    in_flight: dict[asyncio.Task[None], UUID] = {}
    started = 0
    failure: BaseException | None = None
    try:
        while True:
            is_stopping = stop is not None and stop.is_set()
            if failure is None and started < _MAX_SENDS_A_RUN and not is_stopping:
                try:
                    claimed = await _claim_all(database, now=clock.now(), sending=in_flight.values())
                except Exception as error:
                    # What is in flight is still recorded: it would be sent twice otherwise. Then this is raised.
                    failure, claimed = error, []
                for delivery in claimed:
                    in_flight[asyncio.create_task(_send(database, client, clock, delivery))] = delivery.subscription_id
                started += len(claimed)
            if not in_flight:
                break
            # New messages for others do not wait until a slow receiver has answered.
            finished, _ = await asyncio.wait(in_flight, timeout=_LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                del in_flight[task]
                failure = failure or task.exception()
    finally:
        for task in in_flight:
            task.cancel()
        await asyncio.gather(*in_flight, return_exceptions=True)
    if failure is not None:
        raise failure
    return started > 0


async def _claim_all(database: Database, *, now: datetime, sending: Collection[UUID]) -> Sequence[ClaimedDelivery]:
    """Claim until there is no room or nothing due. `sending` names the subscription of each message in flight."""
    claimed: list[ClaimedDelivery] = []
    while True:
        taken = Counter([*sending, *(delivery.subscription_id for delivery in claimed)])
        more = await _claim(database, now=now, room=MAX_CONCURRENT_SENDS - taken.total(), taken=taken)
        if not more:
            return claimed
        claimed += more


async def _claim(database: Database, *, now: datetime, room: int, taken: Counter[UUID]) -> Sequence[ClaimedDelivery]:
    if room <= 0:
        return []
    busy = [subscription_id for subscription_id, count in taken.items() if count >= _SENDS_A_SUBSCRIPTION]
    async with database.transaction() as session:
        keys: list[tuple[UUID, UUID]] = []
        # More are looked at than are taken, because many of them may be for one receiver.
        for merchant_id, delivery_id, subscription_id in await queue.find_due(
            session, now=now, busy=busy, limit=4 * room
        ):
            if len(keys) < room and taken[subscription_id] < _SENDS_A_SUBSCRIPTION:
                taken[subscription_id] += 1
                keys.append((merchant_id, delivery_id))
        return await queue.claim_deliveries(session, keys, now=now, until=now + _CLAIM) if keys else []


async def _send(database: Database, client: WebhookClient, clock: Clock, delivery: ClaimedDelivery) -> None:
    attempted_at = clock.now()
    try:
        result = await client.send(delivery.message, now=attempted_at)
    except Exception as error:
        # Ours to mend. Recorded like any other failure, it waits ever longer and ends one day, and holds up nobody else.
        result = SendResult(status_code=None, duration_ms=0, error=f"could not be sent: {type(error).__name__}")
        _log.exception(
            "webhooks.send_broke",
            merchant_id=str(delivery.merchant_id),
            subscription_id=str(delivery.subscription_id),
            message_id=str(delivery.message.id),
        )
    async with database.transaction() as session:
        outcome = await _record(session, delivery, result, attempted_at=attempted_at, now=clock.now())
    _attempts.labels(outcome).inc()
    _log.log(
        _LOG_LEVELS[outcome],
        f"webhooks.{outcome}",
        merchant_id=str(delivery.merchant_id),
        subscription_id=str(delivery.subscription_id),
        message_id=str(delivery.message.id),
        attempt=delivery.number,
        status_code=result.status_code,
        duration_ms=result.duration_ms,
    )


async def _record(
    session: AsyncSession, delivery: ClaimedDelivery, result: SendResult, *, attempted_at: datetime, now: datetime
) -> str:
    """Write down what came of an attempt; gives the outcome's name.

    The subscription is locked before its deliveries, as everywhere, so that nobody waits in a circle.
    """
    if result.is_delivered:
        await queue.note_success(session, delivery)
        values: dict[str, Any] = {"status": DeliveryStatus.DELIVERED.value, "failures": 0, "delivered_at": now}
        outcome, release_at, give_up = "delivered", now, None
    else:
        failing_since = await queue.lock_failing_subscription(session, delivery, now=now)
        give_up = _find_reason_to_give_up(result, failing_for=now - failing_since)
        failures = delivery.failures + 1
        again_at = retry_at(now, failures=failures, retry_after=result.retry_after, delivery_id=delivery.id)
        if again_at is None or give_up is not None:
            values = {"status": DeliveryStatus.DEAD.value, "failures": failures}
            outcome, release_at = "dead", now
        else:
            values = {"failures": failures, "next_attempt_at": again_at}
            outcome, release_at = "failed", again_at
    await queue.insert_attempt(session, delivery, result, attempted_at=attempted_at)
    values["last_outcome"] = result.error or f"HTTP {result.status_code}"
    if not await queue.finish_delivery(session, delivery, values, release_at=release_at):
        return "lost"
    if give_up is not None:
        await _switch_off(session, delivery, reason=give_up, now=now)
    return outcome


def _find_reason_to_give_up(result: SendResult, *, failing_for: timedelta) -> str | None:
    if result.is_gone:
        return "the receiver answered 410 Gone"
    if failing_for >= GIVE_UP_AFTER:
        return f"nothing could be delivered for {GIVE_UP_AFTER.days} days"
    return None


async def _switch_off(session: AsyncSession, delivery: ClaimedDelivery, *, reason: str, now: datetime) -> None:
    is_new = await queue.disable_subscription(
        session,
        merchant_id=delivery.merchant_id,
        subscription_id=delivery.subscription_id,
        reason=reason,
        now=now,
    )
    if is_new:
        _disabled.inc()
        _log.error(
            "webhooks.subscription_disabled",
            merchant_id=str(delivery.merchant_id),
            subscription_id=str(delivery.subscription_id),
            reason=reason,
        )


_LOG_LEVELS: Final = {
    "delivered": logging.INFO,
    "failed": logging.WARNING,
    "lost": logging.WARNING,
    "dead": logging.ERROR,
}


async def run_forget_messages_once(database: Database, before: datetime) -> bool:
    """Forget a batch of messages that were handed out before this; True while there may be more."""
    async with database.transaction() as session:
        forgotten = await forget_messages_before(session, before, limit=_MESSAGES_FORGOTTEN_AT_ONCE)
    return forgotten == _MESSAGES_FORGOTTEN_AT_ONCE
