"""Name the rows that a checkout sends: what a batch asks for, and what it books.

Works beside the version that is running, which does not know them. A later version that sends other rows names its own.

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        CREATE TYPE checkout_asked AS (
            position integer, merchant_id uuid, shop_id uuid, scope_id uuid, company_ref text, company_id uuid,
            buyer_ref text, currency text, today date, needs_history boolean, idempotency_key text
        )
        """
    )
    op.execute(
        """
        CREATE TYPE checkout_booked AS (
            merchant_id uuid, id uuid, shop_id uuid, company_id uuid, outcome text, currency text, amount_minor bigint,
            policy_version integer, author text, trace json, at timestamptz, scope_id uuid, key text,
            request_hash bytea, status smallint, response bytea, line_id uuid, exchange_rate text,
            line_amount_minor bigint, buyer_ref text, cart_ref text, cart_hash text, purchase_order_number text,
            terms jsonb, expires_at timestamptz, entry_id uuid, today date, reason text, exposure_minor bigint,
            available_minor bigint, line_currency text
        )
        """
    )


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
