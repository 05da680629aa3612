"""SQL of reminders: write down what was decided, change what became of it, and read the history."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, exists, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.statements import Statement
from service.infra.work import Work
from service.infra.worklist import DueItem
from service.mails.domain import MailStatus
from service.mails.models import MailRow
from service.receivables.models import OpenItemRow
from service.reminders.domain import ReminderStatus
from service.reminders.models import ReminderRow
from service.reminders.policy import Action, Template
from service.reminders.reminder import HistoryLine, Reminder, ReminderFilter

__all__ = [
    "end_reminders", "find_reminder", "insert_reminders", "issue_reminders", "list_reminders", "lock_reminder",
    "next_to_act", "note_actions", "read_queued", "resume_reminders", "withdraw_reminders",
]  # fmt: skip

# An array holds each column; actions of one reminder are a text, because arrays of arrays have all one length.
_INSERT: Final = Statement(
    text("""
    INSERT INTO reminders (merchant_id, id, open_item_id, company_id, shop_id, mail_id, policy, policy_version, step,
                           level, occurrence, template, status, reason, is_by_hand, author, currency, demand_minor,
                           planned_on, decided_on, decided_at, changed_at, pending_actions, actions)
    SELECT :merchant_id, one.id, one.open_item_id, one.company_id, one.shop_id, one.mail_id, one.policy,
           one.policy_version, one.step, one.level, one.occurrence, NULLIF(one.template, ''), one.status,
           NULLIF(one.reason, ''), :is_by_hand, :author, one.currency, one.demand_minor, one.planned_on, one.decided_on,
           :now, :now, CASE one.status WHEN 'skipped' THEN '{}' ELSE string_to_array(one.actions, ',') END,
           string_to_array(one.actions, ',')
    FROM unnest(CAST(:ids AS uuid[]), CAST(:open_item_ids AS uuid[]), CAST(:company_ids AS uuid[]),
                CAST(:shop_ids AS uuid[]), CAST(:mail_ids AS uuid[]), CAST(:policies AS text[]),
                CAST(:versions AS int[]), CAST(:steps AS text[]), CAST(:levels AS int[]), CAST(:occurrences AS int[]),
                CAST(:templates AS text[]), CAST(:statuses AS text[]), CAST(:reasons AS text[]),
                CAST(:currencies AS text[]), CAST(:demands AS bigint[]), CAST(:planned AS date[]),
                CAST(:decided AS date[]), CAST(:actions AS text[]))
         AS one(id, open_item_id, company_id, shop_id, mail_id, policy, policy_version, step, level, occurrence, template,
                status, reason, currency, demand_minor, planned_on, decided_on, actions)
    """)
)


async def insert_reminders(work: Work, decided: Sequence[tuple[Reminder, UUID | None]]) -> None:
    """Write decisions down with the mails that carry them, all by hand or none. A step that a document has already had
    is refused by the database."""
    if not decided:
        return
    reminders = [reminder for reminder, _ in decided]
    await _INSERT.execute(
        work.session,
        merchant_id=work.merchant_id,
        now=work.now,
        author=work.author,
        is_by_hand=reminders[0].is_by_hand,
        ids=[one.id for one in reminders],
        open_item_ids=[one.open_item_id for one in reminders],
        company_ids=[one.company_id for one in reminders],
        shop_ids=[one.shop_id for one in reminders],
        mail_ids=[mail_id for _, mail_id in decided],
        policies=[one.policy for one in reminders],
        versions=[one.policy_version for one in reminders],
        steps=[one.step for one in reminders],
        levels=[one.level for one in reminders],
        occurrences=[one.occurrence for one in reminders],
        templates=[one.template or "" for one in reminders],
        statuses=[one.status for one in reminders],
        reasons=[one.reason or "" for one in reminders],
        currencies=[one.currency for one in reminders],
        demands=[one.demand_minor for one in reminders],
        planned=[one.planned_on for one in reminders],
        decided=[one.decided_on for one in reminders],
        actions=[",".join(one.actions) for one in reminders],
    )


_COLUMNS: Final = (
    ReminderRow.id, ReminderRow.open_item_id, ReminderRow.company_id, ReminderRow.shop_id, ReminderRow.mail_id,
    ReminderRow.policy, ReminderRow.policy_version, ReminderRow.step, ReminderRow.level, ReminderRow.occurrence,
    ReminderRow.template, ReminderRow.status, ReminderRow.reason, ReminderRow.is_by_hand, ReminderRow.author,
    ReminderRow.currency, ReminderRow.demand_minor, ReminderRow.planned_on, ReminderRow.decided_on,
    ReminderRow.decided_at, ReminderRow.changed_at, ReminderRow.pending_actions, ReminderRow.actions,
    ReminderRow.acted_at,
)  # fmt: skip
_NAMES: Final = tuple(column.key for column in _COLUMNS)


def _reminder(row: Sequence[Any]) -> Reminder:
    values = dict(zip(_NAMES, row, strict=True))
    return Reminder(
        **values
        | {
            "template": None if values["template"] is None else Template(values["template"]),
            "status": ReminderStatus(values["status"]),
            "pending_actions": tuple(Action(action) for action in values["pending_actions"]),
            "actions": tuple(Action(action) for action in values["actions"]),
        }
    )


async def read_queued(work: Work, reminder_ids: Collection[UUID]) -> dict[UUID, list[Reminder]]:
    """Of these, what mails carry and has not been withdrawn, by mail; locked until the mails are decided."""
    rows = await work.session.execute(
        select(*_COLUMNS)
        .where(
            ReminderRow.merchant_id == work.merchant_id,
            ReminderRow.id.in_(list(reminder_ids)),
            ReminderRow.status.in_([ReminderStatus.QUEUED, ReminderStatus.ISSUED, ReminderStatus.UNDELIVERED]),
        )
        .order_by(ReminderRow.id)
        .with_for_update()
    )
    found: dict[UUID, list[Reminder]] = {}
    for row in rows:
        reminder = _reminder(row)
        assert reminder.mail_id is not None, "only what a mail carries waits for it"
        found.setdefault(reminder.mail_id, []).append(reminder)
    return found


_ISSUE: Final = Statement(
    text("""
    UPDATE reminders SET status = 'issued', changed_at = :now
    WHERE merchant_id = :merchant_id AND id = ANY (CAST(:ids AS uuid[])) AND status = 'queued'
    """)
)
# What a step does beside its mail waits with it while a person decides about the mail.
_END: Final = Statement(
    text("""
    UPDATE reminders SET status = :status, changed_at = :now, reason = one.reason,
                         pending_actions = CASE WHEN CAST(:keeps_actions AS boolean) THEN pending_actions ELSE '{}' END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:reasons AS text[])) AS one(id, reason)
    WHERE reminders.merchant_id = :merchant_id AND reminders.id = one.id
      AND reminders.status IN ('queued', 'issued', 'undelivered')
    RETURNING reminders.open_item_id
    """)
)
_RESUME: Final = Statement(
    text("""
    UPDATE reminders SET status = 'queued', changed_at = :now, reason = NULL, decided_on = one.day
    FROM unnest(CAST(:ids AS uuid[]), CAST(:days AS date[])) AS one(id, day)
    WHERE reminders.merchant_id = :merchant_id AND reminders.id = one.id AND reminders.status = 'undelivered'
    """)
)


async def issue_reminders(work: Work, reminder_ids: Sequence[UUID]) -> None:
    """Their mail is on its way."""
    if reminder_ids:
        await _ISSUE.execute(work.session, merchant_id=work.merchant_id, now=work.now, ids=list(reminder_ids))


async def withdraw_reminders(work: Work, reasons: Mapping[UUID, str]) -> None:
    """Decided against before they went: they do not count, and may be decided again."""
    await end_reminders(work, reasons, status=ReminderStatus.WITHDRAWN)


async def end_reminders(work: Work, reasons: Mapping[UUID, str], *, status: ReminderStatus) -> list[UUID]:
    """What became of reminders that reached nobody, each for a reason; gives their documents."""
    if not reasons:
        return []
    rows = await _END.rows(
        work.session,
        merchant_id=work.merchant_id,
        now=work.now,
        status=status.value,
        keeps_actions=status is ReminderStatus.UNDELIVERED,
        ids=list(reasons),
        reasons=list(reasons.values()),
    )
    return [item_id for (item_id,) in rows]


async def resume_reminders(work: Work, days: Mapping[UUID, date]) -> None:
    """A person lets the mail of undelivered reminders go again: they are done on that day, where the shop is."""
    if days:
        await _RESUME.execute(
            work.session, merchant_id=work.merchant_id, now=work.now, ids=list(days), days=list(days.values())
        )


_NOTE_ACTIONS: Final = Statement(
    text("""
    UPDATE reminders SET pending_actions = '{}', acted_at = :now, actions = string_to_array(:done, ',')
    WHERE merchant_id = :merchant_id AND id = :reminder_id
    """)
)


# Nobody's credit is frozen, and nothing is charged, by a mail that has not left.
_MAY_ACT: Final = (ReminderRow.status == ReminderStatus.DONE) | (
    (ReminderRow.status == ReminderStatus.ISSUED)
    & exists().where(
        MailRow.merchant_id == ReminderRow.merchant_id,
        MailRow.id == ReminderRow.mail_id,
        MailRow.status == MailStatus.SENT,
    )
)


async def lock_reminder(work: Work, reminder_id: UUID) -> Reminder | None:
    """A reminder that is about to be acted on; None while somebody else acts on it."""
    row = (
        await work.session.execute(
            select(*_COLUMNS)
            .where(ReminderRow.merchant_id == work.merchant_id, ReminderRow.id == reminder_id, _MAY_ACT)
            .with_for_update(skip_locked=True)
        )
    ).one_or_none()
    return _reminder(row) if row else None


async def note_actions(work: Work, reminder_id: UUID, done: Sequence[Action]) -> None:
    """Nothing is left to do; this was done."""
    await _NOTE_ACTIONS.execute(
        work.session, merchant_id=work.merchant_id, reminder_id=reminder_id, now=work.now, done=",".join(done)
    )


async def next_to_act(session: AsyncSession, *, besides: Collection[UUID]) -> DueItem | None:
    """Merchant and id of one reminder whose step has more to do than its mail."""
    row = (
        await session.execute(
            select(ReminderRow.merchant_id, ReminderRow.id)
            .where(
                ReminderRow.pending_actions != [],
                ReminderRow.status.in_([ReminderStatus.ISSUED, ReminderStatus.DONE]),
                _MAY_ACT,
                ReminderRow.id.not_in(besides),
            )
            .order_by(ReminderRow.decided_at)
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.id) if row else None


# History


def _history(work: Work) -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(*_COLUMNS, OpenItemRow.document_ref, MailRow.status)
        .join(
            OpenItemRow,
            (OpenItemRow.merchant_id == ReminderRow.merchant_id) & (OpenItemRow.id == ReminderRow.open_item_id),
        )
        .outerjoin(MailRow, (MailRow.merchant_id == ReminderRow.merchant_id) & (MailRow.id == ReminderRow.mail_id))
        .where(ReminderRow.merchant_id == work.merchant_id)
    )
    return query if work.caller.shop_id is None else query.where(ReminderRow.shop_id == work.caller.shop_id)


def _line(row: Sequence[Any]) -> HistoryLine:
    *reminder, document_ref, mail_status = row
    return HistoryLine(_reminder(reminder), document_ref, mail_status)


async def list_reminders(work: Work, wanted: ReminderFilter, *, before: UUID | None, limit: int) -> list[HistoryLine]:
    """Newest first; a shop sees those of its own documents."""
    query = _history(work)
    if wanted.company_id is not None:
        query = query.where(ReminderRow.company_id == wanted.company_id)
    if wanted.open_item_id is not None:
        query = query.where(ReminderRow.open_item_id == wanted.open_item_id)
    if wanted.status is not None:
        query = query.where(ReminderRow.status == wanted.status)
    if before is not None:
        query = query.where(ReminderRow.id < before)
    rows = await work.session.execute(query.order_by(ReminderRow.id.desc()).limit(limit))
    return [_line(row) for row in rows]


async def find_reminder(work: Work, reminder_id: UUID) -> HistoryLine | None:
    row = (await work.session.execute(_history(work).where(ReminderRow.id == reminder_id))).one_or_none()
    return _line(row) if row else None
