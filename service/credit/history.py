"""What happened to a credit line, as its readers see it: typed entries that nobody can change (G01)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from service.ledger.domain import Account, EntryKind, Phase, Posting, line_changes

__all__ = ["HistoryEntry", "exposure_change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One entry. `available_after_minor` None means that there was no ceiling; it may be below zero (S13)."""

    id: UUID
    line_id: UUID
    kind: EntryKind
    currency: str
    reference: str
    subject_id: UUID
    effective_on: date
    recorded_at: datetime
    author: str
    reason: str | None
    postings: tuple[Posting, ...]
    exposure_after_minor: int
    available_after_minor: int | None

    @property
    def change_minor(self) -> int:
        """What the entry added to the exposure; 0 when it only moved an amount from one bucket to another."""
        return exposure_change(self.postings)


_LOWERS_EXPOSURE = frozenset({Account.ON_ACCOUNT, Account.CREDIT_NOTES})


def exposure_change(postings: Sequence[Posting]) -> int:
    """By how much postings change what the company would owe (S9)."""
    changes = line_changes(postings)
    return sum(-change if account in _LOWERS_EXPOSURE else change for account, change in changes.items())


def posting_of(debit: str, credit: str, *, amount_minor: int, phase: str) -> Posting:
    """A posting from the words it is stored with."""
    return Posting(Account(debit), Account(credit), amount_minor, Phase(phase))
