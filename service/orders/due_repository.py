"""SQL of what falls due for orders, one item at a time and none of those that are left alone for now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.days import day_in_zone_sql
from service.infra.worklist import DueItem
from service.merchants.models import ShopRow
from service.orders.models import OrderRow

__all__ = ["next_order_to_invoice"]


async def next_order_to_invoice(session: AsyncSession, *, now: datetime, besides: Collection[UUID]) -> DueItem | None:
    """Merchant and id of one order whose billing period is over where its shop is."""
    row = (
        await session.execute(
            select(OrderRow.merchant_id, OrderRow.id)
            .join(ShopRow, (ShopRow.merchant_id == OrderRow.merchant_id) & (ShopRow.id == OrderRow.shop_id))
            .where(OrderRow.status == "uninvoiced", OrderRow.billing_on < day_in_zone_sql(now, ShopRow.time_zone))
            .where(OrderRow.id.not_in(besides))
            .order_by(OrderRow.billing_on)
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.id) if row else None
