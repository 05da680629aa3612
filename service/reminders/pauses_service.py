"""Stop reminders for a document, a credit line, a company or everybody, and let them go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from service.core.clock import day_in_zone
from service.core.ids import new_id
from service.credit.repository import read_line
from service.infra.work import Work
from service.merchants.domain import Change
from service.merchants.service import bump_settings_version, get_merchant, record_change, require_integrator
from service.receivables.errors import OpenItemNotFound
from service.receivables.repository import find_item, read_days
from service.reminders import pause_repository
from service.reminders.domain import Pause, PauseFilter, PauseScope
from service.reminders.due_repository import look_now
from service.reminders.errors import PauseAlreadyOver, PauseInPast, PauseNotFound

__all__ = ["list_pauses", "merchant_today", "pause_reminders", "resume_pause", "resume_reminders"]


async def pause_reminders(
    work: Work, scope: PauseScope, subject_id: UUID | None, *, reason: str, until_on: date | None
) -> Pause:
    """Nothing goes for what is named until the last day, or until somebody ends it; what is owed stays owed (S49).

    A company is known to exist. Without a subject it is everybody, which is not for one shop's key. Raises PauseInPast,
    OpenItemNotFound, LineUnknown or IntegratorKeyRequired.
    """
    today = await _today(work, scope, subject_id)
    if until_on is not None and until_on < today:
        raise PauseInPast(until=until_on.isoformat())
    pause = Pause(
        id=new_id(),
        scope=scope,
        subject_id=subject_id or work.merchant_id,
        reason=reason,
        author=work.author,
        paused_at=work.now,
        until_on=until_on,
    )
    await pause_repository.insert_pause(work, pause)
    await _touch(work, pause)
    after = {"until": until_on and until_on.isoformat()}
    await record_change(work, _change(pause, before=None, after=after, reason=reason))
    return pause


async def _today(work: Work, scope: PauseScope, subject_id: UUID | None) -> date:
    """The day where it counts; also makes sure that the caller may speak of it."""
    if scope is PauseScope.MERCHANT:
        require_integrator(work, instead="Pause a company, a credit line or an open item.")
        return await merchant_today(work)
    assert subject_id is not None, "all but the merchant are named"
    if scope is PauseScope.OPEN_ITEM:
        item = await find_item(work, subject_id)
        if item is None:
            raise OpenItemNotFound
        return (await read_days(work))[item.shop_id]
    if scope is PauseScope.LINE:
        await read_line(work, subject_id)
    return await merchant_today(work)


async def resume_pause(work: Work, pause_id: UUID, *, reason: str | None) -> Pause:
    """End one pause now. Reminders go on where they stopped, with one step. Raises PauseNotFound or PauseAlreadyOver."""
    pause = await pause_repository.find_pause(work, pause_id)
    if pause is None:
        raise PauseNotFound
    if pause.scope is PauseScope.MERCHANT:
        require_integrator(work)
    if pause.is_over(await merchant_today(work)):
        raise PauseAlreadyOver
    return await _end(work, pause, reason=reason)


async def resume_reminders(work: Work, item_id: UUID, *, reason: str | None) -> list[Pause]:
    """End all pauses of one open item; those of its line, company or merchant go on. Raises OpenItemNotFound."""
    item = await find_item(work, item_id)
    if item is None:
        raise OpenItemNotFound
    today = (await read_days(work))[item.shop_id]
    in_force = await pause_repository.pauses_in_force(work, item_id, today=today)
    return [await _end(work, pause, reason=reason) for pause in in_force]


async def list_pauses(work: Work, wanted: PauseFilter, *, before: UUID | None, limit: int) -> list[Pause]:
    """Newest first."""
    today = await merchant_today(work)
    return await pause_repository.list_pauses(work, wanted, today=today, before=before, limit=limit)


async def merchant_today(work: Work) -> date:
    return day_in_zone(work.now, (await get_merchant(work)).time_zone)


async def _end(work: Work, pause: Pause, *, reason: str | None) -> Pause:
    await pause_repository.end_pause(work, pause.id, reason=reason)
    await _touch(work, pause)
    before = {"until": pause.until_on and pause.until_on.isoformat()}
    await record_change(work, _change(pause, before=before, after=None, reason=reason))
    return replace(pause, resumed_at=work.now, resumed_by=work.author, resume_reason=reason)


async def _touch(work: Work, pause: Pause) -> None:
    """Whatever it covers is looked at as soon as this commits."""
    if pause.scope is PauseScope.MERCHANT:
        await bump_settings_version(work)
    else:
        await look_now(work, [pause.subject_id])


def _change(pause: Pause, *, before: object, after: object, reason: str | None) -> Change:
    return Change(
        subject_kind=pause.scope.value,
        subject_id=pause.subject_id,
        field="reminder_pause",
        before=before,
        after=after,
        reason=reason,
    )
