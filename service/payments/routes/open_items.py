"""Routes about open items: what is due, when, and what is left of it."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import RefShopParam
from service.core.money import InvalidAmount
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.schemas import FreeText, Ref
from service.infra.work import Scope, Work
from service.payments import items_reading_service, items_service
from service.payments.domain import parse_positive_amount
from service.payments.items_reading_service import seen_today
from service.payments.items_schemas import ExtendedItemOut, ItemDetailOut, ItemPage, PromiseIn, WriteOffIn
from service.payments.routes.parameters import CompanyFilter, LineFilter, company_id_of
from service.receivables.domain import AgingBucket, ItemFilter, OpenItem
from service.receivables.errors import (
    AlreadyDisputed,
    ItemSettled,
    NotAnExtension,
    OpenItemNotFound,
    PromiseExceedsOpen,
    PromiseInPast,
    WriteOffExceedsOpen,
    WrittenOffExceeded,
)
from service.receivables.schemas import DisputeIn, DueDateWarningOut, ExtendIn, ItemOut, item_fields

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["receivables"])
ItemParam = Annotated[UUID, Path(description="Id of the open item.")]
ReasonParam = Annotated[FreeText | None, Query(description="Why, for the log of changes.")]


async def _item_out(work: Work, item: OpenItem) -> ItemOut:
    (known,) = await seen_today(work, [item])
    return ItemOut.of(known.item, today=known.today, line_currency=known.line_currency)


async def _amount(work: Work, item_id: UUID, amount: str | None) -> int | None:
    if amount is None:
        return None
    known = await items_reading_service.get_item(work, item_id)
    return parse_positive_amount(amount, known.item.currency)


@router.get("/open-items", response_model=ItemPage, responses=problems(CompanyNotFound))
async def list_open_items(  # noqa: PLR0913 - one argument for each filter
    *,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    paging: Annotated[Paging, Depends()],
    company: CompanyFilter = None,
    shop: RefShopParam = None,
    credit_line: LineFilter = None,
    document: Annotated[
        Ref | None, Query(description="Only the document of this reference, as a rule an order's.")
    ] = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Only what is open, or only what is settled.")
    ] = None,
    overdue: Annotated[bool | None, Query(description="Only what is past due and open, or only the others.")] = None,
    due_within: Annotated[
        int | None, Query(ge=0, le=366, description="Only what is open and due within so many days, today included.")
    ] = None,
    aging: Annotated[AgingBucket | None, Query(description="Only what is open and as many days past due.")] = None,
    disputed: Annotated[bool | None, Query(description="Only what is disputed, or only the others.")] = None,
) -> ItemPage:
    """List due documents, newest first. Late is counted in the time zone of each document's shop."""

    async def use_case(work: Work) -> ItemPage:
        wanted = ItemFilter(
            company_id=await company_id_of(work, company, shop),
            line_id=credit_line,
            document_ref=document,
            is_open=is_open,
            is_overdue=overdue,
            due_within_days=due_within,
            is_disputed=disputed,
            aging=aging,
        )
        found = await items_reading_service.list_items(work, wanted, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(found[-1].item.id) if len(found) == paging.limit else None
        shown = [ItemOut.of(one.item, today=one.today, line_currency=one.line_currency) for one in found]
        return ItemPage(items=shown, next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/open-items/{item_id}", response_model=ItemDetailOut, responses=problems(OpenItemNotFound))
async def show_open_item(item_id: ItemParam, edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)]) -> ItemDetailOut:
    """Show a due document with what settles it."""

    async def use_case(work: Work) -> ItemDetailOut:
        known = await items_reading_service.get_item(work, item_id)
        allocations = await items_reading_service.item_allocations(work, item_id)
        return ItemDetailOut.with_allocations(
            known.item, allocations, today=known.today, line_currency=known.line_currency
        )

    return await edge.read(use_case)


