"""What the worker does for orders: invoice those whose billing period is over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.credit.service import lock_line
from service.infra.database import Database
from service.infra.work import Work
from service.infra.worklist import Worklist
from service.orders.bookkeeping_service import DueDates, issue_item
from service.orders.domain import OrderStatus
from service.orders.due_repository import next_order_to_invoice
from service.orders.repository import read_order, update_order

__all__ = ["run_invoice_order_once"]


async def run_invoice_order_once(database: Database, now: datetime, worklist: Worklist | None = None) -> bool:
    """Turn one delivered order whose period is over into an open item; False when none is left.

    The line's lock makes two workers one: the second finds the order invoiced.
    """
    return await (worklist or Worklist()).do_next(
        database,
        now,
        kind="invoice_order",
        find=lambda session, besides: next_order_to_invoice(session, now=now, besides=besides),
        act=_invoice_order,
    )


async def _invoice_order(work: Work, order_id: UUID) -> bool:
    locked = await lock_line(work, (await read_order(work, order_id)).line_id)
    order = await read_order(work, order_id, for_update=True)
    if order.status != OrderStatus.UNINVOICED:
        return False
    assert order.base_on is not None, "an order that waits for its invoice has a term"
    assert order.billing_on is not None, "an order that waits for its invoice has a period"
    dates = DueDates(base_on=order.base_on, billing_on=order.billing_on, due_on=order.due_on)
    await issue_item(work, locked, order, dates=dates, cause=f"order:{order.id}:period")
    await update_order(work, order.id, status=OrderStatus.INVOICED)
    return True
