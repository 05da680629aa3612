"""Tables of open items and credit notes."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Sequence,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, Minor, PrimaryId, RowId, one_of
from service.infra.orm import Base

__all__ = ["PAYMENT_NUMBERS", "CreditNoteRow", "OpenItemRow"]

# What payment references are made of: one for each document that may be paid, whoever's it is. Gaps do no harm.
PAYMENT_NUMBERS = Sequence("payment_numbers", start=1_000_001, metadata=Base.metadata)


class OpenItemRow(Base):
    """A due document and what is left of it, in the document's currency.

    `line_amount_minor` is the same amount in the credit line's currency at the rate frozen on the order;
    `line_open_minor` is what of it the line's `receivable` account still carries.

    `next_look_at` is when the reminders look at it again: at once after every change, else at the latest then. It is a
    hint and nothing else; what is due is always decided from the facts (S45).
    """

    __tablename__ = "open_items"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "line_id"], ["balances.merchant_id", "balances.line_id"]),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint(
            "allocated_minor >= 0 AND credited_minor >= 0 AND written_off_minor >= 0"
            " AND allocated_minor + credited_minor + written_off_minor <= amount_minor",
            name="never_overpaid",
        ),
        CheckConstraint("line_open_minor >= 0", name="line_open_not_negative"),
        CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        Index("uq_open_items_document", "merchant_id", "shop_id", "document_ref", unique=True),
        Index("ix_open_items_order", "merchant_id", "order_id"),
        Index("ix_open_items_company", "merchant_id", "company_id", "id"),
        Index(
            "ix_open_items_line_open", "merchant_id", "line_id", "due_on", "id", postgresql_where=text("open_minor > 0")
        ),
        Index(
            "ix_open_items_to_flag",
            "due_on",
            postgresql_where=text("open_minor > 0 AND overdue_flagged_on IS NULL"),
        ),
        Index("ix_open_items_to_look_at", "merchant_id", "next_look_at", postgresql_where=text("open_minor > 0")),
        Index("ix_open_items_company_open", "merchant_id", "company_id", postgresql_where=text("open_minor > 0")),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId]
    company_id: Mapped[RowId]
    line_id: Mapped[RowId]
    order_id: Mapped[RowId | None]
    document_ref: Mapped[str] = mapped_column(String(128))
    payment_number: Mapped[int] = mapped_column(BigInteger, server_default=PAYMENT_NUMBERS.next_value())
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    allocated_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    credited_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    written_off_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    open_minor: Mapped[int] = mapped_column(
        BigInteger, Computed("amount_minor - allocated_minor - credited_minor - written_off_minor", persisted=True)
    )
    line_amount_minor: Mapped[Minor]
    line_open_minor: Mapped[Minor]
    issued_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    original_due_on: Mapped[date] = mapped_column(Date)
    settled_on: Mapped[date | None] = mapped_column(Date)
    overdue_flagged_on: Mapped[date | None] = mapped_column(Date)
    disputed_at: Mapped[Instant | None]
    dispute_reason: Mapped[str | None] = mapped_column(String(1000))
    dispute_author: Mapped[str | None] = mapped_column(String(200))
    undisputed_at: Mapped[Instant | None]
    promised_on: Mapped[date | None] = mapped_column(Date)
    promised_minor: Mapped[Minor | None]
    promise_author: Mapped[str | None] = mapped_column(String(200))
    next_look_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[Instant]


class CreditNoteRow(Base):
    """Credit the company has with the merchant because a paid or partly paid order shrank."""

    __tablename__ = "credit_notes"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "line_id"], ["balances.merchant_id", "balances.line_id"]),
        one_of("kind", "correction", "return", "goodwill"),
        CheckConstraint("unallocated_minor BETWEEN 0 AND amount_minor", name="unallocated_in_range"),
        Index("uq_credit_notes_cause", "merchant_id", "cause", unique=True),
        Index("ix_credit_notes_company", "merchant_id", "company_id", "id"),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    company_id: Mapped[RowId]
    line_id: Mapped[RowId]
    order_id: Mapped[RowId]
    kind: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(200))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    unallocated_minor: Mapped[Minor]
    refunded_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    line_amount_minor: Mapped[Minor]
    line_unallocated_minor: Mapped[Minor]
    issued_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[Instant]
