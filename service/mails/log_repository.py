"""SQL of the log of mails: what staff look at, and the few things they decide about a mail by hand."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, delete, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.work import Work
from service.mails.domain import EnclosedFile, LoggedMail, MailContent, MailFilter, MailKind, MailStatus, QueuedMail
from service.mails.errors import MailNotFound
from service.mails.models import BounceRow, MailContentRow, MailRow
from service.merchants.models import ShopRow

__all__ = [
    "find_by_message_id", "find_later_mail", "find_mail", "find_mail_by_cause", "forget_contents_before", "insert_bounce", "list_mails", "pack_attachments", "pack_bodies", "read_content",
    "update_mail",
]  # fmt: skip


# Mails repeat themselves so much that more effort saves next to nothing.
_FAST: Final = 1


async def find_mail(work: Work, mail_id: UUID, *, for_update: bool = False) -> LoggedMail:
    """Raises MailNotFound."""
    statement = _mails(work).where(MailRow.id == mail_id)
    if for_update:
        statement = statement.with_for_update(of=MailRow)
    row = (await work.session.execute(statement)).one_or_none()
    if row is None:
        raise MailNotFound
    return _read(row)


async def list_mails(work: Work, wanted: MailFilter, *, before: UUID | None, limit: int) -> Sequence[LoggedMail]:
    """Newest first."""
    statement = _mails(work)
    if wanted.company_id is not None:
        statement = statement.where(MailRow.company_id == wanted.company_id)
    if wanted.kind is not None:
        statement = statement.where(MailRow.kind == wanted.kind.value)
    if wanted.status is not None:
        statement = statement.where(MailRow.status == wanted.status.value)
    if before is not None:
        statement = statement.where(MailRow.id < before)
    rows = await work.session.execute(statement.order_by(MailRow.id.desc()).limit(limit))
    return [_read(row) for row in rows]


async def read_content(work: Work, mail_id: UUID) -> MailContent | None:
    """The mail as it went out; None where it did not yet, or where that has been forgotten."""
    row = (
        await work.session.execute(
            select(
                MailContentRow.sender, MailContentRow.subject, MailContentRow.bodies, MailContentRow.attachments
            ).where(MailContentRow.merchant_id == work.merchant_id, MailContentRow.mail_id == mail_id)
        )
    ).one_or_none()
    if row is None:
        return None
    text, html = orjson.loads(zlib.decompress(row.bodies))
    return MailContent(
        sender=row.sender,
        subject=row.subject,
        text=text,
        html=html,
        attachments=tuple(EnclosedFile(**each) for each in row.attachments),
    )


def pack_bodies(content: MailContent) -> bytes:
    """The texts of a mail as they are kept."""
    return zlib.compress(orjson.dumps([content.text, content.html]), _FAST)


def pack_attachments(content: MailContent) -> str:
    """What is kept of the files that go along."""
    return orjson.dumps(content.attachments).decode() if content.attachments else "[]"


async def update_mail(work: Work, mail_id: UUID, values: dict[str, Any]) -> None:
    await work.session.execute(
        update(MailRow).where(MailRow.merchant_id == work.merchant_id, MailRow.id == mail_id).values(**values)
    )


async def find_mail_by_cause(work: Work, cause: str) -> LoggedMail | None:
    """The mail that a cause led to."""
    row = (await work.session.execute(_mails(work).where(MailRow.cause == cause))).one_or_none()
    return _read(row) if row is not None else None


async def find_later_mail(work: Work, mail: QueuedMail) -> bool:
    """Whether another mail of the same kind to the same company came after this one and is still to be sent."""
    later = select(MailRow.id).where(
        MailRow.merchant_id == work.merchant_id,
        MailRow.company_id == mail.company_id,
        MailRow.kind == mail.kind.value,
        MailRow.shop_id.is_not_distinct_from(mail.shop_id),
        MailRow.id > mail.id,
        MailRow.status.in_([MailStatus.QUEUED.value, MailStatus.SENDING.value]),
    )
    return (await work.session.execute(later.limit(1))).first() is not None


async def find_by_message_id(work: Work, message_id: str) -> LoggedMail | None:
    """The mail of the merchant that went out under this Message-ID; `message_id` has no brackets."""
    # It begins with the mail's id, so that it needs no index of its own.
    try:
        mail_id = UUID(hex=message_id.partition(".")[0])
    except ValueError:
        return None
    row = (await work.session.execute(_mails(work).where(MailRow.id == mail_id))).one_or_none()
    return _read(row) if row is not None else None


async def insert_bounce(work: Work, values: dict[str, Any]) -> bool:
    """False if the same report came before."""
    inserted = await work.session.execute(
        insert(BounceRow)
        .values(merchant_id=work.merchant_id, received_at=work.now, **values)
        .on_conflict_do_nothing()
        .returning(BounceRow.mail_id)
    )
    return inserted.first() is not None


async def forget_contents_before(session: AsyncSession, before: datetime, *, limit: int) -> int:
    """Forget at most `limit` texts; gives how many."""
    found = await session.execute(
        select(MailContentRow.merchant_id, MailContentRow.mail_id)
        .where(MailContentRow.written_at < before)
        .order_by(MailContentRow.written_at)
        .limit(limit)
        # Of two workers one skips what the other is about to forget.
        .with_for_update(skip_locked=True)
    )
    keys = [(row.merchant_id, row.mail_id) for row in found]
    if keys:
        await session.execute(
            delete(MailContentRow).where(tuple_(MailContentRow.merchant_id, MailContentRow.mail_id).in_(keys))
        )
    return len(keys)


def _is_visible(work: Work) -> ColumnElement[bool]:
    """A shop's key sees its shop's mails, an integrator's all of the merchant's."""
    return true() if work.caller.shop_id is None else MailRow.shop_id == work.caller.shop_id


def _mails(work: Work) -> Select[*tuple[Any, ...]]:
    return (
        select(
            MailRow.id,
            MailRow.shop_id,
            ShopRow.code.label("shop_code"),
            MailRow.company_id,
            MailRow.kind,
            MailRow.cause,
            MailRow.subject_ids,
            MailRow.language,
            MailRow.recipients,
            MailRow.status,
            MailRow.not_before,
            MailRow.attempts,
            MailRow.last_error,
            MailRow.skip_reason,
            MailRow.refused_recipients,
            MailRow.message_id,
            MailRow.author,
            MailRow.created_at,
            MailRow.sent_at,
        )
        .outerjoin(ShopRow, (ShopRow.merchant_id == MailRow.merchant_id) & (ShopRow.id == MailRow.shop_id))
        .where(MailRow.merchant_id == work.merchant_id, _is_visible(work))
    )


def _read(row: Any) -> LoggedMail:
    values = row._asdict()
    return LoggedMail(
        **values
        | {
            "kind": MailKind(values["kind"]),
            "status": MailStatus(values["status"]),
            "recipients": tuple(values["recipients"]),
        }
    )
