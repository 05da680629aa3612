"""Tells other domains of mails that reached nobody, in the transaction in which that became known."""

from __future__ import annotations

from uuid import UUID

from service.infra.outbox import announce
from service.infra.work import Work
from service.mails.domain import LoggedMail, MailStatus, QueuedMail

__all__ = ["announce_undelivered"]


async def announce_undelivered(
    work: Work, mail: QueuedMail | LoggedMail, status: MailStatus, *, reason: str | None = None
) -> UUID:
    """A mail that was refused or given up, or that is not sent because a person or its addresses forbid it."""
    return await announce(
        work,
        "mail.undelivered",
        subject_id=mail.id,
        shop_id=mail.shop_id,
        payload={
            "mail_id": str(mail.id),
            "kind": mail.kind.value,
            "company_id": None if mail.company_id is None else str(mail.company_id),
            "status": status.value,
            "reason": reason,
        },
    )
