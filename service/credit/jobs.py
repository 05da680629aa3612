"""What the worker does for credit: let holds expire that no order came for."""

from __future__ import annotations

from datetime import datetime

from service.credit.domain import HoldStatus
from service.credit.repository import next_expired_hold
from service.credit.service import end_hold, lock_hold
from service.infra.database import Database
from service.infra.work import Caller, Work
from service.ledger.domain import EntryKind

__all__ = ["run_expire_hold_once"]


async def run_expire_hold_once(database: Database, now: datetime) -> bool:
    """Expire one hold; False when none is left. Two workers may run it at once: the lock lets only one find it pending."""
    async with database.read() as session:
        found = await next_expired_hold(session, now=now)
    if found is None:
        return False
    merchant_id, hold_id = found
    async with database.transaction() as session:
        work = Work(session=session, caller=Caller.system(merchant_id, "worker"), now=now)
        locked, hold = await lock_hold(work, hold_id)
        if hold.status == HoldStatus.PENDING and not hold.is_attached and hold.expires_at <= now:
            await end_hold(work, locked, hold, kind=EntryKind.HOLD_EXPIRED, reason="no order came in time")
    return True
