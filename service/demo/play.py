"""Produce the demo: set the scene, then let every company live through its half-year, day by day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from service.config import Settings
from service.core.ids import new_id
from service.demo.cast import CAST, Character
from service.demo.keys import DemoKeys, read_keys, write_keys
from service.demo.life import Life
from service.demo.scenery import SHOPS, introduce, set_scene
from service.demo.stage import Stage, open_stage
from service.factory import Context
from service.infra.api_client import ApiClient, ApiRefused, path_of
from service.infra.statistics import refresh_statistics
from service.infra.work import Caller, Work
from service.merchants.models import MerchantRow
from service.merchants.service import create_key, create_merchant, create_shop

__all__ = ["DEMO_NAME", "Demo", "DemoBroken", "DemoPlan", "prepare_demo"]

DEMO_NAME: Final = "Encours demo"
_UNFINISHED_NAME: Final = "Encours demo (being prepared)"
_AUTHOR: Final = "demo"
_MORNING: Final = time(6, tzinfo=UTC)
_AFTERNOON: Final = time(18, tzinfo=UTC)
_EVENING: Final = time(23, tzinfo=UTC)
# As many as the service's pool of connections serves at once.
_SIDE_BY_SIDE: Final = 5


class DemoBroken(RuntimeError):
    """An interrupted demo that cannot be resumed; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan:
    """How much of a story. The same seed and the same last day tell the same one."""

    days: int = 182
    seed: int = 1
    cast: Sequence[Character] = CAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo merchant and its keys. `orders` and `declined` are None for one that was there before."""

    keys: DemoKeys
    orders: int | None = None
    declined: int | None = None


async def prepare_demo(
    settings: Settings,
    *,
    now: datetime,
    plan: DemoPlan | None = None,
    report: Callable[[int, int], None] = lambda _day, _days: None,
) -> Demo:
    """The demo as it is, or after producing it. One that was interrupted goes on where it stopped: everything is done
    with the same keys again, and what had been done is only answered. Raises DemoBroken."""
    plan = plan or DemoPlan()
    first = datetime.combine(now.date() - timedelta(days=plan.days + 1), _MORNING)
    async with open_stage(settings, now=first) as stage:
        found = await _find(stage.context)
        if found is not None and found.is_finished:
            return Demo(keys=await _keys_of(stage.context, found.merchant_id, now=now))
        if found is None:
            found = _Found(await _open_merchant(stage.context), first, is_finished=False)
        keys = await _keys_of(stage.context, found.merchant_id, now=found.created_at)
        try:
            return await _play(
                stage, keys, plan=plan, first=found.created_at, last_on=now.date() - timedelta(days=1), report=report
            )
        except ApiRefused as refused:
            raise DemoBroken(
                f"The demo could not be produced: {refused}. If an earlier attempt was interrupted long ago, start with "
                "an empty data folder (ENCOURS_DATA_DIR)."
            ) from refused


@dataclass(frozen=True, slots=True)
class _Found:
    merchant_id: UUID
    created_at: datetime
    is_finished: bool


async def _find(context: Context) -> _Found | None:
    async with context.database.read() as session:
        statement = (
            select(MerchantRow.id, MerchantRow.created_at, MerchantRow.name)
            .where(MerchantRow.name.in_([DEMO_NAME, _UNFINISHED_NAME]))
            .order_by(MerchantRow.name, MerchantRow.id)
        )
        row = (await session.execute(statement.limit(1))).one_or_none()
    return None if row is None else _Found(row.id, row.created_at, is_finished=row.name == DEMO_NAME)


async def _open_merchant(context: Context) -> UUID:
    """What an operator does on the command line; everything after it goes through the API."""
    async with context.database.transaction() as session:
        work = Work(session=session, caller=Caller.system(new_id(), _AUTHOR), now=context.clock.now())
        merchant = await create_merchant(
            work, name=_UNFINISHED_NAME, country="FR", currency="EUR", time_zone="Europe/Paris"
        )
        await create_shop(work, code="main", name="Papeterie de la Démo", language="fr", defaults={})
        defaults = {"country": "BE", "time_zone": "Europe/Brussels"}
        await create_shop(work, code="export", name="Demo Stationery", language="en", defaults=defaults)
    return merchant.id


async def _keys_of(context: Context, merchant_id: UUID, *, now: datetime) -> DemoKeys:
    """Those in the data folder, or new ones when they are not there any more."""
    data_dir = context.settings.data_dir
    known = read_keys(data_dir, merchant_id)
    if known is not None:
        return known
    async with context.database.transaction() as session:
        work = Work(session=session, caller=Caller.system(merchant_id, _AUTHOR), now=now)
        secrets = {code: (await create_key(work, name=f"demo, shop {code}", shop_code=code))[1] for code in SHOPS}
        _, integrator = await create_key(work, name="demo, integrator", shop_code=None)
    keys = DemoKeys(merchant_id=str(merchant_id), integrator=integrator, **secrets)
    write_keys(data_dir, keys)
    return keys


async def _play(
    stage: Stage,
    keys: DemoKeys,
    *,
    plan: DemoPlan,
    first: datetime,
    last_on: date,
    report: Callable[[int, int], None],
) -> Demo:
    stage.clock.instant = first
    integrator = stage.client(keys.integrator)
    await set_scene(integrator)
    shops = {code: stage.client(keys.of_shop(code)) for code in SHOPS}
    for code, shop in shops.items():
        await introduce(shop, [one for one in plan.cast if one.shop == code], at=first)
    first_on = first.date() + timedelta(days=1)
    lives = [
        Life(character=one, api=shops[one.shop], first_on=first_on, last_on=last_on, seed=plan.seed)
        for one in plan.cast
    ]
    days = (last_on - first_on).days + 1
    for number in range(days):
        await _live_day(stage, lives, first_on + timedelta(days=number))
        report(number + 1, days)
    await _finish(integrator)
    await refresh_statistics(stage.context.database)
    return Demo(keys=keys, orders=sum(life.orders for life in lives), declined=sum(life.declined for life in lives))


async def _live_day(stage: Stage, lives: Iterable[Life], day: date) -> None:
    stage.clock.instant = datetime.combine(day, _AFTERNOON)
    room = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def live(life: Life) -> None:
        async with room:
            await life.live(day)

    try:
        async with asyncio.TaskGroup() as tasks:
            for life in lives:
                tasks.create_task(live(life))
    except ExceptionGroup as group:
        # One cause ends the demo; what the others died of follows from it.
        raise group.exceptions[0] from None
    await stage.end_day(datetime.combine(day, _EVENING))


async def _finish(integrator: ApiClient) -> None:
    """The name says that the story is complete: the next start finds it and does nothing."""
    await integrator.send("PATCH", path_of("merchant"), {"name": DEMO_NAME, "reason": "complete"})
