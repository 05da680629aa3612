"""Tables of the journal and of the balances derived from it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, Minor, PrimaryId, RowId, one_of
from service.infra.orm import Base
from service.ledger.domain import Account, EntryKind, Phase

__all__ = ["BalanceRow", "JournalEntryRow", "PostingRow"]


class BalanceRow(Base):
    """Running totals of one credit line: the row that is locked while credit is decided.

    No index but the primary key and a low fill factor, so that an update stays on its page (HOT).
    """

    __tablename__ = "balances"
    __table_args__ = (
        CheckConstraint("held_minor >= 0", name="held_not_negative"),
        CheckConstraint("uninvoiced_minor >= 0", name="uninvoiced_not_negative"),
        CheckConstraint("receivable_minor >= 0", name="receivable_not_negative"),
        CheckConstraint("on_account_minor >= 0", name="on_account_not_negative"),
        CheckConstraint("credit_notes_minor >= 0", name="credit_notes_not_negative"),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    merchant_id: Mapped[PrimaryId]
    line_id: Mapped[PrimaryId]
    currency: Mapped[Currency]
    held_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    uninvoiced_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    receivable_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    on_account_minor: Mapped[Minor] = mapped_column(server_default=text("0"))
    credit_notes_minor: Mapped[Minor] = mapped_column(server_default=text("0"))


class JournalEntryRow(Base):
    """One change of one line's books. `reference` names its cause and is unique, so a repeated cause is a no-op.

    `exposure_after_minor` and `available_after_minor` (empty: no ceiling) are the line's figures once it was booked.
    """

    __tablename__ = "journal_entries"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "line_id"], ["balances.merchant_id", "balances.line_id"]),
        one_of("kind", *EntryKind),
        Index("uq_journal_entries_reference", "merchant_id", "reference", unique=True),
        Index("ix_journal_entries_line", "merchant_id", "line_id", "id"),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    line_id: Mapped[RowId]
    kind: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(200))
    subject_id: Mapped[RowId]
    effective_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[Instant]
    author: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(1000))
    exposure_after_minor: Mapped[Minor]
    available_after_minor: Mapped[Minor | None]


class PostingRow(Base):
    """One movement of an entry, from the account it credits to the account it debits: balanced by construction."""

    __tablename__ = "postings"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "entry_id"], ["journal_entries.merchant_id", "journal_entries.id"]),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("debit_account <> credit_account", name="accounts_differ"),
        one_of("debit_account", *Account),
        one_of("credit_account", *Account),
        one_of("phase", *Phase),
    )

    merchant_id: Mapped[PrimaryId]
    entry_id: Mapped[PrimaryId]
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    debit_account: Mapped[str] = mapped_column(String(16))
    credit_account: Mapped[str] = mapped_column(String(16))
    phase: Mapped[str] = mapped_column(String(8))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
