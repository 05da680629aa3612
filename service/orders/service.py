"""Take in what a shop reports of its orders, and confirm what the limit refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.core.clock import day_in_zone
from service.core.money import CurrencyMismatch, format_amount
from service.credit.domain import LineStatus
from service.credit.service import LockedLine, announce_credit, lock_line
from service.infra.outbox import announce
from service.infra.work import Scope, Work
from service.merchants.domain import Change, EffectiveSettings, Shop
from service.merchants.service import get_shop, record_change, settings_of
from service.orders import repository
from service.orders.bookkeeping_service import DueDates, OrderBooks
from service.orders.domain import (
    EventKind,
    EventOutcome,
    FlagReason,
    OrderEvent,
    OrderState,
    OrderStatus,
    StatusMeaning,
    life_of,
    meaning_of,
)
from service.orders.errors import (
    EventNotFlagged,
    EventReused,
    OrderNotFound,
)
from service.orders.order import Order, StoredEvent
from service.orders.settlement_service import announce_settlement, order_facts
from service.terms.definition import parse_terms
from service.terms.domain import PaymentTerms, due_date
from service.terms.holidays import country_holidays

__all__ = [
    "ShopView", "apply_waiting_events", "confirm_event", "flag_event", "get_order", "read_view", "receive_event",
    "terms_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShopView:
    """The shop an order belongs to, as its dates and statuses are read."""

    shop: Shop
    settings: EffectiveSettings

    def day(self, instant: datetime) -> date:
        return day_in_zone(instant, self.shop.time_zone)

    def due_dates(self, terms: PaymentTerms, base_on: date) -> DueDates:
        is_holiday = country_holidays(self.settings.business_day_country, self.settings.business_day_subdivision)
        due = due_date(terms, base_on, is_holiday)
        return DueDates(base_on=base_on, billing_on=due.billing_on, due_on=due.due_on)


async def read_view(work: Work, shop_id: UUID) -> ShopView:
    """The shop as this transaction first read it. Raises NotFound or SettingsBroken."""
    known: dict[UUID, ShopView] = work.session.info.setdefault("orders.shop_views", {})
    if shop_id not in known:
        shop = await get_shop(work, shop_id)
        known[shop_id] = ShopView(shop, settings_of(shop))
    return known[shop_id]


def terms_of(snapshot: dict[str, Any]) -> PaymentTerms:
    return parse_terms({key: value for key, value in snapshot.items() if key != "label"})


async def get_order(work: Work, *, shop_id: UUID, ref: str) -> Order:
    """Raises OrderNotFound."""
    order = await repository.find_order(work, shop_id=shop_id, ref=ref)
    if order is None:
        raise OrderNotFound
    return order


async def receive_event(
    work: Work, *, shop_id: UUID, order_ref: str, event: OrderEvent, currency: str | None = None
) -> tuple[Order | None, StoredEvent]:
    """Take in what happened to an order. Twice is once; late and out of order is as if in order (S6, S7, S28).

    `currency` is that of the event's amount. An event that comes before its order waits for it. Raises EventReused or
    CurrencyMismatch.
    """
    view = await read_view(work, shop_id)
    order = await repository.find_order(work, shop_id=shop_id, ref=order_ref)
    if order is not None:
        if currency not in {None, order.currency}:
            raise CurrencyMismatch(currencies=[order.currency, currency or ""])
        await lock_line(work, order.line_id)
    events = await repository.list_events(work, shop_id=shop_id, order_ref=order_ref, event_id=event.event_id)
    known = _of_id(events, event.event_id)
    if known is not None:
        if known.order_ref != order_ref or _payload_of(known.event) != _payload_of(_read(event, view)):
            raise EventReused
        return order, known
    if order is None:
        waiting = _stored(work, order_ref, _read(event, view), outcome=EventOutcome.WAITING, reason=None)
        await repository.insert_event(work, waiting, shop_id=shop_id)
        return None, waiting
    return await _take_in(work, order, event, events=events)


async def confirm_event(work: Work, *, shop_id: UUID, order_ref: str, event_id: str, reason: str) -> Order:
    """A person takes the responsibility for an increase that the limit refused (S17).

    Raises OrderNotFound or EventNotFlagged.
    """
    work.caller.require(Scope.CREDIT_OVERRIDE)
    order = await get_order(work, shop_id=shop_id, ref=order_ref)
    locked = await lock_line(work, order.line_id)
    stored = _of_id(await repository.list_events(work, shop_id=shop_id, order_ref=order_ref), event_id)
    if stored is None or stored.outcome != EventOutcome.FLAGGED:
        raise EventNotFlagged
    await repository.update_event(
        work, shop_id=shop_id, event_id=event_id, outcome=EventOutcome.ACCEPTED, reason=stored.outcome_reason
    )
    await record_change(
        work,
        Change(
            subject_kind="order",
            subject_id=order.id,
            field="event",
            before={"event_id": event_id, "outcome": EventOutcome.FLAGGED.value},
            after={"event_id": event_id, "outcome": EventOutcome.ACCEPTED.value},
            reason=reason,
        ),
    )
    order = await repository.read_order(work, order.id, for_update=True)
    events = await repository.list_events(work, shop_id=shop_id, order_ref=order_ref)
    return await _follow(work, locked, order, events, cause=f"order:{order.id}:confirmed:{event_id}")


async def apply_waiting_events(work: Work, order: Order) -> Order:
    """Take in what was reported of an order before it was attached. Gives the order as it stands then."""
    events = await repository.list_events(work, shop_id=order.shop_id, order_ref=order.ref)
    for waiting in [one for one in events if one.outcome == EventOutcome.WAITING]:
        order, _ = await _take_in(work, order, waiting.event, events=events, is_waiting=True)
        events = await repository.list_events(work, shop_id=order.shop_id, order_ref=order.ref)
    return order


async def flag_event(work: Work, order: Order, event: OrderEvent, *, reason: FlagReason) -> Order:
    """Keep an event that shapes nothing until it is confirmed, and say so. Gives the order with its flag."""
    stored = _stored(work, order.ref, event, outcome=EventOutcome.FLAGGED, reason=reason)
    await repository.insert_event(work, stored, shop_id=order.shop_id)
    order = await repository.update_order(work, order.id, flags=list(dict.fromkeys([*order.flags, reason.value])))
    await _announce_flag(work, order, event_id=event.event_id, reason=reason)
    return order


def _of_id(events: Sequence[StoredEvent], event_id: str) -> StoredEvent | None:
    return next((stored for stored in events if stored.event.event_id == event_id), None)


async def _take_in(
    work: Work, order: Order, event: OrderEvent, *, events: Sequence[StoredEvent], is_waiting: bool = False
) -> tuple[Order, StoredEvent]:
    """`events` are the order's own, read under its line's lock."""
    view = await read_view(work, order.shop_id)
    locked = await lock_line(work, order.line_id)
    order = await repository.read_order(work, order.id, for_update=True)
    event = _read(event, view)
    state = life_of(order.secured_minor, [*_accepted(events), event])
    starts_now = state.term_started_at is not None and not order.is_captured
    refusal = None if starts_now else _refusal(locked, order, state)
    reason = refusal or dict(state.impossible).get(event.event_id)
    outcome = EventOutcome.FLAGGED if refusal else EventOutcome.ACCEPTED
    stored = _stored(work, order.ref, event, outcome=outcome, reason=reason)
    if is_waiting:
        await repository.update_event(
            work, shop_id=order.shop_id, event_id=event.event_id, outcome=outcome, reason=reason
        )
    else:
        await repository.insert_event(work, stored, shop_id=order.shop_id)
    if reason is not None:
        await _announce_flag(work, order, event_id=event.event_id, reason=reason)
    if starts_now:
        events = [await _accept(work, order, one) for one in events]
    events = [one for one in events if one.event.event_id != event.event_id] + [stored]
    cause = f"order:{order.id}:event:{event.event_id}"
    return await _follow(work, locked, order, events, cause=cause), stored


async def _accept(work: Work, order: Order, stored: StoredEvent) -> StoredEvent:
    """What leaves the warehouse is owed, whether or not the limit had room for it. The flag stays to be seen."""
    if stored.outcome != EventOutcome.FLAGGED:
        return stored
    accepted = replace(stored, outcome=EventOutcome.ACCEPTED)
    await repository.update_event(
        work,
        shop_id=order.shop_id,
        event_id=stored.event.event_id,
        outcome=accepted.outcome,
        reason=accepted.outcome_reason,
    )
    return accepted


def _refusal(locked: LockedLine, order: Order, state: OrderState) -> FlagReason | None:
    """Why an increase cannot be given credit; a decrease never needs any."""
    increase = state.owed_minor - order.owed_minor
    if increase <= 0:
        return None
    currency = locked.line.currency
    change = order.to_line(state.owed_minor, currency) - order.to_line(order.owed_minor, currency)
    position = locked.position
    if position.status is not LineStatus.ACTIVE:
        return FlagReason.LINE_NOT_ACTIVE
    return None if position.fits(change) or position.allow_exceed else FlagReason.OVER_LIMIT


def _accepted(events: Sequence[StoredEvent]) -> list[OrderEvent]:
    return [stored.event for stored in events if stored.outcome == EventOutcome.ACCEPTED]


async def _follow(work: Work, locked: LockedLine, before: Order, events: Sequence[StoredEvent], *, cause: str) -> Order:
    """Let books and order follow the events, and tell what changed."""
    view = await read_view(work, before.shop_id)
    exposure_minor = locked.books.balances.exposure
    accepted = _accepted(events)
    state = life_of(before.secured_minor, accepted)
    # A late report can say that the term began on another day, or that the order was deleted before it could begin.
    # What is billed then stays billed and is credited: books are corrected, never unwritten.
    base_on = before.base_on if state.term_started_at is None else view.day(state.term_started_at)
    dates = None if base_on is None else view.due_dates(terms_of(before.terms), base_on)
    books = OrderBooks(work=work, locked=locked, order=before, cause=cause, today=view.day(work.now))
    order = await books.settle_to(state, dates)
    refused = [stored.event for stored in events if stored.outcome == EventOutcome.FLAGGED]
    wanted = life_of(before.secured_minor, [*accepted, *refused])
    in_order = sorted(events, key=lambda stored: (stored.event.occurred_at, stored.event.event_id))
    flags = dict.fromkeys(stored.outcome_reason for stored in in_order if stored.outcome_reason is not None)
    order = replace(
        order,
        flags=list(flags),
        unsecured_minor=max(wanted.owed_minor - state.owed_minor, 0),
        updated_at=work.now,
    )
    await repository.save_order(work, order)
    await _announce_changes(work, before, order)
    if books.item is not None and before.status != order.status:
        await announce_settlement(work, before, status=OrderStatus(order.status), item=books.item)
    if locked.books.balances.exposure != exposure_minor:
        await announce_credit(work, locked, changed="used")
    return order


async def _announce_changes(work: Work, before: Order, after: Order) -> None:
    if not after.due_is_estimate and (before.due_is_estimate or before.due_on != after.due_on):
        payload = order_facts(after) | {
            "amount": format_amount(after.owed_minor, after.currency),
            "due_on": after.due_on.isoformat(),
        }
        await announce(work, "order.due_date_fixed", subject_id=after.id, shop_id=after.shop_id, payload=payload)
    if after.status == OrderStatus.CANCELLED and before.status != OrderStatus.CANCELLED:
        released = format_amount(before.owed_minor, after.currency)
        payload = order_facts(after) | {"released": released}
        await announce(work, "order.cancelled", subject_id=after.id, shop_id=after.shop_id, payload=payload)


async def _announce_flag(work: Work, order: Order, *, event_id: str, reason: str) -> None:
    payload = order_facts(order) | {"event_id": event_id, "reason": str(reason)}
    await announce(work, "order.flagged", subject_id=order.id, shop_id=order.shop_id, payload=payload)


def _read(event: OrderEvent, view: ShopView) -> OrderEvent:
    """Settle what a status means now, so that changing the shop's settings rewrites no order's past."""
    if event.kind is not EventKind.STATUS or event.meaning is not StatusMeaning.NOTHING:
        return event
    assert event.status is not None, "a status event names the status"
    settings = view.settings
    meaning = meaning_of(event.status, start_statuses=settings.start_statuses, cancel_statuses=settings.cancel_statuses)
    return replace(event, meaning=meaning)


def _payload_of(event: OrderEvent) -> dict[str, Any]:
    payload: dict[str, Any] = {"kind": event.kind.value, "occurred_at": event.occurred_at.isoformat()}
    if event.amount_minor is not None:
        payload["amount_minor"] = event.amount_minor
    if event.status is not None:
        payload["status"] = event.status
    return payload


def _stored(
    work: Work, order_ref: str, event: OrderEvent, *, outcome: EventOutcome, reason: FlagReason | None
) -> StoredEvent:
    payload = {key: value for key, value in _payload_of(event).items() if key in {"amount_minor", "status"}}
    if event.kind is EventKind.STATUS:
        payload["meaning"] = event.meaning.value
    return StoredEvent(event, order_ref, work.now, payload, outcome, reason)
