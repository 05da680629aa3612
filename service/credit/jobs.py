"""What the worker does for credit: let holds expire that no order came for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.credit.domain import HoldStatus
from service.credit.due_repository import next_expired_hold
from service.credit.service import end_hold, lock_hold
from service.infra.database import Database
from service.infra.work import Work
from service.infra.worklist import Worklist
from service.ledger.domain import EntryKind

__all__ = ["run_expire_hold_once"]


async def run_expire_hold_once(database: Database, now: datetime, worklist: Worklist | None = None) -> bool:
    """Expire one hold; False when none is left. Two workers may run it at once: the lock lets only one find it pending."""
    return await (worklist or Worklist()).do_next(
        database,
        now,
        kind="expire_hold",
        find=lambda session, besides: next_expired_hold(session, now=now, besides=besides),
        act=_expire_hold,
    )


async def _expire_hold(work: Work, hold_id: UUID) -> bool:
    locked, hold = await lock_hold(work, hold_id)
    if hold.status != HoldStatus.PENDING or hold.is_attached or hold.expires_at > work.now:
        return False
    await end_hold(work, locked, hold, kind=EntryKind.HOLD_EXPIRED, reason="no order came in time")
    return True
