"""Let reminders be undelivered: their mail reached nobody, and a person decides before anything else goes.

Works beside the version that is running, which does not write the new status. Outside a transaction: may be repeated
after it was interrupted.

Revision: 0010
Follows: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        # One statement, so that there is never a moment without the constraint.
        op.execute(
            """
            ALTER TABLE reminders
                DROP CONSTRAINT IF EXISTS ck_reminders_status_known,
                ADD CONSTRAINT ck_reminders_status_known CHECK (
                    status IN ('queued', 'issued', 'undelivered', 'done', 'skipped', 'withdrawn')
                ) NOT VALID
            """
        )
        op.execute("ALTER TABLE reminders VALIDATE CONSTRAINT ck_reminders_status_known")
        # One that was left half-built is of no use to anybody.
        name = "ix_reminders_undelivered"
        op.drop_index(name, table_name="reminders", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name,
            "reminders",
            ["merchant_id", "open_item_id"],
            postgresql_where=sa.text("status = 'undelivered'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
