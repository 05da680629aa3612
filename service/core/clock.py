"""Where time comes from. The only place that asks the operating system what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

__all__ = ["Clock", "FixedClock", "SystemClock", "day_in_zone"]


class Clock(Protocol):
    """Anything that can say what time it is, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The wall clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until it is moved; for tests, replays and previews."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def advance(self, **units: float) -> None:
        """Move forward by a `timedelta(**units)`."""
        self.instant += timedelta(**units)


def day_in_zone(instant: datetime, time_zone: str) -> date:
    """The calendar day of an instant where the shop is: due dates are days there, not instants."""
    return instant.astimezone(ZoneInfo(time_zone)).date()
