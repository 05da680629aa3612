"""Read what is open between a company and the merchant, as it is shown, printed and mailed."""

from __future__ import annotations

from dataclasses import replace

from service.companies.domain import Company
from service.companies.repository import read_refs
from service.companies.service import find_company
from service.core.clock import day_in_zone
from service.core.money import currency_exponent
from service.infra.work import Work
from service.invoicing.domain import CompanyStatements, state_each
from service.invoicing.repository import read_open_credits, read_open_items
from service.invoicing.sheet import Sheet
from service.mails.composing import sender_view
from service.mails.views import SenderView
from service.merchants.domain import BankAccount, Shop
from service.merchants.service import get_merchant, read_shops, resolve_shop, settings_of

__all__ = ["find_debtor", "read_statements", "statement_sheet"]


async def find_debtor(work: Work, company_ref: str, *, shop_code: str | None) -> tuple[Company, Shop | None]:
    """A company and the shop whose documents are meant: the named one, else the caller's own, else all of them.

    Raises CompanyNotFound, or NotFound for a shop that is not the caller's to name.
    """
    company = await find_company(work, company_ref, shop_code=shop_code)
    has_shop = shop_code is not None or work.caller.shop_id is not None
    return company, await resolve_shop(work, shop_code) if has_shop else None


async def read_statements(
    work: Work, company: Company, *, shop: Shop | None, currency: str | None = None
) -> CompanyStatements:
    """The company's statements of this moment: the day is the shop's, or the merchant's. Raises UnknownCurrency."""
    if currency is not None:
        currency_exponent(currency)
    merchant = await get_merchant(work)
    seen = work if shop is None else replace(work, caller=replace(work.caller, shop_id=shop.id))
    on = day_in_zone(work.now, (shop or merchant).time_zone)
    statements = state_each(
        await read_open_items(seen, company.id),
        await read_open_credits(seen, company.id),
        on=on,
        home_currency=(shop or merchant).currency,
        only=currency,
    )
    return CompanyStatements(company=company, shop=shop, on=on, statements=statements)


async def statement_sheet(
    work: Work,
    company: Company,
    *,
    shop: Shop | None = None,
    stated_by: Shop | None = None,
    currency: str | None = None,
) -> Sheet:
    """A statement ready to be drawn, by `typst_client.draw_statement` and once this transaction is over.

    `shop` narrows it to that shop's documents; `stated_by` is in whose name it is, the same shop unless given, and
    without either the merchant's. Raises UnknownCurrency, or SettingsBroken where nobody knows how to pay.
    """
    stated_by = stated_by or shop
    stated = await read_statements(work, company, shop=shop, currency=currency)
    sender, account, language = await _letterhead(work, stated_by)
    refs = (await read_refs(work, [company.id]))[company.id]
    code = None if stated_by is None else stated_by.code
    return Sheet(
        sender=sender,
        account=account,
        company=company,
        reference=next((ref.ref for ref in refs if ref.shop_code == code), ""),
        home_language=language,
        statements=stated.statements,
        made_at=work.now,
    )


async def _letterhead(work: Work, stated_by: Shop | None) -> tuple[SenderView, BankAccount | None, str]:
    """Who states it, where the money goes, and in which language the company is written to if it has none."""
    merchant = await get_merchant(work)
    if stated_by is not None:
        settings = settings_of(stated_by)
        return sender_view(stated_by, settings, merchant_name=merchant.name), settings.bank_account, stated_by.language
    # What concerns no single shop is in the name of the merchant, by the settings of its first one, as mails are.
    shops = await read_shops(work)
    if not shops:
        return SenderView(name=merchant.name, merchant_name=merchant.name), None, ""
    shop, settings = shops[0]
    sender = sender_view(shop, settings, merchant_name=merchant.name)
    return replace(sender, name=settings.mail.sender_name or merchant.name), settings.bank_account, shop.language
