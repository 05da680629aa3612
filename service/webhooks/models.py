"""Tables of subscriptions to domain events, of deliveries and of every attempt at one."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Instant, PrimaryId, RowId, TextList, one_of
from service.infra.orm import Base

__all__ = ["DeliveryAttemptRow", "DeliveryRow", "SubscriptionRow"]


class SubscriptionRow(Base):
    """An address that wants some event types. A `callback` is the shop's own; a `webhook` any other system's.

    Secrets are encrypted at rest; during a rotation the previous one signs too until it expires. A deleted subscription
    stays as a row, so that its delivery log can still be read by support and keeps its foreign keys.
    """

    __tablename__ = "webhook_subscriptions"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "shop_id"], ["shops.merchant_id", "shops.id"], ondelete="RESTRICT"),
        one_of("kind", "callback", "webhook"),
        CheckConstraint("kind <> 'callback' OR shop_id IS NOT NULL", name="callback_has_shop"),
        Index(
            "uq_webhook_subscriptions_callback",
            "merchant_id",
            "shop_id",
            unique=True,
            postgresql_where=text("kind = 'callback' AND deleted_at IS NULL"),
        ),
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId | None]
    kind: Mapped[str] = mapped_column(String(8))
    url: Mapped[str] = mapped_column(String(2000))
    event_types: Mapped[TextList]
    description: Mapped[str] = mapped_column(String(200), server_default=text("''"))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_expires_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    failing_since_at: Mapped[Instant | None]
    disabled_at: Mapped[Instant | None]
    disabled_reason: Mapped[str | None] = mapped_column(String(200))
    deleted_at: Mapped[Instant | None]


class DeliveryRow(Base):
    """One outbox message for one subscription. Within a subscription, a subject's messages go in order.

    `attempts` counts every claim and guards its result; `failures` counts those since it was last queued and picks the
    wait before the next one.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["merchant_id", "subscription_id"],
            ["webhook_subscriptions.merchant_id", "webhook_subscriptions.id"],
            ondelete="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["merchant_id", "message_id"], ["outbox_messages.merchant_id", "outbox_messages.id"], ondelete="RESTRICT"
        ),
        one_of("status", "pending", "delivered", "dead"),
        Index("uq_webhook_deliveries_message", "merchant_id", "subscription_id", "message_id", unique=True),
        Index("ix_webhook_deliveries_message", "merchant_id", "message_id"),
        Index("ix_webhook_deliveries_due", "next_attempt_at", postgresql_where=text("status = 'pending'")),
        Index(
            "ix_webhook_deliveries_order",
            "merchant_id",
            "subscription_id",
            "subject_id",
            "sequence",
            postgresql_where=text("status = 'pending'"),
        ),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    subscription_id: Mapped[RowId]
    message_id: Mapped[RowId]
    subject_id: Mapped[RowId]
    sequence: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    failures: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[Instant]
    claimed_until: Mapped[Instant | None]
    last_outcome: Mapped[str | None] = mapped_column(String(200))
    delivered_at: Mapped[Instant | None]
    created_at: Mapped[Instant]


class DeliveryAttemptRow(Base):
    """The log of a delivery: when it was tried and what came back."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["merchant_id", "delivery_id"],
            ["webhook_deliveries.merchant_id", "webhook_deliveries.id"],
            ondelete="RESTRICT",
        ),
    )

    merchant_id: Mapped[PrimaryId]
    delivery_id: Mapped[PrimaryId]
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempted_at: Mapped[Instant]
    duration_ms: Mapped[int] = mapped_column(Integer)
    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str | None] = mapped_column(String(200))
