"""SQL of subscriptions and of their delivery log, as the API shows and changes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from service.infra.outbox import OutboxMessageRow
from service.infra.work import Work
from service.merchants.models import ShopRow
from service.webhooks.domain import (
    Attempt,
    Delivery,
    DeliveryStatus,
    Message,
    Subscription,
    SubscriptionKind,
)
from service.webhooks.errors import CallbackTaken, DeliveryNotFound, SubscriptionNotFound
from service.webhooks.models import DeliveryAttemptRow, DeliveryRow, SubscriptionRow

__all__ = [
    "count_subscriptions", "find_callback", "find_delivery", "find_subscription", "insert_subscription",
    "list_attempts", "list_deliveries", "list_messages_since", "list_subscriptions", "read_secret", "requeue_delivery",
    "update_subscription",
]  # fmt: skip

_CALLBACK_KEY: Final = "uq_webhook_subscriptions_callback"


async def insert_subscription(work: Work, values: dict[str, Any]) -> None:
    """Raises CallbackTaken when another request made the shop's callback first."""
    try:
        await work.session.execute(
            insert(SubscriptionRow).values(merchant_id=work.merchant_id, created_at=work.now, **values)
        )
    except IntegrityError as error:
        if _CALLBACK_KEY in str(error.orig):
            raise CallbackTaken from error
        raise


async def count_subscriptions(work: Work) -> int:
    """How many the merchant has, whoever made them. Counts one at a time, so that two requests cannot both be the last."""
    await work.session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"webhooks/{work.merchant_id}", 0)))
    )
    count = await work.session.scalar(
        select(func.count())
        .select_from(SubscriptionRow)
        .where(SubscriptionRow.merchant_id == work.merchant_id, SubscriptionRow.deleted_at.is_(None))
    )
    return count or 0


async def find_subscription(work: Work, subscription_id: UUID, *, for_update: bool = False) -> Subscription:
    """Raises SubscriptionNotFound."""
    statement = _subscriptions(work).where(SubscriptionRow.id == subscription_id)
    if for_update:
        statement = statement.with_for_update(of=SubscriptionRow, key_share=True)
    row = (await work.session.execute(statement)).one_or_none()
    if row is None:
        raise SubscriptionNotFound
    return _read_subscription(row)


async def find_callback(work: Work, *, shop_id: UUID) -> Subscription | None:
    """The shop's callback, locked."""
    statement = _subscriptions(work).where(
        SubscriptionRow.kind == SubscriptionKind.CALLBACK.value, SubscriptionRow.shop_id == shop_id
    )
    row = (await work.session.execute(statement.with_for_update(of=SubscriptionRow, key_share=True))).one_or_none()
    return _read_subscription(row) if row else None


async def list_subscriptions(work: Work, *, before: UUID | None, limit: int) -> Sequence[Subscription]:
    """Newest first."""
    statement = _subscriptions(work)
    if before is not None:
        statement = statement.where(SubscriptionRow.id < before)
    rows = await work.session.execute(statement.order_by(SubscriptionRow.id.desc()).limit(limit))
    return [_read_subscription(row) for row in rows]


async def read_secret(work: Work, subscription_id: UUID) -> bytes:
    """The encrypted secret that signs now."""
    return (
        await work.session.execute(
            select(SubscriptionRow.secret).where(
                SubscriptionRow.merchant_id == work.merchant_id, SubscriptionRow.id == subscription_id
            )
        )
    ).scalar_one()


async def update_subscription(work: Work, subscription_id: UUID, values: dict[str, Any]) -> None:
    if values:
        await work.session.execute(
            update(SubscriptionRow)
            .where(SubscriptionRow.merchant_id == work.merchant_id, SubscriptionRow.id == subscription_id)
            .values(**values)
        )


async def list_deliveries(
    work: Work, subscription_id: UUID, *, status: DeliveryStatus | None, before: UUID | None, limit: int
) -> Sequence[Delivery]:
    """Newest message first. The cursor is the message's id, so that what was replayed keeps its place."""
    statement = _deliveries(work).where(DeliveryRow.subscription_id == subscription_id)
    if status is not None:
        statement = statement.where(DeliveryRow.status == status.value)
    if before is not None:
        statement = statement.where(DeliveryRow.message_id < before)
    rows = await work.session.execute(statement.order_by(DeliveryRow.message_id.desc()).limit(limit))
    return [_read_delivery(row) for row in rows]


async def find_delivery(work: Work, delivery_id: UUID) -> Delivery:
    """Raises DeliveryNotFound."""
    row = (await work.session.execute(_deliveries(work).where(DeliveryRow.id == delivery_id))).one_or_none()
    if row is None:
        raise DeliveryNotFound
    return _read_delivery(row)


