"""Routes about statements of account."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import CompanyRefParam, RefShopParam
from service.core.money import UnknownCurrency
from service.dependencies import Changing, Reading, changing, reading
from service.infra.problems import problems
from service.infra.schemas import CurrencyCode
from service.infra.work import Scope, Work
from service.invoicing.mail_service import send_statement
from service.invoicing.schemas import SendStatementIn, StatementMailsOut, StatementsOut
from service.invoicing.sheet import Sheet
from service.invoicing.statement_service import find_debtor, read_statements, statement_sheet
from service.invoicing.typst_client import draw_statement
from service.mails.errors import CompanyHasNoAddress
from service.mails.routes.log import mail_out
from service.merchants.errors import SettingsBroken

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1/companies/{ref}", tags=["receivables"])
CurrencyParam = Annotated[CurrencyCode | None, Query(description="Only what is open in this currency.")]
_PDF: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The statement.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/statement", response_model=StatementsOut, responses=problems(CompanyNotFound, UnknownCurrency))
async def show_statement(
    ref: CompanyRefParam,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    shop: RefShopParam = None,
    currency: CurrencyParam = None,
) -> StatementsOut:
    """Show all that is open: documents by age, money on account and credit notes, and what remains to be paid.

    A shop's documents are its own; an integrator's key without a shop sees those of all shops.
    """

    async def use_case(work: Work) -> StatementsOut:
        company, of_shop = await find_debtor(work, ref, shop_code=shop)
        return StatementsOut.of(await read_statements(work, company, shop=of_shop, currency=currency))

    return await edge.read(use_case)


@router.get(
    "/statement.pdf",
    response_class=Response,
    responses={**problems(CompanyNotFound, UnknownCurrency, SettingsBroken), **_PDF},
)
async def print_statement(
    ref: CompanyRefParam,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    shop: RefShopParam = None,
    currency: CurrencyParam = None,
) -> Response:
    """The same as a PDF in the company's language, with how to pay: a page or more for each currency."""

    async def use_case(work: Work) -> Sheet:
        company, of_shop = await find_debtor(work, ref, shop_code=shop)
        return await statement_sheet(work, company, shop=of_shop, currency=currency)

    sheet = await edge.read(use_case)
    disposition = f'inline; filename="{sheet.filename}"'
    return Response(
        await draw_statement(sheet), media_type="application/pdf", headers={"Content-Disposition": disposition}
    )


@router.post(
    "/statement/send",
    status_code=202,
    response_model=StatementMailsOut,
    responses=problems(CompanyNotFound, CompanyHasNoAddress, UnknownCurrency),
)
async def mail_statement(
    ref: CompanyRefParam,
    body: SendStatementIn,
    edge: Annotated[Changing, changing(Scope.MAILS_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Mail a company its statement as a PDF, one mail for each currency. What it says is found out when it goes."""

    async def use_case(work: Work) -> StatementMailsOut:
        mails = await send_statement(work, ref, shop_code=shop, currency=body.currency, recipients=body.recipients)
        return StatementMailsOut(items=[mail_out(mail) for mail in mails])

    return await edge.change(use_case, status=202)
