"""Routes about credit notes."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import RefShopParam
from service.core.money import CurrencyMismatch, InvalidAmount
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.orders.errors import OrderNotFound
from service.payments import reading_service
from service.payments.domain import PaymentFilter, parse_positive_amount
from service.payments.errors import (
    AllocationExceedsFunds,
    AllocationExceedsOpen,
    CreditNoteNotFound,
    DocumentNotOpenYet,
    RefundExceedsUnallocated,
)
from service.payments.funds_service import allocate_note, refund_note
from service.payments.routes.parameters import (
    CompanyFilter,
    LineFilter,
    NoteParam,
    UnallocatedFilter,
    company_id_of,
)
from service.payments.schemas import AllocateIn, CreditNoteDetailOut, CreditNoteOut, CreditNotePage, RefundIn
from service.receivables.domain import CreditNote
from service.receivables.errors import OpenItemNotFound

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["payments"])


async def _detail(work: Work, note: CreditNote) -> CreditNoteDetailOut:
    return CreditNoteDetailOut.with_allocations(note, await reading_service.note_allocations(work, note.id))


@router.get("/credit-notes", response_model=CreditNotePage, responses=problems(CompanyNotFound))
async def list_credit_notes(
    *,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    paging: Annotated[Paging, Depends()],
    company: CompanyFilter = None,
    shop: RefShopParam = None,
    credit_line: LineFilter = None,
    unallocated: UnallocatedFilter = None,
) -> CreditNotePage:
    """List credit that companies have because their orders shrank after they were paid, newest first."""

    async def use_case(work: Work) -> CreditNotePage:
        wanted = PaymentFilter(
            company_id=await company_id_of(work, company, shop), line_id=credit_line, is_unallocated=unallocated
        )
        found = await reading_service.list_notes(work, wanted, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(found[-1].id) if len(found) == paging.limit else None
        return CreditNotePage(items=[CreditNoteOut.of(note) for note in found], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/credit-notes/{note_id}", response_model=CreditNoteDetailOut, responses=problems(CreditNoteNotFound))
async def show_credit_note(
    note_id: NoteParam, edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)]
) -> CreditNoteDetailOut:
    """Show a credit note with what it settles."""

    async def use_case(work: Work) -> CreditNoteDetailOut:
        return await _detail(work, await reading_service.get_note(work, note_id))

    return await edge.read(use_case)


@router.post(
    "/credit-notes/{note_id}/allocate",
    response_model=CreditNoteDetailOut,
    responses=problems(
        CreditNoteNotFound, OrderNotFound, OpenItemNotFound, AllocationExceedsOpen, AllocationExceedsFunds,
        DocumentNotOpenYet, CurrencyMismatch, InvalidAmount,
    ),
)  # fmt: skip
async def allocate_credit_note(
    note_id: NoteParam,
    body: AllocateIn,
    edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Settle documents with what a credit note has left. By `reference`, its own order comes first."""

    async def use_case(work: Work) -> CreditNoteDetailOut:
        note = await reading_service.get_note(work, note_id)
        instruction = body.to_domain(note.currency)
        return await _detail(work, await allocate_note(work, note_id, instruction, shop_code=shop))

    return await edge.change(use_case)


@router.post(
    "/credit-notes/{note_id}/refund",
    response_model=CreditNoteDetailOut,
    responses=problems(CreditNoteNotFound, RefundExceedsUnallocated, InvalidAmount),
)
async def refund_credit_note(
    note_id: NoteParam, body: RefundIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Record that unused credit was paid out. It moves no money by itself."""

    async def use_case(work: Work) -> CreditNoteDetailOut:
        note = await reading_service.get_note(work, note_id)
        amount_minor = parse_positive_amount(body.amount, note.currency)
        return await _detail(work, await refund_note(work, note_id, amount_minor=amount_minor, reason=body.reason))

    return await edge.change(use_case)
