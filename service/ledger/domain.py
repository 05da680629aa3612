"""Double entry for credit given to companies: accounts, postings, and what they do to a line's balances.

Each credit line has five accounts of its own; the merchant's side of every movement is a shared account that
keeps no running total, because a row that every order of a merchant must lock would serialise the whole shop.
The audit sums those from the journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

__all__ = [
    "LINE_ACCOUNTS", "Account", "Balances", "EntryKind", "JournalEntry", "Phase", "Posting", "apply_postings",
    "line_changes",
]  # fmt: skip


class Account(StrEnum):
    """Where money or the promise of it sits. The first five belong to a credit line, the others to the merchant."""

    HELD = "held"
    UNINVOICED = "uninvoiced"
    RECEIVABLE = "receivable"
    ON_ACCOUNT = "on_account"
    CREDIT_NOTES = "credit_notes"
    COMMITMENTS = "commitments"
    SALES = "sales"
    BANK = "bank"
    BAD_DEBT = "bad_debt"
    CLEARING = "clearing"
    LATE_CHARGES = "late_charges"


LINE_ACCOUNTS: Final = (
    Account.HELD,
    Account.UNINVOICED,
    Account.RECEIVABLE,
    Account.ON_ACCOUNT,
    Account.CREDIT_NOTES,
)
# Money that the merchant owes the company: a credit makes these grow, the others grow by a debit.
_CREDIT_NORMAL: Final = frozenset({Account.ON_ACCOUNT, Account.CREDIT_NOTES})


class Phase(StrEnum):
    """Pending movements reserve and are resolved once (two-phase transfer); posted ones are final."""

    PENDING = "pending"
    POSTED = "posted"


class EntryKind(StrEnum):
    """What happened, as the typed history of a credit line names it."""

    LINE_OPENED = "line_opened"
    LIMIT_CHANGED = "limit_changed"
    LINE_FROZEN = "line_frozen"
    LINE_UNFROZEN = "line_unfrozen"
    LINE_CLOSED = "line_closed"
    HOLD_PLACED = "hold_placed"
    HOLD_INCREASED = "hold_increased"
    HOLD_RELEASED = "hold_released"
    HOLD_EXPIRED = "hold_expired"
    CAPTURE = "capture"
    CAPTURE_INCREASED = "capture_increased"
    INVOICED = "invoiced"
    CREDIT_NOTE = "credit_note"
    CREDIT_NOTE_ALLOCATED = "credit_note_allocated"
    PAYMENT = "payment"
    PAYMENT_ALLOCATED = "payment_allocated"
    ALLOCATION_REVERSED = "allocation_reversed"
    PAYMENT_BOUNCED = "payment_bounced"
    PAYMENT_REFUNDED = "payment_refunded"
    CREDIT_NOTE_REFUNDED = "credit_note_refunded"
    WRITE_OFF = "write_off"
    WRITE_OFF_REVERSED = "write_off_reversed"
    LATE_CHARGE = "late_charge"


@dataclass(frozen=True, slots=True)
class Posting:
    """`amount_minor` goes from `credit` to `debit`, in the line's currency. Positive always; a reversal swaps sides."""

    debit: Account
    credit: Account
    amount_minor: int
    phase: Phase = Phase.POSTED

    def __post_init__(self) -> None:
        assert self.amount_minor > 0, "a posting moves something"
        assert self.debit is not self.credit, "a posting moves between two accounts"

    def reversed(self) -> Posting:
        return replace(self, debit=self.credit, credit=self.debit)


class Balances(NamedTuple):
    """Running totals of a line's accounts in minor units of its currency. None is ever negative."""

    held: int = 0
    uninvoiced: int = 0
    receivable: int = 0
    on_account: int = 0
    credit_notes: int = 0

    @property
    def exposure(self) -> int:
        """What the company would owe if everything promised were delivered (S9); may be below zero."""
        held, uninvoiced, receivable, on_account, credit_notes = self
        return held + uninvoiced + receivable - on_account - credit_notes

    def with_hold(self, amount_minor: int) -> Balances:
        """The balances once that much more is reserved."""
        assert amount_minor > 0, "a hold reserves something"
        return Balances(self.held + amount_minor, *self[1:])


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry to be booked. `reference` is derived from the cause, so that the same cause books once.

    `subject_id` is the hold, order, payment, credit note or line that the entry is about.
    """

    kind: EntryKind
    reference: str
    subject_id: UUID
    effective_on: date
    author: str
    postings: tuple[Posting, ...] = ()
    reason: str | None = None


def line_changes(postings: Iterable[Posting]) -> dict[Account, int]:
    """What the postings add to each account of the line; accounts of the merchant keep no running total."""
    changes: dict[Account, int] = {}
    for posting in postings:
        for account, change in ((posting.debit, posting.amount_minor), (posting.credit, -posting.amount_minor)):
            if account in LINE_ACCOUNTS:
                changes[account] = changes.get(account, 0) + (-change if account in _CREDIT_NORMAL else change)
    return changes


def apply_postings(balances: Balances, postings: Iterable[Posting]) -> Balances:
    """The balances after the postings. Asserts that no account of the line falls below zero."""
    changes = line_changes(postings)
    totals = {account.value: getattr(balances, account.value) + changes.get(account, 0) for account in LINE_ACCOUNTS}
    assert all(total >= 0 for total in totals.values()), f"no account of a line is overdrawn: {totals}"
    return Balances(**totals)
