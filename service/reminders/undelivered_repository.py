"""SQL of mails of reminders that messages of the outbox tell of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.outbox import OutboxMessageRow
from service.mails.domain import MailKind, MailStatus
from service.mails.models import MailRow

__all__ = ["UndeliveredMail", "lock_undelivered"]

_UNDELIVERED: Final = "mail.undelivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredMail:
    """A mail as it is now; somebody may have queued it again. `recipients` are addresses as they go over the wire."""

    merchant_id: UUID
    status: MailStatus
    skip_reason: str | None
    recipients: Sequence[str]
    reminder_ids: Sequence[UUID]


async def lock_undelivered(
    session: AsyncSession, messages: Sequence[tuple[UUID, UUID]], *, kinds: Collection[MailKind]
) -> list[UndeliveredMail]:
    """The mails of these kinds that some messages tell of, each message given by its merchant and id."""
    rows = await session.execute(
        select(MailRow.merchant_id, MailRow.status, MailRow.skip_reason, MailRow.recipients, MailRow.subject_ids)
        .join(
            OutboxMessageRow,
            (OutboxMessageRow.merchant_id == MailRow.merchant_id) & (OutboxMessageRow.subject_id == MailRow.id),
        )
        .where(
            tuple_(OutboxMessageRow.merchant_id, OutboxMessageRow.id).in_(messages),
            OutboxMessageRow.event_type == _UNDELIVERED,
            MailRow.kind.in_([kind.value for kind in kinds]),
        )
        .order_by(OutboxMessageRow.sequence)
        .with_for_update(of=MailRow)
    )
    return [_read(row) for row in rows]


def _read(row: Any) -> UndeliveredMail:
    return UndeliveredMail(
        merchant_id=row.merchant_id,
        status=MailStatus(row.status),
        skip_reason=row.skip_reason,
        recipients=row.recipients,
        reminder_ids=[UUID(reminder_id) for reminder_id in row.subject_ids["reminders"]],
    )
