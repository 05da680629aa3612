"""Tables of money received and of what it, and credit notes, were allocated to."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, JsonObject, Minor, PrimaryId, RowId, one_of
from service.infra.orm import Base

__all__ = ["AllocationRow", "PaymentRow"]


class PaymentRow(Base):
    """Money received. `currency` is that of the documents it settles; when the bank received another currency,
    `received_*` and `exchange_rate` keep what came in (S40).

    `line_unallocated_minor` is what of it sits on the line's `on_account` account, in the line's currency. `order_id`
    is an order it waits for, whose term had not started; `instruction` is what was said it is for.
    """

    __tablename__ = "payments"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "line_id"], ["balances.merchant_id", "balances.line_id"]),
        one_of("status", "received", "bounced", "refunded"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("unallocated_minor BETWEEN 0 AND amount_minor", name="unallocated_in_range"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor - unallocated_minor", name="refunded_in_range"),
        CheckConstraint("(status = 'bounced') = (bounced_on IS NOT NULL)", name="bounced_on_a_day"),
        Index(
            "uq_payments_external_ref",
            "merchant_id",
            "external_ref",
            unique=True,
            postgresql_where=text("external_ref IS NOT NULL"),
        ),
        Index("ix_payments_company", "merchant_id", "company_id", "id"),
        Index("ix_payments_on_account", "merchant_id", "line_id", postgresql_where=text("unallocated_minor > 0")),
        Index(
            "ix_payments_to_apply",
            "merchant_id",
            "order_id",
            postgresql_where=text("unallocated_minor > 0 AND order_id IS NOT NULL"),
        ),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    company_id: Mapped[RowId]
    line_id: Mapped[RowId]
    shop_id: Mapped[RowId | None]
    order_id: Mapped[RowId | None]
    status: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str | None] = mapped_column(String(140))
    external_ref: Mapped[str | None] = mapped_column(String(128))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    unallocated_minor: Mapped[Minor]
    refunded_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    line_amount_minor: Mapped[Minor]
    line_unallocated_minor: Mapped[Minor]
    received_currency: Mapped[Currency | None]
    received_minor: Mapped[Minor | None]
    exchange_rate: Mapped[str | None] = mapped_column(String(40))
    received_on: Mapped[date] = mapped_column(Date)
    instruction: Mapped[JsonObject]
    bounced_on: Mapped[date | None] = mapped_column(Date)
    bounce_reason: Mapped[str | None] = mapped_column(String(1000))
    author: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Instant]


class AllocationRow(Base):
    """A part of a payment or a credit note that settles a part of an open item. Undone by `reversed_at`, never deleted."""

    __tablename__ = "allocations"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "open_item_id"], ["open_items.merchant_id", "open_items.id"]),
        ForeignKeyConstraint(["merchant_id", "payment_id"], ["payments.merchant_id", "payments.id"]),
        ForeignKeyConstraint(["merchant_id", "credit_note_id"], ["credit_notes.merchant_id", "credit_notes.id"]),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(payment_id IS NULL) <> (credit_note_id IS NULL)", name="one_source"),
        one_of("strategy", "reference", "instruction", "oldest_due_first", "manual"),
        Index("ix_allocations_open_item", "merchant_id", "open_item_id"),
        Index("ix_allocations_payment", "merchant_id", "payment_id"),
        Index("ix_allocations_credit_note", "merchant_id", "credit_note_id"),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    payment_id: Mapped[RowId | None]
    credit_note_id: Mapped[RowId | None]
    open_item_id: Mapped[RowId]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    line_amount_minor: Mapped[Minor]
    source_line_amount_minor: Mapped[Minor]
    strategy: Mapped[str] = mapped_column(String(16))
    author: Mapped[str] = mapped_column(String(200))
    allocated_at: Mapped[Instant]
    reversed_at: Mapped[Instant | None]
    reversal_reason: Mapped[str | None] = mapped_column(String(1000))
