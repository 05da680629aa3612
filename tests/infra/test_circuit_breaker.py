"""When the breaker lets a call through, and when it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.clock import FixedClock
from service.infra.circuit_breaker import BreakerState, CircuitBreaker

OPEN_FOR = timedelta(seconds=60)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def breaker(clock: FixedClock) -> CircuitBreaker:
    return CircuitBreaker(clock=clock, failure_threshold=3, open_for=OPEN_FOR)


@pytest.fixture
def open_breaker(breaker: CircuitBreaker) -> CircuitBreaker:
    for _ in range(3):
        breaker.record_failure()
    return breaker


class TestClosed:
    def test_stays_closed_one_failure_below_the_threshold(self, breaker):
        breaker.record_failure()
        breaker.record_failure()
        assert breaker.state is BreakerState.CLOSED
        assert breaker.admits_call()

    def test_opens_at_the_threshold(self, breaker):
        for _ in range(3):
            breaker.record_failure()
        assert breaker.state is BreakerState.OPEN
        assert not breaker.admits_call()

    def test_counts_only_failures_in_a_row(self, breaker):
        breaker.record_failure()
        breaker.record_failure()
        breaker.record_success()
        breaker.record_failure()
        breaker.record_failure()
        assert breaker.state is BreakerState.CLOSED


class TestOpen:
    def test_refuses_until_the_pause_is_over(self, open_breaker, clock):
        clock.advance(seconds=59.999)
        assert not open_breaker.admits_call()

    def test_a_late_failure_does_not_prolong_the_pause(self, open_breaker, clock):
        clock.advance(seconds=30)
        open_breaker.record_failure()
        clock.advance(seconds=30)
        assert open_breaker.state is BreakerState.HALF_OPEN


class TestHalfOpen:
    def test_lets_exactly_one_trial_through(self, open_breaker, clock):
        clock.advance(seconds=60)
        assert open_breaker.admits_call()
        assert not open_breaker.admits_call()

    def test_a_good_trial_closes_it(self, open_breaker, clock):
        clock.advance(seconds=60)
        open_breaker.admits_call()
        open_breaker.record_success()
        assert open_breaker.state is BreakerState.CLOSED
        assert open_breaker.admits_call()

    def test_after_closing_the_full_threshold_counts_again(self, open_breaker, clock):
        clock.advance(seconds=60)
        open_breaker.admits_call()
        open_breaker.record_success()
        open_breaker.record_failure()
        open_breaker.record_failure()
        assert open_breaker.state is BreakerState.CLOSED

    def test_a_failed_trial_opens_it_for_another_whole_pause(self, open_breaker, clock):
        clock.advance(seconds=60)
        open_breaker.admits_call()
        open_breaker.record_failure()
        clock.advance(seconds=59)
        assert not open_breaker.admits_call()
        clock.advance(seconds=1)
        assert open_breaker.admits_call()

    def test_a_trial_that_never_reported_back_is_given_to_another_caller(self, open_breaker, clock):
        clock.advance(seconds=60)
        assert open_breaker.admits_call()
        clock.advance(seconds=59)
        assert not open_breaker.admits_call()
        clock.advance(seconds=1)
        assert open_breaker.admits_call()


class TestAnyHistory:
    @given(st.lists(st.sampled_from(["failure", "success", "call", "tick", "pause"]), max_size=60))
    def test_a_pause_and_one_good_trial_always_bring_it_back(self, history):
        clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
        breaker = CircuitBreaker(clock=clock, failure_threshold=3, open_for=OPEN_FOR)
        acts = {
            "failure": breaker.record_failure,
            "success": breaker.record_success,
            "call": breaker.admits_call,
            "tick": lambda: clock.advance(seconds=20),
            "pause": lambda: clock.advance(seconds=60),
        }
        for step in history:
            acts[step]()
        clock.advance(seconds=60)
        assert breaker.admits_call()
        breaker.record_success()
        assert breaker.state is BreakerState.CLOSED


class TestSettings:
    @pytest.mark.parametrize(("threshold", "open_for"), [(0, OPEN_FOR), (3, timedelta(0)), (3, timedelta(seconds=-1))])
    def test_refuses_settings_that_could_never_work(self, clock, threshold, open_for):
        with pytest.raises(ValueError, match="threshold"):
            CircuitBreaker(clock=clock, failure_threshold=threshold, open_for=open_for)
