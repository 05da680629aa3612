"""Read holds and orders as people and shops look at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from service.core.clock import day_in_zone
from service.credit import repository as credit_repository
from service.credit.lines import Hold, HoldFilter
from service.credit.service import find_hold
from service.infra.work import Work
from service.merchants.errors import SettingsBroken
from service.merchants.service import get_shop
from service.orders import repository
from service.orders.order import HoldWithOrders, Order, OrderFilter, SeenOrder, StoredEvent
from service.orders.service import read_view
from service.receivables.repository import open_items_of_order

__all__ = ["get_hold", "list_events", "list_holds", "list_orders", "seen_orders"]


async def get_hold(work: Work, hold_id: UUID) -> HoldWithOrders:
    """Raises HoldNotFound, also for a hold of another shop than the caller's."""
    (known,) = await _with_orders(work, [await find_hold(work, hold_id)])
    return known


async def list_holds(work: Work, wanted: HoldFilter, *, before: UUID | None, limit: int) -> list[HoldWithOrders]:
    """Newest first."""
    return await _with_orders(work, await credit_repository.list_holds(work, wanted, before=before, limit=limit))


async def _with_orders(work: Work, holds: Sequence[Hold]) -> list[HoldWithOrders]:
    currencies = await credit_repository.read_currencies(work, {hold.line_id for hold in holds})
    refs = await repository.refs_by_hold(work, [hold.id for hold in holds])
    return [HoldWithOrders(hold, currencies[hold.line_id], refs.get(hold.id, [])) for hold in holds]


async def list_orders(work: Work, wanted: OrderFilter, *, before: UUID | None, limit: int) -> list[SeenOrder]:
    """Newest first."""
    return await seen_orders(work, await repository.list_orders(work, wanted, before=before, limit=limit))


async def seen_orders(work: Work, orders: Sequence[Order]) -> list[SeenOrder]:
    """The orders with their open items, as they are today where their shops are."""
    captured = [order.id for order in orders if order.is_captured]
    items = await open_items_of_order(work, captured) if captured else {}
    seen = []
    for order in orders:
        today, shows_estimates = await _place_of(work, order.shop_id)
        shows_due_date = shows_estimates or not order.due_is_estimate
        seen.append(SeenOrder(order, items.get(order.id), today, shows_due_date))
    return seen


async def _place_of(work: Work, shop_id: UUID) -> tuple[date, bool]:
    """The day at a shop, and whether it shows estimates to buyers. Its orders can be read while its settings are broken."""
    try:
        view = await read_view(work, shop_id)
    except SettingsBroken:
        return day_in_zone(work.now, (await get_shop(work, shop_id)).time_zone), False
    return view.day(work.now), view.settings.show_due_estimates


async def list_events(work: Work, order: Order) -> list[StoredEvent]:
    """In the order in which they happened."""
    return await repository.list_events(work, shop_id=order.shop_id, order_ref=order.ref)
