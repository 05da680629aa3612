"""Which company a reference means, and in whose words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from service.companies import repository
from service.companies.domain import Company, CompanyRef
from service.companies.errors import CompanyNotFound
from service.companies.identity import MatchedBy
from service.core.ids import CompanyId
from service.infra.work import Work
from service.merchants.service import resolve_shop

__all__ = ["KnownCompany", "find_company", "find_current", "know", "lock_company", "may_be_created", "scope_of"]

_ID_PREFIX: Final = "id:"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCompany:
    """A company with all names it goes by."""

    company: Company
    refs: tuple[CompanyRef, ...]


async def scope_of(work: Work, shop_code: str | None) -> UUID:
    """Whose references are meant: the named shop's, else the caller's own. Raises NotFound for a shop not theirs."""
    if shop_code is None:
        return work.caller.scope_id
    return (await resolve_shop(work, shop_code)).id


async def find_current(work: Work, reference: str, *, scope_id: UUID) -> tuple[Company, MatchedBy] | None:
    """The company a reference means now: the scope's own word first, else the id of a company, plain or as `id:<uuid>`."""
    if not reference.startswith(_ID_PREFIX):
        company = await repository.read_company_by_ref(work, scope_id=scope_id, ref=reference)
        if company is not None:
            return company, MatchedBy.REF
    try:
        company_id = CompanyId(UUID(reference.removeprefix(_ID_PREFIX)))
    except ValueError:
        return None
    company = await repository.read_company(work, company_id)
    return None if company is None else (company, MatchedBy.ID)


def may_be_created(reference: str) -> bool:
    """True for what can be a reference; `id:...` is only ever the id of a company that exists."""
    return not reference.startswith(_ID_PREFIX)


async def find_company(work: Work, reference: str, *, shop_code: str | None = None) -> Company:
    """The company that a reference or an id means. Raises CompanyNotFound."""
    found = await find_current(work, reference, scope_id=await scope_of(work, shop_code))
    if found is None:
        raise CompanyNotFound
    return found[0]


async def lock_company(work: Work, reference: str, *, shop_code: str | None = None) -> Company:
    """As `find_company`, for a change: nobody else changes it before this transaction ends."""
    company = await find_company(work, reference, shop_code=shop_code)
    return (await repository.lock_companies(work, [company.id]))[company.id]


async def know(work: Work, company: Company) -> KnownCompany:
    """The company with its references."""
    refs = await repository.read_refs(work, [company.id])
    return KnownCompany(company=company, refs=refs[company.id])
