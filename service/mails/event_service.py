"""Mails that go out by themselves when something happens: queued with the messages that announce it.

They are queued in the transaction in which a message is handed out to its subscribers, once for each message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.outbox import OutboxMessageRow
from service.infra.work import Caller, Work
from service.mails.domain import MailKind, NewMail
from service.mails.queue_service import queue_mails
from service.merchants.service import read_shops

__all__ = ["TOLD_WITHIN", "queue_announced_mails"]

# Older news is history that was taken over from another system, or a service that stood still for long.
TOLD_WITHIN: Final = timedelta(days=7)


async def queue_announced_mails(session: AsyncSession, messages: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Queue the mails that some messages of the outbox lead to; each is given by its merchant and id."""
    rows = await session.execute(
        select(
            OutboxMessageRow.merchant_id,
            OutboxMessageRow.id,
            OutboxMessageRow.event_type,
            OutboxMessageRow.shop_id,
            OutboxMessageRow.payload,
        )
        .where(
            tuple_(OutboxMessageRow.merchant_id, OutboxMessageRow.id).in_(messages),
            OutboxMessageRow.event_type.in_(_KINDS),
            OutboxMessageRow.created_at > now - TOLD_WITHIN,
        )
        .order_by(OutboxMessageRow.sequence)
    )
    by_merchant: dict[UUID, list[NewMail]] = {}
    for row in rows:
        mail = _mail_about(row.event_type, message_id=row.id, shop_id=row.shop_id, payload=row.payload)
        if mail is not None:
            by_merchant.setdefault(row.merchant_id, []).append(mail)
    for merchant_id, mails in by_merchant.items():
        work = Work(session=session, caller=Caller.system(merchant_id, "service"), now=now)
        wanted: dict[UUID | None, frozenset[str]] = {
            shop.id: settings.mail.automatic for shop, settings in await read_shops(work)
        }
        wanted[None] = frozenset().union(*wanted.values())
        await queue_mails(work, [mail for mail in mails if mail.kind in wanted.get(mail.shop_id, frozenset())])


_KINDS: Final = {
    "order.held": MailKind.ORDER_ACCEPTED,
    "order.due_date_fixed": MailKind.DUE_DATE_FIXED,
    "company.credit_changed": MailKind.CREDIT_CHANGED,
    "payment.received": MailKind.PAYMENT_RECEIVED,
}


def _mail_about(
    event_type: str, *, message_id: UUID, shop_id: UUID | None, payload: Mapping[str, Any]
) -> NewMail | None:
    """The mail that an event leads to. Its cause is what it tells, so that telling it twice is one mail."""
    kind = _KINDS[event_type]
    match kind:
        case MailKind.ORDER_ACCEPTED:
            cause = f"order_accepted:{payload['order_id']}"
        case MailKind.DUE_DATE_FIXED:
            cause = f"due_date_fixed:{payload['order_id']}:{payload['due_on']}"
        case MailKind.PAYMENT_RECEIVED:
            cause = f"payment_received:{payload['payment_id']}"
        case _:
            # How much of it is used changes with every order, and is no news.
            if payload.get("changed") != "limit":
                return None
            cause = f"credit_changed:{message_id}"
    subjects = ("order_id", "payment_id", "credit_line_id")
    return NewMail(
        kind=kind,
        cause=cause,
        subject_ids={name: payload[name] for name in subjects if payload.get(name)},
        shop_id=shop_id,
        company_id=UUID(payload["company_id"]),
    )
