"""The life of an order as a pure function: order of arrival does not matter, nor does repetition."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.orders.domain import EventKind, FlagReason, OrderEvent, OrderState, StatusMeaning, life_of, meaning_of

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOTAL = 30_000

amounts = st.integers(min_value=0, max_value=2 * TOTAL)
moments = st.integers(min_value=0, max_value=20).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def events_of_an_order(draw: st.DrawFn) -> list[OrderEvent]:
    count = draw(st.integers(min_value=0, max_value=8))
    return [draw(_event(f"e{number}")) for number in range(count)]


@st.composite
def _event(draw: st.DrawFn, event_id: str) -> OrderEvent:
    kind = draw(st.sampled_from(EventKind))
    needs_amount = kind in {EventKind.EDITED, EventKind.CREDIT_SLIP}
    is_status = kind is EventKind.STATUS
    return OrderEvent(
        event_id=event_id,
        kind=kind,
        occurred_at=draw(moments),
        amount_minor=draw(amounts) if needs_amount else None,
        status="any" if is_status else None,
        meaning=draw(st.sampled_from(StatusMeaning)) if is_status else StatusMeaning.NOTHING,
    )


def event(kind: EventKind, *, hour: int = 1, event_id: str = "e", amount: int | None = None) -> OrderEvent:
    return OrderEvent(event_id=event_id, kind=kind, occurred_at=START + timedelta(hours=hour), amount_minor=amount)


def status(meaning: StatusMeaning, *, hour: int, event_id: str = "s") -> OrderEvent:
    moment = START + timedelta(hours=hour)
    return OrderEvent(event_id=event_id, kind=EventKind.STATUS, occurred_at=moment, status="any", meaning=meaning)


class TestLifeOf:
    @given(events_of_an_order(), st.randoms(use_true_random=False))
    def test_arrival_order_and_repetition_do_not_matter(
        self, events: list[OrderEvent], shuffler: random.Random
    ) -> None:
        arrived = [*events, *events]
        shuffler.shuffle(arrived)
        assert life_of(TOTAL, arrived) == life_of(TOTAL, events)

    @given(events_of_an_order())
    def test_nobody_ever_owes_less_than_nothing(self, events: list[OrderEvent]) -> None:
        state = life_of(TOTAL, events)
        assert 0 <= state.credited_minor <= state.total_minor
        assert state.owed_minor >= 0

    @given(events_of_an_order())
    def test_every_impossible_event_is_named_once(self, events: list[OrderEvent]) -> None:
        named = [event_id for event_id, _ in life_of(TOTAL, events).impossible]
        assert len(named) == len(set(named))
        assert set(named) <= {one.event_id for one in events}

    def test_without_events_the_attached_amount_is_owed(self) -> None:
        assert life_of(TOTAL, []) == OrderState(total_minor=TOTAL)

    def test_first_arrival_starts_the_term_and_bouncing_does_not_move_it(self) -> None:
        arrivals = [status(StatusMeaning.STARTS_TERM, hour=hour, event_id=f"s{hour}") for hour in (5, 3, 9)]
        assert life_of(TOTAL, arrivals).term_started_at == START + timedelta(hours=3)

    def test_invoice_starts_the_term_when_the_status_was_skipped(self) -> None:
        state = life_of(TOTAL, [event(EventKind.INVOICED, hour=4)])
        assert (state.term_started_at, state.started_by_invoice) == (START + timedelta(hours=4), True)

    def test_slip_of_exactly_the_rest_is_possible_and_one_cent_more_is_not(self) -> None:
        exact = life_of(TOTAL, [event(EventKind.CREDIT_SLIP, amount=TOTAL)])
        over = life_of(TOTAL, [event(EventKind.CREDIT_SLIP, amount=TOTAL + 1)])
        assert (exact.owed_minor, exact.impossible) == (0, ())
        assert (over.owed_minor, over.impossible) == (0, (("e", FlagReason.SLIP_EXCEEDS_REST),))

    def test_edit_below_what_was_credited_is_flagged_and_leaves_nothing_owed(self) -> None:
        slip = event(EventKind.CREDIT_SLIP, hour=1, event_id="slip", amount=20_000)
        state = life_of(TOTAL, [slip, event(EventKind.EDITED, hour=2, event_id="edit", amount=19_999)])
        assert (state.owed_minor, state.impossible) == (0, (("edit", FlagReason.AMOUNT_BELOW_CREDITED),))

    def test_goods_that_ship_after_a_cancellation_are_owed_again(self) -> None:
        cancelled = status(StatusMeaning.CANCELS, hour=1, event_id="c")
        state = life_of(TOTAL, [cancelled, status(StatusMeaning.STARTS_TERM, hour=2)])
        assert (state.is_cancelled, state.owed_minor) == (False, TOTAL)

    def test_nothing_happens_to_a_deleted_order(self) -> None:
        late = event(EventKind.EDITED, hour=3, event_id="late", amount=1)
        state = life_of(TOTAL, [event(EventKind.DELETED, hour=2), late])
        assert (state.owed_minor, state.impossible) == (0, (("late", FlagReason.ORDER_DELETED),))


class TestMeaningOf:
    def test_cancelling_outranks_starting(self) -> None:
        assert meaning_of("done", start_statuses={"done"}, cancel_statuses={"done"}) is StatusMeaning.CANCELS
