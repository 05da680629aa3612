"""SQL and Python agree which day it is."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from service.core.clock import day_in_zone
from service.infra.database import Database
from service.infra.days import day_in_zone_sql

ZONES = (
    "Europe/Paris", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Kiritimati", "Pacific/Honolulu", "Etc/GMT+12", "UTC",
)  # fmt: skip
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as Hypothesis asks


@given(st.lists(st.tuples(INSTANTS, st.sampled_from(ZONES)), min_size=20, max_size=60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_sql_and_python_name_the_same_day(database: Database, places: list[tuple[datetime, str]]):
    days = [
        day_in_zone_sql(instant, literal(zone)).label(f"day_{index}") for index, (instant, zone) in enumerate(places)
    ]
    async with database.read() as session:
        named = (await session.execute(select(*days))).one()
    assert list(named) == [day_in_zone(instant, zone) for instant, zone in places]
