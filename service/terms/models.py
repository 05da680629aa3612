"""Table of the payment terms a merchant offers."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Instant, JsonObject, PrimaryId
from service.infra.orm import Base

__all__ = ["PaymentTermsRow"]


class PaymentTermsRow(Base):
    """Terms under a code of the merchant's. Orders keep a copy, so a change moves no order that exists."""

    __tablename__ = "payment_terms"

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    label: Mapped[str] = mapped_column(String(200))
    definition: Mapped[JsonObject]
    is_active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
