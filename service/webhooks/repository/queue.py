"""SQL of the worker: from outbox message to deliveries, and from a claimed delivery to its recorded result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.core.ids import new_id
from service.infra.outbox import OutboxMessageRow
from service.merchants.models import ShopRow
from service.webhooks.domain import (
    ClaimedDelivery,
    DeliveryStatus,
    Destination,
    Message,
    OutgoingMessage,
    SendResult,
    compose_body,
)
from service.webhooks.models import DeliveryAttemptRow, DeliveryRow, SubscriptionRow

__all__ = [
    "claim_deliveries", "disable_subscription", "end_pending_deliveries", "find_due", "finish_delivery", "insert_attempt",
    "insert_deliveries", "list_destinations", "lock_failing_subscription", "mark_fanned_out", "next_messages",
    "note_success", "repeat_messages", "try_lock_fan_out",
]  # fmt: skip

# Any constant does, as long as nothing else takes the same advisory lock.
_FAN_OUT_LOCK: Final = 8_600_010


async def try_lock_fan_out(session: AsyncSession) -> bool:
    """Whether this transaction is the one that fans out.

    Skipping locked rows instead would let a second worker hand out a subject's later message before the first worker
    has committed the earlier one.
    """
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(_FAN_OUT_LOCK))))


async def next_messages(session: AsyncSession, *, limit: int) -> Sequence[Message]:
    """The oldest messages that have not been fanned out."""
    rows = await session.execute(
        select(*_MESSAGE)
        .where(OutboxMessageRow.fanned_out_at.is_(None))
        .order_by(OutboxMessageRow.sequence)
        .limit(limit)
    )
    return [Message(*row) for row in rows]


async def list_destinations(session: AsyncSession, *, merchant_ids: Collection[UUID]) -> Sequence[Destination]:
    """The enabled subscriptions of these merchants."""
    rows = await session.execute(
        select(SubscriptionRow.merchant_id, SubscriptionRow.id, SubscriptionRow.shop_id, SubscriptionRow.event_types)
        .where(SubscriptionRow.merchant_id.in_(merchant_ids), _IS_ENABLED)
        # Held until commit, so that none is switched off between this reading and the insert of its deliveries.
        .with_for_update(read=True)
    )
    return [Destination(row.merchant_id, row.id, row.shop_id, frozenset(row.event_types)) for row in rows]


async def insert_deliveries(
    session: AsyncSession, pairs: Iterable[tuple[Message, Destination]], *, now: datetime
) -> None:
    """Queue each message for its subscription; one that is queued already stays as it is."""
    values = [_new_delivery(message, destination.id, now) for message, destination in pairs]
    if values:
        await session.execute(insert(DeliveryRow).on_conflict_do_nothing(index_elements=_ONE_PER_MESSAGE), values)


async def mark_fanned_out(session: AsyncSession, messages: Sequence[Message], *, now: datetime) -> None:
    keys = [(message.merchant_id, message.id) for message in messages]
    await session.execute(
        update(OutboxMessageRow)
        .where(tuple_(OutboxMessageRow.merchant_id, OutboxMessageRow.id).in_(keys))
        .values(fanned_out_at=now)
    )


async def repeat_messages(
    session: AsyncSession, messages: Iterable[Message], destination: Destination, *, now: datetime
) -> None:
    """Queue messages once more, whether or not they had been queued before. What is pending stays as it is."""
    values = [_new_delivery(message, destination.id, now) for message in messages]
    if values:
        statement = insert(DeliveryRow)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=_ONE_PER_MESSAGE,
                set_={
                    "status": DeliveryStatus.PENDING.value,
                    "failures": 0,
                    "next_attempt_at": statement.excluded.next_attempt_at,
                },
                where=DeliveryRow.status != DeliveryStatus.PENDING.value,
            ),
            values,
        )


async def find_due(
    session: AsyncSession, *, now: datetime, busy: Collection[UUID], limit: int
) -> Sequence[tuple[UUID, UUID, UUID]]:
    """Lock deliveries that may be sent now: merchant, delivery and subscription.

    Of one subject in one subscription only the earliest that is pending, and nothing for a subscription in `busy`.
    Rows that another worker is claiming are passed over.
    """
    earlier = aliased(DeliveryRow)
    has_earlier = exists().where(
        earlier.merchant_id == DeliveryRow.merchant_id,
        earlier.subscription_id == DeliveryRow.subscription_id,
        earlier.subject_id == DeliveryRow.subject_id,
        earlier.sequence < DeliveryRow.sequence,
        earlier.status == DeliveryStatus.PENDING.value,
    )
    rows = await session.execute(
        select(DeliveryRow.merchant_id, DeliveryRow.id, DeliveryRow.subscription_id)
        .where(
            _IS_PENDING,
            DeliveryRow.next_attempt_at <= now,
            or_(DeliveryRow.claimed_until.is_(None), DeliveryRow.claimed_until <= now),
            DeliveryRow.subscription_id.not_in(busy),
            ~has_earlier,
        )
        .order_by(DeliveryRow.next_attempt_at, DeliveryRow.sequence)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.merchant_id, row.id, row.subscription_id) for row in rows]


async def claim_deliveries(
    session: AsyncSession, keys: Sequence[tuple[UUID, UUID]], *, now: datetime, until: datetime
) -> Sequence[ClaimedDelivery]:
    """Mark locked deliveries as being sent until then, and read all that sending needs."""
    claimed = (
        update(DeliveryRow)
        .where(tuple_(DeliveryRow.merchant_id, DeliveryRow.id).in_(keys))
        .values(claimed_until=until, attempts=DeliveryRow.attempts + 1)
        .returning(
            DeliveryRow.id.label("delivery_id"),
            DeliveryRow.subscription_id,
            DeliveryRow.message_id,
            DeliveryRow.merchant_id,
            DeliveryRow.attempts,
            DeliveryRow.failures,
        )
        .cte("claimed")
    )
    rows = await session.execute(
        select(
            *_MESSAGE,
            OutboxMessageRow.payload,
            OutboxMessageRow.created_at,
            ShopRow.code.label("shop_code"),
            claimed.c.delivery_id,
            claimed.c.subscription_id,
            claimed.c.attempts,
            claimed.c.failures,
            SubscriptionRow.url,
            SubscriptionRow.secret,
            SubscriptionRow.previous_secret,
            SubscriptionRow.previous_secret_expires_at,
        )
        .join_from(
            claimed,
            OutboxMessageRow,
            (OutboxMessageRow.merchant_id == claimed.c.merchant_id) & (OutboxMessageRow.id == claimed.c.message_id),
        )
        .join(
            SubscriptionRow,
            (SubscriptionRow.merchant_id == claimed.c.merchant_id) & (SubscriptionRow.id == claimed.c.subscription_id),
        )
        .outerjoin(
            ShopRow,
            (ShopRow.merchant_id == OutboxMessageRow.merchant_id) & (ShopRow.id == OutboxMessageRow.shop_id),
        )
    )
    return [_read_claimed(row, now=now) for row in rows]


async def insert_attempt(
    session: AsyncSession, delivery: ClaimedDelivery, result: SendResult, *, attempted_at: datetime
) -> None:
    """Keep what came back, also when the claim has been lost since: it was sent all the same."""
    await session.execute(
        insert(DeliveryAttemptRow).values(
            merchant_id=delivery.merchant_id,
            delivery_id=delivery.id,
            number=delivery.number,
            attempted_at=attempted_at,
            duration_ms=result.duration_ms,
            status_code=result.status_code,
            error=result.error,
        )
    )


async def finish_delivery(
    session: AsyncSession, delivery: ClaimedDelivery, values: dict[str, Any], *, release_at: datetime
) -> bool:
    """Write the result of an attempt; False if the claim was lost to another worker or the delivery ended meanwhile.

    What waits behind it in its subject becomes due at `release_at`: at once, or together with its repetition, so that
    what cannot be sent anyway is not looked at again and again.
    """
    finished = await session.execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.merchant_id == delivery.merchant_id,
            DeliveryRow.id == delivery.id,
            DeliveryRow.attempts == delivery.number,
            _IS_PENDING,
        )
        .values(claimed_until=None, **values)
        .returning(DeliveryRow.id)
    )
    if finished.first() is None:
        return False
    await session.execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.merchant_id == delivery.merchant_id,
            DeliveryRow.subscription_id == delivery.subscription_id,
            DeliveryRow.subject_id == delivery.subject_id,
            DeliveryRow.sequence > delivery.sequence,
            _IS_PENDING,
        )
        .values(next_attempt_at=release_at)
    )
    return True


async def note_success(session: AsyncSession, delivery: ClaimedDelivery) -> None:
    """The receiver lives. Writes only if it had been failing, so that a healthy subscription's row stays untouched."""
    await session.execute(
        update(SubscriptionRow)
        .where(*_subscription_of(delivery), SubscriptionRow.failing_since_at.is_not(None))
        .values(failing_since_at=None)
    )


