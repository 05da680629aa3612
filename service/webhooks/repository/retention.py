"""SQL that forgets messages long after everybody got them. They are a log of what was said, not the books."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.outbox import OutboxMessageRow
from service.webhooks.domain import DeliveryStatus
from service.webhooks.models import DeliveryAttemptRow, DeliveryRow

__all__ = ["forget_messages_before"]


async def forget_messages_before(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Forget at most `limit` messages with their deliveries and attempts; gives how many.

    A message that somebody still waits for stays, however old.
    """
    is_waited_for = exists().where(
        DeliveryRow.merchant_id == OutboxMessageRow.merchant_id,
        DeliveryRow.message_id == OutboxMessageRow.id,
        DeliveryRow.status == DeliveryStatus.PENDING,
    )
    found = await session.execute(
        select(OutboxMessageRow.merchant_id, OutboxMessageRow.id)
        .where(OutboxMessageRow.fanned_out_at < before, ~is_waited_for)
        .order_by(OutboxMessageRow.fanned_out_at)
        .limit(limit)
        # Of two workers one skips what the other is about to forget.
        .with_for_update(skip_locked=True)
    )
    messages = [(row.merchant_id, row.id) for row in found]
    if not messages:
        return 0
    deliveries = select(DeliveryRow.merchant_id, DeliveryRow.id).where(
        tuple_(DeliveryRow.merchant_id, DeliveryRow.message_id).in_(messages)
    )
    await session.execute(
        delete(DeliveryAttemptRow).where(
            tuple_(DeliveryAttemptRow.merchant_id, DeliveryAttemptRow.delivery_id).in_(deliveries)
        )
    )
    await session.execute(
        delete(DeliveryRow).where(tuple_(DeliveryRow.merchant_id, DeliveryRow.message_id).in_(messages))
    )
    await session.execute(
        delete(OutboxMessageRow).where(tuple_(OutboxMessageRow.merchant_id, OutboxMessageRow.id).in_(messages))
    )
    return len(messages)
