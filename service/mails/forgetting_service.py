"""Forgetting the persons behind a company, also in the mails that went to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from service.companies.domain import Buyer, Company
from service.companies.repository import read_all_buyers
from service.companies.service import KnownCompany, anonymise, find_company
from service.core.mail_addresses import to_wire_address
from service.infra.work import Work
from service.mails.forgetting_repository import forget_addresses, forget_recipients

__all__ = ["forget_persons"]


async def forget_persons(
    work: Work, reference: str, *, buyer_refs: Collection[str] | None, reason: str | None, shop_code: str | None
) -> KnownCompany:
    """Anonymise a company, or only some of its buyers, and its mails with them. That a mail of a kind went at a time
    stays, as do debts and history. Raises CompanyNotFound or BuyerNotFound."""
    company = await find_company(work, reference, shop_code=shop_code)
    before = _addresses(company, await read_all_buyers(work, company.id))
    known = await anonymise(work, reference, buyer_refs=buyer_refs, reason=reason, shop_code=shop_code)
    after = _addresses(known.company, await read_all_buyers(work, company.id))
    # An address that somebody else of the company has, too, is not forgotten with one of its buyers.
    only = None if buyer_refs is None else before - after
    forgotten = await forget_recipients(work, company.id, addresses=only)
    await forget_addresses(work, forgotten | (before - after))
    return known


def _addresses(company: Company, buyers: Iterable[Buyer]) -> set[str]:
    """In lower case, as they were given and as they go over the wire."""
    given = {company.invoice_email, *(buyer.email for buyer in buyers)}
    return {
        address.lower()
        for email in given
        if email
        for address in (email, to_wire_address(email))
        if address is not None
    }
