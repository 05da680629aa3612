"""SQL of what falls due for money, one item at a time and none of those that are left alone for now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.days import day_in_zone_sql
from service.infra.worklist import DueItem
from service.merchants.models import ShopRow
from service.payments.models import PaymentRow
from service.receivables.models import OpenItemRow

__all__ = ["next_item_to_flag", "next_order_to_settle"]


async def next_order_to_settle(session: AsyncSession, *, besides: Collection[UUID]) -> DueItem | None:
    """Merchant and id of one order whose item is open by now, and that money waited for."""
    row = (
        await session.execute(
            select(PaymentRow.merchant_id, PaymentRow.order_id)
            .join(
                OpenItemRow,
                (OpenItemRow.merchant_id == PaymentRow.merchant_id) & (OpenItemRow.order_id == PaymentRow.order_id),
            )
            .where(PaymentRow.order_id.is_not(None), PaymentRow.unallocated_minor > 0, OpenItemRow.open_minor > 0)
            .where(PaymentRow.order_id.not_in(besides))
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.order_id) if row else None


async def next_item_to_flag(session: AsyncSession, *, now: datetime, besides: Collection[UUID]) -> DueItem | None:
    """Merchant and id of one open item whose due date is over where its shop is, and that nobody was told of."""
    row = (
        await session.execute(
            select(OpenItemRow.merchant_id, OpenItemRow.id)
            .join(ShopRow, (ShopRow.merchant_id == OpenItemRow.merchant_id) & (ShopRow.id == OpenItemRow.shop_id))
            .where(
                OpenItemRow.open_minor > 0,
                OpenItemRow.overdue_flagged_on.is_(None),
                # Nowhere is it later than tomorrow: this is what the index can use.
                OpenItemRow.due_on <= now.date(),
                OpenItemRow.due_on < day_in_zone_sql(now, ShopRow.time_zone),
            )
            .where(OpenItemRow.id.not_in(besides))
            .order_by(OpenItemRow.due_on)
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.id) if row else None
