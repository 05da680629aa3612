"""Tables of merchants, shops, API keys and the log of settings that changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, JsonObject, PrimaryId, RowId, TextList
from service.infra.orm import Base

__all__ = ["ApiKeyRow", "ChangeRow", "MerchantRow", "ShopRow"]


class MerchantRow(Base):
    """A tenant. `settings_version` grows with every change that processes may have cached."""

    __tablename__ = "merchants"

    id: Mapped[PrimaryId]
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[Currency]
    time_zone: Mapped[str] = mapped_column(String(64))
    settings: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    settings_version: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    created_at: Mapped[Instant]


class ShopRow(Base):
    """One storefront of a merchant. Settings that are absent fall back to the merchant's."""

    __tablename__ = "shops"
    __table_args__ = (Index("uq_shops_code", "merchant_id", "code", unique=True),)

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[Currency]
    time_zone: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    settings: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[Instant]


class ApiKeyRow(Base):
    """A key of one shop, or of an integrator when `shop_id` is empty. Only the hash of the secret is kept."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "shop_id"], ["shops.merchant_id", "shops.id"], ondelete="RESTRICT"),
        Index("uq_api_keys_secret_hash", "secret_hash", unique=True),
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId | None]
    name: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hint: Mapped[str] = mapped_column(String(8))
    scopes: Mapped[TextList]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]


class ChangeRow(Base):
    """Who changed which setting, limit or override of what, when and why. Append-only."""

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_subject", "merchant_id", "subject_kind", "subject_id", "id"),)

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[RowId]
    field: Mapped[str] = mapped_column(String(64))
    before: Mapped[Any | None] = mapped_column(JSONB)
    after: Mapped[Any | None] = mapped_column(JSONB)
    author: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(1000))
    changed_at: Mapped[Instant]
