"""Reminders: policies, pauses, what was done for each document, late charges; and which documents to look at.

Works beside the version that is running: it adds tables and columns that have defaults, and words to what the journal
may say. That version does not ask for a look at documents that it changes; each is looked at within a week anyhow.

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ENTRY_KINDS = (
    "line_opened",
    "limit_changed",
    "line_frozen",
    "line_unfrozen",
    "line_closed",
    "hold_placed",
    "hold_increased",
    "hold_released",
    "hold_expired",
    "capture",
    "capture_increased",
    "invoiced",
    "credit_note",
    "credit_note_allocated",
    "payment",
    "payment_allocated",
    "allocation_reversed",
    "payment_bounced",
    "payment_refunded",
    "credit_note_refunded",
    "write_off",
    "write_off_reversed",
    "late_charge",
)
_ACCOUNTS = (
    "held",
    "uninvoiced",
    "receivable",
    "on_account",
    "credit_notes",
    "commitments",
    "sales",
    "bank",
    "bad_debt",
    "clearing",
    "late_charges",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "late_interest_rates",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("base", sa.String(length=16), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("rate_bp", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "base IN ('ecb', 'fr_legal', 'de_base', 'boe')", name=op.f("ck_late_interest_rates_base_known")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_late_interest_rates_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "base", "from_on", name=op.f("pk_late_interest_rates")),
    )
    op.create_table(
        "reminder_assignments",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "level IN ('open_item', 'company', 'group')", name=op.f("ck_reminder_assignments_level_known")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_reminder_assignments_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "level", "subject", name=op.f("pk_reminder_assignments")),
    )
    op.create_table(
        "reminder_pauses",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_by", sa.String(length=200), nullable=True),
        sa.Column("resume_reason", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "scope IN ('open_item', 'credit_line', 'company', 'merchant')", name=op.f("ck_reminder_pauses_scope_known")
        ),
        sa.CheckConstraint(
            "(resumed_at IS NULL) = (resumed_by IS NULL)", name=op.f("ck_reminder_pauses_resumed_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_reminder_pauses_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_reminder_pauses")),
    )
    op.create_index(
        "ix_reminder_pauses_subject",
        "reminder_pauses",
        ["merchant_id", "subject_id"],
        unique=False,
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
    op.create_table(
        "reminder_policies",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_reminder_policies_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "code", "version", name=op.f("pk_reminder_policies")),
    )
    op.create_table(
        "reminder_watermarks",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("settings_version", sa.BigInteger(), nullable=False),
        sa.Column("companies_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sweep_after_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_reminder_watermarks_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_reminder_watermarks")),
    )
    op.create_table(
        "late_charges",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("charge_item_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("basis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(status = 'charged') = (charge_item_id IS NOT NULL)", name=op.f("ck_late_charges_charged_as_an_item")
        ),
        sa.CheckConstraint("kind IN ('late_interest', 'recovery_sum')", name=op.f("ck_late_charges_kind_known")),
        sa.CheckConstraint("status IN ('charged', 'waived')", name=op.f("ck_late_charges_status_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_late_charges_amount_positive")),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_late_charges_period_in_order")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "charge_item_id"],
            ["open_items.merchant_id", "open_items.id"],
            name=op.f("fk_late_charges_merchant_id_charge_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "open_item_id"],
            ["open_items.merchant_id", "open_items.id"],
            name=op.f("fk_late_charges_merchant_id_open_item_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_late_charges")),
    )
    op.create_index("ix_late_charges_company", "late_charges", ["merchant_id", "company_id", "id"], unique=False)
    op.create_index("ix_late_charges_open_item", "late_charges", ["merchant_id", "open_item_id"], unique=False)
    op.create_index("uq_late_charges_cause", "late_charges", ["merchant_id", "cause"], unique=True)
    op.create_table(
        "reminder_digests",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "mail_id"],
            ["mails.merchant_id", "mails.id"],
            name=op.f("fk_reminder_digests_merchant_id_mail_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_reminder_digests_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "day", name=op.f("pk_reminder_digests")),
    )
    op.create_table(
        "reminders",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("occurrence", sa.SmallInteger(), nullable=False),
        sa.Column("template", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("is_by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("demand_minor", sa.BigInteger(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pending_actions", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("actions", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'withdrawn') <= (reason IS NOT NULL)", name=op.f("ck_reminders_withdrawn_for_a_reason")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'issued', 'done', 'skipped', 'withdrawn')", name=op.f("ck_reminders_status_known")
        ),
        sa.CheckConstraint("level >= 0 AND occurrence >= 1", name=op.f("ck_reminders_step_in_range")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "mail_id"], ["mails.merchant_id", "mails.id"], name=op.f("fk_reminders_merchant_id_mail_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "open_item_id"],
            ["open_items.merchant_id", "open_items.id"],
            name=op.f("fk_reminders_merchant_id_open_item_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_reminders")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_reminders_acted",
        "reminders",
        ["merchant_id", "acted_at"],
        unique=False,
        postgresql_where=sa.text("acted_at IS NOT NULL"),
    )
    op.create_index("ix_reminders_company", "reminders", ["merchant_id", "company_id", "id"], unique=False)
    op.create_index(
        "ix_reminders_to_act",
        "reminders",
        ["decided_at"],
        unique=False,
        postgresql_where=sa.text("pending_actions <> '{}' AND status IN ('issued', 'done')"),
    )
    op.create_index(
        "uq_reminders_step",
        "reminders",
        ["merchant_id", "open_item_id", "level", "step", "occurrence"],
        unique=True,
        postgresql_where=sa.text("status <> 'withdrawn'"),
    )
    op.add_column("open_items", sa.Column("undisputed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "open_items",
        sa.Column("next_look_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    _extend("journal_entries", "kind", _ENTRY_KINDS)
    for column in ("debit_account", "credit_account"):
        _extend("postings", column, _ACCOUNTS)


def _extend(table: str, column: str, words: tuple[str, ...]) -> None:
    """Let a column hold these words too. What is there is read by the next migration, which locks nobody out."""
    name = op.f(f"ck_{table}_{column}_known")
    listed = ", ".join(f"'{word}'" for word in words)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed})) NOT VALID")


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
