"""Reading companies: one of them, or a page of those that fit."""

from __future__ import annotations

from uuid import UUID

from service.companies import repository
from service.companies.domain import CompanyFilters
from service.companies.service.references import KnownCompany, find_company, know
from service.infra.work import Work

__all__ = ["get_company", "list_companies"]


async def get_company(work: Work, reference: str, *, shop_code: str | None = None) -> KnownCompany:
    """The company that a reference or an id means, with all names it goes by. Raises CompanyNotFound."""
    return await know(work, await find_company(work, reference, shop_code=shop_code))


async def list_companies(work: Work, filters: CompanyFilters, *, before: UUID | None, limit: int) -> list[KnownCompany]:
    """One page of the merchant's companies, newest first, in two statements whatever their number."""
    companies = await repository.list_companies(work, filters, before=before, limit=limit)
    refs = await repository.read_refs(work, [company.id for company in companies])
    return [KnownCompany(company=company, refs=refs[company.id]) for company in companies]
