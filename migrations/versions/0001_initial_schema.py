"""Initial schema.

The first migration: nothing runs yet that it could disturb.

Revision: 0001
Follows:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "balances",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("uninvoiced_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("receivable_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("on_account_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("credit_notes_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("credit_notes_minor >= 0", name=op.f("ck_balances_credit_notes_not_negative")),
        sa.CheckConstraint("held_minor >= 0", name=op.f("ck_balances_held_not_negative")),
        sa.CheckConstraint("on_account_minor >= 0", name=op.f("ck_balances_on_account_not_negative")),
        sa.CheckConstraint("receivable_minor >= 0", name=op.f("ck_balances_receivable_not_negative")),
        sa.CheckConstraint("uninvoiced_minor >= 0", name=op.f("ck_balances_uninvoiced_not_negative")),
        sa.PrimaryKeyConstraint("merchant_id", "line_id", name=op.f("pk_balances")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("scope_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "scope_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "merchants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("settings_version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
    )
    op.create_table(
        "order_events",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.String(length=128), nullable=False),
        sa.Column("order_ref", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("outcome_reason", sa.String(length=64), nullable=True),
        sa.CheckConstraint("outcome IN ('accepted', 'flagged', 'waiting')", name=op.f("ck_order_events_outcome_known")),
        sa.PrimaryKeyConstraint("merchant_id", "shop_id", "event_id", name=op.f("pk_order_events")),
    )
    op.create_index(
        "ix_order_events_order", "order_events", ["merchant_id", "shop_id", "order_ref", "occurred_at"], unique=False
    )
    op.create_table(
        "outbox_messages",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_type", sa.String(length=64), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fanned_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_outbox_messages")),
    )
    op.create_index("ix_outbox_messages_fanned_out_at", "outbox_messages", ["fanned_out_at"], unique=False)
    op.create_index(
        "ix_outbox_messages_to_fan_out",
        "outbox_messages",
        ["sequence"],
        unique=False,
        postgresql_where=sa.text("fanned_out_at IS NULL"),
    )
    op.create_table(
        "changes",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_changes_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_subject", "changes", ["merchant_id", "subject_kind", "subject_id", "id"], unique=False)
    op.create_table(
        "companies",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("legal_name", sa.String(length=300), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("registration_number", sa.String(length=64), nullable=True),
        sa.Column("vat_number", sa.String(length=32), nullable=True),
        sa.Column("vat_status", sa.String(length=16), nullable=False),
        sa.Column("vat_reason", sa.String(length=64), nullable=True),
        sa.Column("vat_source", sa.String(length=32), nullable=True),
        sa.Column("vat_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vat_next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vat_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("vat_consultation_number", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("invoice_email", sa.String(length=320), nullable=True),
        sa.Column("groups", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("addresses", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("override_position", sa.String(length=8), nullable=True),
        sa.Column("override_reason", sa.String(length=1000), nullable=True),
        sa.Column("override_author", sa.String(length=200), nullable=True),
        sa.Column("override_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("default_terms", sa.String(length=64), nullable=True),
        sa.Column("allowed_terms", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "override_position IS NULL OR override_position IN ('allow', 'deny')",
            name=op.f("ck_companies_override_position_known"),
        ),
        sa.CheckConstraint(
            "vat_status IN ('valid', 'invalid', 'unknown', 'absent')", name=op.f("ck_companies_vat_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_companies_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_companies")),
    )
    op.create_index("ix_companies_groups", "companies", ["groups"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_companies_legal_name",
        "companies",
        ["merchant_id", sa.literal_column("lower(legal_name)").label("lower_name")],
        unique=False,
        postgresql_ops={"lower_name": "text_pattern_ops"},
    )
    op.create_index(
        "ix_companies_registration_number", "companies", ["merchant_id", "country", "registration_number"], unique=False
    )
    op.create_index(
        "ix_companies_vat_next_check_at",
        "companies",
        ["vat_next_check_at"],
        unique=False,
        postgresql_where=sa.text("vat_next_check_at IS NOT NULL"),
    )
    op.create_index("ix_companies_vat_number", "companies", ["merchant_id", "vat_number"], unique=False)
    op.create_table(
        "company_groups",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=8), nullable=True),
        sa.Column("limit_kind", sa.String(length=16), nullable=True),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("limit_currency", sa.String(length=3), nullable=True),
        sa.Column("default_terms", sa.String(length=64), nullable=True),
        sa.Column("allowed_terms", postgresql.ARRAY(sa.String()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "limit_kind IS NULL OR limit_kind IN ('none', 'amount', 'unlimited')",
            name=op.f("ck_company_groups_limit_kind_known"),
        ),
        sa.CheckConstraint(
            "position IS NULL OR position IN ('allow', 'deny')", name=op.f("ck_company_groups_position_known")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_company_groups_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_company_groups")),
    )
    op.create_index("uq_company_groups_code", "company_groups", ["merchant_id", "code"], unique=True)
    op.create_table(
        "credit_notes",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("unallocated_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("line_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_unallocated_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('correction', 'return', 'goodwill')", name=op.f("ck_credit_notes_kind_known")),
        sa.CheckConstraint(
            "unallocated_minor BETWEEN 0 AND amount_minor", name=op.f("ck_credit_notes_unallocated_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["balances.merchant_id", "balances.line_id"],
            name=op.f("fk_credit_notes_merchant_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_credit_notes")),
    )
    op.create_index("ix_credit_notes_company", "credit_notes", ["merchant_id", "company_id", "id"], unique=False)
    op.create_index("uq_credit_notes_cause", "credit_notes", ["merchant_id", "cause"], unique=True)
    op.create_table(
        "holds",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("is_attached", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("exchange_rate", sa.String(length=40), nullable=True),
        sa.Column("line_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_captured_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("line_released_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("buyer_ref", sa.String(length=128), nullable=True),
        sa.Column("cart_ref", sa.String(length=128), nullable=True),
        sa.Column("cart_hash", sa.String(length=128), nullable=True),
        sa.Column("purchase_order_number", sa.String(length=128), nullable=True),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_reason", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'captured', 'released', 'expired')", name=op.f("ck_holds_status_known")
        ),
        sa.CheckConstraint(
            "line_captured_minor + line_released_minor <= line_amount_minor",
            name=op.f("ck_holds_resolved_at_most_once"),
        ),
        sa.CheckConstraint(
            "line_captured_minor >= 0 AND line_released_minor >= 0", name=op.f("ck_holds_parts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["balances.merchant_id", "balances.line_id"],
            name=op.f("fk_holds_merchant_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_company", "holds", ["merchant_id", "company_id", "id"], unique=False)
    op.create_index(
        "ix_holds_to_expire",
        "holds",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending' AND NOT is_attached"),
    )
    op.create_table(
        "journal_entries",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("exposure_after_minor", sa.BigInteger(), nullable=False),
        sa.Column("available_after_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('line_opened', 'limit_changed', 'line_frozen', 'line_unfrozen', 'line_closed', 'hold_placed', 'hold_increased', 'hold_released', 'hold_expired', 'capture', 'capture_increased', 'invoiced', 'credit_note', 'credit_note_allocated', 'payment', 'payment_allocated', 'allocation_reversed', 'payment_bounced', 'payment_refunded', 'credit_note_refunded', 'write_off', 'write_off_reversed')",
            name=op.f("ck_journal_entries_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["balances.merchant_id", "balances.line_id"],
            name=op.f("fk_journal_entries_merchant_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_journal_entries")),
    )
    op.create_index("ix_journal_entries_line", "journal_entries", ["merchant_id", "line_id", "id"], unique=False)
    op.create_index("uq_journal_entries_reference", "journal_entries", ["merchant_id", "reference"], unique=True)
    op.create_table(
        "open_items",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("document_ref", sa.String(length=128), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("allocated_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("written_off_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "open_minor",
            sa.BigInteger(),
            sa.Computed("amount_minor - allocated_minor - credited_minor - written_off_minor", persisted=True),
            nullable=False,
        ),
        sa.Column("line_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_open_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("overdue_flagged_on", sa.Date(), nullable=True),
        sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispute_reason", sa.String(length=1000), nullable=True),
        sa.Column("dispute_author", sa.String(length=200), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("promised_minor", sa.BigInteger(), nullable=True),
        sa.Column("promise_author", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "allocated_minor >= 0 AND credited_minor >= 0 AND written_off_minor >= 0 AND allocated_minor + credited_minor + written_off_minor <= amount_minor",
            name=op.f("ck_open_items_never_overpaid"),
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_open_items_amount_not_negative")),
        sa.CheckConstraint("due_on >= issued_on", name=op.f("ck_open_items_due_after_issue")),
        sa.CheckConstraint("line_open_minor >= 0", name=op.f("ck_open_items_line_open_not_negative")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["balances.merchant_id", "balances.line_id"],
            name=op.f("fk_open_items_merchant_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_open_items")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_open_items_company", "open_items", ["merchant_id", "company_id", "id"], unique=False)
    op.create_index(
        "ix_open_items_line_open",
        "open_items",
        ["merchant_id", "line_id", "due_on", "id"],
        unique=False,
        postgresql_where=sa.text("open_minor > 0"),
    )
    op.create_index("ix_open_items_order", "open_items", ["merchant_id", "order_id"], unique=False)
    op.create_index(
        "ix_open_items_to_flag",
        "open_items",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("open_minor > 0 AND overdue_flagged_on IS NULL"),
    )
    op.create_index("uq_open_items_document", "open_items", ["merchant_id", "shop_id", "document_ref"], unique=True)
    op.create_table(
        "payment_terms",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_payment_terms_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "code", name=op.f("pk_payment_terms")),
    )
    op.create_table(
        "payments",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=True),
        sa.Column("external_ref", sa.String(length=128), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("unallocated_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("line_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_unallocated_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_currency", sa.String(length=3), nullable=True),
        sa.Column("received_minor", sa.BigInteger(), nullable=True),
        sa.Column("exchange_rate", sa.String(length=40), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("instruction", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bounced_on", sa.Date(), nullable=True),
        sa.Column("bounce_reason", sa.String(length=1000), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('received', 'bounced', 'refunded')", name=op.f("ck_payments_status_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_amount_positive")),
        sa.CheckConstraint(
            "unallocated_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payments_unallocated_in_range")
        ),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND amount_minor - unallocated_minor", name=op.f("ck_payments_refunded_in_range")
        ),
        sa.CheckConstraint(
            "(status = 'bounced') = (bounced_on IS NOT NULL)", name=op.f("ck_payments_bounced_on_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["balances.merchant_id", "balances.line_id"],
            name=op.f("fk_payments_merchant_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_payments")),
    )
    op.create_index("ix_payments_company", "payments", ["merchant_id", "company_id", "id"], unique=False)
    op.create_index(
        "ix_payments_on_account",
        "payments",
        ["merchant_id", "line_id"],
        unique=False,
        postgresql_where=sa.text("unallocated_minor > 0"),
    )
    op.create_index(
        "ix_payments_to_apply",
        "payments",
        ["merchant_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("unallocated_minor > 0 AND order_id IS NOT NULL"),
    )
    op.create_index(
        "uq_payments_external_ref",
        "payments",
        ["merchant_id", "external_ref"],
        unique=True,
        postgresql_where=sa.text("external_ref IS NOT NULL"),
    )
    op.create_table(
        "shops",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_shops_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_shops")),
    )
    op.create_index("uq_shops_code", "shops", ["merchant_id", "code"], unique=True)
    op.create_table(
        "allocations",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("credit_note_id", sa.Uuid(), nullable=True),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("line_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("source_line_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("strategy", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("allocated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversal_reason", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "strategy IN ('reference', 'instruction', 'oldest_due_first', 'manual')",
            name=op.f("ck_allocations_strategy_known"),
        ),
        sa.CheckConstraint("(payment_id IS NULL) <> (credit_note_id IS NULL)", name=op.f("ck_allocations_one_source")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_allocations_amount_positive")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "credit_note_id"],
            ["credit_notes.merchant_id", "credit_notes.id"],
            name=op.f("fk_allocations_merchant_id_credit_note_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "open_item_id"],
            ["open_items.merchant_id", "open_items.id"],
            name=op.f("fk_allocations_merchant_id_open_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "payment_id"],
            ["payments.merchant_id", "payments.id"],
            name=op.f("fk_allocations_merchant_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_allocations")),
    )
    op.create_index("ix_allocations_credit_note", "allocations", ["merchant_id", "credit_note_id"], unique=False)
    op.create_index("ix_allocations_open_item", "allocations", ["merchant_id", "open_item_id"], unique=False)
    op.create_index("ix_allocations_payment", "allocations", ["merchant_id", "payment_id"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id", "shop_id"],
            ["shops.merchant_id", "shops.id"],
            name=op.f("fk_api_keys_merchant_id_shop_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_api_keys_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_api_keys")),
    )
    op.create_index("uq_api_keys_secret_hash", "api_keys", ["secret_hash"], unique=True)
    op.create_table(
        "buyers",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("scope_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("may_use_credit", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("may_see_credit", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "company_id"],
            ["companies.merchant_id", "companies.id"],
            name=op.f("fk_buyers_merchant_id_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_buyers")),
    )
    op.create_index("ix_buyers_company", "buyers", ["merchant_id", "company_id"], unique=False)
    op.create_index("uq_buyers_ref", "buyers", ["merchant_id", "scope_id", "ref"], unique=True)
    op.create_table(
        "company_refs",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("scope_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=128), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "company_id"],
            ["companies.merchant_id", "companies.id"],
            name=op.f("fk_company_refs_merchant_id_company_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "scope_id", "ref", name=op.f("pk_company_refs")),
    )
    op.create_index("ix_company_refs_company", "company_refs", ["merchant_id", "company_id"], unique=False)
    op.create_table(
        "credit_lines",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=8), server_default=sa.text("'active'"), nullable=False),
        sa.Column("status_reason", sa.String(length=1000), nullable=True),
        sa.Column("limit_kind", sa.String(length=16), nullable=True),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("temporary_limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("temporary_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tolerance_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tolerance_bp", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("allow_exceed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("oldest_due_on", sa.Date(), nullable=True),
        sa.Column("unpaid_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("settled_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("settled_days_late", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(limit_kind = 'amount') = (limit_minor IS NOT NULL)", name=op.f("ck_credit_lines_limit_has_amount")
        ),
        sa.CheckConstraint(
            "limit_kind IS NULL OR limit_kind IN ('none', 'amount', 'unlimited')",
            name=op.f("ck_credit_lines_limit_kind_known"),
        ),
        sa.CheckConstraint("status IN ('active', 'frozen', 'closed')", name=op.f("ck_credit_lines_status_known")),
        sa.CheckConstraint(
            "tolerance_minor >= 0 AND tolerance_bp >= 0", name=op.f("ck_credit_lines_tolerance_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "company_id"],
            ["companies.merchant_id", "companies.id"],
            name=op.f("fk_credit_lines_merchant_id_company_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "id"],
            ["balances.merchant_id", "balances.line_id"],
            name=op.f("fk_credit_lines_merchant_id_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "shop_id"],
            ["shops.merchant_id", "shops.id"],
            name=op.f("fk_credit_lines_merchant_id_shop_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_credit_lines")),
    )
    op.create_index(
        "uq_credit_lines_scope",
        "credit_lines",
        ["merchant_id", "company_id", "currency", "shop_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "decisions",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("trace", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('approved', 'declined', 'referred')", name=op.f("ck_decisions_outcome_known")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_company", "decisions", ["merchant_id", "company_id", "id"], unique=False)
    op.create_table(
        "eligibility_policies",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "shop_id"],
            ["shops.merchant_id", "shops.id"],
            name=op.f("fk_eligibility_policies_merchant_id_shop_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_eligibility_policies_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_eligibility_policies")),
    )
    op.create_index(
        "uq_eligibility_policies_version",
        "eligibility_policies",
        ["merchant_id", "shop_id", "version"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "orders",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=128), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_ref", sa.String(length=128), nullable=True),
        sa.Column("purchase_order_number", sa.String(length=128), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("shop_status", sa.String(length=128), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("attached_minor", sa.BigInteger(), nullable=False),
        sa.Column("secured_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("unsecured_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("exchange_rate", sa.String(length=40), nullable=True),
        sa.Column("line_held_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_billed_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("base_on", sa.Date(), nullable=True),
        sa.Column("billing_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_is_estimate", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "status IN ('held', 'uninvoiced', 'invoiced', 'cancelled', 'settled', 'written_off')",
            name=op.f("ck_orders_status_known"),
        ),
        sa.CheckConstraint("owed_minor >= 0 AND line_held_minor >= 0", name=op.f("ck_orders_amounts_not_negative")),
        sa.CheckConstraint("unsecured_minor >= 0", name=op.f("ck_orders_unsecured_not_negative")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "hold_id"],
            ["holds.merchant_id", "holds.id"],
            name=op.f("fk_orders_merchant_id_hold_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["balances.merchant_id", "balances.line_id"],
            name=op.f("fk_orders_merchant_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_orders")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_orders_company", "orders", ["merchant_id", "company_id", "id"], unique=False)
    op.create_index("ix_orders_hold", "orders", ["merchant_id", "hold_id"], unique=False)
    op.create_index(
        "ix_orders_to_invoice",
        "orders",
        ["billing_on"],
        unique=False,
        postgresql_where=sa.text("status = 'uninvoiced'"),
    )
    op.create_index("uq_orders_ref", "orders", ["merchant_id", "shop_id", "ref"], unique=True)
    op.create_table(
        "postings",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("debit_account", sa.String(length=16), nullable=False),
        sa.Column("credit_account", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=8), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint(
            "credit_account IN ('held', 'uninvoiced', 'receivable', 'on_account', 'credit_notes', 'commitments', 'sales', 'bank', 'bad_debt', 'clearing')",
            name=op.f("ck_postings_credit_account_known"),
        ),
        sa.CheckConstraint(
            "debit_account IN ('held', 'uninvoiced', 'receivable', 'on_account', 'credit_notes', 'commitments', 'sales', 'bank', 'bad_debt', 'clearing')",
            name=op.f("ck_postings_debit_account_known"),
        ),
        sa.CheckConstraint("phase IN ('pending', 'posted')", name=op.f("ck_postings_phase_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_postings_amount_positive")),
        sa.CheckConstraint("debit_account <> credit_account", name=op.f("ck_postings_accounts_differ")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "entry_id"],
            ["journal_entries.merchant_id", "journal_entries.id"],
            name=op.f("fk_postings_merchant_id_entry_id"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "entry_id", "position", name=op.f("pk_postings")),
    )
    op.create_table(
        "webhook_subscriptions",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("event_types", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("description", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("previous_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_secret_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failing_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_reason", sa.String(length=200), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('callback', 'webhook')", name=op.f("ck_webhook_subscriptions_kind_known")),
        sa.CheckConstraint(
            "kind <> 'callback' OR shop_id IS NOT NULL", name=op.f("ck_webhook_subscriptions_callback_has_shop")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "shop_id"],
            ["shops.merchant_id", "shops.id"],
            name=op.f("fk_webhook_subscriptions_merchant_id_shop_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_webhook_subscriptions_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_webhook_subscriptions")),
    )
    op.create_index(
        "uq_webhook_subscriptions_callback",
        "webhook_subscriptions",
        ["merchant_id", "shop_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'callback' AND deleted_at IS NULL"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_outcome", sa.String(length=200), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'delivered', 'dead')", name=op.f("ck_webhook_deliveries_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "message_id"],
            ["outbox_messages.merchant_id", "outbox_messages.id"],
            name=op.f("fk_webhook_deliveries_merchant_id_message_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "subscription_id"],
            ["webhook_subscriptions.merchant_id", "webhook_subscriptions.id"],
            name=op.f("fk_webhook_deliveries_merchant_id_subscription_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_webhook_deliveries_order",
        "webhook_deliveries",
        ["merchant_id", "subscription_id", "subject_id", "sequence"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_webhook_deliveries_message", "webhook_deliveries", ["merchant_id", "message_id"], unique=False)
    op.create_index(
        "uq_webhook_deliveries_message",
        "webhook_deliveries",
        ["merchant_id", "subscription_id", "message_id"],
        unique=True,
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("status_code", sa.SmallInteger(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id", "delivery_id"],
            ["webhook_deliveries.merchant_id", "webhook_deliveries.id"],
            name=op.f("fk_webhook_attempts_merchant_id_delivery_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "delivery_id", "number", name=op.f("pk_webhook_attempts")),
    )
    _make_append_only("journal_entries", "postings", "changes")


def _make_append_only(*tables: str) -> None:
    """The books are corrected by further entries only; the database itself refuses anything else."""
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END
        $$
        """
    )
    for table in tables:
        op.execute(
            f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
            """
        )


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
