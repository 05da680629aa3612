"""SQL of payments, credit notes and their allocations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

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

_PAYMENT: Final = tuple(getattr(PaymentRow, field.name) for field in fields(Payment))
_NOTE: Final = tuple(getattr(CreditNoteRow, field.name) for field in fields(CreditNote))
_ALLOCATION: Final = tuple(getattr(AllocationRow, field.name) for field in fields(Allocation))


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


async def insert_payment(work: Work, payment: Payment) -> None:
    await work.session.execute(
        insert(PaymentRow).values(
            merchant_id=work.merchant_id, **{field.name: getattr(payment, field.name) for field in fields(Payment)}
        )
    )


async def update_payment(work: Work, payment_id: UUID, **values: Any) -> Payment:
    row = (
        await work.session.execute(
            update(PaymentRow)
            .where(PaymentRow.merchant_id == work.merchant_id, PaymentRow.id == payment_id)
            .values(**values)
            .returning(*_PAYMENT)
        )
    ).one()
    return Payment(**row._mapping)


async def find_payment(work: Work, payment_id: UUID) -> Payment | None:
    row = (await work.session.execute(seen_payments(work, *_PAYMENT).where(PaymentRow.id == payment_id))).one_or_none()
    return Payment(**row._mapping) if row else None


async def read_payment(work: Work, payment_id: UUID) -> Payment:
    """A payment that is known to exist, whoever asks. Its line's lock is what keeps two writers apart."""
    query = select(*_PAYMENT).where(PaymentRow.merchant_id == work.merchant_id, PaymentRow.id == payment_id)
    return Payment(**(await work.session.execute(query)).one()._mapping)


async def find_by_external_ref(work: Work, external_ref: str) -> Payment | None:
    """The merchant's payment under a reference of the bank's; it is unique over all shops."""
    query = select(*_PAYMENT).where(PaymentRow.merchant_id == work.merchant_id, PaymentRow.external_ref == external_ref)
    row = (await work.session.execute(query)).one_or_none()
    return Payment(**row._mapping) if row else None


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
    return [Payment(**row._mapping) for row in rows]


async def bound_payments(work: Work, order_id: UUID) -> list[Payment]:
    """Money that waits for an order, oldest first."""
    rows = await work.session.execute(
        select(*_PAYMENT)
        .where(
            PaymentRow.merchant_id == work.merchant_id,
            PaymentRow.order_id == order_id,
            PaymentRow.unallocated_minor > 0,
        )
        .order_by(PaymentRow.id)
    )
    return [Payment(**row._mapping) for row in rows]


async def bound_minor(work: Work, order_id: UUID) -> int:
    """How much money waits for an order, in the order's currency."""
    total = await work.session.scalar(
        select(func.coalesce(func.sum(PaymentRow.unallocated_minor), 0)).where(
            PaymentRow.merchant_id == work.merchant_id, PaymentRow.order_id == order_id
        )
    )
    return int(total or 0)


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
    return CreditNote(**row._mapping) if row else None


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
    return [CreditNote(**row._mapping) for row in rows]


async def read_note(work: Work, note_id: UUID) -> CreditNote:
    """A credit note that is known to exist, whoever asks. Its line's lock is what keeps two writers apart."""
    query = select(*_NOTE).where(CreditNoteRow.merchant_id == work.merchant_id, CreditNoteRow.id == note_id)
    return CreditNote(**(await work.session.execute(query)).one()._mapping)


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
    return [CreditNote(**row._mapping) for row in rows]


async def note_refund(work: Work, note_id: UUID, *, refunded_minor: int) -> None:
    await work.session.execute(
        update(CreditNoteRow)
        .where(CreditNoteRow.merchant_id == work.merchant_id, CreditNoteRow.id == note_id)
        .values(refunded_minor=refunded_minor)
    )


# Allocations


async def save_funds(work: Work, funds: Funds) -> None:
    """Write back what a payment or credit note still has to give."""
    table = PaymentRow if funds.kind is FundsKind.PAYMENT else CreditNoteRow
    await work.session.execute(
        update(table)
        .where(table.merchant_id == work.merchant_id, table.id == funds.id)
        .values(unallocated_minor=funds.unallocated_minor, line_unallocated_minor=funds.line_unallocated_minor)
    )


async def insert_allocation(work: Work, allocation: Allocation) -> None:
    await work.session.execute(
        insert(AllocationRow).values(
            merchant_id=work.merchant_id,
            **{field.name: getattr(allocation, field.name) for field in fields(Allocation)},
        )
    )


async def allocations_of(work: Work, kind: FundsKind, ids: Iterable[UUID]) -> dict[UUID, list[Allocation]]:
    """The allocations of some payments or credit notes, taken back ones too, oldest first."""
    column = AllocationRow.payment_id if kind is FundsKind.PAYMENT else AllocationRow.credit_note_id
    wanted = list(ids)
    rows = await work.session.execute(
        select(*_ALLOCATION)
        .where(AllocationRow.merchant_id == work.merchant_id, column.in_(wanted))
        .order_by(AllocationRow.id)
    )
    found: dict[UUID, list[Allocation]] = {one: [] for one in wanted}
    for row in rows:
        allocation = Allocation(**row._mapping)
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
    return [Allocation(**row._mapping) for row in rows]


async def reverse_allocation(work: Work, allocation_id: UUID, *, at: datetime, reason: str) -> None:
    await work.session.execute(
        update(AllocationRow)
        .where(AllocationRow.merchant_id == work.merchant_id, AllocationRow.id == allocation_id)
        .values(reversed_at=at, reversal_reason=reason)
    )
