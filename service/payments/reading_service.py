"""Read payments and credit notes as people and shops look at them."""

from __future__ import annotations

from uuid import UUID

from service.infra.work import Work
from service.payments import repository
from service.payments.domain import Allocation, FundsKind, Payment, PaymentFilter
from service.payments.errors import CreditNoteNotFound, PaymentNotFound
from service.receivables.domain import CreditNote

__all__ = [
    "get_note", "get_payment", "list_notes", "list_payments", "note_allocations", "payment_allocations",
]  # fmt: skip


async def get_payment(work: Work, payment_id: UUID) -> Payment:
    """Raises PaymentNotFound, also for one that the caller may not see."""
    payment = await repository.find_payment(work, payment_id)
    if payment is None:
        raise PaymentNotFound
    return payment


async def get_note(work: Work, note_id: UUID) -> CreditNote:
    """Raises CreditNoteNotFound, also for one that the caller may not see."""
    note = await repository.find_note(work, note_id)
    if note is None:
        raise CreditNoteNotFound
    return note


async def list_payments(work: Work, wanted: PaymentFilter, *, before: UUID | None, limit: int) -> list[Payment]:
    """Newest first."""
    return await repository.list_payments(work, wanted, before=before, limit=limit)


async def list_notes(work: Work, wanted: PaymentFilter, *, before: UUID | None, limit: int) -> list[CreditNote]:
    """Newest first."""
    return await repository.list_notes(work, wanted, before=before, limit=limit)


async def payment_allocations(work: Work, payment_id: UUID) -> list[Allocation]:
    """What a payment settles, taken back allocations too, oldest first."""
    return (await repository.allocations_of(work, FundsKind.PAYMENT, [payment_id]))[payment_id]


async def note_allocations(work: Work, note_id: UUID) -> list[Allocation]:
    """What a credit note settles, oldest first."""
    return (await repository.allocations_of(work, FundsKind.CREDIT_NOTE, [note_id]))[note_id]
