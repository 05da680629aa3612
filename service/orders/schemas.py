"""Bodies about holds once they are placed, orders and their events."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from service.core.money import format_amount, parse_amount
from service.credit.domain import HoldStatus
from service.credit.lines import Hold
from service.infra.schemas import (
    AmountText,
    Code,
    CurrencyCode,
    Day,
    FreeText,
    InstantText,
    Page,
    Ref,
    Schema,
    Text,
)
from service.orders.domain import EventKind, EventOutcome, OrderEvent, OrderStatus
from service.orders.order import OrderPart, SeenOrder, StoredEvent

__all__ = [
    "AttachIn", "ConfirmIn", "EventAnswerOut", "EventIn", "EventOut", "EventsOut", "ExtendHoldIn", "HoldDetailOut",
    "HoldPage", "OrderOut", "OrderPage", "OrdersOut", "ReleaseIn",
]  # fmt: skip

StatusText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:-]*$"),
    Field(description="The shop's own name of the status.", examples=["shipped"]),
]
EventId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:#@+-]*$"),
    Field(description="The shop's id of what happened; sending it again changes nothing.", examples=["history-8812"]),
]


class ReleaseIn(Schema):
    """Why no order came."""

    reason: FreeText | None = Field(default=None, examples=["the order could not be created"])


class ExtendHoldIn(Schema):
    """More time for the order to come."""

    minutes: int = Field(ge=1, le=10_080, description="Counted from now.", examples=[60])


class HoldDetailOut(Schema):
    """A hold and what became of it. `line_*` is in the credit line's currency."""

    id: UUID
    status: HoldStatus
    company_id: UUID
    cart: str | None
    amount: AmountText
    currency: CurrencyCode
    captured: AmountText = Field(description="In the credit line's currency.")
    released: AmountText = Field(description="In the credit line's currency.")
    reserved: AmountText = Field(description="What it still reserves, in the credit line's currency.")
    terms: Code
    created_at: InstantText
    expires_at: InstantText
    orders: list[Ref]

    @classmethod
    def of(cls, hold: Hold, *, line_currency: str, orders: list[str]) -> HoldDetailOut:
        return cls(
            id=hold.id,
            status=HoldStatus(hold.status),
            company_id=hold.company_id,
            cart=hold.cart_ref,
            amount=format_amount(hold.amount_minor, hold.currency),
            currency=hold.currency,
            captured=format_amount(hold.line_captured_minor, line_currency),
            released=format_amount(hold.line_released_minor, line_currency),
            reserved=format_amount(
                hold.line_amount_minor - hold.line_captured_minor - hold.line_released_minor, line_currency
            ),
            terms=hold.terms["code"],
            created_at=hold.created_at,
            expires_at=hold.expires_at,
            orders=orders,
        )


class HoldPage(Page[HoldDetailOut]):
    """One page of holds."""


class OrderPartIn(Schema):
    """One order of the cart, as the shop created it."""

    ref: Ref = Field(examples=["PS-1042"])
    amount: AmountText = Field(description="Gross, in the hold's currency.")
    placed_at: InstantText
    status: StatusText | None = Field(default=None, description="The order's first status.")
    purchase_order_number: Text | None = Field(default=None, max_length=128)


class AttachIn(Schema):
    """The orders that the cart became. They add up to the hold."""

    orders: list[OrderPartIn] = Field(min_length=1, max_length=50)

    def to_parts(self, currency: str) -> list[OrderPart]:
        """Raises InvalidAmount."""
        return [
            OrderPart(
                ref=part.ref,
                amount_minor=parse_amount(part.amount, currency),
                placed_at=part.placed_at,
                shop_status=part.status,
                purchase_order_number=part.purchase_order_number,
            )
            for part in self.orders
        ]

    @model_validator(mode="after")
    def _refuse_negative_amounts(self) -> AttachIn:
        if any(part.amount.startswith("-") for part in self.orders):
            raise ValueError("the amount of an order is not negative")
        return self


