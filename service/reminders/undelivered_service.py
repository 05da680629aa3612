"""What becomes of reminders whose mail reached nobody: the step does not count as told, and nothing harsher follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.work import Caller, Work
from service.mails.address_repository import find_undeliverable
from service.mails.domain import MailStatus
from service.reminders import due_repository, repository
from service.reminders.domain import ReminderStatus, WhyNot
from service.reminders.preparing_service import REMINDER_KINDS
from service.reminders.undelivered_repository import UndeliveredMail, lock_undelivered

__all__ = ["note_undelivered"]

_CANCELLED: Final = "cancelled"
_log: Final = structlog.get_logger()


async def note_undelivered(session: AsyncSession, messages: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Take note of mails of reminders that some messages of the outbox tell of; each by its merchant and id.

    A mail that somebody has queued again meanwhile is left alone.
    """
    for mail in await lock_undelivered(session, messages, kinds=REMINDER_KINDS):
        work = Work(session=session, caller=Caller.system(mail.merchant_id, "worker"), now=now)
        outcome = await _outcome(work, mail)
        if outcome is not None:
            status, reason = outcome
            items = await repository.end_reminders(work, dict.fromkeys(mail.reminder_ids, reason), status=status)
            await due_repository.look_now(work, items)
            _log.info("reminders.undelivered", merchant_id=str(work.merchant_id), now_are=status.value, reason=reason)


async def _outcome(work: Work, mail: UndeliveredMail) -> tuple[ReminderStatus, str] | None:
    match mail.status:
        case MailStatus.REFUSED | MailStatus.FAILED:
            dead = await find_undeliverable(work, mail.recipients)
            if mail.recipients and dead.issuperset(mail.recipients):
                # Nothing is sent there again, so that it may be decided again for whichever address comes.
                return ReminderStatus.WITHDRAWN, mail.status.value
            return ReminderStatus.UNDELIVERED, mail.status.value
        case MailStatus.SKIPPED if mail.skip_reason == _CANCELLED:
            # A person does not want it: it counts, and is not done.
            return ReminderStatus.SKIPPED, _CANCELLED
        case MailStatus.SKIPPED:
            return ReminderStatus.WITHDRAWN, WhyNot.NO_ADDRESS.value
        case _:
            return None
