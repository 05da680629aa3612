"""SQL of merchants' own mail servers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.work import Work
from service.mails.domain import MailStatus
from service.mails.models import MailRow, MailServerRow
from service.mails.servers import StoredServer

__all__ = ["delete_server", "note_server", "read_server", "read_versions", "release_waiting", "save_server"]


async def read_server(work: Work) -> StoredServer | None:
    """The merchant's own server, if any."""
    row = (
        await work.session.execute(
            select(*MailServerRow.__table__.c).where(MailServerRow.merchant_id == work.merchant_id)
        )
    ).one_or_none()
    return StoredServer(**row._mapping) if row is not None else None


async def save_server(work: Work, values: dict[str, Any]) -> None:
    """Set or replace it; a server that is new has not failed yet."""
    fresh = {**values, "failing_since_at": None, "last_error": None, "updated_at": work.now}
    statement = insert(MailServerRow).values(merchant_id=work.merchant_id, **fresh)
    await work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["merchant_id"], set_={**fresh, "version": MailServerRow.version + 1}
        )
    )


async def delete_server(work: Work) -> bool:
    """False if there was none."""
    deleted = await work.session.execute(
        delete(MailServerRow).where(MailServerRow.merchant_id == work.merchant_id).returning(MailServerRow.host)
    )
    return deleted.first() is not None


async def note_server(work: Work, *, version: int, error: str | None) -> None:
    """Write down that it did not let us in, or that it does again. Writes only what is news."""
    statement = update(MailServerRow).where(
        MailServerRow.merchant_id == work.merchant_id, MailServerRow.version == version
    )
    if error is None:
        statement = statement.where(MailServerRow.failing_since_at.is_not(None)).values(
            failing_since_at=None, last_error=None
        )
    else:
        statement = statement.values(
            failing_since_at=func.coalesce(MailServerRow.failing_since_at, work.now), last_error=error[:500]
        )
    await work.session.execute(statement)


async def read_versions(session: AsyncSession, merchant_ids: Collection[UUID]) -> dict[UUID, tuple[int, datetime]]:
    """Version and last change of the own servers of some merchants; who has none is missing."""
    rows = await session.execute(
        select(MailServerRow.merchant_id, MailServerRow.version, MailServerRow.updated_at).where(
            MailServerRow.merchant_id.in_(merchant_ids)
        )
    )
    return {row.merchant_id: (row.version, row.updated_at) for row in rows}


async def release_waiting(work: Work) -> None:
    """Make due what waits because an attempt went wrong: that was another server."""
    await work.session.execute(
        update(MailRow)
        .where(
            MailRow.merchant_id == work.merchant_id,
            MailRow.status == MailStatus.QUEUED.value,
            MailRow.not_before > work.now,
            MailRow.last_error.is_not(None),
        )
        .values(not_before=work.now)
    )
