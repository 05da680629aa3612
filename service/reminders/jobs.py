"""What the worker does about reminders: decide what is due, company by company, and notice what changed around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from service.infra.database import Database, DatabaseBusy, DatabaseUnavailable
from service.infra.work import Caller, Work
from service.infra.worklist import Worklist, note_failure
from service.reminders import due_repository
from service.reminders.actions_service import act_on_reminder
from service.reminders.digest_repository import next_digest
from service.reminders.digest_service import queue_digest
from service.reminders.engine_service import remind_debtor, remind_some
from service.reminders.repository import next_to_act
from service.reminders.watch_repository import next_change, sweep_companies, sweep_some

__all__ = ["Turn", "run_act_once", "run_digest_once", "run_notice_changes_once", "run_remind_once"]

COMPANIES_A_BATCH: Final = 500
# A company that cannot be decided must not keep the others waiting.
_LEFT_ALONE_FOR: Final = timedelta(hours=1)
_DOCUMENTS_A_SWEEP: Final = 1_000
_AUTHOR: Final = "worker"


@dataclass
class Turn:
    """Whose turn it is next, so that one merchant with much to do keeps nobody waiting."""

    after: UUID | None = None

    def order(self, merchant_ids: list[UUID]) -> list[UUID]:
        """Those after the last one first."""
        after = self.after
        return merchant_ids if after is None else sorted(merchant_ids, key=lambda each: (each <= after, each))


async def run_remind_once(
    database: Database, now: datetime, turn: Turn | None = None, *, limit: int = COMPANIES_A_BATCH
) -> bool:
    """Decide a batch of companies of one merchant; False when nothing is left that nobody is busy with.

    What fails is done one by one, and what fails then is left alone for an hour.
    """
    turn = turn or Turn()
    async with database.read() as session:
        merchant_ids = await due_repository.find_merchants_due(session, now=now)
    for merchant_id in turn.order(merchant_ids):
        turn.after = merchant_id
        try:
            async with database.transaction() as session:
                work = Work(session=session, caller=Caller.system(merchant_id, _AUTHOR), now=now)
                if await remind_some(work, limit=limit):
                    return True
        except (DatabaseUnavailable, DatabaseBusy):
            raise
        except Exception:
            note_failure("remind", merchant_id, merchant_id)
            return await _one_by_one(database, merchant_id, now, limit=limit)
    return False


async def _one_by_one(database: Database, merchant_id: UUID, now: datetime, *, limit: int) -> bool:
    caller = Caller.system(merchant_id, _AUTHOR)
    async with database.transaction() as session:
        work = Work(session=session, caller=caller, now=now)
        company_ids = [debtor.id for debtor in await due_repository.claim_debtors(work, limit=limit)]
    for company_id in company_ids:
        try:
            async with database.transaction() as session:
                await remind_debtor(Work(session=session, caller=caller, now=now), company_id)
        except (DatabaseUnavailable, DatabaseBusy):
            raise
        except Exception:
            note_failure("remind", merchant_id, company_id)
            async with database.transaction() as session:
                work = Work(session=session, caller=caller, now=now)
                await due_repository.push_forward(work, company_id, until=now + _LEFT_ALONE_FOR)
    return bool(company_ids)


async def run_act_once(database: Database, now: datetime, worklist: Worklist | None = None) -> bool:
    """Do what one step does beside its mail; False when nothing is left."""
    return await (worklist or Worklist()).do_next(
        database,
        now,
        kind="act_on_reminder",
        find=lambda session, besides: next_to_act(session, besides=besides),
        act=act_on_reminder,
    )


async def run_notice_changes_once(database: Database, now: datetime) -> bool:
    """Put documents on the list whose settings, policies or companies changed; False when all is noticed."""
    async with database.transaction() as session:
        change = await next_change(session, now=now)
        if change is None:
            return False
        merchant_id, version, seen_version, after = change
        if version == seen_version and after is None:
            await sweep_companies(session, merchant_id, now=now)
        else:
            await sweep_some(
                session,
                merchant_id,
                version=version,
                seen_version=seen_version,
                after=after,
                now=now,
                limit=_DOCUMENTS_A_SWEEP,
            )
    return True


async def run_digest_once(database: Database, now: datetime, worklist: Worklist | None = None) -> bool:
    """Make one merchant's digest of today; False when all have theirs."""
    return await (worklist or Worklist()).do_next(
        database,
        now,
        kind="digest",
        find=lambda session, besides: next_digest(session, now=now, besides=besides),
        act=queue_digest,
    )