async def lock_failing_subscription(session: AsyncSession, delivery: ClaimedDelivery, *, now: datetime) -> datetime:
    """Since when the subscription has been failing; from now, if it had not been."""
    since: datetime | None = await session.scalar(
        update(SubscriptionRow)
        .where(*_subscription_of(delivery))
        .values(failing_since_at=func.coalesce(SubscriptionRow.failing_since_at, now))
        .returning(SubscriptionRow.failing_since_at)
    )
    assert since is not None
    return since


async def disable_subscription(
    session: AsyncSession, *, merchant_id: UUID, subscription_id: UUID, reason: str, now: datetime
) -> bool:
    """Switch a subscription off and end what was pending for it; False if it was off already."""
    disabled = await session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.merchant_id == merchant_id, SubscriptionRow.id == subscription_id, _IS_ENABLED)
        .values(disabled_at=now, disabled_reason=reason)
        .returning(SubscriptionRow.id)
    )
    if disabled.first() is None:
        return False
    await end_pending_deliveries(session, merchant_id=merchant_id, subscription_id=subscription_id, outcome=reason)
    return True


async def end_pending_deliveries(
    session: AsyncSession, *, merchant_id: UUID, subscription_id: UUID, outcome: str
) -> None:
    """What will not be sent is dead, so that it can be seen and replayed."""
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.merchant_id == merchant_id, DeliveryRow.subscription_id == subscription_id, _IS_PENDING)
        .values(status=DeliveryStatus.DEAD.value, claimed_until=None, last_outcome=outcome)
    )


