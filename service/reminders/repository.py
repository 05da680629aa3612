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

# The driver looks at every value of an array, but not into a row of a named type.
_INSERT: Final = Statement(
    text(f"""
    INSERT INTO reminders (merchant_id, {", ".join(Reminder._fields)})
    SELECT :merchant_id, one.* FROM unnest(CAST(:reminders AS reminder_decided[])) AS one
    """)  # noqa: S608 - the names of its fields
)


async def insert_reminders(work: Work, reminders: Sequence[Reminder]) -> None:
    """Write decisions down. A step that a document has already had is refused by the database."""
    if reminders:
        await _INSERT.execute(work.session, merchant_id=work.merchant_id, reminders=list(reminders))


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
