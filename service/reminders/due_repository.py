"""SQL of what is due: claim companies with documents to look at, read all that a decision needs, and look again later."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.statements import Statement
from service.infra.work import Work
from service.reminders.circumstances import Assignments, Credit, Debtor, KnownItem
from service.reminders.domain import Pause, PauseScope
from service.reminders.schedule import PastReminder

__all__ = [
    "EVERYTHING", "Relevant",
    "claim_debtors", "find_merchants_due", "look_again", "look_now", "push_forward", "read_assignments", "read_company_ids", "read_credits", "read_debtors",
    "read_items", "read_past", "read_pauses",
]  # fmt: skip

# From merchant to merchant through the index, however many documents each has.
_MERCHANTS_DUE: Final = Statement(
    text("""
    SELECT merchants.id FROM merchants
    WHERE EXISTS (
        SELECT FROM open_items item
        WHERE item.merchant_id = merchants.id AND item.open_minor > 0 AND item.next_look_at <= :now
    )
    ORDER BY merchants.id
    """)
)


async def find_merchants_due(session: AsyncSession, *, now: datetime) -> list[UUID]:
    """Who has documents to look at."""
    return [merchant_id for (merchant_id,) in await _MERCHANTS_DUE.rows(session, now=now)]


# The companies are locked, not their documents: money may settle those meanwhile and never waits for a reminder. Two
# workers so never write to one company at once. An upsert of the company waits for the few milliseconds of a batch.
_CLAIM: Final = Statement(
    text("""
    WITH waiting AS MATERIALIZED (
        SELECT item.company_id FROM open_items item
        WHERE item.merchant_id = :merchant_id AND item.open_minor > 0 AND item.next_look_at <= :now
        ORDER BY item.next_look_at LIMIT :window
    )
    SELECT company.id, company.legal_name, company.language, company.invoice_email, company.groups
    FROM companies company
    WHERE company.merchant_id = :merchant_id AND company.id = ANY (ARRAY(SELECT DISTINCT company_id FROM waiting))
    LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    """)
)


async def claim_debtors(work: Work, *, limit: int) -> list[Debtor]:
    """Lock some companies that have documents to look at and that nobody else is busy with; without their items."""
    rows = await _CLAIM.rows(work.session, merchant_id=work.merchant_id, now=work.now, window=limit * 4, limit=limit)
    return [_debtor(row) for row in rows]


def _debtor(row: Sequence[Any]) -> Debtor:
    company_id, legal_name, language, invoice_email, groups = row
    return Debtor(company_id, legal_name, language, invoice_email, tuple(groups))


_DEBTORS: Final = Statement(
    text("""
    SELECT company.id, company.legal_name, company.language, company.invoice_email, company.groups
    FROM companies company
    WHERE company.merchant_id = :merchant_id AND company.id = ANY (CAST(:company_ids AS uuid[]))
    """)
)
_LOCKED: Final = Statement(
    text("""
    SELECT company.id, company.legal_name, company.language, company.invoice_email, company.groups
    FROM companies company
    WHERE company.merchant_id = :merchant_id AND company.id = ANY (CAST(:company_ids AS uuid[]))
    ORDER BY company.id FOR NO KEY UPDATE
    """)
)


async def read_debtors(work: Work, company_ids: Collection[UUID], *, for_update: bool = False) -> list[Debtor]:
    """Companies that are known to exist; without their items."""
    statement = _LOCKED if for_update else _DEBTORS
    rows = await statement.rows(work.session, merchant_id=work.merchant_id, company_ids=list(company_ids))
    return [_debtor(row) for row in rows]


# From company to company through the index of what is open.
_COMPANY_IDS: Final = Statement(
    text("""
    SELECT DISTINCT company_id FROM open_items
    WHERE merchant_id = :merchant_id AND open_minor > 0
      AND (CAST(:after AS uuid) IS NULL OR company_id > CAST(:after AS uuid))
    ORDER BY company_id LIMIT :limit
    """)
)


async def read_company_ids(work: Work, *, after: UUID | None, limit: int) -> list[UUID]:
    """Companies that owe something, in the order of their ids."""
    rows = await _COMPANY_IDS.rows(work.session, merchant_id=work.merchant_id, after=after, limit=limit)
    return [company_id for (company_id,) in rows]


@dataclass(frozen=True, slots=True)
class Relevant:
    """Of all that companies owe, what is late or has to be looked at by now, and some items besides."""

    at: datetime | None = None
    item_ids: tuple[UUID, ...] = ()


EVERYTHING: Final = Relevant()

_ITEMS: Final = Statement(
    text("""
    SELECT item.id, item.company_id, item.shop_id, item.line_id, item.document_ref, item.currency, item.amount_minor,
           item.open_minor, item.issued_on, item.due_on, item.disputed_at IS NOT NULL, item.undisputed_at,
           item.promised_on, item.promised_minor, item.version, item.payment_number, "order".placed_on, buyer.email,
           item.next_look_at
    FROM open_items item
    LEFT JOIN orders "order" ON "order".merchant_id = item.merchant_id AND "order".id = item.order_id
    LEFT JOIN buyers buyer ON buyer.merchant_id = item.merchant_id AND buyer.scope_id = item.shop_id
                          AND buyer.ref = "order".buyer_ref
    WHERE item.merchant_id = :merchant_id AND item.company_id = ANY (CAST(:company_ids AS uuid[]))
      AND item.open_minor > 0
      AND (CAST(:at AS timestamptz) IS NULL OR item.next_look_at <= CAST(:at AS timestamptz)
           OR item.due_on <= CAST(CAST(:at AS timestamptz) AS date) OR item.id = ANY (CAST(:item_ids AS uuid[])))
    ORDER BY item.company_id, item.due_on, item.id
    """)
)


async def read_items(work: Work, debtors: Sequence[Debtor], *, only: Relevant) -> dict[UUID, list[KnownItem]]:
    """What each company owes, in every currency and shop."""
    found: dict[UUID, list[KnownItem]] = {debtor.id: [] for debtor in debtors}
    rows = await _ITEMS.rows(
        work.session,
        merchant_id=work.merchant_id,
        company_ids=list(found),
        at=only.at,
        item_ids=list(only.item_ids),
    )
    for row in rows:
        item = KnownItem(*row)
        found[item.company_id].append(item)
    return found


# Money that waits for an order of its own is spoken for.
_CREDITS: Final = Statement(
    text("""
    SELECT company_id, coalesce(reference, external_ref, ''), currency, received_on, unallocated_minor
    FROM payments WHERE merchant_id = :merchant_id AND company_id = ANY (CAST(:company_ids AS uuid[]))
      AND unallocated_minor > 0 AND order_id IS NULL
    UNION ALL
    SELECT note.company_id, coalesce("order".ref, ''), note.currency, note.issued_on, note.unallocated_minor
    FROM credit_notes note
    LEFT JOIN orders "order" ON "order".merchant_id = note.merchant_id AND "order".id = note.order_id
    WHERE note.merchant_id = :merchant_id AND note.company_id = ANY (CAST(:company_ids AS uuid[]))
      AND note.unallocated_minor > 0
    """)
)


async def read_credits(work: Work, company_ids: Collection[UUID]) -> dict[UUID, list[Credit]]:
    """Money on account and credit notes that could settle something, by company."""
    rows = await _CREDITS.rows(work.session, merchant_id=work.merchant_id, company_ids=list(company_ids))
    credit: dict[UUID, list[Credit]] = {}
    for company_id, reference, currency, issued_on, amount_minor in rows:
        credit.setdefault(company_id, []).append(Credit(reference, currency, issued_on, amount_minor))
    return credit


_PAST: Final = Statement(
    text("""
    SELECT open_item_id, step, level, occurrence, decided_on, mail_id, status = 'undelivered',
           status IN ('queued', 'issued')
    FROM reminders
    WHERE merchant_id = :merchant_id AND open_item_id = ANY (CAST(:item_ids AS uuid[])) AND status <> 'withdrawn'
    ORDER BY level, decided_at, occurrence
    """)
)


async def read_past(
    work: Work, item_ids: Collection[UUID], *, besides_mails: Collection[UUID] = ()
) -> dict[UUID, list[PastReminder]]:
    """What was done for each item and counts, in order; without what some mails carry."""
    rows = await _PAST.rows(work.session, merchant_id=work.merchant_id, item_ids=list(item_ids))
    past: dict[UUID, list[PastReminder]] = {}
    for item_id, step, level, occurrence, decided_on, mail_id, *became in rows:
        if mail_id is None or mail_id not in besides_mails:
            past.setdefault(item_id, []).append(PastReminder(step, level, occurrence, decided_on, *became))
    return past


_ASSIGNMENTS: Final = Statement(
    text("""
    SELECT level, subject, policy FROM reminder_assignments
    WHERE merchant_id = :merchant_id
      AND (level = 'group'
           OR (level IN ('company', 'open_item') AND subject = ANY (CAST(CAST(:subjects AS uuid[]) AS text[]))))
    """)
)


async def read_assignments(work: Work, subject_ids: Collection[UUID]) -> Assignments:
    """The policies given to groups, and to some companies and open items."""
    rows = await _ASSIGNMENTS.rows(work.session, merchant_id=work.merchant_id, subjects=list(subject_ids))
    return Assignments(
        items={UUID(subject): policy for level, subject, policy in rows if level == "open_item"},
        companies={UUID(subject): policy for level, subject, policy in rows if level == "company"},
        groups={subject: policy for level, subject, policy in rows if level == "group"},
    )


_PAUSES: Final = Statement(
    text("""
    SELECT id, scope, subject_id, reason, author, paused_at, until_on FROM reminder_pauses
    WHERE merchant_id = :merchant_id AND resumed_at IS NULL AND (until_on IS NULL OR until_on >= :since_on)
      AND (scope = 'merchant' OR subject_id = ANY (CAST(:subject_ids AS uuid[])))
    """)
)


async def read_pauses(work: Work, subject_ids: Collection[UUID], *, since_on: date) -> dict[UUID, list[Pause]]:
    """What is paused or was until lately, by its subject; whoever asks."""
    rows = await _PAUSES.rows(
        work.session, merchant_id=work.merchant_id, subject_ids=list(subject_ids), since_on=since_on
    )
    pauses: dict[UUID, list[Pause]] = {}
    for pause_id, scope, subject_id, reason, author, paused_at, until_on in rows:
        pause = Pause(
            id=pause_id,
            scope=PauseScope(scope),
            subject_id=subject_id,
            reason=reason,
            author=author,
            paused_at=paused_at,
            until_on=until_on,
        )
        pauses.setdefault(subject_id, []).append(pause)
    return pauses


# A document that somebody is changing at this moment, or has changed since it was read, keeps its own time: the change
# asked for another look. Nobody is waited for.
_LOOK_AGAIN: Final = Statement(
    text("""
    UPDATE open_items SET next_look_at = hint.look_at
    FROM (
        SELECT item.merchant_id, item.id, one.look_at
        FROM unnest(CAST(:item_ids AS uuid[]), CAST(:versions AS int[]), CAST(:look_at AS timestamptz[]))
             AS one(id, version, look_at)
        JOIN open_items item ON item.merchant_id = :merchant_id AND item.id = one.id AND item.version = one.version
        FOR NO KEY UPDATE OF item SKIP LOCKED
    ) hint
    WHERE open_items.merchant_id = hint.merchant_id AND open_items.id = hint.id
    """)
)


async def look_again(work: Work, look_at: Mapping[UUID, tuple[int, datetime]]) -> None:
    """When to look at items again that have not changed: version and time by item."""
    await _LOOK_AGAIN.execute(
        work.session,
        merchant_id=work.merchant_id,
        item_ids=list(look_at),
        versions=[version for version, _ in look_at.values()],
        look_at=[at for _, at in look_at.values()],
    )


_LOOK_NOW: Final = Statement(
    text("""
    UPDATE open_items SET next_look_at = :now, version = version + 1
    WHERE merchant_id = :merchant_id AND open_minor > 0
      AND (id = ANY (CAST(:subjects AS uuid[])) OR company_id = ANY (CAST(:subjects AS uuid[])) OR line_id = ANY (CAST(:subjects AS uuid[])))
    """)
)


async def look_now(work: Work, subject_ids: Collection[UUID]) -> None:
    """Look at these items, or at all of these companies or lines, as soon as this commits."""
    if subject_ids:
        await _LOOK_NOW.execute(work.session, merchant_id=work.merchant_id, now=work.now, subjects=list(subject_ids))


_PUSH_FORWARD: Final = Statement(
    text("""
    UPDATE open_items SET next_look_at = :until
    WHERE merchant_id = :merchant_id AND company_id = :company_id AND open_minor > 0 AND next_look_at <= :now
    """)
)


async def push_forward(work: Work, company_id: UUID, *, until: datetime) -> None:
    """Leave a company alone for a while whose reminders cannot be decided."""
    await _PUSH_FORWARD.execute(
        work.session, merchant_id=work.merchant_id, company_id=company_id, until=until, now=work.now
    )
