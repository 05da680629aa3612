"""SQL of noticing what changed around documents: settings, policies, companies. Each asks for another look."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.statements import Statement

__all__ = ["next_change", "sweep_companies", "sweep_some"]

_BEGINNING: Final = UUID(int=0)
# A transaction that changes a company may take this long; the mark stays behind it and looks twice rather than never.
_LAG: Final = timedelta(minutes=1)

_NEXT: Final = Statement(
    text("""
    SELECT merchants.id, merchants.settings_version, mark.settings_version, mark.sweep_after_id, mark.companies_at
    FROM merchants LEFT JOIN reminder_watermarks mark ON mark.merchant_id = merchants.id
    WHERE mark.merchant_id IS NULL OR mark.settings_version <> merchants.settings_version
       OR mark.sweep_after_id IS NOT NULL
       OR EXISTS (SELECT FROM companies WHERE companies.merchant_id = merchants.id
                    AND companies.updated_at > mark.companies_at AND companies.updated_at <= :settled_at)
    ORDER BY merchants.id LIMIT 1
    """)
)


async def next_change(session: AsyncSession, *, now: datetime) -> tuple[UUID, int, int | None, UUID | None] | None:
    """A merchant around whom something changed: id, version of the settings, version that was noticed, and how far a
    sweep has come."""
    row = await _NEXT.row(session, settled_at=now - _LAG)
    return None if row is None else (row[0], row[1], row[2], row[3])


_MARK: Final = Statement(
    text("""
    INSERT INTO reminder_watermarks (merchant_id, settings_version, companies_at, sweep_after_id)
    VALUES (:merchant_id, :version, :companies_at, :after)
    ON CONFLICT (merchant_id) DO UPDATE SET settings_version = excluded.settings_version,
        sweep_after_id = excluded.sweep_after_id
    """)
)
# Somebody who changes a document at this moment asks for a look himself.
_SWEEP: Final = Statement(
    text("""
    WITH batch AS (
        SELECT id FROM open_items WHERE merchant_id = :merchant_id AND id > :after AND open_minor > 0
        ORDER BY id LIMIT :limit
    ), touched AS (
        UPDATE open_items SET next_look_at = :now, version = version + 1
        WHERE merchant_id = :merchant_id AND id IN (
            SELECT item.id FROM open_items item WHERE item.merchant_id = :merchant_id AND item.id IN (SELECT id FROM batch)
            FOR NO KEY UPDATE SKIP LOCKED
        )
    )
    SELECT id FROM batch ORDER BY id DESC LIMIT 1
    """)
)


async def sweep_some(  # noqa: PLR0913 - one value for each column
    session: AsyncSession,
    merchant_id: UUID,
    *,
    version: int,
    seen_version: int | None,
    after: UUID | None,
    now: datetime,
    limit: int,
) -> None:
    """Ask for a look at the merchant's next documents in turn; from the beginning when settings changed again."""
    start = after if seen_version == version and after is not None else _BEGINNING
    last = await _SWEEP.row(session, merchant_id=merchant_id, after=start, now=now, limit=limit)
    await _MARK.execute(
        session,
        merchant_id=merchant_id,
        version=version,
        companies_at=now - _LAG,
        after=None if last is None else last[0],
    )


_COMPANIES: Final = Statement(
    text("""
    UPDATE open_items SET next_look_at = :now, version = version + 1
    WHERE merchant_id = :merchant_id AND id IN (
        SELECT item.id FROM open_items item
        WHERE item.merchant_id = :merchant_id AND item.open_minor > 0 AND item.company_id IN (
            SELECT company.id FROM companies company JOIN reminder_watermarks mark ON mark.merchant_id = company.merchant_id
            WHERE company.merchant_id = :merchant_id
              AND company.updated_at > mark.companies_at AND company.updated_at <= :settled_at
        )
        FOR NO KEY UPDATE OF item SKIP LOCKED
    )
    """)
)
_MARK_COMPANIES: Final = Statement(
    text("UPDATE reminder_watermarks SET companies_at = :settled_at WHERE merchant_id = :merchant_id")
)


async def sweep_companies(session: AsyncSession, merchant_id: UUID, *, now: datetime) -> None:
    """Ask for a look at the documents of companies that changed: address, language, groups."""
    await _COMPANIES.execute(session, merchant_id=merchant_id, now=now, settled_at=now - _LAG)
    await _MARK_COMPANIES.execute(session, merchant_id=merchant_id, settled_at=now - _LAG)
