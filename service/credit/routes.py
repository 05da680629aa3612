"""Routes about a company's credit: what it allows, what was agreed, and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.companies.service import find_company
from service.core.money import InvalidAmount, UnknownCurrency
from service.core.paging import encode_cursor
from service.credit import agreement_service as service
from service.credit.domain import LineStatus
from service.credit.errors import LineClosed, LineStatusUnchanged, TemporaryLimitInPast
from service.credit.schemas import (
    CompanyCreditOut,
    CreditLineOut,
    HistoryEntryOut,
    HistoryPage,
    LimitIn,
    LineStatusIn,
    TemporaryLimitIn,
)
from service.credit.views import CreditPlace, LineView
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.schemas import CurrencyCode, FreeText
from service.infra.work import Scope, Work
from service.merchants.errors import SettingsBroken

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1/companies/{ref}/credit", tags=["credit"])
CurrencyParam = Annotated[
    CurrencyCode | None, Query(description="Currency of the line; the shop's, or the merchant's, unless given.")
]
READS: Final = (CompanyNotFound, SettingsBroken, UnknownCurrency)
CHANGES: Final = (*READS, LineClosed)

ChangeLine = Callable[[Work, CreditPlace], Awaitable[LineView]]


async def _find_place(work: Work, ref: str, shop: str | None, currency: str | None) -> CreditPlace:
    company = await find_company(work, ref, shop_code=shop)
    return await service.place_of(work, company.id, shop_code=shop, currency=currency, needs_shop=True)


async def _change(edge: Changing, ref: str, shop: str | None, *, currency: str | None, change: ChangeLine) -> Response:
    async def use_case(work: Work) -> CreditLineOut:
        return CreditLineOut.of(await change(work, await _find_place(work, ref, shop, currency)))

    return await edge.change(use_case)


@router.get("", response_model=CompanyCreditOut, responses=problems(*READS))
async def show_company_credit(
    ref: CompanyRefParam, edge: Annotated[Reading, reading(Scope.CREDIT_READ)], shop: RefShopParam = None
) -> CompanyCreditOut:
    """Show what a company's credit allows and what is used of it, as the named shop sees it.

    A shop's key sees its own line and the one all shops share. An integrator's key sees all lines.
    """

    async def use_case(work: Work) -> CompanyCreditOut:
        company = await find_company(work, ref, shop_code=shop)
        place = await service.place_of(work, company.id, shop_code=shop)
        views = await service.view_credit(work, place)
        return CompanyCreditOut(company_id=company.id, lines=[CreditLineOut.of(view) for view in views])

    return await edge.read(use_case)


@router.get("/history", response_model=HistoryPage, responses=problems(*READS))
async def list_credit_history(
    *,
    ref: CompanyRefParam,
    edge: Annotated[Reading, reading(Scope.CREDIT_READ)],
    paging: Annotated[Paging, Depends()],
    shop: RefShopParam = None,
    currency: CurrencyParam = None,
) -> HistoryPage:
    """List everything that happened to a credit line, newest first: limits, holds, captures, payments, credit notes.

    Nobody can change or remove an entry.
    """

    async def use_case(work: Work) -> HistoryPage:
        place = await _find_place(work, ref, shop, currency)
        entries = await service.list_history(work, place, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(entries[-1].id) if len(entries) == paging.limit else None
        return HistoryPage(items=[HistoryEntryOut.of(entry) for entry in entries], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.put("/limit", response_model=CreditLineOut, responses=problems(*CHANGES, InvalidAmount))
async def put_credit_limit(
    ref: CompanyRefParam,
    body: LimitIn,
    edge: Annotated[Changing, changing(Scope.CREDIT_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Agree a limit with a company. Where credit is given per shop, it is the named shop's; else all shops share it.

    Lowering it touches nothing that was accepted: what is above shows as `over_limit_amount`, and the next order is
    refused.
    """

    async def change(work: Work, place: CreditPlace) -> LineView:
        return await service.change_limit(work, place, agreed=body.to_agreed(place.currency), reason=body.reason)

    return await _change(edge, ref, shop, currency=body.currency, change=change)


@router.put(
    "/temporary-limit",
    response_model=CreditLineOut,
    responses=problems(*CHANGES, InvalidAmount, TemporaryLimitInPast),
)
async def put_temporary_limit(
    ref: CompanyRefParam,
    body: TemporaryLimitIn,
    edge: Annotated[Changing, changing(Scope.CREDIT_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Give a company another limit until an instant. It ends by itself; what was accepted under it stays."""

    async def change(work: Work, place: CreditPlace) -> LineView:
        amount_minor = body.to_minor(place.currency)
        return await service.set_temporary_limit(
            work, place, amount_minor=amount_minor, until=body.until, reason=body.reason
        )

    return await _change(edge, ref, shop, currency=body.currency, change=change)


@router.delete("/temporary-limit", response_model=CreditLineOut, responses=problems(*CHANGES))
async def end_temporary_limit(
    *,
    ref: CompanyRefParam,
    edge: Annotated[Changing, changing(Scope.CREDIT_WRITE)],
    shop: RefShopParam = None,
    currency: CurrencyParam = None,
    reason: Annotated[FreeText | None, Query(description="Kept in the history.")] = None,
) -> Response:
    """Let the usual limit bind again now. Without a temporary one nothing changes."""

    async def change(work: Work, place: CreditPlace) -> LineView:
        return await service.end_temporary_limit(work, place, reason=reason)

    return await _change(edge, ref, shop, currency=currency, change=change)


def _status_change(status: LineStatus, reason: str) -> ChangeLine:
    async def change(work: Work, place: CreditPlace) -> LineView:
        return await service.change_status(work, place, status=status, reason=reason)

    return change


@router.post("/freeze", response_model=CreditLineOut, responses=problems(*CHANGES, LineStatusUnchanged))
async def freeze_credit(
    ref: CompanyRefParam,
    body: LineStatusIn,
    edge: Annotated[Changing, changing(Scope.CREDIT_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Refuse every new order, whatever room there is. What was accepted stays owed."""
    change = _status_change(LineStatus.FROZEN, body.reason)
    return await _change(edge, ref, shop, currency=body.currency, change=change)


@router.post("/unfreeze", response_model=CreditLineOut, responses=problems(*CHANGES, LineStatusUnchanged))
async def unfreeze_credit(
    ref: CompanyRefParam,
    body: LineStatusIn,
    edge: Annotated[Changing, changing(Scope.CREDIT_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Let the company order again."""
    change = _status_change(LineStatus.ACTIVE, body.reason)
    return await _change(edge, ref, shop, currency=body.currency, change=change)


@router.post("/close", response_model=CreditLineOut, responses=problems(*CHANGES))
async def close_credit(
    ref: CompanyRefParam,
    body: LineStatusIn,
    edge: Annotated[Changing, changing(Scope.CREDIT_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """End the agreement for good. What is owed can still be paid; the line is never opened again."""
    change = _status_change(LineStatus.CLOSED, body.reason)
    return await _change(edge, ref, shop, currency=body.currency, change=change)
