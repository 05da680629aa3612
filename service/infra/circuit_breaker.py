"""A circuit breaker: after failures in a row it stops asking for a while, then lets one trial call through.

State only, no I/O and no timers: time comes from the clock, calls are made by whoever asks `admits_call`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from service.core.clock import Clock

__all__ = ["BreakerState", "CircuitBreaker"]


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """Guards one remote party. Not shared between processes: each learns for itself and at most repeats a trial."""

    def __init__(self, *, clock: Clock, failure_threshold: int, open_for: timedelta) -> None:
        if failure_threshold < 1 or open_for <= timedelta(0):
            raise ValueError("a breaker needs a threshold of at least one failure and a positive pause")
        self._clock = clock
        self._failure_threshold = failure_threshold
        self._open_for = open_for
        self._failures_in_a_row = 0
        self._opened_at: datetime | None = None
        self._trial_started_at: datetime | None = None

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        has_paused = self._clock.now() - self._opened_at >= self._open_for
        return BreakerState.HALF_OPEN if has_paused else BreakerState.OPEN

    def admits_call(self) -> bool:
        """Whether to call now. In the half-open state this claims the trial, so ask only when about to call."""
        match self.state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.OPEN:
                return False
            case BreakerState.HALF_OPEN:
                return self._claim_trial()

    def record_success(self) -> None:
        self._failures_in_a_row = 0
        self._opened_at = None
        self._trial_started_at = None

    def record_failure(self) -> None:
        match self.state:
            case BreakerState.CLOSED:
                self._failures_in_a_row += 1
                if self._failures_in_a_row >= self._failure_threshold:
                    self._open()
            case BreakerState.OPEN:
                # A call from before the opening came back late. It tells nothing new and must not prolong the pause.
                pass
            case BreakerState.HALF_OPEN:
                self._open()

    def _open(self) -> None:
        self._opened_at = self._clock.now()

    def _claim_trial(self) -> bool:
        now = self._clock.now()
        # The claim lapses by itself: a trial whose caller was cancelled reports neither way and must not shut us out.
        if self._trial_started_at is not None and now - self._trial_started_at < self._open_for:
            return False
        self._trial_started_at = now
        return True
