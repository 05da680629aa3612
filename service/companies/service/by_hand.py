"""What people decide about one company: override the rules, name it anew, forget its persons."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from service.companies import repository
from service.companies.domain import Buyer, Company, Override, Position, anonymise_buyer, anonymise_company
from service.companies.errors import BuyerNotFound, OverrideAlreadyOver, ReferenceReserved
from service.companies.service.changing import save_changes
from service.companies.service.references import (
    KnownCompany,
    find_company,
    know,
    lock_company,
    may_be_created,
    scope_of,
)
from service.infra.work import Work
from service.merchants.domain import Change
from service.merchants.service import record_change

__all__ = ["anonymise", "link_reference", "remove_override", "set_override"]


async def set_override(
    work: Work,
    reference: str,
    *,
    position: Position,
    reason: str,
    until: datetime | None = None,
    shop_code: str | None = None,
) -> KnownCompany:
    """Allow or deny a company by hand: beats groups and rules, and is bound by limits and frozen lines (S18).

    Raises OverrideAlreadyOver. The author is the caller.
    """
    if until is not None and until <= work.now:
        raise OverrideAlreadyOver
    company = await lock_company(work, reference, shop_code=shop_code)
    override = Override(position=position, reason=reason, author=work.author, until=until)
    return await save_changes(work, company, replace(company, override=override), reason=reason)


async def remove_override(
    work: Work, reference: str, *, reason: str | None = None, shop_code: str | None = None
) -> KnownCompany:
    """Let groups and rules decide again. Without an override nothing changes."""
    company = await lock_company(work, reference, shop_code=shop_code)
    return await save_changes(work, company, replace(company, override=None), reason=reason)


async def link_reference(
    work: Work, reference: str, *, to: str, reason: str, shop_code: str | None = None
) -> KnownCompany:
    """Let a reference mean another company from now on, on purpose. What was ordered under it stays where it is owed.

    `to` is a reference in the same scope or an id. Raises CompanyNotFound and ReferenceReserved.
    """
    scope_id = await scope_of(work, shop_code)
    if not may_be_created(reference):
        raise ReferenceReserved
    target = await find_company(work, to, shop_code=shop_code)
    await repository.lock_names(work, [f"company/{work.merchant_id}/{scope_id}/{reference}"])
    company_id = await repository.find_company_id(work, scope_id=scope_id, ref=reference)
    locked = await repository.lock_companies(work, {target.id, *([company_id] if company_id else [])})
    target = locked[target.id]
    if company_id == target.id:
        return await know(work, target)
    await repository.point_ref(work, scope_id=scope_id, ref=reference, company_id=target.id)
    before = None if company_id is None else str(company_id)
    change = Change(
        subject_kind="company",
        subject_id=target.id,
        field="refs",
        before={"ref": reference, "company_id": before},
        after={"ref": reference, "company_id": str(target.id)},
        reason=reason,
    )
    await record_change(work, change)
    if company_id is not None:
        await save_changes(work, locked[company_id], locked[company_id], also_changed=("refs",))
    return await save_changes(work, target, target, also_changed=("refs",))


async def anonymise(
    work: Work,
    reference: str,
    *,
    buyer_refs: Collection[str] | None = None,
    reason: str | None = None,
    shop_code: str | None = None,
) -> KnownCompany:
    """Forget the persons behind a company, or only some of its buyers. The debtor, debts and history stay readable.

    Without `buyer_refs` all buyers, the invoice e-mail and the contacts at its addresses are removed. Raises
    BuyerNotFound.
    """
    scope_id = await scope_of(work, shop_code)
    company = await lock_company(work, reference, shop_code=shop_code)
    if buyer_refs is None:
        buyers, after = await repository.read_all_buyers(work, company.id), anonymise_company(company)
    else:
        known = await repository.read_buyers_by_ref(work, scope_id=scope_id, refs=buyer_refs)
        buyers, after = _named_buyers(known, buyer_refs, company), company
    forgotten = [replace(anonymise_buyer(buyer), updated_at=work.now) for buyer in buyers]
    await repository.save_buyers(work, forgotten)
    await repository.end_portal_links(work, [company.id])
    change = Change(
        subject_kind="company",
        subject_id=company.id,
        field="anonymised",
        before=None,
        after={"whole_company": buyer_refs is None, "buyers": len(forgotten)},
        reason=reason,
    )
    await record_change(work, change)
    return await save_changes(work, company, after, also_changed=("buyers",) if forgotten else (), reason=reason)


def _named_buyers(known: dict[str, Buyer], refs: Collection[str], company: Company) -> list[Buyer]:
    buyers = [known[ref] for ref in dict.fromkeys(refs) if ref in known and known[ref].company_id == company.id]
    if len(buyers) != len(set(refs)):
        raise BuyerNotFound
    return buyers
