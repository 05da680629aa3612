"""SQL of the queue: mails in, claims out, and what came of each claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.statements import Statement
from service.infra.work import Work
from service.mails.domain import MailKind, MailStatus, NewMail, QueuedMail
from service.mails.log_repository import pack_attachments, pack_bodies
from service.mails.outcomes import FinishedMail
from service.mails.writing import WrittenMail

__all__ = [
    "QueuedRow", "begin_calls", "claim_due", "end_lost_claims", "find_merchants_due", "finish_mails", "give_back", "insert_mails",
    "lock_rate", "skip_mails", "take_from_rate",
]  # fmt: skip

# A text holds several addresses: arrays of arrays would all have to be of one length.
_SEPARATOR: Final = "\n"

# The driver looks at every value of an array, but not into a row of a named type.
_INSERT: Final = Statement(
    text("""
    INSERT INTO mails (merchant_id, id, shop_id, company_id, kind, cause, subject_ids, language, recipients, not_before,
                       author, created_at)
    SELECT :merchant_id, one.*, :author, :now FROM unnest(CAST(:mails AS mail_queued[])) AS one
    ON CONFLICT (merchant_id, cause) DO NOTHING
    RETURNING cause, id
    """)
)


class QueuedRow(NamedTuple):
    """A `mail_queued` of the database, value by value."""

    id: UUID
    shop_id: UUID | None
    company_id: UUID | None
    kind: str
    cause: str
    subject_ids: str
    language: str | None
    recipients: Sequence[str]
    not_before: datetime


async def insert_mails(work: Work, mails: Sequence[NewMail]) -> dict[str, UUID]:
    """Queue mails in one statement; gives the ids of those that were new, by their causes."""
    queued = [
        QueuedRow(
            mail.id,
            mail.shop_id,
            mail.company_id,
            mail.kind,
            mail.cause,
            orjson.dumps(mail.subject_ids).decode(),
            mail.language,
            mail.recipients,
            mail.not_before or work.now,
        )
        for mail in mails
    ]
    rows = await _INSERT.rows(
        work.session, merchant_id=work.merchant_id, author=work.author, now=work.now, mails=queued
    )
    return {row[0]: row[1] for row in rows}


# One step from merchant to merchant through the index, however many mails each has waiting.
_MERCHANTS_DUE: Final = Statement(
    text("""
    WITH RECURSIVE due AS (
        (SELECT merchant_id FROM mails WHERE status = 'queued' ORDER BY merchant_id LIMIT 1)
        UNION ALL
        SELECT (SELECT m.merchant_id FROM mails m WHERE m.status = 'queued' AND m.merchant_id > due.merchant_id
                ORDER BY m.merchant_id LIMIT 1)
        FROM due WHERE due.merchant_id IS NOT NULL
    )
    SELECT merchant_id FROM due
    WHERE merchant_id IS NOT NULL AND EXISTS (
        SELECT FROM mails m WHERE m.status = 'queued' AND m.merchant_id = due.merchant_id AND m.not_before <= :now
    )
    """)
)


async def find_merchants_due(session: AsyncSession, *, now: datetime) -> list[UUID]:
    """Whose mails may go out now."""
    return [merchant_id for (merchant_id,) in await _MERCHANTS_DUE.rows(session, now=now)]


_CLAIM: Final = Statement(
    text("""
    WITH due AS (
        SELECT merchant_id, id FROM mails
        WHERE merchant_id = :merchant_id AND status = 'queued' AND not_before <= :now
        ORDER BY not_before, id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE mails SET status = 'sending', step = 'claimed', claimed_until = :until, attempts = attempts + 1
    FROM due WHERE mails.merchant_id = due.merchant_id AND mails.id = due.id
    RETURNING mails.merchant_id, mails.id, mails.shop_id, mails.company_id, mails.kind, mails.cause, mails.subject_ids,
              mails.language, mails.recipients, mails.attempts, mails.failures, mails.created_at
    """)
)


async def claim_due(work: Work, *, until: datetime, limit: int) -> list[QueuedMail]:
    """Claim the merchant's oldest mails that are due. Rows that another worker is claiming are passed over."""
    rows = await _CLAIM.rows(work.session, merchant_id=work.merchant_id, now=work.now, until=until, limit=limit)
    return sorted((_queued_mail(row) for row in rows), key=lambda mail: mail.id)


_CLAIMED: Final = (
    "merchant_id", "id", "shop_id", "company_id", "kind", "cause", "subject_ids", "language", "recipients", "number",
    "failures", "created_at",
)  # fmt: skip


def _queued_mail(row: Sequence[Any]) -> QueuedMail:
    values = dict(zip(_CLAIMED, row, strict=True))
    subject_ids = values["subject_ids"]
    return QueuedMail(
        **values
        | {
            "kind": MailKind(values["kind"]),
            "recipients": tuple(values["recipients"]),
            # Text on a connection of the pool, which knows no JSON.
            "subject_ids": orjson.loads(subject_ids) if isinstance(subject_ids, str) else subject_ids,
        }
    )


_SKIP: Final = Statement(
    text("""
    UPDATE mails SET status = 'skipped', step = NULL, claimed_until = NULL, skip_reason = one.reason,
                     last_error = NULLIF(one.detail, '')
    FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[]), CAST(:details AS text[])) AS one(id, reason, detail)
    WHERE mails.merchant_id = :merchant_id AND mails.id = one.id AND mails.status = 'sending'
    """)
)


async def skip_mails(work: Work, skipped: Mapping[UUID, tuple[str, str]]) -> None:
    """End claimed mails that are not to be sent any more, with a reason and its explanation."""
    if skipped:
        await _SKIP.execute(
            work.session,
            merchant_id=work.merchant_id,
            ids=list(skipped),
            reasons=[reason for reason, _ in skipped.values()],
            details=[detail[:500] for _, detail in skipped.values()],
        )


_BEGIN: Final = Statement(
    text("""
    WITH begun AS (
        UPDATE mails SET step = 'calling', message_id = one.message_id, language = one.language,
                         recipients = string_to_array(one.recipients, E'\\n')
        FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[]), CAST(:message_ids AS text[]),
                    CAST(:languages AS text[]), CAST(:recipients AS text[]))
             AS one(id, number, message_id, language, recipients)
        WHERE mails.merchant_id = :merchant_id AND mails.id = one.id AND mails.attempts = one.number
          AND mails.step = 'claimed'
        RETURNING mails.merchant_id, mails.id
    ), written AS (
        INSERT INTO mail_contents (merchant_id, mail_id, sender, subject, bodies, attachments, written_at)
        SELECT begun.merchant_id, begun.id, one.sender, one.subject, one.bodies, one.attachments::jsonb, :now
        FROM begun JOIN unnest(CAST(:ids AS uuid[]), CAST(:senders AS text[]), CAST(:subjects AS text[]),
                               CAST(:bodies AS bytea[]), CAST(:attachments AS text[]))
             AS one(id, sender, subject, bodies, attachments) ON one.id = begun.id
        ON CONFLICT (merchant_id, mail_id) DO UPDATE SET sender = excluded.sender, subject = excluded.subject,
            bodies = excluded.bodies, attachments = excluded.attachments, written_at = excluded.written_at
    )
    SELECT id FROM begun
    """)
)


async def begin_calls(work: Work, mails: Sequence[WrittenMail]) -> set[UUID]:
    """Write down, before a batch goes out, what each mail says; gives those whose claim still holds.

    How long it holds stays as it was: so nothing changes that an index knows.
    """
    rows = await _BEGIN.rows(
        work.session,
        merchant_id=work.merchant_id,
        now=work.now,
        ids=[written.mail.id for written in mails],
        numbers=[written.mail.number for written in mails],
        message_ids=[written.message_id for written in mails],
        languages=[written.language for written in mails],
        recipients=[_SEPARATOR.join(written.recipients) for written in mails],
        senders=[written.content.sender for written in mails],
        subjects=[written.content.subject for written in mails],
        bodies=[pack_bodies(written.content) for written in mails],
        attachments=[pack_attachments(written.content) for written in mails],
    )
    return {mail_id for (mail_id,) in rows}


# A result that comes late still counts where nobody has decided otherwise since: it is the truth about `unknown`.
_FINISH: Final = Statement(
    text("""
    UPDATE mails SET status = one.status, step = NULL, claimed_until = NULL, failures = one.failures,
                     not_before = coalesce(one.again_at, mails.not_before), last_error = NULLIF(one.error, ''),
                     refused_recipients = one.refused::jsonb,
                     sent_at = CASE WHEN one.status = 'sent' THEN CAST(:now AS timestamptz) END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[]), CAST(:statuses AS text[]), CAST(:failures AS int[]),
                CAST(:again_at AS timestamptz[]), CAST(:errors AS text[]), CAST(:refused AS text[]))
         AS one(id, number, status, failures, again_at, error, refused)
    WHERE mails.merchant_id = :merchant_id AND mails.id = one.id AND mails.attempts = one.number
      AND mails.status IN ('sending', 'unknown')
    RETURNING mails.id
    """)
)


async def finish_mails(work: Work, results: Sequence[FinishedMail]) -> set[UUID]:
    """Record what came of claimed mails; gives those whose result was still wanted."""
    rows = await _FINISH.rows(
        work.session,
        merchant_id=work.merchant_id,
        now=work.now,
        ids=[each.mail.id for each in results],
        numbers=[each.mail.number for each in results],
        statuses=[each.status.value for each in results],
        failures=[each.failures for each in results],
        again_at=[each.again_at for each in results],
        errors=[each.error[:500] for each in results],
        refused=[orjson.dumps(each.refused).decode() for each in results],
    )
    return {mail_id for (mail_id,) in rows}


_GIVE_BACK: Final = Statement(
    text("""
    UPDATE mails SET status = 'queued', step = NULL, claimed_until = NULL,
                     not_before = greatest(not_before, :not_before), last_error = NULLIF(:error, '')
    FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS int[])) AS one(id, number)
    WHERE mails.merchant_id = :merchant_id AND mails.id = one.id AND attempts = one.number AND step = 'claimed'
    """)
)


async def give_back(work: Work, mails: Sequence[QueuedMail], *, not_before: datetime, error: str = "") -> None:
    """Put claimed mails back of which nothing has left; they are not to blame."""
    await _GIVE_BACK.execute(
        work.session,
        merchant_id=work.merchant_id,
        ids=[mail.id for mail in mails],
        numbers=[mail.number for mail in mails],
        not_before=not_before,
        error=error[:500],
    )


_END_LOST: Final = Statement(
    text("""
    WITH lost AS (
        SELECT merchant_id, id FROM mails WHERE status = 'sending' AND claimed_until <= :now
        ORDER BY claimed_until LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE mails SET status = CASE step WHEN 'calling' THEN 'unknown' ELSE 'queued' END, step = NULL,
                     claimed_until = NULL,
                     last_error = CASE step WHEN 'calling' THEN 'the worker ended while it was sending this' END
    FROM lost WHERE mails.merchant_id = lost.merchant_id AND mails.id = lost.id
    RETURNING mails.merchant_id, mails.id, mails.status
    """)
)


async def end_lost_claims(session: AsyncSession, *, now: datetime, limit: int) -> list[tuple[UUID, UUID, MailStatus]]:
    """End claims whose worker is gone: merchant, mail and what the mail is now."""
    rows = await _END_LOST.rows(session, now=now, limit=limit)
    return [(merchant_id, mail_id, MailStatus(status)) for merchant_id, mail_id, status in rows]


_ROOM: Final = Statement(
    text("""
    INSERT INTO mail_rates AS known (merchant_id, minute_at, begun) VALUES (:merchant_id, :minute_at, 0)
    ON CONFLICT (merchant_id) DO UPDATE SET
        minute_at = greatest(known.minute_at, excluded.minute_at),
        begun = CASE WHEN known.minute_at < excluded.minute_at THEN 0 ELSE known.begun END
    RETURNING begun
    """)
)
_TAKE: Final = Statement(
    text("UPDATE mail_rates SET begun = begun + CAST(:taken AS int) WHERE merchant_id = :merchant_id")
)


async def lock_rate(work: Work) -> int:
    """How many mails the merchant has begun in the minute that runs. Workers take one after the other."""
    minute_at = work.now.replace(second=0, microsecond=0)
    (begun,) = await _ROOM.one(work.session, merchant_id=work.merchant_id, minute_at=minute_at)
    return int(begun)


async def take_from_rate(work: Work, taken: int) -> None:
    """Count mails as begun."""
    await _TAKE.execute(work.session, merchant_id=work.merchant_id, taken=taken)
