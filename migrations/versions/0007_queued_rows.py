"""Name the rows that queue mails and write reminders down.

Works beside the version that is running, which does not know them. A later version that sends other rows names its own.

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        CREATE TYPE mail_queued AS (
            id uuid, shop_id uuid, company_id uuid, kind text, cause text, subject_ids jsonb, language text,
            recipients text[], not_before timestamptz
        )
        """
    )
    op.execute(
        """
        CREATE TYPE reminder_decided AS (
            id uuid, open_item_id uuid, company_id uuid, shop_id uuid, mail_id uuid, policy text,
            policy_version smallint, step text, level smallint, occurrence smallint, template text, status text,
            reason text, is_by_hand boolean, author text, currency text, demand_minor bigint, planned_on date,
            decided_on date, decided_at timestamptz, changed_at timestamptz, pending_actions text[], actions text[],
            acted_at timestamptz
        )
        """
    )


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
