"""Mails that are to be sent: a domain queues one in its own transaction and says what it is about.

What a mail says, to whom, and whether it is still right, is decided when it is sent, by the preparer of its kind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from service.infra.work import Work
from service.mails import queue_repository
from service.mails.domain import MailKind, NewMail, Prepared, QueuedMail, Skipped

__all__ = ["Preparer", "Preparers", "queue_mails"]

# Given mails of its kinds that one worker has claimed, in the transaction of that claim, it says for each by its id what
# it will say, or why it is not sent any more. It reads current facts and may write what belongs to its domain; it must
# answer for every mail. What it raises puts the whole batch back.
Preparer = Callable[[Work, Sequence[QueuedMail]], Awaitable[Mapping[UUID, Prepared | Skipped]]]
Preparers = Mapping[MailKind, Preparer]


async def queue_mails(work: Work, mails: Sequence[NewMail]) -> Mapping[str, UUID]:
    """Queue mails; gives the ids of those that were new, by their causes. A cause that is known changes nothing."""
    return await queue_repository.insert_mails(work, mails) if mails else {}
