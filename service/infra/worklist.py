"""Items that fall due, done one by one. One that fails is left alone for a while, and the others go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.database import Database, DatabaseUnavailable
from service.infra.work import Caller, Work

__all__ = ["LEFT_ALONE_FOR", "MAX_LEFT_ALONE", "DueItem", "TooManyFailures", "Worklist", "note_failure"]

LEFT_ALONE_FOR: Final = timedelta(minutes=5)
# So many at once are not a few bad items: something is wrong with all of them.
MAX_LEFT_ALONE: Final = 1_000
_failures: Final = Counter("encours_worker_item_failures", "Due items that failed and are tried again later.", ["kind"])
_log: Final = structlog.get_logger()

# Merchant and id.
DueItem = tuple[UUID, UUID]
# Finds one item that is due and none of those besides.
Find = Callable[[AsyncSession, Sequence[UUID]], Awaitable[DueItem | None]]
# Does it, and says whether there was anything to do: another worker may have been faster.
Act = Callable[[Work, UUID], Awaitable[bool]]


class TooManyFailures(RuntimeError):
    """Nearly everything that is due fails."""


@dataclass
class Worklist:
    """Which due items a worker leaves alone. Another worker, or the same one restarted, tries them for itself."""

    _again_at: dict[UUID, datetime] = field(default_factory=dict)

    async def do_next(self, database: Database, now: datetime, *, kind: str, find: Find, act: Act) -> bool:
        """Do one due item in a transaction of its own; False when none is left that can be done now.

        Raises TooManyFailures.
        """
        self._again_at = {item_id: again_at for item_id, again_at in self._again_at.items() if now < again_at}
        while True:
            async with database.read() as session:
                found = await find(session, list(self._again_at))
            if found is None:
                return False
            if await _try(database, now, found, kind=kind, act=act):
                return True
            # It would be found again and again, and keep all others waiting.
            self._again_at[found[1]] = now + LEFT_ALONE_FOR
            if len(self._again_at) >= MAX_LEFT_ALONE:
                raise TooManyFailures(f"{kind}: {len(self._again_at)} items could not be done")


async def _try(database: Database, now: datetime, item: DueItem, *, kind: str, act: Act) -> bool:
    merchant_id, item_id = item
    try:
        async with database.transaction() as session:
            work = Work(session=session, caller=Caller.system(merchant_id, "worker"), now=now)
            return await act(work, item_id)
    except DatabaseUnavailable:
        # Not the item's fault.
        raise
    except Exception:
        note_failure(kind, merchant_id, item_id)
        return False


def note_failure(kind: str, merchant_id: UUID, item_id: UUID) -> None:
    """Count and log, where it is handled, that a due item could not be done."""
    _failures.labels(kind).inc()
    _log.exception("worker.item_failed", kind=kind, merchant_id=str(merchant_id), item_id=str(item_id))