@router.post(
    "/open-items/{item_id}/write-off",
    response_model=ItemOut,
    responses=problems(OpenItemNotFound, ItemSettled, WriteOffExceedsOpen, InvalidAmount),
)
async def write_off(
    item_id: ItemParam, body: WriteOffIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Give up what is open, or a part of it. It counts as owed no longer and frees its credit."""

    async def use_case(work: Work) -> ItemOut:
        amount_minor = await _amount(work, item_id, body.amount)
        item = await items_service.write_off_item(work, item_id, amount_minor=amount_minor, reason=body.reason)
        return await _item_out(work, item)

    return await edge.change(use_case)


@router.post(
    "/open-items/{item_id}/write-off/reverse",
    response_model=ItemOut,
    responses=problems(OpenItemNotFound, WrittenOffExceeded, InvalidAmount),
)
async def take_write_off_back(
    item_id: ItemParam, body: WriteOffIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Take a write-off back, or a part of it: the money may come after all."""

    async def use_case(work: Work) -> ItemOut:
        amount_minor = await _amount(work, item_id, body.amount)
        item = await items_service.reverse_write_off(work, item_id, amount_minor=amount_minor, reason=body.reason)
        return await _item_out(work, item)

    return await edge.change(use_case)


@router.post(
    "/open-items/{item_id}/dispute",
    response_model=ItemOut,
    responses=problems(OpenItemNotFound, ItemSettled, AlreadyDisputed),
)
async def dispute(
    item_id: ItemParam, body: DisputeIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Write down that the company contests a document. It stays owed; money that nobody named a document for pays it last."""

    async def use_case(work: Work) -> ItemOut:
        return await _item_out(work, await items_service.dispute_item(work, item_id, reason=body.reason))

    return await edge.change(use_case)


@router.delete("/open-items/{item_id}/dispute", response_model=ItemOut, responses=problems(OpenItemNotFound))
async def end_dispute(
    item_id: ItemParam, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)], reason: ReasonParam = None
) -> Response:
    """Resolve a dispute. A document that is not disputed stays as it is."""

    async def use_case(work: Work) -> ItemOut:
        return await _item_out(work, await items_service.resolve_dispute(work, item_id, reason=reason))

    return await edge.change(use_case)


@router.post(
    "/open-items/{item_id}/promise",
    response_model=ItemOut,
    responses=problems(OpenItemNotFound, ItemSettled, PromiseInPast, PromiseExceedsOpen, InvalidAmount),
)
async def promise(
    item_id: ItemParam, body: PromiseIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Write down that the company promised to pay on a day. A new promise replaces the one before."""

    async def use_case(work: Work) -> ItemOut:
        amount_minor = await _amount(work, item_id, body.amount)
        item = await items_service.promise_payment(work, item_id, on=body.on, amount_minor=amount_minor)
        return await _item_out(work, item)

    return await edge.change(use_case)


@router.delete("/open-items/{item_id}/promise", response_model=ItemOut, responses=problems(OpenItemNotFound))
async def end_promise(
    item_id: ItemParam, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)], reason: ReasonParam = None
) -> Response:
    """Withdraw a promise. A document without one stays as it is."""

    async def use_case(work: Work) -> ItemOut:
        return await _item_out(work, await items_service.withdraw_promise(work, item_id, reason=reason))

    return await edge.change(use_case)


@router.post(
    "/open-items/{item_id}/extend",
    response_model=ExtendedItemOut,
    responses=problems(OpenItemNotFound, ItemSettled, NotAnExtension),
)
async def extend(
    item_id: ItemParam, body: ExtendIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Give more time. The original due date is kept, and the order's new one is announced.

    A date that breaks a limit of the law is taken all the same; `warnings` name the article.
    """

    async def use_case(work: Work) -> ExtendedItemOut:
        extension = await items_service.extend_item(work, item_id, due_on=body.due_on, reason=body.reason)
        (known,) = await seen_today(work, [extension.item])
        return ExtendedItemOut(
            **item_fields(known.item, today=known.today, line_currency=known.line_currency),
            warnings=[DueDateWarningOut.of(warning) for warning in extension.warnings],
        )

    return await edge.change(use_case)
