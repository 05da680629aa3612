"""Tables of credit lines and of the holds placed on them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, JsonObject, Minor, PrimaryId, RowId, one_of
from service.infra.orm import Base

__all__ = ["CreditLineRow", "HoldRow"]


class CreditLineRow(Base):
    """The agreement: one company, one currency, one shop or all (`shop_id` empty).

    An empty `limit_kind` inherits from group, shop and merchant. `oldest_due_on`, `unpaid_count` and the
    settled_* counters are facts for eligibility, kept when an open item appears or is settled.
    """

    __tablename__ = "credit_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["merchant_id", "company_id"], ["companies.merchant_id", "companies.id"], ondelete="RESTRICT"
        ),
        ForeignKeyConstraint(["merchant_id", "shop_id"], ["shops.merchant_id", "shops.id"], ondelete="RESTRICT"),
        ForeignKeyConstraint(["merchant_id", "id"], ["balances.merchant_id", "balances.line_id"], ondelete="RESTRICT"),
        one_of("status", "active", "frozen", "closed"),
        one_of("limit_kind", "none", "amount", "unlimited", optional=True),
        CheckConstraint("(limit_kind = 'amount') = (limit_minor IS NOT NULL)", name="limit_has_amount"),
        CheckConstraint("tolerance_minor >= 0 AND tolerance_bp >= 0", name="tolerance_not_negative"),
        Index(
            "uq_credit_lines_scope",
            "merchant_id",
            "company_id",
            "currency",
            "shop_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    company_id: Mapped[RowId]
    shop_id: Mapped[RowId | None]
    currency: Mapped[Currency]
    status: Mapped[str] = mapped_column(String(8), server_default=text("'active'"))
    status_reason: Mapped[str | None] = mapped_column(String(1000))
    limit_kind: Mapped[str | None] = mapped_column(String(16))
    limit_minor: Mapped[Minor | None]
    temporary_limit_minor: Mapped[Minor | None]
    temporary_until: Mapped[Instant | None]
    tolerance_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    tolerance_bp: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    allow_exceed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    oldest_due_on: Mapped[date | None] = mapped_column(Date)
    unpaid_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    settled_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    settled_days_late: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    created_at: Mapped[Instant]


class HoldRow(Base):
    """A reservation of credit, in the order's currency and (`line_*`) in the line's.

    `line_held_minor` is what is still reserved: amount minus captured minus released.
    """

    __tablename__ = "holds"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "line_id"], ["balances.merchant_id", "balances.line_id"]),
        one_of("status", "pending", "captured", "released", "expired"),
        CheckConstraint("line_captured_minor >= 0 AND line_released_minor >= 0", name="parts_not_negative"),
        CheckConstraint("line_captured_minor + line_released_minor <= line_amount_minor", name="resolved_at_most_once"),
        Index("ix_holds_to_expire", "expires_at", postgresql_where=text("status = 'pending' AND NOT is_attached")),
        Index("ix_holds_company", "merchant_id", "company_id", "id"),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId]
    company_id: Mapped[RowId]
    line_id: Mapped[RowId]
    status: Mapped[str] = mapped_column(String(8))
    is_attached: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    exchange_rate: Mapped[str | None] = mapped_column(String(40))
    line_amount_minor: Mapped[Minor]
    line_captured_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    line_released_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    buyer_ref: Mapped[str | None] = mapped_column(String(128))
    cart_ref: Mapped[str | None] = mapped_column(String(128))
    cart_hash: Mapped[str | None] = mapped_column(String(128))
    purchase_order_number: Mapped[str | None] = mapped_column(String(128))
    terms: Mapped[JsonObject]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    resolved_at: Mapped[Instant | None]
    release_reason: Mapped[str | None] = mapped_column(String(1000))
