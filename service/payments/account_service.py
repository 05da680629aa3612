"""Read what a company owes: limit, exposure in parts, what was paid, what is to come."""

from __future__ import annotations

from service.companies.service import find_company
from service.credit.agreement_service import place_of, view_credit
from service.infra.work import Work
from service.payments import account_repository
from service.payments.account import Account, account_line

__all__ = ["read_account"]


async def read_account(work: Work, company_ref: str, *, shop_code: str | None) -> Account:
    """A company's account on all credit lines that the caller may see (F23, F28). Raises CompanyNotFound."""
    company = await find_company(work, company_ref, shop_code=shop_code)
    views = await view_credit(work, await place_of(work, company.id, shop_code=shop_code))
    sums = await account_repository.read_line_sums(work, company.id)
    lines = [account_line(view, view.line, sums.get(view.line.id)) for view in views if view.line is not None]
    return Account(company.id, lines, await account_repository.read_totals(work, company.id))
