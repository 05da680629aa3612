"""Asking the VAT registry, in three steps so that no transaction is open while it answers: read, ask, record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from service.companies import repository
from service.companies.domain import Company, changed_fields, record_vat_check, vat_number_of
from service.companies.errors import CompanyNotFound, VatNumberNotCheckable
from service.companies.service.changing import save_changes
from service.companies.service.references import KnownCompany, find_company, know
from service.companies.vat import VatCheckResult, VatNumber, check_vat_offline
from service.core.ids import CompanyId
from service.infra.work import Caller, Work
from service.merchants.service import get_merchant

__all__ = ["VatQuestion", "claim_vat_question", "prepare_vat_question", "record_vat_answer"]

# Longer than a registry with all its retries may take, and short enough that a killed worker's question is asked soon.
_CLAIMED_FOR: Final = timedelta(minutes=15)
_AUTHOR: Final = "vat re-check"


@dataclass(frozen=True, slots=True, kw_only=True)
class VatQuestion:
    """What to ask the registry. With the merchant's own number as `requester` the answer comes with a proof."""

    merchant_id: UUID
    company_id: CompanyId
    number: VatNumber
    requester: VatNumber | None


async def prepare_vat_question(work: Work, reference: str, *, shop_code: str | None = None) -> VatQuestion:
    """What to ask about a company. Raises VatNumberNotCheckable without a number that a registry could know."""
    company = await find_company(work, reference, shop_code=shop_code)
    number = vat_number_of(company)
    if number is None:
        raise VatNumberNotCheckable(vat_status=company.vat.status.value)
    return await _question(work, company, number)


async def claim_vat_question(session: AsyncSession, *, now: datetime) -> VatQuestion | None:
    """The question that is due longest, of any merchant; nobody else gets it for a quarter of an hour.

    Moved on before it is asked, a number that makes the worker fail cannot keep it from the others either.
    """
    while claimed := await repository.claim_due_vat_check(session, now=now, claimed_for=_CLAIMED_FOR):
        merchant_id, company = claimed
        work = Work(session=session, caller=Caller.system(merchant_id, _AUTHOR), now=now)
        number = vat_number_of(company)
        if number is not None:
            return await _question(work, company, number)
        # What once could be read as a number no longer can, since the forms are now known better.
        await repository.save_company(work, replace(company, vat=replace(company.vat, next_check_at=None)))
    return None


async def _question(work: Work, company: Company, number: VatNumber) -> VatQuestion:
    merchant = await get_merchant(work)
    requester = check_vat_offline(merchant.settings.get("requester_vat_number"), country=merchant.country).number
    return VatQuestion(merchant_id=work.merchant_id, company_id=company.id, number=number, requester=requester)


async def record_vat_answer(work: Work, question: VatQuestion, result: VatCheckResult) -> KnownCompany:
    """Keep what the registry said. An answer to a number that was changed meanwhile is not kept."""
    locked = await repository.lock_companies(work, [question.company_id])
    if question.company_id not in locked:
        raise CompanyNotFound
    before = locked[question.company_id]
    if vat_number_of(before) != question.number:
        return await know(work, before)
    after = replace(before, vat=record_vat_check(before.vat, result))
    if changed_fields(before, after):
        return await save_changes(work, before, after)
    # A confirmation moves only dates: no new version for it, or every re-check would wake all subscribers.
    await repository.save_company(work, after)
    return await know(work, after)
