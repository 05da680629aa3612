"""The engine through changes of clocks and calendars, on a real database: what falls on a strange hour or day goes once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from service.core.clock import FixedClock
from service.infra.database import Database
from service.mails.domain import MailKind, Prepared, Skipped
from service.mails.views import ReminderView
from service.reminders.models import ReminderRow
from tests.app import Tenant
from tests.orders.world import Debtor
from tests.payments.world import owe
from tests.reminders.world import choose_policy, item_of, prepare, remind

ONE_HOUR = timedelta(hours=1)
PARIS, NEW_YORK, LOS_ANGELES = "Europe/Paris", "America/New_York", "America/Los_Angeles"
# Thirteen hours before Greenwich, on the other side of the date line from Los Angeles.
AUCKLAND, APIA = "Pacific/Auckland", "Pacific/Apia"


def step(code: str, level: int, anchor: str, offset_days: int, **more: Any) -> dict[str, Any]:
    """On any day, at midnight unless said otherwise."""
    template = "due_today" if level == 0 else f"late_{level}"
    values = {"code": code, "level": level, "anchor": anchor, "offset_days": offset_days, "template": template}
    return values | {"days": "any", "hour": 0} | more


async def open_shop(integrator: httpx.AsyncClient, zone: str, *steps: dict[str, Any]) -> None:
    """A shop in that zone whose policy has these steps."""
    assert (await integrator.patch("/v1/shops/main", json={"time_zone": zone})).is_success
    policy = {"name": "Strange", "steps": list(steps), "spacing_days": 1}
    answer = await integrator.put("/v1/reminder-policies/strange", json=policy)
    assert answer.is_success, answer.text
    await choose_policy(integrator, "strange")


async def owe_until(shop: httpx.AsyncClient, company: Debtor, clock: FixedClock, due_on: date, zone: str) -> str:
    """A document that is due on that day, after the thirty days of its term."""
    clock.instant = datetime.combine(due_on - timedelta(days=30), time(12), ZoneInfo(zone)).astimezone(UTC)
    ref = await owe(shop, company.ref, "100.00", at=clock.now().isoformat())
    assert (await item_of(shop, ref))["due_on"] == due_on.isoformat()
    return ref


async def run(database: Database, clock: FixedClock, *, until: datetime, every: timedelta = ONE_HOUR) -> None:
    """Let a worker look every so often until then, beginning on the next full hour."""
    clock.instant = clock.now().replace(minute=0)
    while clock.now() < until:
        await remind(database, clock.now())
        clock.instant += every


async def went(database: Database, zone: str) -> list[tuple[str, str]]:
    """Each step with the time at which it went, where the shop is and with what it is ahead of Greenwich."""
    async with database.read() as session:
        rows = await session.execute(
            select(ReminderRow.step, ReminderRow.decided_on, ReminderRow.decided_at).order_by(ReminderRow.decided_at)
        )
        found = []
        for name, decided_on, decided_at in rows:
            local = decided_at.astimezone(ZoneInfo(zone))
            assert decided_on == local.date(), "the day is the shop's"
            found.append((name, f"{local:%Y-%m-%d %H:%M%z}"))
    return found


class TestClockChange:
    @pytest.mark.parametrize(
        ("zone", "day", "hour", "expected"),
        [
            # The hour does not exist on that day: it is the one after it.
            (PARIS, date(2027, 3, 28), 2, "2027-03-28 03:00+0200"),
            (NEW_YORK, date(2027, 3, 14), 2, "2027-03-14 03:00-0400"),
            # The hour comes twice: the first one counts, and the second one changes nothing.
            (PARIS, date(2026, 10, 25), 2, "2026-10-25 02:00+0200"),
            (NEW_YORK, date(2026, 11, 1), 1, "2026-11-01 01:00-0400"),
            # The hour after the change is the shop's, not that of the day before.
            (PARIS, date(2027, 3, 28), 9, "2027-03-28 09:00+0200"),
            (PARIS, date(2026, 10, 25), 9, "2026-10-25 09:00+0100"),
            # South of the equator, and beyond the date line, clocks go the other way.
            (AUCKLAND, date(2026, 9, 27), 2, "2026-09-27 03:00+1300"),
            (AUCKLAND, date(2027, 4, 4), 2, "2027-04-04 02:00+1300"),
        ],
    )
    async def test_a_step_goes_once_on_its_hour(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
        integrator: httpx.AsyncClient,
        zone: str,
        day: date,
        hour: int,
        expected: str,
    ):
        await open_shop(integrator, zone, step("late", 1, "after_due", 3, hour=hour))
        await owe_until(shop, company, clock, day - timedelta(days=3), zone)
        await remind(database, clock.now())
        clock.instant = datetime.combine(day - timedelta(days=1), time(12), ZoneInfo(zone)).astimezone(UTC)
        await run(database, clock, until=clock.now() + timedelta(hours=48))
        assert await went(database, zone) == [("late", expected)]


class TestDateLine:
    @pytest.mark.parametrize(
        ("zone", "today", "day_after"),
        [
            (AUCKLAND, "2026-06-10 00:00+1200", "2026-06-11 00:00+1200"),
            (APIA, "2026-06-10 00:00+1300", "2026-06-11 00:00+1300"),
            (LOS_ANGELES, "2026-06-10 00:00-0700", "2026-06-11 00:00-0700"),
        ],
    )
    async def test_due_today_is_not_late_where_the_shop_is(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        integrator: httpx.AsyncClient,
        zone: str,
        today: str,
        day_after: str,
    ):
        await open_shop(
            integrator,
            zone,
            step("today", 0, "before_due", 0),
            step("late", 1, "after_due", 0),
            step("more", 2, "after_due", 7),
        )
        old = await owe_until(shop, company, clock, date(2026, 6, 3), zone)
        new = await owe_until(shop, company, clock, date(2026, 6, 10), zone)
        # The last minute of the due date, and the first of the day after.
        midnight = datetime.combine(date(2026, 6, 11), time(), ZoneInfo(zone)).astimezone(UTC)
        await run(database, clock, until=midnight - timedelta(days=2), every=timedelta(days=1))
        await prepare(database, tenant, clock.now())
        before = len(await went(database, zone))
        await run(database, clock, until=midnight)
        last_minute = midnight - timedelta(minutes=1)
        named = {kind: view_of(answer) for kind, answer in (await prepare(database, tenant, last_minute)).items()}
        assert named == {MailKind.DUE_TODAY: {new: 0}, MailKind.LATE_2: {old: 7}}
        await remind(database, midnight)
        named = {kind: view_of(answer) for kind, answer in (await prepare(database, tenant, midnight)).items()}
        # What has been spoken of more sharply is in no milder mail.
        assert named == {MailKind.LATE_1: {new: 1}}
        assert sorted((await went(database, zone))[before:]) == [("late", day_after), ("more", today), ("today", today)]

    @pytest.mark.parametrize("zone", [AUCKLAND, LOS_ANGELES])
    async def test_that_it_is_due_today_is_not_said_the_day_after(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        integrator: httpx.AsyncClient,
        zone: str,
    ):
        await open_shop(integrator, zone, step("today", 0, "before_due", 0, hour=22), step("late", 1, "after_due", 0))
        ref = await owe_until(shop, company, clock, date(2026, 6, 10), zone)
        midnight = datetime.combine(date(2026, 6, 11), time(), ZoneInfo(zone)).astimezone(UTC)
        await remind(database, midnight - ONE_HOUR)
        # The mail server stood still until midnight.
        answers = await prepare(database, tenant, midnight)
        assert answers == {MailKind.DUE_TODAY: Skipped("decided_anew", "Decided when it was about to be sent.")}
        await remind(database, midnight)
        assert {kind: view_of(one) for kind, one in (await prepare(database, tenant, midnight)).items()} == {
            MailKind.LATE_1: {ref: 1}
        }


def view_of(answer: Any) -> dict[str, int]:
    """The documents that a mail names, with how many days each is late."""
    assert isinstance(answer, Prepared)
    assert isinstance(answer.view, ReminderView)
    return {document.reference: document.days_late for document in answer.view.documents}


class TestMonths:
    @pytest.mark.parametrize(
        ("due_on", "expected"),
        [
            (date(2027, 1, 30), ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
            (date(2028, 1, 30), ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]),
            (date(2028, 2, 28), ["2028-02-29", "2028-03-29", "2028-04-29", "2028-05-29"]),
        ],
    )
    async def test_are_counted_from_the_first_day(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
        integrator: httpx.AsyncClient,
        due_on: date,
        expected: list[str],
    ):
        repeat = {"every": "month", "times": 4}
        await open_shop(integrator, PARIS, step("late", 1, "after_due", 1, hour=9, repeat=repeat))
        await owe_until(shop, company, clock, due_on, PARIS)
        await run(database, clock, until=clock.now() + timedelta(days=180), every=timedelta(days=1))
        assert [at[:10] for _, at in await went(database, PARIS)] == expected
