"""Book entries on a credit line that is locked for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from service.infra.work import Work
from service.ledger import repository
from service.ledger.domain import Balances, EntryKind, JournalEntry, Posting, apply_postings
from service.ledger.errors import LineUnknown

__all__ = ["Books", "lock_books"]


@dataclass
class Books:
    """The books of one credit line, its balances locked until the transaction ends.

    `ceiling_minor` is the limit with its tolerance (None: no ceiling), used only to write down what was still
    available after each entry; it is set by whoever knows the agreement.
    """

    work: Work
    line_id: UUID
    currency: str
    balances: Balances
    ceiling_minor: int | None = 0

    async def book(
        self,
        kind: EntryKind,
        *postings: Posting,
        reference: str,
        subject_id: UUID,
        reason: str | None = None,
    ) -> bool:
        """Book an entry once. A reference that is already in the journal changes nothing and gives False."""
        entry = JournalEntry(
            kind=kind,
            reference=reference,
            subject_id=subject_id,
            effective_on=self.work.now.date(),
            author=self.work.author,
            postings=postings,
            reason=reason,
        )
        after = apply_postings(self.balances, postings)
        available = None if self.ceiling_minor is None else self.ceiling_minor - after.exposure
        is_new, moved = await repository.insert_entry(
            self.work, entry, line_id=self.line_id, currency=self.currency, exposure=after.exposure, available=available
        )
        if not is_new:
            return False
        assert moved == (after if postings else None), "balances only move under their lock"
        self.balances = after
        return True


async def lock_books(work: Work, line_ids: Collection[UUID]) -> dict[UUID, Books]:
    """Lock the books of some lines, in an order that cannot deadlock. Raises LineUnknown."""
    locked = await repository.lock_balances(work.session, merchant_id=work.merchant_id, line_ids=line_ids)
    if len(locked) != len(line_ids):
        raise LineUnknown
    return {
        line_id: Books(work=work, line_id=line_id, currency=currency, balances=balances)
        for line_id, (currency, balances) in locked.items()
    }
