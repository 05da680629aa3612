"""SQL of payments, credit notes and their allocations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.statements import Statement, columns_of, insert_of, reader_of, values_of
from service.infra.work import Work
from service.orders.models import OrderRow
from service.payments.domain import Allocation, Funds, FundsKind, Payment, PaymentFilter
from service.payments.models import AllocationRow, PaymentRow
from service.receivables.domain import CreditNote
from service.receivables.models import CreditNoteRow, OpenItemRow

__all__ = [
    "allocations_of", "allocations_to", "bound_minor", "bound_payments", "find_by_external_ref",
    "find_note", "find_payment", "insert_allocation", "insert_payment", "list_notes", "list_payments",
    "next_payment_to_apply", "note_refund", "read_note", "read_payment", "reverse_allocation", "save_funds", "seen_notes", "seen_payments",
    "unallocated_notes_of_order", "update_payment",
]  # fmt: skip

_PAYMENT: Final = columns_of(Payment, PaymentRow)
_NOTE: Final = columns_of(CreditNote, CreditNoteRow)
_ALLOCATION: Final = columns_of(Allocation, AllocationRow)
_payment: Final = reader_of(Payment)
_note: Final = reader_of(CreditNote)
_allocation: Final = reader_of(Allocation)
_KNOWN_PAYMENT: Final = select(*_PAYMENT).where(PaymentRow.merchant_id == bindparam("merchant_id"))


# Payments


def seen_payments(work: Work, *columns: Any) -> Select[Any]:
    """All payments the caller may see: a shop sees those recorded for it and those that settle its documents."""
    query = select(*columns).where(PaymentRow.merchant_id == work.merchant_id)
    if work.caller.shop_id is None:
        return query
    settles_its_own = exists(
        select(AllocationRow.id)
        .join(
            OpenItemRow,
            (OpenItemRow.merchant_id == AllocationRow.merchant_id) & (OpenItemRow.id == AllocationRow.open_item_id),
        )
        .where(
            AllocationRow.merchant_id == PaymentRow.merchant_id,
            AllocationRow.payment_id == PaymentRow.id,
            OpenItemRow.shop_id == work.caller.shop_id,
        )
    )
    return query.where(or_(PaymentRow.shop_id == work.caller.shop_id, settles_its_own))


_INSERT: Final = insert_of(Payment, PaymentRow, "merchant_id")


async def insert_payment(work: Work, payment: Payment) -> None:
    await _INSERT.execute(work.session, merchant_id=work.merchant_id, **values_of(payment))


async def update_payment(work: Work, payment_id: UUID, **values: Any) -> Payment:
    row = (
        await work.session.execute(
            update(PaymentRow)
            .where(PaymentRow.merchant_id == work.merchant_id, PaymentRow.id == payment_id)
            .values(**values)
            .returning(*_PAYMENT)
        )
    ).one()
    return _payment(row)


async def find_payment(work: Work, payment_id: UUID) -> Payment | None:
    row = (await work.session.execute(seen_payments(work, *_PAYMENT).where(PaymentRow.id == payment_id))).one_or_none()
    return _payment(row) if row else None


_READ: Final = Statement(_KNOWN_PAYMENT.where(PaymentRow.id == bindparam("payment_id")))
_FIND_BY_REF: Final = Statement(_KNOWN_PAYMENT.where(PaymentRow.external_ref == bindparam("external_ref")))


async def read_payment(work: Work, payment_id: UUID) -> Payment:
    """A payment that is known to exist, whoever asks. Its line's lock is what keeps two writers apart."""
    return _payment(await _READ.one(work.session, merchant_id=work.merchant_id, payment_id=payment_id))


async def find_by_external_ref(work: Work, external_ref: str) -> Payment | None:
    """The merchant's payment under a reference of the bank's; it is unique over all shops."""
    row = await _FIND_BY_REF.row(work.session, merchant_id=work.merchant_id, external_ref=external_ref)
    return _payment(row) if row else None


