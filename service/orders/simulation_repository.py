"""SQL of the simulation: a merchant's companies, some at a time."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.companies.models import CompanyRow
from service.orders.simulation import NamedCompany

__all__ = ["next_companies"]


async def next_companies(
    session: AsyncSession, *, merchant_id: UUID, after: UUID | None, limit: int
) -> list[NamedCompany]:
    """The oldest companies after one, or from the beginning."""
    query = select(CompanyRow.id, CompanyRow.legal_name).where(CompanyRow.merchant_id == merchant_id)
    if after is not None:
        query = query.where(CompanyRow.id > after)
    return [NamedCompany(*row) for row in await session.execute(query.order_by(CompanyRow.id).limit(limit))]
