"""Ending the links to a company's account."""

from __future__ import annotations

from service.companies import repository
from service.companies.service.references import lock_company
from service.infra.work import Work
from service.merchants.domain import Change
from service.merchants.service import record_change

__all__ = ["revoke_portal_links"]


async def revoke_portal_links(
    work: Work, reference: str, *, reason: str | None = None, shop_code: str | None = None
) -> None:
    """End all links that are out, at once; new ones can be made. Raises CompanyNotFound."""
    company = await lock_company(work, reference, shop_code=shop_code)
    before = (await repository.read_portal_access(work, [company.id]))[company.id].version
    await repository.end_portal_links(work, [company.id])
    change = Change(
        subject_kind="company",
        subject_id=company.id,
        field="portal_link_version",
        before=before,
        after=before + 1,
        reason=reason,
    )
    await record_change(work, change)
