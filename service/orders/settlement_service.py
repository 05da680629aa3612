"""What else changes when an open item is settled or open again: the order, the line's facts, and who is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from service.core.money import format_amount
from service.credit.repository import note_items
from service.infra.outbox import announce
from service.infra.work import Work
from service.orders import repository
from service.orders.domain import OrderStatus
from service.orders.order import Order
from service.receivables.domain import OpenItem, PaymentState, days_past_due
from service.receivables.repository import save_item

__all__ = ["announce_settlement", "change_item", "keep_item", "order_facts", "status_by"]


def order_facts(order: Order) -> dict[str, Any]:
    """What every message about an order says."""
    return {
        "order_id": str(order.id),
        "order": order.ref,
        "company_id": str(order.company_id),
        "currency": order.currency,
    }


async def change_item(work: Work, before: OpenItem, after: OpenItem, *, order: Order | None = None) -> Order | None:
    """Save an open item and let its order follow. The line's books are locked by the caller.

    Gives the order as it is then, if it was looked at; `order` is what the caller knows of it under that lock.
    """
    await keep_item(work, before, after)
    if after.order_id is None or before.payment_state is after.payment_state:
        return order
    order = order or await repository.read_order(work, after.order_id)
    status = status_by(after)
    if order.status in {OrderStatus.CANCELLED, status}:
        return order
    await announce_settlement(work, order, status=status, item=after)
    order = replace(order, status=status, updated_at=work.now)
    await repository.save_order(work, order)
    return order


async def keep_item(work: Work, before: OpenItem, after: OpenItem) -> None:
    """Save an open item, and what the line knows of its open items. Who calls keeps the order."""
    await save_item(work, after)
    settled, days_late = _punctuality(before, after)
    if settled or before.is_settled != after.is_settled or before.due_on != after.due_on:
        await note_items(work, after.line_id, settled=settled, days_late=days_late)


def status_by(item: OpenItem) -> OrderStatus:
    """Where an order stands whose open item is this, unless it is cancelled."""
    if item.payment_state is PaymentState.WRITTEN_OFF:
        return OrderStatus.WRITTEN_OFF
    return OrderStatus.SETTLED if item.is_settled else OrderStatus.INVOICED


async def announce_settlement(work: Work, order: Order, *, status: OrderStatus, item: OpenItem) -> None:
    """Tell that nothing is left to pay, or that something is again. `order` is the order as it stood before.

    An order that was credited as a whole was never paid: the shop must not mark it so.
    """
    if status is OrderStatus.SETTLED and item.payment_state is PaymentState.PAID:
        payload = order_facts(order) | {"settled_on": item.settled_on.isoformat() if item.settled_on else None}
        await announce(work, "order.settled", subject_id=order.id, shop_id=order.shop_id, payload=payload)
    elif status is OrderStatus.INVOICED and order.status == OrderStatus.SETTLED:
        payload = order_facts(order) | {"open_amount": format_amount(item.open_minor, item.currency)}
        await announce(work, "order.unsettled", subject_id=order.id, shop_id=order.shop_id, payload=payload)


def _punctuality(before: OpenItem, after: OpenItem) -> tuple[int, int]:
    """What a change adds to the company's record: items settled, and days late. Only paid items make it; credited and
    written-off ones say nothing about it."""
    was_paid, is_paid = (item.payment_state is PaymentState.PAID for item in (before, after))
    if was_paid == is_paid:
        return 0, 0
    item = after if is_paid else before
    assert item.settled_on is not None, "a paid item was settled on some day"
    sign = 1 if is_paid else -1
    return sign, sign * days_past_due(item.due_on, item.settled_on)