async def list_payments(work: Work, wanted: PaymentFilter, *, before: UUID | None, limit: int) -> list[Payment]:
    """Newest first."""
    query = seen_payments(work, *_PAYMENT)
    if wanted.company_id is not None:
        query = query.where(PaymentRow.company_id == wanted.company_id)
    if wanted.line_id is not None:
        query = query.where(PaymentRow.line_id == wanted.line_id)
    if wanted.status is not None:
        query = query.where(PaymentRow.status == wanted.status)
    if wanted.is_unallocated is not None:
        query = query.where(
            PaymentRow.unallocated_minor > 0 if wanted.is_unallocated else PaymentRow.unallocated_minor == 0
        )
    if before is not None:
        query = query.where(PaymentRow.id < before)
    rows = await work.session.execute(query.order_by(PaymentRow.id.desc()).limit(limit))
    return [_payment(row) for row in rows]


_BOUND: Final = Statement(
    _KNOWN_PAYMENT.where(PaymentRow.order_id == bindparam("order_id"), PaymentRow.unallocated_minor > 0).order_by(
        PaymentRow.id
    )
)


async def bound_payments(work: Work, order_id: UUID) -> list[Payment]:
    """Money that waits for an order, oldest first."""
    rows = await _BOUND.rows(work.session, merchant_id=work.merchant_id, order_id=order_id)
    return [_payment(row) for row in rows]


_BOUND_MINOR: Final = Statement(
    select(func.coalesce(func.sum(PaymentRow.unallocated_minor), 0)).where(
        PaymentRow.merchant_id == bindparam("merchant_id"), PaymentRow.order_id == bindparam("order_id")
    )
)


async def bound_minor(work: Work, order_id: UUID) -> int:
    """How much money waits for an order, in the order's currency."""
    (total,) = await _BOUND_MINOR.one(work.session, merchant_id=work.merchant_id, order_id=order_id)
    return int(total)


