"""An order on terms as it is kept, and what a change of its state means for the books. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.core.money import convert_minor
from service.credit.lines import Hold
from service.orders.domain import OrderEvent
from service.receivables.domain import OpenItem
from service.receivables.references import payment_reference

__all__ = ["HoldWithOrders", "Order", "OrderFilter", "OrderPart", "SeenOrder", "StoredEvent", "split_line_amount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Amounts in minor units of the order's currency; `line_*` in the credit line's at the rate frozen on the order.

    `line_held_minor` is what its hold still reserves, `line_billed_minor` what was captured for it and not credited.
    """

    id: UUID
    shop_id: UUID
    ref: str
    payment_number: int
    hold_id: UUID
    company_id: UUID
    line_id: UUID
    buyer_ref: str | None
    purchase_order_number: str | None
    status: str
    shop_status: str | None
    flags: list[str]
    currency: str
    attached_minor: int
    secured_minor: int
    owed_minor: int
    unsecured_minor: int
    exchange_rate: str | None
    line_held_minor: int
    line_billed_minor: int
    terms: dict[str, Any]
    placed_at: datetime
    placed_on: date
    base_on: date | None
    billing_on: date | None
    due_on: date
    due_is_estimate: bool
    created_at: datetime
    updated_at: datetime

    def to_line(self, amount_minor: int, line_currency: str) -> int:
        """An amount of the order in the line's currency. Cumulative amounts are converted, never differences,
        so that rounding cannot add up."""
        if self.exchange_rate is None or line_currency == self.currency:
            return amount_minor
        return convert_minor(amount_minor, rate=self.exchange_rate, source=self.currency, target=line_currency)

    @property
    def payment_reference(self) -> str:
        """What a buyer quotes when paying it, before and after it is invoiced."""
        return payment_reference(self.payment_number)

    @property
    def is_captured(self) -> bool:
        return self.base_on is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPart:
    """One order of a cart as the shop attaches it. One cart can become several orders (S6)."""

    ref: str
    amount_minor: int
    placed_at: datetime
    shop_status: str | None = None
    purchase_order_number: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it was received, and what became of it."""

    event: OrderEvent
    order_ref: str
    received_at: datetime
    payload: dict[str, Any]
    outcome: str
    outcome_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What a list of orders may be narrowed to."""

    shop_id: UUID | None = None
    company_id: UUID | None = None
    line_id: UUID | None = None
    status: str | None = None
    due_before: date | None = None
    is_flagged: bool | None = None
    refs: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SeenOrder:
    """An order as it is looked at: with its open item, None before it has one, on this day where its shop is.

    `shows_due_date` is whether a buyer may see the due date: not while it is an estimate that the shop hides.
    """

    order: Order
    item: OpenItem | None
    today: date
    shows_due_date: bool

    @property
    def open_minor(self) -> int:
        """What is left to pay; before the term starts, what will be."""
        return self.order.owed_minor if self.item is None else self.item.open_minor


@dataclass(frozen=True, slots=True)
class HoldWithOrders:
    """A hold, its credit line's currency, and the orders attached to it."""

    hold: Hold
    line_currency: str
    order_refs: list[str]


def split_line_amount(parts: list[OrderPart], *, amount_minor: int, line_amount_minor: int) -> list[int]:
    """Each part's share of the held amount in the line's currency; the running total is rounded, so it adds up."""
    assert sum(part.amount_minor for part in parts) == amount_minor, "the parts are the whole"
    shares, total, given = [], 0, 0
    for part in parts:
        total += part.amount_minor
        upto = line_amount_minor * total // amount_minor
        shares.append(upto - given)
        given = upto
    assert given == line_amount_minor, "nothing of the hold is left over"
    return shares
