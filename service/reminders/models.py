"""Tables of policies, of who has which, of pauses, of what was done for each document, and of late charges."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.infra.columns import Currency, Instant, JsonObject, Minor, PrimaryId, RowId, TextList, one_of
from service.infra.orm import Base

__all__ = [
    "AssignmentRow", "DigestRow", "InterestRateRow", "LateChargeRow", "PauseRow", "ReminderPolicyRow", "ReminderRow",
    "WatermarkRow",
]  # fmt: skip


class ReminderPolicyRow(Base):
    """One version of a merchant's own policy; the highest one holds. A retired one is history."""

    __tablename__ = "reminder_policies"

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    definition: Mapped[JsonObject]
    is_retired: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    author: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(1000))
    created_at: Mapped[Instant]


class AssignmentRow(Base):
    """Who has a policy of his own: an open item or a company by its id, a group by its code."""

    __tablename__ = "reminder_assignments"
    __table_args__ = (one_of("level", "open_item", "company", "group"),)

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    level: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    policy: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(1000))
    author: Mapped[str] = mapped_column(String(200))
    updated_at: Mapped[Instant]


class PauseRow(Base):
    """Reminders stopped on purpose, for a document, a credit line, a company or everybody (`subject_id`)."""

    __tablename__ = "reminder_pauses"
    __table_args__ = (
        one_of("scope", "open_item", "credit_line", "company", "merchant"),
        CheckConstraint("(resumed_at IS NULL) = (resumed_by IS NULL)", name="resumed_by_somebody"),
        Index("ix_reminder_pauses_subject", "merchant_id", "subject_id", postgresql_where=text("resumed_at IS NULL")),
    )

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    id: Mapped[PrimaryId]
    scope: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[RowId]
    reason: Mapped[str] = mapped_column(String(1000))
    author: Mapped[str] = mapped_column(String(200))
    paused_at: Mapped[Instant]
    until_on: Mapped[date | None] = mapped_column(Date)
    resumed_at: Mapped[Instant | None]
    resumed_by: Mapped[str | None] = mapped_column(String(200))
    resume_reason: Mapped[str | None] = mapped_column(String(1000))


