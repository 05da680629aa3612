"""`encours company`: look at companies, and change what was agreed with one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import typer

from service.commands.shell import console, in_transaction, print_table
from service.companies import service as companies
from service.companies.domain import CompanyFilters, Position
from service.core.money import InvalidAmount, format_amount, parse_amount
from service.core.paging import MAX_PAGE_SIZE
from service.credit import agreement_service
from service.credit.domain import CreditLimit, LimitKind, LimitSource, LineStatus
from service.credit.lines import AgreedLimit
from service.credit.views import CreditPlace, LineView
from service.infra.work import Work

__all__ = ["register"]

MerchantOption = Annotated[str, typer.Option("--merchant", help="Id or exact name of the merchant.")]
ShopOption = Annotated[str | None, typer.Option("--shop", help="Code of the shop whose reference or line is meant.")]
ReasonOption = Annotated[str, typer.Option(help="Kept in the log of changes.")]
CompanyArgument = Annotated[str, typer.Argument(help="The reference, or `id:` and the company's id.")]
_INHERIT: Final = "inherit"
Change = Callable[[Work], Awaitable[list[LineView]]]

company_app = typer.Typer(help="Companies: who owes, and what was agreed with them.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(company_app, name="company")


@company_app.command("list")
def list_companies(
    merchant: MerchantOption,
    name: Annotated[str | None, typer.Option(help="How the legal name begins.")] = None,
) -> None:
    """List companies, newest first, 200 at the most."""

    async def read(work: Work) -> list[tuple[str, ...]]:
        filters = CompanyFilters(name_prefix=name)
        found = await companies.list_companies(work, filters, before=None, limit=MAX_PAGE_SIZE)
        return [
            (
                known.company.legal_name,
                ", ".join(ref.ref for ref in known.refs),
                known.company.country,
                known.company.vat.status.value,
                ", ".join(known.company.groups),
                str(known.company.id),
            )
            for known in found
        ]

    print_table(("name", "references", "country", "VAT", "groups", "id"), in_transaction(merchant, read))


@company_app.command("show")
def show_company(company: CompanyArgument, merchant: MerchantOption, shop: ShopOption = None) -> None:
    """Show the credit lines of a company: limit, what is used of it, what is left."""

    async def read(work: Work) -> list[LineView]:
        return await agreement_service.view_credit(work, await _place(work, company, shop))

    _print_lines(in_transaction(merchant, read))


@company_app.command("limit")
def change_limit(
    *,
    company: CompanyArgument,
    limit: Annotated[str, typer.Argument(help="An amount such as 5000.00, or none, unlimited, inherit.")],
    merchant: MerchantOption,
    reason: ReasonOption,
    shop: ShopOption = None,
) -> None:
    """Set the company's own limit. Orders that were accepted stay accepted."""

    async def change(work: Work) -> list[LineView]:
        place = await _place(work, company, shop)
        agreed = AgreedLimit(_read_limit(limit, place.currency))
        return [await agreement_service.change_limit(work, place, agreed=agreed, reason=reason)]

    _print_lines(in_transaction(merchant, change))


@company_app.command("freeze")
def freeze(company: CompanyArgument, merchant: MerchantOption, reason: ReasonOption, shop: ShopOption = None) -> None:
    """Refuse every new order of the company, whatever room it has."""
    _print_lines(in_transaction(merchant, _status_change(company, shop, status=LineStatus.FROZEN, reason=reason)))


@company_app.command("unfreeze")
def unfreeze(company: CompanyArgument, merchant: MerchantOption, reason: ReasonOption, shop: ShopOption = None) -> None:
    """Let the company order again."""
    _print_lines(in_transaction(merchant, _status_change(company, shop, status=LineStatus.ACTIVE, reason=reason)))


@company_app.command("override")
def override(
    *,
    company: CompanyArgument,
    position: Annotated[Position, typer.Argument(help="allow or deny; beats groups and rules.")],
    merchant: MerchantOption,
    reason: ReasonOption,
    shop: ShopOption = None,
) -> None:
    """Allow or deny a company by hand."""

    async def change(work: Work) -> None:
        await companies.set_override(work, company, position=position, reason=reason, shop_code=shop)

    in_transaction(merchant, change)
    console().print(position.value)


async def _place(work: Work, reference: str, shop: str | None) -> CreditPlace:
    found = await companies.find_company(work, reference, shop_code=shop)
    return await agreement_service.place_of(work, found.id, shop_code=shop, needs_shop=True)


def _status_change(company: str, shop: str | None, *, status: LineStatus, reason: str) -> Change:
    async def change(work: Work) -> list[LineView]:
        place = await _place(work, company, shop)
        return [await agreement_service.change_status(work, place, status=status, reason=reason)]

    return change


def _read_limit(text: str, currency: str) -> CreditLimit | None:
    if text == _INHERIT:
        return None
    if text in {LimitKind.NONE.value, LimitKind.UNLIMITED.value}:
        return CreditLimit(LimitKind(text), None, LimitSource.COMPANY)
    amount_minor = parse_amount(text, currency)
    if amount_minor < 0:
        raise InvalidAmount("A limit is not negative")
    return CreditLimit(LimitKind.AMOUNT, amount_minor, LimitSource.COMPANY)


def _print_lines(views: list[LineView]) -> None:
    rows = []
    for view in views:
        position, currency = view.position, view.position.currency
        limit, left = position.limit, position.available_credit
        rows.append(
            (
                view.shop_code or "all",
                currency,
                position.status.value,
                limit.kind.value if limit.amount_minor is None else format_amount(limit.amount_minor, currency),
                limit.source.value,
                format_amount(position.exposure_minor, currency),
                "no ceiling" if left is None else format_amount(left, currency),
                format_amount(view.overdue_minor, currency),
            )
        )
    print_table(("shop", "currency", "status", "limit", "from", "exposure", "left", "overdue"), rows)
