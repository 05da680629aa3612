"""Read holds and orders as people and shops look at them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from service.credit import repository as credit_repository
from service.credit.lines import Hold, HoldFilter
from service.credit.service import find_hold
from service.infra.work import Work
from service.orders import repository
from service.orders.order import HoldWithOrders, Order, OrderFilter, OrderWithRest, StoredEvent
from service.receivables.repository import open_items_of_order

__all__ = ["get_hold", "list_events", "list_holds", "list_orders", "with_rest"]


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


async def list_orders(work: Work, wanted: OrderFilter, *, before: UUID | None, limit: int) -> list[OrderWithRest]:
    """Newest first."""
    return await with_rest(work, await repository.list_orders(work, wanted, before=before, limit=limit))


async def with_rest(work: Work, orders: Sequence[Order]) -> list[OrderWithRest]:
    """The orders with what is left to pay on each."""
    captured = [order.id for order in orders if order.is_captured]
    items = await open_items_of_order(work, captured) if captured else {}
    return [OrderWithRest(order, items[order.id].open_minor if order.id in items else None) for order in orders]


async def list_events(work: Work, order: Order) -> list[StoredEvent]:
    """In the order in which they happened."""
    return await repository.list_events(work, shop_id=order.shop_id, order_ref=order.ref)
