"""SQL of what falls due for credit, one item at a time and none of those that are left alone for now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.credit.models import HoldRow
from service.infra.worklist import DueItem

__all__ = ["next_expired_hold"]


async def next_expired_hold(session: AsyncSession, *, now: datetime, besides: Collection[UUID]) -> DueItem | None:
    """Merchant and id of one hold whose time is over and that no order came for."""
    row = (
        await session.execute(
            select(HoldRow.merchant_id, HoldRow.id)
            .where(HoldRow.status == "pending", HoldRow.is_attached.is_(False), HoldRow.expires_at <= now)
            .where(HoldRow.id.not_in(besides))
            .order_by(HoldRow.expires_at)
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.id) if row else None
