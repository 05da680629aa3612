"""Give every order and open item the number of its payment reference.

Works beside the version that is running: it inserts without the columns, which then take their default. Both tables are
rewritten while they are locked, some seconds for each million rows; reads and writes wait that long.

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEXT = sa.text("nextval('payment_numbers')")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE SEQUENCE payment_numbers START WITH 1000001")
    op.add_column("orders", sa.Column("payment_number", sa.BigInteger(), server_default=_NEXT, nullable=False))
    op.add_column("open_items", sa.Column("payment_number", sa.BigInteger(), server_default=_NEXT, nullable=False))
    # An order keeps its reference when it becomes an open item.
    op.execute(
        "UPDATE open_items SET payment_number = orders.payment_number FROM orders"
        " WHERE orders.merchant_id = open_items.merchant_id AND orders.id = open_items.order_id"
    )


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
