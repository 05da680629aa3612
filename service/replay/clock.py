"""A clock that two processes share: the driver moves it, the service reads it."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["ReplayClock"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class ReplayClock:
    """Stands still until it is moved. Hand it to a process when starting it: its instant lies in shared memory."""

    def __init__(self, instant: datetime) -> None:
        self._microseconds = multiprocessing.get_context("spawn").Value("q", 0)
        self.move_to(instant)

    def now(self) -> datetime:
        return _EPOCH + timedelta(microseconds=self._microseconds.value)

    def move_to(self, instant: datetime) -> None:
        """Time does not run backwards."""
        microseconds = (instant.astimezone(UTC) - _EPOCH) // _MICROSECOND
        assert microseconds >= self._microseconds.value, "the history is in the order of its time"
        self._microseconds.value = microseconds
