"""SQL of the journal: lock balances, book entries, read history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.core.ids import new_id
from service.infra.work import Work
from service.ledger.domain import Account, Balances, JournalEntry, Posting, line_changes
from service.ledger.models import BalanceRow, JournalEntryRow, PostingRow

__all__ = [
    "insert_balances", "insert_entry", "insert_postings", "list_entries", "lock_balances", "move_balances", "read_balances",
    "sum_postings",
]  # fmt: skip

_TOTALS: Final = (
    BalanceRow.held_minor,
    BalanceRow.uninvoiced_minor,
    BalanceRow.receivable_minor,
    BalanceRow.on_account_minor,
    BalanceRow.credit_notes_minor,
)
_COLUMN_OF: Final = {
    Account.HELD: BalanceRow.held_minor,
    Account.UNINVOICED: BalanceRow.uninvoiced_minor,
    Account.RECEIVABLE: BalanceRow.receivable_minor,
    Account.ON_ACCOUNT: BalanceRow.on_account_minor,
    Account.CREDIT_NOTES: BalanceRow.credit_notes_minor,
}


async def insert_balances(session: AsyncSession, *, merchant_id: UUID, line_id: UUID, currency: str) -> None:
    await session.execute(insert(BalanceRow).values(merchant_id=merchant_id, line_id=line_id, currency=currency))


async def lock_balances(
    session: AsyncSession, *, merchant_id: UUID, line_ids: Iterable[UUID]
) -> dict[UUID, tuple[str, Balances]]:
    """Currency and balances of the lines, locked in the order of their ids so that two bookings cannot deadlock."""
    rows = await session.execute(
        select(BalanceRow.line_id, BalanceRow.currency, *_TOTALS)
        .where(BalanceRow.merchant_id == merchant_id, BalanceRow.line_id.in_(list(line_ids)))
        .order_by(BalanceRow.line_id)
        .with_for_update()
    )
    return {row.line_id: (row.currency, Balances(*row[2:])) for row in rows}


async def read_balances(session: AsyncSession, *, merchant_id: UUID, line_ids: Sequence[UUID]) -> dict[UUID, Balances]:
    rows = await session.execute(
        select(BalanceRow.line_id, *_TOTALS).where(
            BalanceRow.merchant_id == merchant_id, BalanceRow.line_id.in_(line_ids)
        )
    )
    return {row.line_id: Balances(*row[1:]) for row in rows}


async def move_balances(
    session: AsyncSession, *, merchant_id: UUID, line_id: UUID, postings: Sequence[Posting]
) -> Balances:
    """Add what the postings change to the running totals and give back the new ones."""
    changes = {_COLUMN_OF[account]: change for account, change in line_changes(postings).items()}
    result = await session.execute(
        update(BalanceRow)
        .where(BalanceRow.merchant_id == merchant_id, BalanceRow.line_id == line_id)
        .values({column: column + change for column, change in changes.items()})
        .returning(*_TOTALS)
    )
    return Balances(*result.one())


async def insert_entry(
    work: Work, *, line_id: UUID, entry: JournalEntry, exposure: int, available: int | None
) -> UUID | None:
    """The id of the new entry; None when its reference is in the journal already."""
    result = await work.session.execute(
        insert(JournalEntryRow)
        .values(
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
            exposure_after_minor=exposure,
            available_after_minor=available,
        )
        .on_conflict_do_nothing(index_elements=["merchant_id", "reference"])
        .returning(JournalEntryRow.id)
    )
    entry_id: UUID | None = result.scalar_one_or_none()
    return entry_id


async def insert_postings(work: Work, entry_id: UUID, postings: Sequence[Posting], *, currency: str) -> None:
    await work.session.execute(
        insert(PostingRow),
        [
            {
                "merchant_id": work.merchant_id,
                "entry_id": entry_id,
                "position": position,
                "debit_account": posting.debit,
                "credit_account": posting.credit,
                "phase": posting.phase,
                "amount_minor": posting.amount_minor,
                "currency": currency,
            }
            for position, posting in enumerate(postings)
        ],
    )


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
