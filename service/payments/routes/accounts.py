"""The account of a company: what it owes, in parts that add up."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.dependencies import Reading, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.payments.account_schemas import AccountOut
from service.payments.account_service import read_account

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["receivables"])


@router.get("/companies/{ref}/account", response_model=AccountOut, responses=problems(CompanyNotFound))
async def show_account(
    ref: CompanyRefParam, edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)], shop: RefShopParam = None
) -> AccountOut:
    """Show what a company owes: authorised, used, remaining, overdue by age, paid and still to come.

    Every figure names the list that adds up to it. `exposure` = `held` + `uninvoiced` + `not_due` + everything overdue
    - `on_account` - `credit_notes` + `elsewhere`.
    """

    async def use_case(work: Work) -> AccountOut:
        return AccountOut.of(await read_account(work, ref, shop_code=shop))

    return await edge.read(use_case)
