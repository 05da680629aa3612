"""Attach the orders that came of a hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from service.core.ids import new_id
from service.core.money import format_amount
from service.credit.domain import HoldStatus, LineStatus
from service.credit.lines import Hold
from service.credit.repository import insert_hold, mark_attached
from service.credit.service import LockedLine, lock_found_hold
from service.infra.outbox import announce
from service.infra.work import Work
from service.ledger.domain import Account, EntryKind, Phase, Posting
from service.orders import repository
from service.orders.domain import EventKind, FlagReason, OrderEvent, OrderStatus
from service.orders.errors import AmountsDiffer, OrderAttachedElsewhere, OrderRefTaken
from service.orders.order import Order, OrderPart, split_line_amount
from service.orders.service import ShopView, apply_waiting_events, flag_event, read_view, receive_event, terms_of
from service.orders.settlement_service import order_facts
from service.receivables.repository import take_payment_numbers

__all__ = ["attach_orders"]


async def attach_orders(work: Work, found: Hold, parts: Sequence[OrderPart]) -> list[Order]:
    """The orders that came of a hold; they must add up to it (S6). Repeating it gives the same orders.

    An order that comes after its hold ended exists all the same: credit is held anew if there is room, else the
    order is flagged and its amount unsecured until a person confirms it. Raises AmountsDiffer, OrderRefTaken or
    OrderAttachedElsewhere.
    """
    locked, hold = await lock_found_hold(work, found)
    known = await _already_attached(work, hold, parts)
    if known is not None:
        return known
    if sum(part.amount_minor for part in parts) != hold.amount_minor:
        raise AmountsDiffer(hold_amount=format_amount(hold.amount_minor, hold.currency), currency=hold.currency)
    view = await read_view(work, hold.shop_id)
    is_secured = hold.status == HoldStatus.PENDING
    if not is_secured:
        hold, is_secured = await _hold_again(work, locked, hold)
    await mark_attached(work, hold.id)
    shares = split_line_amount(list(parts), amount_minor=hold.amount_minor, line_amount_minor=hold.line_amount_minor)
    numbers = await take_payment_numbers(work, len(parts))
    orders = []
    for part, share, number in zip(parts, shares, numbers, strict=True):
        secured = share if is_secured else None
        order = _new_order(work, hold, part, share=secured, payment_number=number, view=view)
        await repository.insert_order(work, order)
        payload = order_facts(order) | {
            "hold_id": str(hold.id),
            "amount": format_amount(order.attached_minor, order.currency),
            "due_on": order.due_on.isoformat(),
            "due_is_estimate": True,
        }
        await announce(work, "order.held", subject_id=order.id, shop_id=order.shop_id, payload=payload)
        if not is_secured:
            order = await _leave_unsecured(work, order)
        orders.append(await _catch_up(work, order, part))
    return orders


async def _already_attached(work: Work, hold: Hold, parts: Sequence[OrderPart]) -> list[Order] | None:
    if len({part.ref for part in parts}) < len(parts):
        raise OrderRefTaken
    known = await repository.find_orders(work, shop_id=hold.shop_id, refs=[part.ref for part in parts])
    if not known:
        if hold.is_attached:
            raise OrderAttachedElsewhere("The hold already has other orders")
        return None
    matches = all(part.ref in known and known[part.ref].attached_minor == part.amount_minor for part in parts)
    if not matches or {order.company_id for order in known.values()} != {hold.company_id}:
        raise OrderAttachedElsewhere(orders=sorted(known))
    return [known[part.ref] for part in parts]


async def _hold_again(work: Work, locked: LockedLine, ended: Hold) -> tuple[Hold, bool]:
    """A new hold in place of one that ended before its order came; a hold itself resolves only once (S11)."""
    position = locked.position
    if position.status is not LineStatus.ACTIVE or not position.fits(ended.line_amount_minor):
        return ended, False
    hold = replace(
        ended,
        id=new_id(),
        status=HoldStatus.PENDING,
        line_captured_minor=0,
        line_released_minor=0,
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=1),
        resolved_at=None,
        release_reason=None,
    )
    await insert_hold(work, hold)
    await locked.books.book(
        EntryKind.HOLD_PLACED,
        Posting(Account.HELD, Account.COMMITMENTS, hold.line_amount_minor, Phase.PENDING),
        reference=f"hold:{hold.id}:placed",
        subject_id=hold.id,
        reason=f"in place of hold {ended.id}, which had ended before its order came",
    )
    return hold, True


def _new_order(
    work: Work, hold: Hold, part: OrderPart, *, share: int | None, payment_number: int, view: ShopView
) -> Order:
    placed_on = view.day(part.placed_at)
    estimate = view.due_dates(terms_of(hold.terms), placed_on)
    secured = part.amount_minor if share is not None else 0
    return Order(
        id=new_id(),
        shop_id=hold.shop_id,
        ref=part.ref,
        payment_number=payment_number,
        hold_id=hold.id,
        company_id=hold.company_id,
        line_id=hold.line_id,
        buyer_ref=hold.buyer_ref,
        purchase_order_number=part.purchase_order_number or hold.purchase_order_number,
        status=OrderStatus.HELD,
        shop_status=part.shop_status,
        flags=[],
        currency=hold.currency,
        attached_minor=part.amount_minor,
        secured_minor=secured,
        owed_minor=secured,
        unsecured_minor=part.amount_minor - secured,
        exchange_rate=hold.exchange_rate,
        line_held_minor=share or 0,
        line_billed_minor=0,
        terms=hold.terms,
        placed_at=part.placed_at,
        placed_on=placed_on,
        base_on=None,
        billing_on=None,
        due_on=estimate.due_on,
        due_is_estimate=True,
        created_at=work.now,
        updated_at=work.now,
    )


async def _leave_unsecured(work: Work, order: Order) -> Order:
    """The amount is an increase that was refused; it counts once a person confirms it, or when the goods leave."""
    event = OrderEvent(
        event_id=f"attached:{order.ref}",
        kind=EventKind.EDITED,
        occurred_at=order.placed_at,
        amount_minor=order.attached_minor,
    )
    return await flag_event(work, order, event, reason=FlagReason.OVER_LIMIT)


async def _catch_up(work: Work, order: Order, part: OrderPart) -> Order:
    """Apply the status the order was attached with, and events that came before it."""
    if part.shop_status is not None:
        event = OrderEvent(
            event_id=f"attached-status:{part.ref}",
            kind=EventKind.STATUS,
            occurred_at=part.placed_at,
            status=part.shop_status,
        )
        taken_in, _ = await receive_event(work, shop_id=order.shop_id, order_ref=order.ref, event=event)
        assert taken_in is not None, "the order was attached just before"
        order = taken_in
    return await apply_waiting_events(work, order)
