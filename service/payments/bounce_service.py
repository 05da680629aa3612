"""Take in that the bank took a payment back: what it had settled is owed again, over the limit or not."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from service.core.ids import new_id
from service.credit.repository import note_items
from service.infra.outbox import announce
from service.infra.problems import Conflict
from service.infra.work import Work
from service.ledger.domain import Account, EntryKind, Posting
from service.merchants.service import read_shops
from service.payments import repository
from service.payments.allocation_service import Desk, open_desk
from service.payments.domain import (
    Allocation,
    AllocationStrategy,
    Funds,
    FundsKind,
    Payment,
    PaymentStatus,
    payment_facts,
)
from service.payments.errors import BouncedBeforeReceived, PaymentAlreadyBounced, ReceivedInFuture
from service.payments.reading_service import get_payment
from service.payments.receiving_service import today_of
from service.payments.spreading import Share
from service.receivables.domain import OpenItem
from service.receivables.repository import insert_item, read_items, take_payment_numbers

__all__ = ["bounce_payment"]


async def bounce_payment(work: Work, payment_id: UUID, *, reason: str, bounced_on: date | None) -> Payment:
    """Undo all that a payment settled. The bank has decided, so no limit can refuse it.

    Raises PaymentNotFound, PaymentAlreadyBounced, ReceivedInFuture or BouncedBeforeReceived.
    """
    payment = await get_payment(work, payment_id)
    bounced_on = await _day_of(work, payment, bounced_on)
    items = await read_items(work, [allocation.open_item_id for allocation in await _standing(work, payment_id)])
    desk = await open_desk(work, [payment.line_id, *(item.line_id for item in items.values())])
    payment = await repository.read_payment(work, payment_id)
    if payment.status == PaymentStatus.BOUNCED:
        raise PaymentAlreadyBounced
    standing = await _standing(work, payment_id)
    if any(allocation.open_item_id not in items for allocation in standing):
        # It was allocated elsewhere while we waited for the lock, maybe on a line that is not locked.
        raise Conflict
    funds = await desk.take_back(payment.funds, standing, reason=reason)
    await _take_out(desk, payment, funds, bounced_on=bounced_on, reason=reason)
    payment = await repository.update_payment(
        work,
        payment_id,
        status=PaymentStatus.BOUNCED,
        unallocated_minor=0,
        line_unallocated_minor=0,
        bounced_on=bounced_on,
        bounce_reason=reason,
    )
    for item in await desk.read_items(list(items)):
        await _use_credit_of_order(desk, item)
    payload = payment_facts(payment) | {"reason": reason}
    await announce(work, "payment.bounced", subject_id=payment.id, shop_id=payment.shop_id, payload=payload)
    await desk.announce_credit()
    return payment


async def _day_of(work: Work, payment: Payment, bounced_on: date | None) -> date:
    today = max(await today_of(work, None), payment.received_on)
    if bounced_on is None:
        return today
    if bounced_on > today:
        raise ReceivedInFuture(bounced_on=bounced_on.isoformat())
    if bounced_on < payment.received_on:
        raise BouncedBeforeReceived(received_on=payment.received_on.isoformat())
    return bounced_on


async def _standing(work: Work, payment_id: UUID) -> list[Allocation]:
    """The payment's allocations that were not taken back."""
    allocations = await repository.allocations_of(work, FundsKind.PAYMENT, [payment_id])
    return [allocation for allocation in allocations[payment_id] if allocation.reversed_at is None]


async def _take_out(desk: Desk, payment: Payment, funds: Funds, *, bounced_on: date, reason: str) -> None:
    """The bank takes all of the payment. What was refunded of it before is not there any more: the company owes it."""
    postings = []
    if funds.line_unallocated_minor:
        postings.append(Posting(Account.ON_ACCOUNT, Account.BANK, funds.line_unallocated_minor))
    refunded_line = payment.line_amount_minor - funds.line_unallocated_minor
    if refunded_line:
        postings.append(Posting(Account.RECEIVABLE, Account.BANK, refunded_line))
    await desk.lines[payment.line_id].books.book(
        EntryKind.PAYMENT_BOUNCED,
        *postings,
        reference=f"payment:{payment.id}:bounced",
        subject_id=payment.id,
        reason=reason,
    )
    if payment.refunded_minor:
        (payment_number,) = await take_payment_numbers(desk.work, 1)
        item = OpenItem(
            id=new_id(),
            line_id=payment.line_id,
            company_id=payment.company_id,
            shop_id=await _shop_id_of(desk, payment),
            order_id=None,
            document_ref=f"bounced-refund:{payment.id}",
            payment_number=payment_number,
            currency=payment.currency,
            amount_minor=payment.refunded_minor,
            allocated_minor=0,
            credited_minor=0,
            written_off_minor=0,
            line_amount_minor=refunded_line,
            line_open_minor=refunded_line,
            issued_on=bounced_on,
            due_on=bounced_on,
            original_due_on=bounced_on,
        )
        await insert_item(desk.work, item)
        await note_items(desk.work, payment.line_id)


async def _shop_id_of(desk: Desk, payment: Payment) -> UUID:
    """A document belongs to a shop: the one that the payment was recorded for, else the line's, else the first."""
    known = payment.shop_id or desk.lines[payment.line_id].line.shop_id
    if known is not None:
        return known
    return min(shop.id for shop, _ in await read_shops(desk.work))


async def _use_credit_of_order(desk: Desk, item: OpenItem) -> None:
    """Credit that was given for an order because it had been paid settles what of it is open again.

    Otherwise a cancelled order whose payment bounced would be asked for although nothing is owed for it.
    """
    if item.order_id is None:
        return
    for note in await repository.unallocated_notes_of_order(desk.work, item.order_id):
        amount = min(note.unallocated_minor, item.open_minor)
        if amount:
            await desk.allocate(Funds.of_note(note), [Share(item, amount, AllocationStrategy.REFERENCE)])
            (item,) = await desk.read_items([item.id])
