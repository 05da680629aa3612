"""The route that forgets the persons behind a company. It is here because their mails are forgotten with them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response

from service.companies.errors import BuyerNotFound, CompanyNotFound
from service.companies.routes.companies import company_out
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.companies.schemas import Anonymisation, CompanyOut
from service.dependencies import Changing, changing
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.mails.forgetting_service import forget_persons

router = APIRouter(prefix="/v1", tags=["companies"])


@router.post(
    "/companies/{ref}/anonymise",
    response_model=CompanyOut,
    responses=problems(BuyerNotFound, CompanyNotFound),
)
async def anonymise(
    ref: CompanyRefParam,
    body: Anonymisation,
    edge: Annotated[Changing, changing(Scope.COMPANIES_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Forget the persons behind a company. The debtor, its debts and its history stay readable."""

    async def use_case(work: Work) -> CompanyOut:
        known = await forget_persons(work, ref, buyer_refs=body.buyers, reason=body.reason, shop_code=shop)
        return company_out(known, work)

    return await edge.change(use_case)
