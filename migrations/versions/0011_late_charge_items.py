"""Find a late charge by the open item that it became, as every decision about reminders does.

Works beside the version that is running. Outside a transaction: may be repeated after it was interrupted.

Revision: 0011
Follows: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        # One that was left half-built is of no use to anybody.
        name = "ix_late_charges_charge_item"
        op.drop_index(name, table_name="late_charges", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name,
            "late_charges",
            ["merchant_id", "charge_item_id"],
            postgresql_where=sa.text("charge_item_id IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
