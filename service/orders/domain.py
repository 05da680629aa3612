"""The life of an order as a pure function of what the shop reported and was accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

__all__ = [
    "EventKind", "EventOutcome", "FlagReason", "OrderEvent", "OrderState", "OrderStatus", "StatusMeaning", "life_of",
    "meaning_of",
]  # fmt: skip


class OrderStatus(StrEnum):
    """Where the order's amount sits: reserved, owed but not yet invoiced, owed, given back, paid, or given up."""

    HELD = "held"
    UNINVOICED = "uninvoiced"
    INVOICED = "invoiced"
    CANCELLED = "cancelled"
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"


class EventKind(StrEnum):
    """What a shop reports about an order."""

    STATUS = "status"
    INVOICED = "invoiced"
    EDITED = "edited"
    CREDIT_SLIP = "credit_slip"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    DELETED = "deleted"


class EventOutcome(StrEnum):
    """What became of an event: it shapes the order, waits for a person, or came before its order."""

    ACCEPTED = "accepted"
    FLAGGED = "flagged"
    WAITING = "waiting"


class FlagReason(StrEnum):
    """Why an event was kept but does not shape the order as it stands."""

    OVER_LIMIT = "over_limit"
    LINE_NOT_ACTIVE = "line_not_active"
    SLIP_EXCEEDS_REST = "slip_exceeds_rest"
    NOT_CANCELLED = "not_cancelled"
    ORDER_DELETED = "order_deleted"
    AMOUNT_BELOW_CREDITED = "amount_below_credited"


class StatusMeaning(StrEnum):
    """What a status of the shop's means for the term, by the shop's own settings."""

    STARTS_TERM = "starts_term"
    CANCELS = "cancels"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One report. `event_id` is the shop's; `amount_minor` is the new total of an edit or a reopening, or a slip's.

    `status` is the shop's own word; what it means was settled by `meaning` when the event was read.
    """

    event_id: str
    kind: EventKind
    occurred_at: datetime
    amount_minor: int | None = None
    status: str | None = None
    meaning: StatusMeaning = StatusMeaning.NOTHING


@dataclass(frozen=True, slots=True)
class OrderState:
    """What the events come to. Amounts in minor units of the order's currency, gross.

    `term_started_at` is the first arrival at a start status or on an invoice; bouncing between statuses does not
    move it (S28). `impossible` names the events that cannot have happened to this order, with the reason.
    """

    total_minor: int
    credited_minor: int = 0
    is_cancelled: bool = False
    is_deleted: bool = False
    term_started_at: datetime | None = None
    started_by_invoice: bool = False
    shop_status: str | None = None
    impossible: tuple[tuple[str, FlagReason], ...] = ()

    @property
    def owed_minor(self) -> int:
        """What the company owes for the order before any payment."""
        return 0 if self.is_cancelled else self.total_minor - self.credited_minor


# Events of the same instant: what ends an order is read after what shapes it, and slips after edits.
_RANK: Final = {kind: rank for rank, kind in enumerate(EventKind)}


def life_of(attached_minor: int, events: Iterable[OrderEvent]) -> OrderState:
    """Read the accepted events in the order in which they happened, whatever the order in which they arrived.

    The same events give the same state however they are shuffled or repeated.
    """
    assert attached_minor >= 0, "an order is attached with an amount that is not negative"
    distinct = {event.event_id: event for event in events}
    state = OrderState(total_minor=attached_minor)
    for event in sorted(distinct.values(), key=lambda one: (one.occurred_at, _RANK[one.kind], one.event_id)):
        state = _after(state, event)
    return state


def meaning_of(status: str, *, start_statuses: Collection[str], cancel_statuses: Collection[str]) -> StatusMeaning:
    """Cancelling outranks starting, should a shop name a status as both."""
    if status in cancel_statuses:
        return StatusMeaning.CANCELS
    return StatusMeaning.STARTS_TERM if status in start_statuses else StatusMeaning.NOTHING


def _after(state: OrderState, event: OrderEvent) -> OrderState:
    if state.is_deleted and event.kind is not EventKind.DELETED:
        return _flag(state, event, FlagReason.ORDER_DELETED)
    match event.kind:
        case EventKind.STATUS:
            return _after_status(replace(state, shop_status=event.status), event)
        case EventKind.INVOICED:
            return _start_term(state, event, by_invoice=True)
        case EventKind.EDITED:
            return _after_edit(state, event)
        case EventKind.CREDIT_SLIP:
            return _after_slip(state, event)
        case EventKind.CANCELLED:
            return replace(state, is_cancelled=True)
        case EventKind.REOPENED:
            if not state.is_cancelled:
                return _flag(state, event, FlagReason.NOT_CANCELLED)
            reopened = replace(state, is_cancelled=False)
            return reopened if event.amount_minor is None else _after_edit(reopened, event)
        case EventKind.DELETED:
            # A shop that deletes an order withdraws it. What was paid for it stays the company's credit.
            return replace(state, is_cancelled=True, is_deleted=True)
        case _:
            assert_never(event.kind)


def _after_status(state: OrderState, event: OrderEvent) -> OrderState:
    match event.meaning:
        case StatusMeaning.CANCELS:
            return replace(state, is_cancelled=True)
        case StatusMeaning.STARTS_TERM:
            # Goods that ship after a cancellation are owed again: the shop took the cancellation back.
            return _start_term(replace(state, is_cancelled=False), event, by_invoice=False)
        case StatusMeaning.NOTHING:
            return state
        case _:
            assert_never(event.meaning)


def _start_term(state: OrderState, event: OrderEvent, *, by_invoice: bool) -> OrderState:
    if state.term_started_at is not None:
        return state
    return replace(state, term_started_at=event.occurred_at, started_by_invoice=by_invoice)


def _after_edit(state: OrderState, event: OrderEvent) -> OrderState:
    assert event.amount_minor is not None, "an edit names the new total"
    if event.amount_minor < state.credited_minor:
        flagged = _flag(state, event, FlagReason.AMOUNT_BELOW_CREDITED)
        return replace(flagged, total_minor=state.credited_minor)
    return replace(state, total_minor=event.amount_minor)


def _after_slip(state: OrderState, event: OrderEvent) -> OrderState:
    assert event.amount_minor is not None, "a credit slip names its amount"
    rest = state.total_minor - state.credited_minor
    if event.amount_minor > rest:
        # Shops round slips badly or slip more than was sold: credit what remains, and let a person see it (G06).
        return replace(_flag(state, event, FlagReason.SLIP_EXCEEDS_REST), credited_minor=state.total_minor)
    return replace(state, credited_minor=state.credited_minor + event.amount_minor)


def _flag(state: OrderState, event: OrderEvent, reason: FlagReason) -> OrderState:
    return replace(state, impossible=(*state.impossible, (event.event_id, reason)))
