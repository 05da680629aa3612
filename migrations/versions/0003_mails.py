"""Mails: the queue, what was sent, addresses that take none, servers and templates.

Works beside the version that is running: it adds tables, which that version does not know, and scopes that it does not
ask for.

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "mail_rates",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("minute_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_mail_rates_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_mail_rates")),
    )
    op.create_table(
        "mail_servers",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", sa.String(length=8), nullable=False),
        sa.Column("username", sa.String(length=320), nullable=True),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("failing_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("security IN ('none', 'starttls', 'tls')", name=op.f("ck_mail_servers_security_known")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_mail_servers_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_mail_servers")),
    )
    op.create_table(
        "undeliverable_addresses",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source IN ('refused', 'bounced')", name=op.f("ck_undeliverable_addresses_source_known")),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_undeliverable_addresses_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_undeliverable_addresses")),
    )
    op.create_index(
        "uq_undeliverable_addresses_address", "undeliverable_addresses", ["merchant_id", "address"], unique=True
    )
    op.create_table(
        "mail_templates",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_shipped", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_detail", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "is_shipped = (subject IS NULL AND text IS NULL AND html IS NULL)",
            name=op.f("ck_mail_templates_texts_unless_shipped"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "shop_id"],
            ["shops.merchant_id", "shops.id"],
            name=op.f("fk_mail_templates_merchant_id_shop_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_mail_templates_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_mail_templates")),
    )
    op.create_index(
        "uq_mail_templates_version",
        "mail_templates",
        ["merchant_id", "shop_id", "kind", "language", "version"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "mails",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("subject_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("recipients", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.String(length=16), server_default=sa.text("'queued'"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step", sa.String(length=8), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("skip_reason", sa.String(length=64), nullable=True),
        sa.Column(
            "refused_recipients",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("message_id", sa.String(length=320), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'sending') = (claimed_until IS NOT NULL)", name=op.f("ck_mails_claimed_while_sending")
        ),
        sa.CheckConstraint("(status = 'sending') = (step IS NOT NULL)", name=op.f("ck_mails_step_while_sending")),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_mails_sent_at_a_time")),
        sa.CheckConstraint(
            "status IN ('queued', 'sending', 'sent', 'refused', 'skipped', 'unknown', 'failed')",
            name=op.f("ck_mails_status_known"),
        ),
        sa.CheckConstraint("step IS NULL OR step IN ('claimed', 'calling')", name=op.f("ck_mails_step_known")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "shop_id"],
            ["shops.merchant_id", "shops.id"],
            name=op.f("fk_mails_merchant_id_shop_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_mails_merchant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_mails")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_mails_claimed", "mails", ["claimed_until"], unique=False, postgresql_where=sa.text("status = 'sending'")
    )
    op.create_index("ix_mails_company", "mails", ["merchant_id", "company_id", "id"], unique=False)
    op.create_index(
        "ix_mails_due",
        "mails",
        ["merchant_id", "not_before", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(
        "ix_mails_to_look_at",
        "mails",
        ["merchant_id", "status", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('refused', 'unknown', 'failed')"),
    )
    op.create_index("uq_mails_cause", "mails", ["merchant_id", "cause"], unique=True)
    op.create_table(
        "mail_bounces",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("status_code", sa.String(length=16), nullable=True),
        sa.Column("diagnostic", sa.String(length=500), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "action IN ('failed', 'delayed', 'delivered', 'relayed', 'expanded')",
            name=op.f("ck_mail_bounces_action_known"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "mail_id"],
            ["mails.merchant_id", "mails.id"],
            name=op.f("fk_mail_bounces_merchant_id_mail_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "mail_id", "recipient", "action", name=op.f("pk_mail_bounces")),
    )
    op.create_table(
        "mail_contents",
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.String(length=400), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("bodies", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "mail_id"],
            ["mails.merchant_id", "mails.id"],
            name=op.f("fk_mail_contents_merchant_id_mail_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("merchant_id", "mail_id", name=op.f("pk_mail_contents")),
    )
    op.create_index("ix_mail_contents_written_at", "mail_contents", ["written_at"], unique=False)

    # A shop's key may do all but make keys; what is new is no exception.
    op.execute(
        """
        UPDATE api_keys SET scopes = scopes || ARRAY['mails:read', 'mails:write']::varchar[]
        WHERE shop_id IS NOT NULL AND NOT 'mails:read' = ANY(scopes)
        """
    )


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
