"""Routes about the people who order for a company."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from service.companies import service
from service.companies.domain import Buyer
from service.companies.errors import BuyerNotFound, CompanyNotFound
from service.companies.routes.parameters import BuyerRefParam, CompanyRefParam, RefShopParam
from service.companies.schemas import BuyerIn, BuyerOut, BuyerPage
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work

router = APIRouter(prefix="/v1", tags=["companies"])


@router.get("/companies/{ref}/buyers", response_model=BuyerPage, responses=problems(CompanyNotFound))
async def list_buyers(
    ref: CompanyRefParam,
    edge: Annotated[Reading, reading(Scope.COMPANIES_READ)],
    paging: Annotated[Paging, Depends()],
    shop: RefShopParam = None,
) -> BuyerPage:
    """List everybody who orders for the company, in any shop; they share its limit. Newest first."""

    async def use_case(work: Work) -> BuyerPage:
        buyers = await service.list_buyers(work, ref, shop_code=shop, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(buyers[-1].id) if len(buyers) == paging.limit else None
        return BuyerPage(items=[_buyer_out(buyer) for buyer in buyers], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get(
    "/companies/{ref}/buyers/{buyer_ref}",
    response_model=BuyerOut,
    responses=problems(BuyerNotFound, CompanyNotFound),
)
async def show_buyer(
    ref: CompanyRefParam,
    buyer_ref: BuyerRefParam,
    edge: Annotated[Reading, reading(Scope.COMPANIES_READ)],
    shop: RefShopParam = None,
) -> BuyerOut:
    """Show a buyer, and whether this person may use and see the company's credit."""

    async def use_case(work: Work) -> BuyerOut:
        return _buyer_out(await service.get_buyer(work, ref, buyer_ref=buyer_ref, shop_code=shop))

    return await edge.read(use_case)


@router.put("/companies/{ref}/buyers/{buyer_ref}", response_model=BuyerOut, responses=problems(CompanyNotFound))
async def put_buyer(
    *,
    ref: CompanyRefParam,
    buyer_ref: BuyerRefParam,
    body: BuyerIn,
    edge: Annotated[Changing, changing(Scope.COMPANIES_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Create or change a buyer. One who ordered for another company orders for this one from now on."""

    async def use_case(work: Work) -> BuyerOut:
        return _buyer_out(await service.put_buyer(work, ref, report=body.to_report(buyer_ref), shop_code=shop))

    return await edge.change(use_case)


@router.delete(
    "/companies/{ref}/buyers/{buyer_ref}",
    response_model=BuyerOut,
    responses=problems(BuyerNotFound, CompanyNotFound),
)
async def revoke_buyer_credit(
    ref: CompanyRefParam,
    buyer_ref: BuyerRefParam,
    edge: Annotated[Changing, changing(Scope.COMPANIES_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Let a buyer neither use nor see the credit any more. What the buyer ordered stays in the history."""

    async def use_case(work: Work) -> BuyerOut:
        return _buyer_out(await service.revoke_buyer_credit(work, ref, buyer_ref=buyer_ref, shop_code=shop))

    return await edge.change(use_case)


def _buyer_out(buyer: Buyer) -> BuyerOut:
    return BuyerOut(
        id=buyer.id,
        ref=buyer.ref,
        shop=buyer.shop_code,
        name=buyer.name,
        email=buyer.email,
        may_use_credit=buyer.may_use_credit,
        may_see_credit=buyer.may_see_credit,
        created_at=buyer.created_at,
        updated_at=buyer.updated_at,
    )