class OrderOut(Schema):
    """An order on terms."""

    id: UUID
    ref: Ref
    hold_id: UUID
    company_id: UUID
    buyer: str | None
    purchase_order_number: str | None
    payment_reference: str = Field(
        description="Structured reference (ISO 11649) to quote when paying it.", examples=["RF241000001"]
    )
    status: OrderStatus
    shop_status: str | None
    currency: CurrencyCode
    amount: AmountText = Field(description="What was ordered.")
    owed_amount: AmountText = Field(
        description="What is owed for it before any payment: edits and credit slips counted."
    )
    paid_amount: AmountText = Field(description="What money and credit notes settled of it.")
    open_amount: AmountText = Field(description="What is left to pay; before the term starts, what will be.")
    unsecured_amount: AmountText = Field(description="What the limit refused and nobody has confirmed yet.")
    exchange_rate: str | None
    terms: Code
    terms_label: str | None
    placed_at: InstantText
    base_on: Day | None = Field(description="The day the term counts from; null until it has started.")
    due_on: Day
    due_is_estimate: bool
    show_due_date: bool = Field(
        description="Whether a buyer may see it: not while it is an estimate that the shop hides."
    )
    is_overdue: bool = Field(description="Due today is not overdue; nothing is before the term has started.")
    days_past_due: int = Field(description="How late it is today, or was on the day it was settled.")
    flags: list[str] = Field(description="Reasons why a person should look at it.")
    updated_at: InstantText

    @classmethod
    def of(cls, seen: SeenOrder) -> OrderOut:
        order, item = seen.order, seen.item
        return cls(
            id=order.id,
            ref=order.ref,
            hold_id=order.hold_id,
            company_id=order.company_id,
            buyer=order.buyer_ref,
            purchase_order_number=order.purchase_order_number,
            payment_reference=order.payment_reference,
            status=OrderStatus(order.status),
            shop_status=order.shop_status,
            currency=order.currency,
            amount=format_amount(order.attached_minor, order.currency),
            owed_amount=format_amount(order.owed_minor, order.currency),
            paid_amount=format_amount(item.allocated_minor if item else 0, order.currency),
            open_amount=format_amount(seen.open_minor, order.currency),
            unsecured_amount=format_amount(order.unsecured_minor, order.currency),
            exchange_rate=order.exchange_rate,
            terms=order.terms["code"],
            terms_label=order.terms.get("label"),
            placed_at=order.placed_at,
            base_on=order.base_on,
            due_on=order.due_on,
            due_is_estimate=order.due_is_estimate,
            show_due_date=seen.shows_due_date,
            is_overdue=item is not None and item.is_overdue(seen.today),
            days_past_due=item.days_past_due(seen.today) if item else 0,
            flags=order.flags,
            updated_at=order.updated_at,
        )


class OrderPage(Page[OrderOut]):
    """One page of orders."""


class OrdersOut(Schema):
    """The orders of a hold."""

    orders: list[OrderOut]


class EventIn(Schema):
    """Something that happened to an order in the shop."""

    event_id: EventId
    kind: Annotated[EventKind, Field(strict=False)] = Field(
        description="`status` names the new status; `edited` and `reopened` the new gross total; `credit_slip` the "
        "gross amount given back; the others need nothing more."
    )
    occurred_at: InstantText
    status: StatusText | None = None
    amount: AmountText | None = None
    currency: CurrencyCode | None = Field(default=None, description="Of the amount; the order's own.")

    @model_validator(mode="after")
    def _require_what_the_kind_needs(self) -> EventIn:
        needs_amount = self.kind in {EventKind.EDITED, EventKind.CREDIT_SLIP}
        if (self.kind is EventKind.STATUS) != (self.status is not None):
            raise ValueError("a status event names the status, and only it does")
        if needs_amount and self.amount is None:
            raise ValueError(f"an event of kind {self.kind} needs an amount")
        if self.amount is not None and not needs_amount and self.kind is not EventKind.REOPENED:
            raise ValueError(f"an event of kind {self.kind} has no amount")
        if (self.amount is None) != (self.currency is None):
            raise ValueError("an amount and its currency come together")
        if self.amount is not None and self.amount.startswith("-"):
            raise ValueError("the amount is not negative")
        return self

    def to_domain(self) -> OrderEvent:
        """Raises InvalidAmount or UnknownCurrency."""
        amount_minor = None
        if self.amount is not None and self.currency is not None:
            amount_minor = parse_amount(self.amount, self.currency)
        return OrderEvent(
            event_id=self.event_id,
            kind=self.kind,
            occurred_at=self.occurred_at,
            amount_minor=amount_minor,
            status=self.status,
        )


class EventOut(Schema):
    """An event and what became of it."""

    event_id: str
    kind: EventKind
    occurred_at: InstantText
    received_at: InstantText
    status: str | None
    amount: AmountText | None
    outcome: EventOutcome = Field(
        description="`flagged`: the limit refused it and it waits for a person; `waiting`: it came before its order."
    )
    reason: str | None

    @classmethod
    def of(cls, stored: StoredEvent, *, currency: str | None) -> EventOut:
        amount_minor = stored.event.amount_minor
        return cls(
            event_id=stored.event.event_id,
            kind=stored.event.kind,
            occurred_at=stored.event.occurred_at,
            received_at=stored.received_at,
            status=stored.event.status,
            amount=None if amount_minor is None or currency is None else format_amount(amount_minor, currency),
            outcome=EventOutcome(stored.outcome),
            reason=stored.outcome_reason,
        )


class EventsOut(Schema):
    """All events of an order, in the order in which they happened."""

    items: list[EventOut]


class EventAnswerOut(Schema):
    """What became of the event, and the order after it; null while the order is unknown."""

    event: EventOut
    order: OrderOut | None


class ConfirmIn(Schema):
    """Why a person accepts what the limit refused."""

    reason: FreeText
