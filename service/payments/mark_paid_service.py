"""Mark an order as paid in one call, before its term starts or after, and let money find the order it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from service.core.money import format_amount
from service.infra.work import Work
from service.merchants.domain import Shop
from service.orders.order import Order
from service.payments import repository
from service.payments.allocation_service import Desk, open_desk
from service.payments.domain import (
    AllocationStrategy,
    Instruction,
    MarkPaidOutcome,
    NamedDocument,
    Payment,
    PaymentMethod,
    ReceivedMoney,
)
from service.payments.errors import AmountExceedsOpen, ReceivedInFuture
from service.payments.receiving_service import Home, record_payment, today_of
from service.payments.spreading import Share
from service.receivables.domain import OpenItem
from service.receivables.repository import read_item_of_order

__all__ = ["MarkPaid", "MarkedPaid", "apply_waiting_money", "mark_paid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkPaid:
    """What is said of the money; without an amount it is all that is open on the order."""

    method: PaymentMethod
    reference: str | None = None
    received_on: date | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class MarkedPaid:
    """What came of it. No payment when nothing was open."""

    outcome: MarkPaidOutcome
    order: Order
    payment: Payment | None


async def mark_paid(work: Work, order: Order, asked: MarkPaid, *, shop: Shop) -> MarkedPaid:
    """Record a payment of what is open on an order, or of a part, and settle it (F25, F63).

    Before the order has an open item the money waits for it on account, where it reduces exposure at once. Where
    nothing is open any more nothing is recorded. Raises ReceivedInFuture or AmountExceedsOpen.
    """
    today = await today_of(work, shop)
    received_on = asked.received_on or today
    if received_on > today:
        raise ReceivedInFuture(received_on=received_on.isoformat())
    desk = await open_desk(work, [order.line_id])
    item = await apply_waiting_money(desk, order)
    order = await desk.read_order(order.id)
    payable = item.open_minor if item else await _payable_before_its_term(work, order)
    if payable <= 0:
        await desk.announce_credit()
        return MarkedPaid(MarkPaidOutcome.NOTHING_OPEN, order, None)
    amount = asked.amount_minor or payable
    if amount > payable:
        raise AmountExceedsOpen(open_amount=format_amount(payable, order.currency), currency=order.currency)
    money = ReceivedMoney(
        currency=order.currency,
        amount_minor=amount,
        method=asked.method,
        received_on=received_on,
        reference=asked.reference,
    )
    payment = await _record(desk, order, money)
    outcome = MarkPaidOutcome.ON_ACCOUNT
    if item is not None:
        funds = await desk.allocate(payment.funds, [Share(item, amount, AllocationStrategy.INSTRUCTION)])
        payment = payment.with_rest(funds)
        outcome = MarkPaidOutcome.SETTLED if amount == payable else MarkPaidOutcome.PARTLY_PAID
        order = await desk.read_order(order.id)
    await desk.announce_credit()
    return MarkedPaid(outcome, order, payment)


async def _payable_before_its_term(work: Work, order: Order) -> int:
    """What will be owed, what the limit refused included, less the money that waits for it already."""
    return order.owed_minor + order.unsecured_minor - await repository.bound_minor(work, order.id)


async def _record(desk: Desk, order: Order, money: ReceivedMoney) -> Payment:
    home = Home(
        company_id=order.company_id,
        shop_id=order.shop_id,
        line_id=order.line_id,
        line_amount_minor=order.to_line(money.amount_minor, desk.lines[order.line_id].line.currency),
        order_id=order.id,
    )
    named = NamedDocument(order_ref=order.ref, amount_minor=money.amount_minor)
    return await record_payment(desk, home, money=money, instruction=Instruction(named=(named,)))


async def apply_waiting_money(desk: Desk, order: Order) -> OpenItem | None:
    """Settle the order's open item with the money that waits for it. Gives the item as it is then, if there is one.

    Only money bound to this order is used: what a person allocated elsewhere stays there (S39).
    """
    item = await read_item_of_order(desk.work, order.id)
    if item is None or item.is_settled:
        return item
    for payment in await repository.bound_payments(desk.work, order.id):
        amount = min(item.open_minor, payment.unallocated_minor)
        if amount:
            await desk.allocate(payment.funds, [Share(item, amount, AllocationStrategy.INSTRUCTION)])
            (item,) = await desk.read_items([item.id])
    return item