class ReminderRow(Base):
    """What was done about one open item: a step of a policy, once. A withdrawn one counts as if it had never been.

    `pending_actions` are what the step does beside its mail and has not done yet; `acted_at` is when it had.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "open_item_id"], ["open_items.merchant_id", "open_items.id"]),
        ForeignKeyConstraint(["merchant_id", "mail_id"], ["mails.merchant_id", "mails.id"]),
        one_of("status", "queued", "issued", "undelivered", "done", "skipped", "withdrawn"),
        CheckConstraint("level >= 0 AND occurrence >= 1", name="step_in_range"),
        CheckConstraint("(status = 'withdrawn') <= (reason IS NOT NULL)", name="withdrawn_for_a_reason"),
        # Each step once for each document, whoever is faster.
        Index(
            "uq_reminders_step",
            "merchant_id",
            "open_item_id",
            "level",
            "step",
            "occurrence",
            unique=True,
            postgresql_where=text("status <> 'withdrawn'"),
        ),
        Index("ix_reminders_company", "merchant_id", "company_id", "id"),
        Index(
            "ix_reminders_to_act",
            "decided_at",
            postgresql_where=text("pending_actions <> '{}' AND status IN ('issued', 'done')"),
        ),
        Index(
            "ix_reminders_undelivered",
            "merchant_id",
            "open_item_id",
            postgresql_where=text("status = 'undelivered'"),
        ),
        Index("ix_reminders_acted", "merchant_id", "acted_at", postgresql_where=text("acted_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    open_item_id: Mapped[RowId]
    company_id: Mapped[RowId]
    shop_id: Mapped[RowId]
    mail_id: Mapped[RowId | None]
    policy: Mapped[str] = mapped_column(String(64))
    policy_version: Mapped[int] = mapped_column(SmallInteger)
    step: Mapped[str] = mapped_column(String(64))
    level: Mapped[int] = mapped_column(SmallInteger)
    occurrence: Mapped[int] = mapped_column(SmallInteger)
    template: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(1000))
    is_by_hand: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    author: Mapped[str] = mapped_column(String(200))
    currency: Mapped[Currency]
    demand_minor: Mapped[Minor]
    planned_on: Mapped[date] = mapped_column(Date)
    decided_on: Mapped[date] = mapped_column(Date)
    decided_at: Mapped[Instant]
    changed_at: Mapped[Instant]
    pending_actions: Mapped[TextList] = mapped_column(server_default=text("'{}'"))
    actions: Mapped[TextList] = mapped_column(server_default=text("'{}'"))
    acted_at: Mapped[Instant | None]


class LateChargeRow(Base):
    """Late interest, the fixed recovery sum or a fee on one document: charged as an open item of its own, or waived.

    `cause` is unique, so that nothing is charged twice; interest is charged from the day after the last one ended.
    """

    __tablename__ = "late_charges"
    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "open_item_id"], ["open_items.merchant_id", "open_items.id"]),
        ForeignKeyConstraint(["merchant_id", "charge_item_id"], ["open_items.merchant_id", "open_items.id"]),
        one_of("kind", "late_interest", "recovery_sum"),
        one_of("status", "charged", "waived"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("(status = 'charged') = (charge_item_id IS NOT NULL)", name="charged_as_an_item"),
        CheckConstraint("from_on <= until_on", name="period_in_order"),
        Index("uq_late_charges_cause", "merchant_id", "cause", unique=True),
        Index("ix_late_charges_open_item", "merchant_id", "open_item_id"),
        Index("ix_late_charges_company", "merchant_id", "company_id", "id"),
        Index(
            "ix_late_charges_charge_item",
            "merchant_id",
            "charge_item_id",
            postgresql_where=text("charge_item_id IS NOT NULL"),
        ),
    )

    merchant_id: Mapped[PrimaryId]
    id: Mapped[PrimaryId]
    open_item_id: Mapped[RowId]
    company_id: Mapped[RowId]
    shop_id: Mapped[RowId]
    charge_item_id: Mapped[RowId | None]
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(200))
    currency: Mapped[Currency]
    amount_minor: Mapped[Minor]
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    basis: Mapped[JsonObject]
    reason: Mapped[str | None] = mapped_column(String(1000))
    author: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[Instant]


class InterestRateRow(Base):
    """A reference rate that a merchant recorded because the service does not know it yet, or knows it wrong."""

    __tablename__ = "late_interest_rates"
    __table_args__ = (one_of("base", "ecb", "fr_legal", "de_base", "boe"),)

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    base: Mapped[str] = mapped_column(String(16), primary_key=True)
    from_on: Mapped[date] = mapped_column(Date, primary_key=True)
    rate_bp: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(String(300))
    author: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[Instant]


class DigestRow(Base):
    """The mail of one morning; the next one tells what has happened since."""

    __tablename__ = "reminder_digests"
    __table_args__ = (ForeignKeyConstraint(["merchant_id", "mail_id"], ["mails.merchant_id", "mails.id"]),)

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    mail_id: Mapped[RowId | None]
    until_at: Mapped[Instant]


class WatermarkRow(Base):
    """Up to which change of a merchant's settings and companies all documents were put on the list to look at.

    `sweep_after_id` is how far a sweep over all of them has come; empty when none is under way.
    """

    __tablename__ = "reminder_watermarks"

    merchant_id: Mapped[PrimaryId] = mapped_column(ForeignKey("merchants.id", ondelete="RESTRICT"))
    settings_version: Mapped[int] = mapped_column(BigInteger)
    companies_at: Mapped[Instant]
    sweep_after_id: Mapped[RowId | None]
