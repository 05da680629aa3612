"""SQL of the journal: lock balances, book entries, read history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.core.ids import new_id
from service.infra.statements import Statement
from service.infra.work import Work
from service.ledger.domain import LINE_ACCOUNTS, Account, Balances, JournalEntry, Posting, line_changes
from service.ledger.models import BalanceRow, JournalEntryRow, PostingRow

__all__ = ["insert_balances", "insert_entry", "list_entries", "lock_balances", "read_balances", "sum_postings"]

_BALANCES: Final = (
    select(
        BalanceRow.line_id,
        BalanceRow.currency,
        BalanceRow.held_minor,
        BalanceRow.uninvoiced_minor,
        BalanceRow.receivable_minor,
        BalanceRow.on_account_minor,
        BalanceRow.credit_notes_minor,
    )
    .where(
        BalanceRow.merchant_id == bindparam("merchant_id"),
        BalanceRow.line_id == any_(bindparam("line_ids", type_=ARRAY(Uuid))),
    )
    .order_by(BalanceRow.line_id)
)
_READ: Final = Statement(_BALANCES)
_LOCK: Final = Statement(_BALANCES.with_for_update())


async def insert_balances(session: AsyncSession, *, merchant_id: UUID, line_id: UUID, currency: str) -> None:
    await session.execute(insert(BalanceRow).values(merchant_id=merchant_id, line_id=line_id, currency=currency))


async def lock_balances(
    session: AsyncSession, *, merchant_id: UUID, line_ids: Iterable[UUID]
) -> dict[UUID, tuple[str, Balances]]:
    """Currency and balances of the lines, locked in the order of their ids so that two bookings cannot deadlock."""
    rows = await _LOCK.rows(session, merchant_id=merchant_id, line_ids=list(line_ids))
    return {line_id: (currency, Balances(*totals)) for line_id, currency, *totals in rows}


async def read_balances(session: AsyncSession, *, merchant_id: UUID, line_ids: Iterable[UUID]) -> dict[UUID, Balances]:
    rows = await _READ.rows(session, merchant_id=merchant_id, line_ids=list(line_ids))
    return {line_id: Balances(*totals) for line_id, _currency, *totals in rows}


# An entry with its postings and what they move, or nothing at all when its reference is in the journal already.
_BOOK: Final = Statement(
    text("""
    WITH entry AS (
        INSERT INTO journal_entries (merchant_id, id, line_id, kind, reference, subject_id, effective_on, recorded_at,
                                     author, reason, exposure_after_minor, available_after_minor)
        VALUES (:merchant_id, :id, :line_id, :kind, :reference, :subject_id, :effective_on, :recorded_at, :author,
                :reason, :exposure, :available)
        ON CONFLICT (merchant_id, reference) DO NOTHING RETURNING merchant_id, id, line_id
    ), posted AS (
        INSERT INTO postings (merchant_id, entry_id, position, debit_account, credit_account, phase, amount_minor,
                              currency)
        SELECT entry.merchant_id, entry.id, one.number - 1, one.debit, one.credit, one.phase, one.amount, :currency
        FROM entry, unnest(CAST(:debits AS text[]), CAST(:credits AS text[]), CAST(:phases AS text[]),
                           CAST(:amounts AS bigint[]))
             WITH ORDINALITY AS one(debit, credit, phase, amount, number)
    ), moved AS (
        UPDATE balances SET
            held_minor = held_minor + :held,
            uninvoiced_minor = uninvoiced_minor + :uninvoiced,
            receivable_minor = receivable_minor + :receivable,
            on_account_minor = on_account_minor + :on_account,
            credit_notes_minor = credit_notes_minor + :credit_notes
        FROM entry
        WHERE balances.merchant_id = entry.merchant_id AND balances.line_id = entry.line_id
          AND cardinality(CAST(:debits AS text[])) > 0
        RETURNING held_minor, uninvoiced_minor, receivable_minor, on_account_minor, credit_notes_minor
    )
    SELECT held_minor, uninvoiced_minor, receivable_minor, on_account_minor, credit_notes_minor
    FROM entry LEFT JOIN moved ON true
    """)
)


async def insert_entry(
    work: Work, entry: JournalEntry, *, line_id: UUID, currency: str, exposure: int, available: int | None
) -> tuple[bool, Balances | None]:
    """Write an entry down and add what it changes to the running totals: whether it was new, and the new totals.

    An entry without postings moves none. One whose reference is in the journal already changes nothing.
    """
    changes = line_changes(entry.postings)
    rows = await _BOOK.rows(
        work.session,
        merchant_id=work.merchant_id,
        id=new_id(),
        line_id=line_id,
        kind=entry.kind,
        reference=entry.reference,
        subject_id=entry.subject_id,
        effective_on=entry.effective_on,
        recorded_at=work.now,
        author=entry.author,
        reason=entry.reason,
        exposure=exposure,
        available=available,
        currency=currency,
        debits=[posting.debit for posting in entry.postings],
        credits=[posting.credit for posting in entry.postings],
        phases=[posting.phase for posting in entry.postings],
        amounts=[posting.amount_minor for posting in entry.postings],
        **{account.value: changes.get(account, 0) for account in LINE_ACCOUNTS},
    )
    return bool(rows), Balances(*rows[0]) if rows and entry.postings else None


async def list_entries(
    work: Work, *, line_id: UUID, before: UUID | None, limit: int
) -> list[tuple[JournalEntryRow, list[PostingRow]]]:
    """A line's history with the postings of each entry, newest first."""
    query = select(JournalEntryRow).where(
        JournalEntryRow.merchant_id == work.merchant_id, JournalEntryRow.line_id == line_id
    )
    if before is not None:
        query = query.where(JournalEntryRow.id < before)
    entries = list(await work.session.scalars(query.order_by(JournalEntryRow.id.desc()).limit(limit)))
    postings = await work.session.scalars(
        select(PostingRow)
        .where(PostingRow.merchant_id == work.merchant_id, PostingRow.entry_id.in_([entry.id for entry in entries]))
        .order_by(PostingRow.entry_id, PostingRow.position)
    )
    by_entry: dict[UUID, list[PostingRow]] = {entry.id: [] for entry in entries}
    for posting in postings:
        by_entry[posting.entry_id].append(posting)
    return [(entry, by_entry[entry.id]) for entry in entries]


async def sum_postings(session: AsyncSession, *, merchant_id: UUID, line_id: UUID) -> Balances:
    """A line's balances as its whole journal says; for the audit, never for a decision."""
    rows = await session.execute(
        select(PostingRow.debit_account, PostingRow.credit_account, func.sum(PostingRow.amount_minor))
        .join(
            JournalEntryRow,
            (JournalEntryRow.merchant_id == PostingRow.merchant_id) & (JournalEntryRow.id == PostingRow.entry_id),
        )
        .where(JournalEntryRow.merchant_id == merchant_id, JournalEntryRow.line_id == line_id)
        .group_by(PostingRow.debit_account, PostingRow.credit_account)
    )
    totals = line_changes(Posting(Account(debit), Account(credit), int(amount)) for debit, credit, amount in rows)
    return Balances(**{account.value: total for account, total in totals.items()})
