"""The SQL of `core.clock.day_in_zone`: which day it is where a row says it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Cast, Date, cast, func

__all__ = ["day_in_zone_sql"]


def day_in_zone_sql(instant: datetime, time_zone: Any) -> Cast[date]:
    """The calendar day of an instant in the zone that a column names."""
    return cast(func.timezone(time_zone, instant), Date)
