"""Tables of companies, the references shops know them by, their buyers and their groups."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, Integer, String, func, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, JsonObject, Minor, PrimaryId, RowId, TextList, one_of
from service.infra.orm import Base

__all__ = ["BuyerRow", "CompanyGroupRow", "CompanyRefRow", "CompanyRow"]


class CompanyRow(Base):
    """A debtor. Facts are `{name: {"value": ..., "source": ..., "as_of": ...}}`; `version` grows with each change.

    `portal_link_version` is not part of it: links into the portal carry it, and those with an older one do not work.
    """

    __tablename__ = "companies"
    __table_args__ = (
        one_of("vat_status", "valid", "invalid", "unknown", "absent"),
        one_of("override_position", "allow", "deny", optional=True),
        # For names that begin with what somebody types, in any case; a plain index only helps in the C locale.
        Index(
            "ix_companies_legal_name",
            "merchant_id",
            func.lower(literal_column("legal_name")).label("lower_name"),
            postgresql_ops={"lower_name": "text_pattern_ops"},
        ),
        Index("ix_companies_groups", "groups", postgresql_using="gin"),
        Index("ix_companies_updated_at", "merchant_id", "updated_at"),
        Index("ix_companies_vat_number", "merchant_id", "vat_number"),
        Index("ix_companies_registration_number", "merchant_id", "country", "registration_number"),
        Index(
            "ix_companies_vat_next_check_at",
            "vat_next_check_at",
            postgresql_where=text("vat_next_check_at IS NOT NULL"),
        ),
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    legal_name: Mapped[str] = mapped_column(String(300))
    country: Mapped[str] = mapped_column(String(2))
    registration_number: Mapped[str | None] = mapped_column(String(64))
    vat_number: Mapped[str | None] = mapped_column(String(32))
    vat_status: Mapped[str] = mapped_column(String(16))
    vat_reason: Mapped[str | None] = mapped_column(String(64))
    vat_source: Mapped[str | None] = mapped_column(String(32))
    vat_checked_at: Mapped[Instant | None]
    vat_next_check_at: Mapped[Instant | None]
    vat_attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    vat_consultation_number: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    invoice_email: Mapped[str | None] = mapped_column(String(320))
    groups: Mapped[TextList] = mapped_column(server_default=text("'{}'"))
    addresses: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    facts: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    override_position: Mapped[str | None] = mapped_column(String(8))
    override_reason: Mapped[str | None] = mapped_column(String(1000))
    override_author: Mapped[str | None] = mapped_column(String(200))
    override_until: Mapped[Instant | None]
    default_terms: Mapped[str | None] = mapped_column(String(64))
    allowed_terms: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    portal_link_version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class CompanyRefRow(Base):
    """The name a shop knows a company by. Two customers of a shop may be one debtor (same VAT or registration number).

    `scope_id` is the shop, or the merchant for references given by an integrator.
    """

    __tablename__ = "company_refs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["merchant_id", "company_id"], ["companies.merchant_id", "companies.id"], ondelete="RESTRICT"
        ),
        Index("ix_company_refs_company", "merchant_id", "company_id"),
    )

    merchant_id: Mapped[PrimaryId]
    scope_id: Mapped[PrimaryId]
    ref: Mapped[str] = mapped_column(String(128), primary_key=True)
    company_id: Mapped[RowId]
    created_at: Mapped[Instant]


class BuyerRow(Base):
    """A person who orders for a company."""

    __tablename__ = "buyers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["merchant_id", "company_id"], ["companies.merchant_id", "companies.id"], ondelete="RESTRICT"
        ),
        Index("uq_buyers_ref", "merchant_id", "scope_id", "ref", unique=True),
        Index("ix_buyers_company", "merchant_id", "company_id"),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    company_id: Mapped[RowId]
    scope_id: Mapped[RowId]
    ref: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(300))
    email: Mapped[str | None] = mapped_column(String(320))
    may_use_credit: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    may_see_credit: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class CompanyGroupRow(Base):
    """A group of companies: its place in the precedence, its limit and its terms. Joining it needs no other step."""

    __tablename__ = "company_groups"
    __table_args__ = (
        one_of("position", "allow", "deny", optional=True),
        one_of("limit_kind", "none", "amount", "unlimited", optional=True),
        Index("uq_company_groups_code", "merchant_id", "code", unique=True),
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    code: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[str | None] = mapped_column(String(8))
    limit_kind: Mapped[str | None] = mapped_column(String(16))
    limit_minor: Mapped[Minor | None]
    limit_currency: Mapped[Currency | None]
    default_terms: Mapped[str | None] = mapped_column(String(64))
    allowed_terms: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