async def next_payment_to_apply(session: AsyncSession) -> tuple[UUID, UUID] | None:
    """Merchant and order of money that waited for an order whose item is open by now."""
    row = (
        await session.execute(
            select(PaymentRow.merchant_id, PaymentRow.order_id)
            .join(
                OpenItemRow,
                (OpenItemRow.merchant_id == PaymentRow.merchant_id) & (OpenItemRow.order_id == PaymentRow.order_id),
            )
            .where(
                PaymentRow.order_id.is_not(None),
                PaymentRow.unallocated_minor > 0,
                OpenItemRow.open_minor > 0,
            )
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.order_id) if row else None


# Credit notes


def seen_notes(work: Work, *columns: Any) -> Select[Any]:
    """All credit notes the caller may see: a shop sees those of its orders."""
    query = select(*columns).where(CreditNoteRow.merchant_id == work.merchant_id)
    if work.caller.shop_id is None:
        return query
    return query.join(
        OrderRow, (OrderRow.merchant_id == CreditNoteRow.merchant_id) & (OrderRow.id == CreditNoteRow.order_id)
    ).where(OrderRow.shop_id == work.caller.shop_id)


async def find_note(work: Work, note_id: UUID) -> CreditNote | None:
    row = (await work.session.execute(seen_notes(work, *_NOTE).where(CreditNoteRow.id == note_id))).one_or_none()
    return _note(row) if row else None


async def list_notes(work: Work, wanted: PaymentFilter, *, before: UUID | None, limit: int) -> list[CreditNote]:
    """Newest first."""
    query = seen_notes(work, *_NOTE)
    if wanted.company_id is not None:
        query = query.where(CreditNoteRow.company_id == wanted.company_id)
    if wanted.line_id is not None:
        query = query.where(CreditNoteRow.line_id == wanted.line_id)
    if wanted.is_unallocated is not None:
        query = query.where(
            CreditNoteRow.unallocated_minor > 0 if wanted.is_unallocated else CreditNoteRow.unallocated_minor == 0
        )
    if before is not None:
        query = query.where(CreditNoteRow.id < before)
    rows = await work.session.execute(query.order_by(CreditNoteRow.id.desc()).limit(limit))
    return [_note(row) for row in rows]


async def read_note(work: Work, note_id: UUID) -> CreditNote:
    """A credit note that is known to exist, whoever asks. Its line's lock is what keeps two writers apart."""
    query = select(*_NOTE).where(CreditNoteRow.merchant_id == work.merchant_id, CreditNoteRow.id == note_id)
    return _note((await work.session.execute(query)).one())


async def unallocated_notes_of_order(work: Work, order_id: UUID) -> list[CreditNote]:
    """Credit that was given for an order and is still unused, oldest first."""
    rows = await work.session.execute(
        select(*_NOTE)
        .where(
            CreditNoteRow.merchant_id == work.merchant_id,
            CreditNoteRow.order_id == order_id,
            CreditNoteRow.unallocated_minor > 0,
        )
        .order_by(CreditNoteRow.id)
    )
    return [_note(row) for row in rows]


async def note_refund(work: Work, note_id: UUID, *, refunded_minor: int) -> None:
    await work.session.execute(
        update(CreditNoteRow)
        .where(CreditNoteRow.merchant_id == work.merchant_id, CreditNoteRow.id == note_id)
        .values(refunded_minor=refunded_minor)
    )


# Allocations


def _save_funds(table: Any) -> Statement:
    return Statement(
        update(table)
        .where(table.merchant_id == bindparam("merchant_id"), table.id == bindparam("id"))
        .values(
            unallocated_minor=bindparam("unallocated_minor"), line_unallocated_minor=bindparam("line_unallocated_minor")
        )
    )


_SAVE_FUNDS: Final = {FundsKind.PAYMENT: _save_funds(PaymentRow), FundsKind.CREDIT_NOTE: _save_funds(CreditNoteRow)}


async def save_funds(work: Work, funds: Funds) -> None:
    """Write back what a payment or credit note still has to give."""
    await _SAVE_FUNDS[funds.kind].execute(
        work.session,
        merchant_id=work.merchant_id,
        id=funds.id,
        unallocated_minor=funds.unallocated_minor,
        line_unallocated_minor=funds.line_unallocated_minor,
    )


_INSERT_ALLOCATION: Final = insert_of(Allocation, AllocationRow, "merchant_id")


async def insert_allocation(work: Work, allocation: Allocation) -> None:
    await _INSERT_ALLOCATION.execute(work.session, merchant_id=work.merchant_id, **values_of(allocation))


def _allocations_of(source: Any) -> Statement:
    return Statement(
        select(*_ALLOCATION)
        .where(
            AllocationRow.merchant_id == bindparam("merchant_id"), source == any_(bindparam("ids", type_=ARRAY(Uuid)))
        )
        .order_by(AllocationRow.id)
    )


_ALLOCATIONS_OF: Final = {
    FundsKind.PAYMENT: _allocations_of(AllocationRow.payment_id),
    FundsKind.CREDIT_NOTE: _allocations_of(AllocationRow.credit_note_id),
}


async def allocations_of(work: Work, kind: FundsKind, ids: Iterable[UUID]) -> dict[UUID, list[Allocation]]:
    """The allocations of some payments or credit notes, taken back ones too, oldest first."""
    found: dict[UUID, list[Allocation]] = {one: [] for one in ids}
    for row in await _ALLOCATIONS_OF[kind].rows(work.session, merchant_id=work.merchant_id, ids=list(found)):
        allocation = _allocation(row)
        source = allocation.payment_id or allocation.credit_note_id
        assert source is not None, "an allocation has a source"
        found[source].append(allocation)
    return found


async def allocations_to(work: Work, item_id: UUID) -> list[Allocation]:
    """What settles an open item, taken back ones too, oldest first."""
    rows = await work.session.execute(
        select(*_ALLOCATION)
        .where(AllocationRow.merchant_id == work.merchant_id, AllocationRow.open_item_id == item_id)
        .order_by(AllocationRow.id)
    )
    return [_allocation(row) for row in rows]


async def reverse_allocation(work: Work, allocation_id: UUID, *, at: datetime, reason: str) -> None:
    await work.session.execute(
        update(AllocationRow)
        .where(AllocationRow.merchant_id == work.merchant_id, AllocationRow.id == allocation_id)
        .values(reversed_at=at, reversal_reason=reason)
    )
