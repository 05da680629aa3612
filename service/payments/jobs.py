"""What the worker does about money: let it find the order it waits for, and tell what is overdue."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.infra.database import Database
from service.infra.outbox import announce
from service.infra.work import Work
from service.infra.worklist import Worklist
from service.orders.repository import read_order
from service.payments.allocation_service import open_desk
from service.payments.due_repository import next_item_to_flag, next_order_to_settle
from service.payments.items_service import item_facts
from service.payments.mark_paid_service import apply_waiting_money
from service.payments.repository import bound_minor
from service.receivables.repository import read_days, read_items, update_item

__all__ = ["run_apply_money_on_account_once", "run_flag_overdue_once"]


async def run_apply_money_on_account_once(database: Database, now: datetime, worklist: Worklist | None = None) -> bool:
    """Settle one order with the money that waited for it; False when none is left.

    Money that waits for no order stays where it is. The line's lock makes two workers one: the second finds nothing.
    """
    return await (worklist or Worklist()).do_next(
        database,
        now,
        kind="apply_money_on_account",
        find=lambda session, besides: next_order_to_settle(session, besides=besides),
        act=_settle_order,
    )


async def _settle_order(work: Work, order_id: UUID) -> bool:
    order = await read_order(work, order_id)
    desk = await open_desk(work, [order.line_id])
    waiting_minor = await bound_minor(work, order_id)
    await apply_waiting_money(desk, order)
    await desk.announce_credit()
    return await bound_minor(work, order_id) < waiting_minor


async def run_flag_overdue_once(database: Database, now: datetime, worklist: Worklist | None = None) -> bool:
    """Tell once that an item is past its due date where its shop is; False when none is left. Due today is not late."""
    return await (worklist or Worklist()).do_next(
        database,
        now,
        kind="flag_overdue",
        find=lambda session, besides: next_item_to_flag(session, now=now, besides=besides),
        act=_flag_overdue,
    )


async def _flag_overdue(work: Work, item_id: UUID) -> bool:
    known = (await read_items(work, [item_id]))[item_id]
    desk = await open_desk(work, [known.line_id])
    (item,) = await desk.read_items([item_id])
    today = (await read_days(work))[item.shop_id]
    if not item.is_overdue(today) or item.overdue_flagged_on is not None:
        return False
    await update_item(work, item_id, overdue_flagged_on=today)
    payload = item_facts(item)
    await announce(work, "open_item.overdue", subject_id=item.id, shop_id=item.shop_id, payload=payload)
    return True