_MESSAGE: Final = (
    OutboxMessageRow.merchant_id,
    OutboxMessageRow.id,
    OutboxMessageRow.sequence,
    OutboxMessageRow.event_type,
    OutboxMessageRow.shop_id,
    OutboxMessageRow.subject_id,
)
_IS_PENDING: Final = DeliveryRow.status == DeliveryStatus.PENDING.value
_IS_ENABLED: Final = SubscriptionRow.disabled_at.is_(None) & SubscriptionRow.deleted_at.is_(None)
_ONE_PER_MESSAGE: Final = ("merchant_id", "subscription_id", "message_id")


def _subscription_of(delivery: ClaimedDelivery) -> tuple[ColumnElement[bool], ...]:
    return (SubscriptionRow.merchant_id == delivery.merchant_id, SubscriptionRow.id == delivery.subscription_id)


def _new_delivery(message: Message, subscription_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "merchant_id": message.merchant_id,
        "id": new_id(),
        "subscription_id": subscription_id,
        "message_id": message.id,
        "subject_id": message.subject_id,
        "sequence": message.sequence,
        "status": DeliveryStatus.PENDING.value,
        "next_attempt_at": now,
        "created_at": now,
    }


def _read_claimed(row: Any, *, now: datetime) -> ClaimedDelivery:
    message = Message(row.merchant_id, row.id, row.sequence, row.event_type, row.shop_id, row.subject_id)
    overlaps = row.previous_secret_expires_at is not None and now < row.previous_secret_expires_at
    return ClaimedDelivery(
        merchant_id=row.merchant_id,
        id=row.delivery_id,
        subscription_id=row.subscription_id,
        subject_id=row.subject_id,
        sequence=row.sequence,
        number=row.attempts,
        failures=row.failures,
        message=OutgoingMessage(
            id=row.id,
            url=row.url,
            document=compose_body(message, occurred_at=row.created_at, shop_code=row.shop_code, data=row.payload),
            sealed_secrets=(row.secret, row.previous_secret) if overlaps else (row.secret,),
        ),
    )
