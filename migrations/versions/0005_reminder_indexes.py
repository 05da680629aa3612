"""Indexes and constraints on large tables, made without keeping anybody from writing.

Works beside the version that is running. Outside a transaction: may be repeated after it was interrupted.

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text("open_minor > 0")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        for table, column in (
            ("journal_entries", "kind"),
            ("postings", "debit_account"),
            ("postings", "credit_account"),
        ):
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {op.f(f'ck_{table}_{column}_known')}")
        _index("ix_companies_updated_at", "companies", ["merchant_id", "updated_at"])
        _index("ix_open_items_company_open", "open_items", ["merchant_id", "company_id"], where=_OPEN)
        _index("ix_open_items_to_look_at", "open_items", ["merchant_id", "next_look_at"], where=_OPEN)


def _index(name: str, table: str, columns: list[str], *, where: sa.TextClause | None = None) -> None:
    """One that was left half-built is of no use to anybody."""
    op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
    op.create_index(name, table, columns, postgresql_where=where, postgresql_concurrently=True)


def downgrade() -> None:
    raise NotImplementedError("Books only move forward: restore a backup, or write a new migration.")
