"""SQL of pauses."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, exists, insert, or_, select, update

from service.infra.statements import columns_of, reader_of, values_of
from service.infra.work import Work
from service.receivables.models import OpenItemRow
from service.reminders.domain import Pause, PauseFilter, PauseScope
from service.reminders.models import PauseRow

__all__ = ["end_pause", "find_pause", "insert_pause", "list_pauses", "pauses_in_force"]

_PAUSE: Final = columns_of(Pause, PauseRow)
_read: Final = reader_of(Pause)


def _pauses(work: Work) -> Select[Any]:
    """All pauses the caller may see: a shop does not see those of another shop's documents."""
    query = select(*_PAUSE).where(PauseRow.merchant_id == work.merchant_id)
    if work.caller.shop_id is None:
        return query
    is_own = exists(
        select(OpenItemRow.id).where(
            OpenItemRow.merchant_id == PauseRow.merchant_id,
            OpenItemRow.id == PauseRow.subject_id,
            OpenItemRow.shop_id == work.caller.shop_id,
        )
    )
    return query.where(or_(PauseRow.scope != PauseScope.OPEN_ITEM, is_own))


def _pause(row: Any) -> Pause:
    pause: Pause = _read(row)
    object.__setattr__(pause, "scope", PauseScope(pause.scope))
    return pause


async def insert_pause(work: Work, pause: Pause) -> None:
    await work.session.execute(insert(PauseRow).values(merchant_id=work.merchant_id, **values_of(pause)))


async def find_pause(work: Work, pause_id: UUID) -> Pause | None:
    """Locked, because whoever asks for one pause is about to end it."""
    query = _pauses(work).where(PauseRow.id == pause_id).with_for_update()
    row = (await work.session.execute(query)).one_or_none()
    return _pause(row) if row else None


async def end_pause(work: Work, pause_id: UUID, *, reason: str | None) -> None:
    await work.session.execute(
        update(PauseRow)
        .where(PauseRow.merchant_id == work.merchant_id, PauseRow.id == pause_id)
        .values(resumed_at=work.now, resumed_by=work.author, resume_reason=reason)
    )


async def list_pauses(work: Work, wanted: PauseFilter, *, today: date, before: UUID | None, limit: int) -> list[Pause]:
    """Newest first. `today` is the merchant's day, up to which a pause is active."""
    query = _pauses(work)
    if wanted.subject_ids is not None:
        query = query.where(PauseRow.subject_id.in_(wanted.subject_ids))
    if wanted.scope is not None:
        query = query.where(PauseRow.scope == wanted.scope)
    if wanted.is_active is not None:
        active = PauseRow.resumed_at.is_(None) & (PauseRow.until_on.is_(None) | (PauseRow.until_on >= today))
        query = query.where(active if wanted.is_active else ~active)
    if before is not None:
        query = query.where(PauseRow.id < before)
    return [_pause(row) for row in await work.session.execute(query.order_by(PauseRow.id.desc()).limit(limit))]


async def pauses_in_force(work: Work, subject_id: UUID, *, today: date) -> list[Pause]:
    """Those of one subject that still hold, oldest first, locked."""
    query = (
        _pauses(work)
        .where(
            PauseRow.subject_id == subject_id,
            PauseRow.resumed_at.is_(None),
            PauseRow.until_on.is_(None) | (PauseRow.until_on >= today),
        )
        .order_by(PauseRow.id)
        .with_for_update()
    )
    return [_pause(row) for row in await work.session.execute(query)]
