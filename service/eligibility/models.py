"""Tables of eligibility policies, all versions of them, and of the decisions they led to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, String
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, JsonObject, Minor, PrimaryId, RowId, one_of
from service.infra.orm import Base

__all__ = ["DecisionRow", "PolicyRow"]


class PolicyRow(Base):
    """One version of a merchant's (`shop_id` empty) or a shop's policy; the highest version is in force."""

    __tablename__ = "eligibility_policies"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "shop_id"], ["shops.merchant_id", "shops.id"], ondelete="RESTRICT"),
        Index(
            "uq_eligibility_policies_version",
            "merchant_id",
            "shop_id",
            "version",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId | None]
    version: Mapped[int] = mapped_column(Integer)
    rules: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    settings: Mapped[JsonObject]
    author: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(1000))
    created_at: Mapped[Instant]


class DecisionRow(Base):
    """Why an order was let in or not: the whole trace, kept with its inputs and the policy version (S21).

    An approved decision has the id of its hold. The trace is plain JSON, not JSONB: it is written on every
    checkout and read by people. No foreign key to the company: it would lock that row at every checkout, and the
    credit line that a decision needs already keeps the company from being deleted.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        one_of("outcome", "approved", "declined", "referred"),
        Index("ix_decisions_company", "merchant_id", "company_id", "id"),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId]
    company_id: Mapped[RowId]
    outcome: Mapped[str] = mapped_column(String(8))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    policy_version: Mapped[int] = mapped_column(Integer)
    author: Mapped[str] = mapped_column(String(200))
    trace: Mapped[Any] = mapped_column(JSON)
    decided_at: Mapped[Instant]
