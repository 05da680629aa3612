"""What the worker does about money: let it find the order it waits for, and tell what is overdue."""

from __future__ import annotations

from datetime import datetime

from service.infra.database import Database
from service.infra.outbox import announce
from service.infra.work import Caller, Work
from service.orders.repository import read_order
from service.payments.allocation_service import open_desk
from service.payments.items_service import item_facts
from service.payments.mark_paid_service import apply_waiting_money
from service.payments.repository import next_payment_to_apply
from service.receivables.repository import next_item_to_flag, read_days, read_items, update_item

__all__ = ["run_apply_money_on_account_once", "run_flag_overdue_once"]


async def run_apply_money_on_account_once(database: Database, now: datetime) -> bool:
    """Settle one order with the money that waited for it; False when none is left.

    Money that waits for no order stays where it is. The line's lock makes two workers one: the second finds nothing.
    """
    async with database.read() as session:
        found = await next_payment_to_apply(session)
    if found is None:
        return False
    merchant_id, order_id = found
    async with database.transaction() as session:
        work = Work(session=session, caller=Caller.system(merchant_id, "worker"), now=now)
        order = await read_order(work, order_id)
        desk = await open_desk(work, [order.line_id])
        await apply_waiting_money(desk, order)
        await desk.announce_credit()
    return True


async def run_flag_overdue_once(database: Database, now: datetime) -> bool:
    """Tell once that an item is past its due date where its shop is; False when none is left. Due today is not late."""
    async with database.read() as session:
        found = await next_item_to_flag(session, now=now)
    if found is None:
        return False
    merchant_id, item_id = found
    async with database.transaction() as session:
        work = Work(session=session, caller=Caller.system(merchant_id, "worker"), now=now)
        known = (await read_items(work, [item_id]))[item_id]
        desk = await open_desk(work, [known.line_id])
        (item,) = await desk.read_items([item_id])
        today = (await read_days(work))[item.shop_id]
        if item.is_overdue(today) and item.overdue_flagged_on is None:
            await update_item(work, item_id, overdue_flagged_on=today)
            payload = item_facts(item)
            await announce(work, "open_item.overdue", subject_id=item.id, shop_id=item.shop_id, payload=payload)
    return True
