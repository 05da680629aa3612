"""Use what money and credit notes have left: settle more documents with it, or give it back."""

from __future__ import annotations

from uuid import UUID

from service.core.ids import new_id
from service.core.money import format_amount
from service.infra.outbox import announce
from service.infra.work import Work
from service.ledger.domain import Account, EntryKind, Posting
from service.orders.repository import read_order
from service.payments import repository
from service.payments.allocation_service import Desk, open_desk
from service.payments.domain import (
    AllocationStrategy,
    Funds,
    FundsKind,
    Instruction,
    Payment,
    PaymentStatus,
    payment_facts,
)
from service.payments.errors import PaymentAlreadyBounced, RefundExceedsUnallocated
from service.payments.reading_service import get_note, get_payment
from service.payments.receiving_service import shop_of
from service.payments.targeting_service import candidates, find_targets, plan_shares
from service.receivables.domain import CreditNote

__all__ = ["allocate_note", "allocate_payment", "refund_note", "refund_payment"]


async def allocate_payment(work: Work, payment_id: UUID, instruction: Instruction, *, shop_code: str | None) -> Payment:
    """Settle documents with what a payment has left. Raises PaymentNotFound, PaymentAlreadyBounced, and as
    `find_targets` and `plan_shares` do.
    """
    payment = await get_payment(work, payment_id)
    _require_not_bounced(payment)
    await _allocate(work, payment.funds, instruction, reference=payment.reference, shop_code=shop_code)
    return await repository.read_payment(work, payment_id)


async def allocate_note(work: Work, note_id: UUID, instruction: Instruction, *, shop_code: str | None) -> CreditNote:
    """Settle documents with what a credit note has left; its reference is the order it was given for.

    Raises CreditNoteNotFound, and as `find_targets` and `plan_shares` do.
    """
    note = await get_note(work, note_id)
    order = await read_order(work, note.order_id)
    await _allocate(work, Funds.of_note(note), instruction, reference=order.ref, shop_code=shop_code)
    return await repository.read_note(work, note_id)


async def _allocate(
    work: Work, funds: Funds, instruction: Instruction, *, reference: str | None, shop_code: str | None
) -> None:
    shop = await shop_of(work, shop_code)
    targets = await find_targets(
        work, instruction, company_id=funds.company_id, currency=funds.currency, shop=shop, may_wait=False
    )
    items = await candidates(work, instruction, targets, company_id=funds.company_id, currency=funds.currency)
    desk = await open_desk(work, [funds.line_id, *(item.line_id for item in items)])
    funds = await _read_funds(desk, funds)
    shares = await plan_shares(
        desk, funds, targets, instruction, reference=reference, strategy=AllocationStrategy.MANUAL
    )
    await desk.allocate(funds, shares)
    await desk.announce_credit()


async def _read_funds(desk: Desk, known: Funds) -> Funds:
    """The funds as they are under the lock."""
    if known.kind is FundsKind.CREDIT_NOTE:
        return Funds.of_note(await repository.read_note(desk.work, known.id))
    payment = await repository.read_payment(desk.work, known.id)
    _require_not_bounced(payment)
    return payment.funds


def _require_not_bounced(payment: Payment) -> None:
    if payment.status == PaymentStatus.BOUNCED:
        raise PaymentAlreadyBounced


async def refund_payment(work: Work, payment_id: UUID, *, amount_minor: int, reason: str | None) -> Payment:
    """Write down that unallocated money was given back. Never more than is unallocated (S38).

    Raises PaymentNotFound, PaymentAlreadyBounced or RefundExceedsUnallocated.
    """
    payment = await get_payment(work, payment_id)
    desk = await open_desk(work, [payment.line_id])
    funds = await _read_funds(desk, payment.funds)
    await _give_back(desk, funds, amount_minor, kind=EntryKind.PAYMENT_REFUNDED, reason=reason)
    refunded = (await repository.read_payment(work, payment_id)).refunded_minor + amount_minor
    is_all = refunded == funds.amount_minor
    status = PaymentStatus.REFUNDED if is_all else PaymentStatus.RECEIVED
    payment = await repository.update_payment(work, payment_id, refunded_minor=refunded, status=status)
    payload = payment_facts(payment) | {
        "refunded_amount": format_amount(amount_minor, payment.currency),
        "reason": reason,
    }
    await announce(work, "payment.refunded", subject_id=payment.id, shop_id=payment.shop_id, payload=payload)
    return payment


async def refund_note(work: Work, note_id: UUID, *, amount_minor: int, reason: str | None) -> CreditNote:
    """Write down that unused credit was paid out. Raises CreditNoteNotFound or RefundExceedsUnallocated."""
    note = await get_note(work, note_id)
    desk = await open_desk(work, [note.line_id])
    funds = await _read_funds(desk, Funds.of_note(note))
    await _give_back(desk, funds, amount_minor, kind=EntryKind.CREDIT_NOTE_REFUNDED, reason=reason)
    refunded = (await repository.read_note(work, note_id)).refunded_minor + amount_minor
    await repository.note_refund(work, note_id, refunded_minor=refunded)
    return await repository.read_note(work, note_id)


async def _give_back(desk: Desk, funds: Funds, amount_minor: int, *, kind: EntryKind, reason: str | None) -> None:
    if amount_minor > funds.unallocated_minor:
        raise RefundExceedsUnallocated(unallocated_amount=format_amount(funds.unallocated_minor, funds.currency))
    rest = funds.changed(-amount_minor)
    line_amount = funds.line_unallocated_minor - rest.line_unallocated_minor
    postings = [Posting(funds.account, Account.BANK, line_amount)] if line_amount else []
    await desk.lines[funds.line_id].books.book(
        kind, *postings, reference=f"{funds.kind}:{funds.id}:refund:{new_id()}", subject_id=funds.id, reason=reason
    )
    await repository.save_funds(desk.work, rest)
    await desk.announce_credit()
