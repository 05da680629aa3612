"""Read open items as people and shops look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.credit.repository import read_currencies
from service.infra.work import Work
from service.payments import repository
from service.payments.domain import Allocation
from service.receivables.domain import ItemFilter, OpenItem
from service.receivables.errors import OpenItemNotFound
from service.receivables.repository import find_item, read_days
from service.receivables.repository import list_items as read_page

__all__ = ["ItemToday", "get_item", "item_allocations", "list_items", "seen_today"]


@dataclass(frozen=True, slots=True)
class ItemToday:
    """An open item, which day it is at its shop, and the currency of its credit line."""

    item: OpenItem
    today: date
    line_currency: str


async def get_item(work: Work, item_id: UUID) -> ItemToday:
    """Raises OpenItemNotFound, also for one that the caller may not see."""
    item = await find_item(work, item_id)
    if item is None:
        raise OpenItemNotFound
    (known,) = await seen_today(work, [item])
    return known


async def list_items(work: Work, wanted: ItemFilter, *, before: UUID | None, limit: int) -> list[ItemToday]:
    """Newest first."""
    return await seen_today(work, await read_page(work, wanted, before=before, limit=limit))


async def seen_today(work: Work, items: Sequence[OpenItem]) -> list[ItemToday]:
    """The items with the day at their shops."""
    days = await read_days(work)
    currencies = await read_currencies(work, {item.line_id for item in items})
    return [ItemToday(item, days[item.shop_id], currencies[item.line_id]) for item in items]


async def item_allocations(work: Work, item_id: UUID) -> list[Allocation]:
    """What settles an open item, taken back allocations too, oldest first."""
    return await repository.allocations_to(work, item_id)
