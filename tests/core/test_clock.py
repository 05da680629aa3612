"""Which day it is where a shop is: around changes of the clock, and at both ends of the world."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.clock import day_in_zone

ONE_MICROSECOND = timedelta(microseconds=1)
ZONES = (
    "Europe/Paris", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Kiritimati", "Pacific/Honolulu", "UTC",
)  # fmt: skip
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as Hypothesis asks


def begin_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


class TestDayInZone:
    @pytest.mark.parametrize(
        ("zone", "day", "begins_at", "hours"),
        [
            ("Europe/Paris", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
            ("Europe/Paris", date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
            ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
            ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
            ("Pacific/Auckland", date(2026, 4, 5), datetime(2026, 4, 4, 11, tzinfo=UTC), 25),
            ("Pacific/Auckland", date(2026, 9, 27), datetime(2026, 9, 26, 12, tzinfo=UTC), 23),
            ("Pacific/Kiritimati", date(2028, 2, 29), datetime(2028, 2, 28, 10, tzinfo=UTC), 24),
            ("Pacific/Honolulu", date(2026, 12, 31), datetime(2026, 12, 31, 10, tzinfo=UTC), 24),
        ],
    )
    def test_a_day_lasts_from_midnight_to_midnight_there(
        self, zone: str, day: date, begins_at: datetime, hours: int
    ) -> None:
        ends_at = begins_at + timedelta(hours=hours)
        assert day_in_zone(begins_at - ONE_MICROSECOND, zone) == day - timedelta(days=1)
        assert day_in_zone(begins_at, zone) == day
        assert day_in_zone(ends_at - ONE_MICROSECOND, zone) == day
        assert day_in_zone(ends_at, zone) == day + timedelta(days=1)

    def test_one_instant_has_three_days_in_the_world(self) -> None:
        instant = datetime(2026, 6, 30, 10, 30, tzinfo=UTC)
        days = [day_in_zone(instant, zone).day for zone in ("Pacific/Kiritimati", "Europe/Paris", "Pacific/Pago_Pago")]
        assert days == [1, 30, 29]

    @given(INSTANTS, st.sampled_from(ZONES))
    def test_every_instant_lies_within_its_day(self, instant: datetime, zone: str) -> None:
        day = day_in_zone(instant, zone)
        assert begin_of(day, zone) <= instant < begin_of(day + timedelta(days=1), zone)

    @given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=2)), st.sampled_from(ZONES))
    def test_later_is_never_an_earlier_day(self, instant: datetime, wait: timedelta, zone: str) -> None:
        assert day_in_zone(instant, zone) <= day_in_zone(instant + wait, zone)

    @given(INSTANTS, st.sampled_from(ZONES))
    def test_nowhere_is_it_later_than_tomorrow(self, instant: datetime, zone: str) -> None:
        """What finds overdue items through an index relies on it."""
        assert abs(day_in_zone(instant, zone) - instant.date()) <= timedelta(days=1)

    @given(INSTANTS, st.sampled_from(ZONES), st.integers(-14, 14))
    def test_does_not_depend_on_how_the_instant_is_written(self, instant: datetime, zone: str, hours: int) -> None:
        written = instant.astimezone(ZoneInfo(f"Etc/GMT{hours:+d}" if -14 <= hours <= 12 else "UTC"))
        assert day_in_zone(written, zone) == day_in_zone(instant, zone)
