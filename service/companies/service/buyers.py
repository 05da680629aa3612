"""Buyers: who orders for a company, and who of them may use or see its credit (G10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from service.companies import repository
from service.companies.domain import Buyer, BuyerReport, revise_buyer, revoke_buyer
from service.companies.errors import BuyerNotFound
from service.companies.service.changing import save_changes
from service.companies.service.references import find_company, lock_company, scope_of
from service.core.ids import BuyerId, CompanyId, new_id
from service.infra.work import Work

__all__ = ["get_buyer", "list_buyers", "put_buyer", "report_buyers", "revoke_buyer_credit"]


async def list_buyers(
    work: Work, reference: str, *, shop_code: str | None, before: UUID | None, limit: int
) -> list[Buyer]:
    """One page of a company's buyers, from all shops."""
    company = await find_company(work, reference, shop_code=shop_code)
    return await repository.list_buyers(work, company.id, before=before, limit=limit)


async def get_buyer(work: Work, reference: str, *, buyer_ref: str, shop_code: str | None = None) -> Buyer:
    """One of a company's buyers. Raises CompanyNotFound, or BuyerNotFound also for one of another company."""
    company = await find_company(work, reference, shop_code=shop_code)
    buyers = await repository.read_buyers_by_ref(work, scope_id=await scope_of(work, shop_code), refs=[buyer_ref])
    buyer = buyers.get(buyer_ref)
    if buyer is None or buyer.company_id != company.id:
        raise BuyerNotFound
    return buyer


async def put_buyer(work: Work, reference: str, *, report: BuyerReport, shop_code: str | None = None) -> Buyer:
    """Create or change a buyer of a company. One who ordered for another company orders for this one from now on."""
    scope_id = await scope_of(work, shop_code)
    company = await lock_company(work, reference, shop_code=shop_code)
    if await report_buyers(work, company.id, [report], scope_id=scope_id):
        await save_changes(work, company, company, also_changed=("buyers",))
    return (await repository.read_buyers_by_ref(work, scope_id=scope_id, refs=[report.ref]))[report.ref]


async def revoke_buyer_credit(work: Work, reference: str, *, buyer_ref: str, shop_code: str | None = None) -> Buyer:
    """Let a buyer neither use nor see the credit any more; the buyer's orders stay as they are. Raises BuyerNotFound."""
    scope_id = await scope_of(work, shop_code)
    company = await lock_company(work, reference, shop_code=shop_code)
    buyers = await repository.read_buyers_by_ref(work, scope_id=scope_id, refs=[buyer_ref])
    buyer = buyers.get(buyer_ref)
    if buyer is None or buyer.company_id != company.id:
        raise BuyerNotFound
    revoked = revoke_buyer(buyer)
    if revoked != buyer:
        revoked = replace(revoked, updated_at=work.now)
        await repository.save_buyers(work, [revoked])
        if buyer.may_see_credit:
            await repository.end_portal_links(work, [company.id])
        await save_changes(work, company, company, also_changed=("buyers",))
    return revoked


async def report_buyers(work: Work, company_id: CompanyId, reports: Sequence[BuyerReport], *, scope_id: UUID) -> bool:
    """Write what a report says about buyers of a locked company; True if anything changed. Buyers it leaves out stay."""
    if not reports:
        return False
    known = await repository.read_buyers_by_ref(work, scope_id=scope_id, refs=[report.ref for report in reports])
    changed = []
    for report in reports:
        before = known.get(report.ref)
        after = _reported(work, before, report, company_id=company_id, scope_id=scope_id)
        if after != before:
            changed.append(replace(after, updated_at=work.now))
    await repository.save_buyers(work, changed)
    moved_from = {buyer.company_id for buyer in known.values()} - {company_id}
    left = await repository.lock_companies(work, moved_from) if moved_from else {}
    await repository.end_portal_links(work, _lost_sight_of(known, changed))
    for company in left.values():
        await save_changes(work, company, company, also_changed=("buyers",))
    return bool(changed)


def _lost_sight_of(before: Mapping[str, Buyer], after: Sequence[Buyer]) -> set[CompanyId]:
    """Companies whose credit somebody may see no longer, who may have been given a link to it."""
    return {
        before[buyer.ref].company_id
        for buyer in after
        if buyer.ref in before
        and before[buyer.ref].may_see_credit
        and (not buyer.may_see_credit or buyer.company_id != before[buyer.ref].company_id)
    }


def _reported(work: Work, before: Buyer | None, report: BuyerReport, *, company_id: CompanyId, scope_id: UUID) -> Buyer:
    buyer = before or Buyer(
        id=BuyerId(new_id()),
        company_id=company_id,
        scope_id=scope_id,
        shop_code=None,
        ref=report.ref,
        name=report.name,
        created_at=work.now,
        updated_at=work.now,
    )
    return replace(revise_buyer(buyer, report), company_id=company_id)
