"""Days are the shop's: terms start, bills close and items fall overdue at its midnight, whatever its clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import update

from service.core.clock import FixedClock
from service.credit.jobs import run_expire_hold_once
from service.infra.database import Database
from service.infra.work import Work
from service.merchants.models import ShopRow
from service.orders.jobs import run_invoice_order_once
from service.payments.jobs import run_flag_overdue_once
from tests.app import Tenant
from tests.orders.world import Debtor, bump
from tests.payments.world import hold_order, report, show_order

ONE_MICROSECOND = timedelta(microseconds=1)
# Days on which the clocks change, a leap day and the end of a year.
DAYS = [
    ("Europe/Paris", date(2026, 3, 29)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Pacific/Auckland", date(2026, 4, 5)),
    ("Pacific/Auckland", date(2026, 9, 27)),
    ("Pacific/Kiritimati", date(2028, 2, 29)),
    ("Pacific/Honolulu", date(2026, 12, 31)),
]


def end_of(day: date, zone: str) -> datetime:
    """The first instant of the day after, there."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)


async def move_shop(database: Database, tenant: Tenant, zone: str, *, clock: FixedClock) -> None:
    async with database.transaction() as session:
        values = {"time_zone": zone}
        await session.execute(update(ShopRow).where(ShopRow.merchant_id == tenant.merchant_id).values(values))
        await bump(Work(session=session, caller=tenant.caller(), now=clock.now()))


class TestDueDates:
    @pytest.mark.parametrize(("zone", "day"), DAYS)
    async def test_count_from_the_day_at_the_shop_to_its_end(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        zone: str,
        day: date,
    ):
        await move_shop(database, tenant, zone, clock=clock)
        midnight = end_of(day, zone)
        clock.instant = midnight
        expected = {}
        for shipped_at, base_on in ((midnight - ONE_MICROSECOND, day), (midnight, day + timedelta(days=1))):
            ref = await hold_order(shop, company.ref, "10.00")
            await report(shop, ref, "status", at=shipped_at.isoformat(), status="shipped")
            expected[ref] = base_on + timedelta(days=30)
            order = await show_order(shop, ref)
            assert (order["base_on"], order["due_on"]) == (base_on.isoformat(), expected[ref].isoformat())
        for ref, due_on in expected.items():
            for now, is_overdue in ((end_of(due_on, zone) - ONE_MICROSECOND, False), (end_of(due_on, zone), True)):
                clock.instant = now
                # The list asks SQL, the row says what Python thinks, and the worker flags what both say.
                listed = (await shop.get("/v1/open-items", params={"overdue": True})).json()["items"]
                rows = (await shop.get("/v1/open-items", params={"document": ref})).json()["items"]
                assert (ref in {item["document"] for item in listed}) is is_overdue
                assert [row["is_overdue"] for row in rows] == [is_overdue]
                assert await run_flag_overdue_once(database, clock.now()) is is_overdue


class TestBillingPeriods:
    @pytest.mark.parametrize(
        ("zone", "last_on"),
        [
            ("Europe/Paris", date(2026, 3, 31)),
            ("Europe/Paris", date(2026, 10, 31)),
            ("America/New_York", date(2026, 11, 30)),
            ("Pacific/Auckland", date(2026, 4, 30)),
            ("Pacific/Kiritimati", date(2028, 2, 29)),
            ("Pacific/Honolulu", date(2026, 12, 31)),
        ],
    )
    async def test_close_at_the_end_of_their_last_day(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        zone: str,
        last_on: date,
    ):
        await shop.put("/v1/terms/monthly", json={"net_days": 30, "billing_period": "monthly"})
        await shop.patch("/v1/shops/main", json={"settings": {"allowed_terms": ["monthly"]}})
        await move_shop(database, tenant, zone, clock=clock)
        # What leaves on the last day itself is billed at once.
        clock.instant = end_of(last_on - timedelta(days=1), zone) - ONE_MICROSECOND
        ref = await hold_order(shop, company.ref, "10.00", terms="monthly")
        await report(shop, ref, "status", at=clock.now().isoformat(), status="shipped")
        clock.instant = end_of(last_on, zone)
        assert not await run_invoice_order_once(database, clock.now() - ONE_MICROSECOND)
        assert await run_invoice_order_once(database, clock.now())
        (item,) = (await shop.get("/v1/open-items", params={"document": ref})).json()["items"]
        assert item["issued_on"] == last_on.isoformat()
        assert item["due_on"] == (last_on + timedelta(days=30)).isoformat()


class TestHolds:
    @pytest.mark.parametrize(
        ("zone", "placed_at"),
        [
            # Half an hour before the clock jumps: 02:30 does not exist, or exists twice.
            ("Europe/Paris", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
            ("Europe/Paris", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
            ("America/New_York", datetime(2026, 3, 8, 6, 30, tzinfo=UTC)),
            ("Pacific/Auckland", datetime(2026, 4, 4, 13, 30, tzinfo=UTC)),
        ],
    )
    async def test_expire_after_minutes_that_have_passed(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        zone: str,
        placed_at: datetime,
    ):
        await move_shop(database, tenant, zone, clock=clock)
        clock.instant = placed_at
        hold = await shop.post("/v1/holds", json={"company": company.ref, "amount": "10.00", "currency": "EUR"})
        expires_at = placed_at + timedelta(minutes=60)
        assert datetime.fromisoformat(hold.json()["expires_at"]) == expires_at
        assert not await run_expire_hold_once(database, expires_at - ONE_MICROSECOND)
        assert await run_expire_hold_once(database, expires_at)