async def list_attempts(work: Work, delivery_ids: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """The log of each delivery, in order."""
    rows = await work.session.execute(
        select(
            DeliveryAttemptRow.delivery_id,
            DeliveryAttemptRow.number,
            DeliveryAttemptRow.attempted_at,
            DeliveryAttemptRow.duration_ms,
            DeliveryAttemptRow.status_code,
            DeliveryAttemptRow.error,
        )
        .where(DeliveryAttemptRow.merchant_id == work.merchant_id, DeliveryAttemptRow.delivery_id.in_(delivery_ids))
        .order_by(DeliveryAttemptRow.delivery_id, DeliveryAttemptRow.number)
    )
    attempts: dict[UUID, list[Attempt]] = {delivery_id: [] for delivery_id in delivery_ids}
    for row in rows:
        attempts[row.delivery_id].append(
            Attempt(
                number=row.number,
                attempted_at=row.attempted_at,
                duration_ms=row.duration_ms,
                status_code=row.status_code,
                error=row.error,
            )
        )
    return attempts


async def requeue_delivery(work: Work, delivery_id: UUID) -> None:
    """Make a delivery due now with its whole retry schedule ahead. One being sent at this moment is left to finish."""
    await work.session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.merchant_id == work.merchant_id, DeliveryRow.id == delivery_id)
        .values(status=DeliveryStatus.PENDING.value, failures=0, next_attempt_at=work.now)
    )


async def list_messages_since(work: Work, *, since: datetime, after_sequence: int, limit: int) -> Sequence[Message]:
    """The merchant's messages in order; those not fanned out yet will reach every subscriber anyway."""
    rows = await work.session.execute(
        select(
            OutboxMessageRow.merchant_id,
            OutboxMessageRow.id,
            OutboxMessageRow.sequence,
            OutboxMessageRow.event_type,
            OutboxMessageRow.shop_id,
            OutboxMessageRow.subject_id,
        )
        .where(
            OutboxMessageRow.merchant_id == work.merchant_id,
            OutboxMessageRow.created_at >= since,
            OutboxMessageRow.sequence > after_sequence,
            OutboxMessageRow.fanned_out_at.is_not(None),
        )
        .order_by(OutboxMessageRow.sequence)
        .limit(limit)
    )
    return [Message(*row) for row in rows]


def _is_visible(work: Work) -> ColumnElement[bool]:
    """A shop's key sees what belongs to its shop, an integrator's all of the merchant's."""
    if work.caller.shop_id is None:
        return true()
    return SubscriptionRow.shop_id == work.caller.shop_id


def _subscriptions(work: Work) -> Select[*tuple[Any, ...]]:
    return (
        select(
            SubscriptionRow.id,
            SubscriptionRow.kind,
            SubscriptionRow.url,
            SubscriptionRow.event_types,
            SubscriptionRow.description,
            SubscriptionRow.shop_id,
            ShopRow.code.label("shop_code"),
            SubscriptionRow.created_at,
            SubscriptionRow.previous_secret_expires_at,
            SubscriptionRow.failing_since_at,
            SubscriptionRow.disabled_at,
            SubscriptionRow.disabled_reason,
        )
        .outerjoin(
            ShopRow, (ShopRow.merchant_id == SubscriptionRow.merchant_id) & (ShopRow.id == SubscriptionRow.shop_id)
        )
        .where(SubscriptionRow.merchant_id == work.merchant_id, SubscriptionRow.deleted_at.is_(None), _is_visible(work))
    )


def _deliveries(work: Work) -> Select[*tuple[Any, ...]]:
    return (
        select(
            DeliveryRow.id,
            DeliveryRow.subscription_id,
            DeliveryRow.message_id,
            OutboxMessageRow.event_type,
            DeliveryRow.sequence,
            DeliveryRow.status,
            DeliveryRow.attempts,
            DeliveryRow.next_attempt_at,
            DeliveryRow.last_outcome,
            DeliveryRow.delivered_at,
            DeliveryRow.created_at,
        )
        .join(
            SubscriptionRow,
            (SubscriptionRow.merchant_id == DeliveryRow.merchant_id)
            & (SubscriptionRow.id == DeliveryRow.subscription_id),
        )
        .join(
            OutboxMessageRow,
            (OutboxMessageRow.merchant_id == DeliveryRow.merchant_id) & (OutboxMessageRow.id == DeliveryRow.message_id),
        )
        .where(DeliveryRow.merchant_id == work.merchant_id, SubscriptionRow.deleted_at.is_(None), _is_visible(work))
    )


def _read_subscription(row: Row[Any]) -> Subscription:
    values = row._asdict()
    return Subscription(
        **values | {"kind": SubscriptionKind(values["kind"]), "event_types": tuple(values["event_types"])}
    )


def _read_delivery(row: Row[Any]) -> Delivery:
    values = row._asdict()
    return Delivery(**values | {"status": DeliveryStatus(values["status"])})
