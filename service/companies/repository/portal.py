"""SQL of what links into the portal depend on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import text, update

from service.companies.domain import PortalAccess
from service.companies.models import CompanyRow
from service.infra.statements import Statement
from service.infra.work import Work

__all__ = ["end_portal_links", "read_portal_access"]

_ACCESS: Final = Statement(
    text("""
    SELECT company.id, company.portal_link_version,
           array_agg(lower(buyer.email)) FILTER (WHERE buyer.email IS NOT NULL)
    FROM companies company
    LEFT JOIN buyers buyer ON buyer.merchant_id = company.merchant_id AND buyer.company_id = company.id
                          AND NOT buyer.may_see_credit
    WHERE company.merchant_id = :merchant_id AND company.id = ANY (CAST(:company_ids AS uuid[]))
    GROUP BY company.merchant_id, company.id
    """)
)


async def read_portal_access(work: Work, company_ids: Collection[UUID]) -> dict[UUID, PortalAccess]:
    """Which links of companies work, and who gets none, in one statement whatever their number."""
    rows = await _ACCESS.rows(work.session, merchant_id=work.merchant_id, company_ids=list(company_ids))
    return {
        company_id: PortalAccess(version=version, shut_out=frozenset(addresses or ()))
        for company_id, version, addresses in rows
    }


async def end_portal_links(work: Work, company_ids: Collection[UUID]) -> None:
    """No link that is out opens these companies' accounts any more. Lock the companies first."""
    if company_ids:
        await work.session.execute(
            update(CompanyRow)
            .where(CompanyRow.merchant_id == work.merchant_id, CompanyRow.id.in_(list(company_ids)))
            .values(portal_link_version=CompanyRow.portal_link_version + 1)
        )
