"""Tables of orders and of the events shops report about them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKeyConstraint, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, JsonObject, Minor, PrimaryId, RowId, TextList, one_of
from service.infra.orm import Base
from service.receivables.models import PAYMENT_NUMBERS

__all__ = ["OrderEventRow", "OrderRow"]


class OrderRow(Base):
    """An order on terms. Its state is a function of its accepted events; amounts are in the order's currency,
    `line_*` in the credit line's at the rate frozen when it was attached.

    `secured_minor` is what of the attached amount a hold covered. `owed_minor` is what the company owes for it before
    any payment; `unsecured_minor` is the part of it that
    no hold covers because an increase was refused and not yet confirmed by a person.
    """

    __tablename__ = "orders"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "line_id"], ["balances.merchant_id", "balances.line_id"]),
        ForeignKeyConstraint(["merchant_id", "hold_id"], ["holds.merchant_id", "holds.id"], ondelete="RESTRICT"),
        one_of("status", "held", "uninvoiced", "invoiced", "cancelled", "settled", "written_off"),
        CheckConstraint("owed_minor >= 0 AND line_held_minor >= 0", name="amounts_not_negative"),
        CheckConstraint("unsecured_minor >= 0", name="unsecured_not_negative"),
        Index("uq_orders_ref", "merchant_id", "shop_id", "ref", unique=True),
        Index("ix_orders_company", "merchant_id", "company_id", "id"),
        Index("ix_orders_hold", "merchant_id", "hold_id"),
        Index("ix_orders_to_invoice", "billing_on", postgresql_where=text("status = 'uninvoiced'")),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    shop_id: Mapped[RowId]
    ref: Mapped[str] = mapped_column(String(128))
    payment_number: Mapped[int] = mapped_column(BigInteger, server_default=PAYMENT_NUMBERS.next_value())
    hold_id: Mapped[RowId]
    company_id: Mapped[RowId]
    line_id: Mapped[RowId]
    buyer_ref: Mapped[str | None] = mapped_column(String(128))
    purchase_order_number: Mapped[str | None] = mapped_column(String(128))
    status: Mapped[str] = mapped_column(String(16))
    shop_status: Mapped[str | None] = mapped_column(String(128))
    flags: Mapped[TextList] = mapped_column(server_default=text("'{}'"))
    currency: Mapped[Currency]
    attached_minor: Mapped[Minor]
    secured_minor: Mapped[Minor]
    owed_minor: Mapped[Minor]
    unsecured_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    exchange_rate: Mapped[str | None] = mapped_column(String(40))
    line_held_minor: Mapped[Minor]
    line_billed_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    terms: Mapped[JsonObject]
    placed_at: Mapped[Instant]
    placed_on: Mapped[date] = mapped_column(Date)
    base_on: Mapped[date | None] = mapped_column(Date)
    billing_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    due_is_estimate: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))


class OrderEventRow(Base):
    """What a shop said happened, kept for ever. An event that is impossible or refused is flagged, never dropped.

    `outcome`: `accepted` shapes the order; `flagged` is shown to a person and shapes nothing until confirmed;
    `waiting` came before its order.
    """

    __tablename__ = "order_events"
    __table_args__ = (
        one_of("outcome", "accepted", "flagged", "waiting"),
        Index("ix_order_events_order", "merchant_id", "shop_id", "order_ref", "occurred_at"),
    )

    merchant_id: Mapped[PrimaryId]
    shop_id: Mapped[PrimaryId]
    event_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    order_ref: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(32))
    occurred_at: Mapped[Instant]
    received_at: Mapped[Instant]
    payload: Mapped[JsonObject]
    outcome: Mapped[str] = mapped_column(String(16))
    outcome_reason: Mapped[str | None] = mapped_column(String(64))
