"""SQL of orders and their events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Date, Select, String, any_, bindparam, cast, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.statements import Statement, columns_of, insert_of, reader_of, save_of, values_of
from service.infra.work import Work
from service.merchants.models import ShopRow
from service.orders.domain import EventKind, OrderEvent, StatusMeaning
from service.orders.models import OrderEventRow, OrderRow
from service.orders.order import Order, OrderFilter, StoredEvent

__all__ = [
    "find_order", "find_orders", "insert_event", "insert_order",
    "list_events", "list_orders", "next_order_to_invoice", "read_order", "refs_by_hold", "save_order", "update_event",
    "update_order",
]  # fmt: skip

_ORDER: Final = columns_of(Order, OrderRow)
_order: Final = reader_of(Order)


def _orders(work: Work) -> Select[Any]:
    """All orders the caller may see: a shop sees its own."""
    query = select(*_ORDER).where(OrderRow.merchant_id == work.merchant_id)
    return query if work.caller.shop_id is None else query.where(OrderRow.shop_id == work.caller.shop_id)


_FIND: Final = Statement(
    select(*_ORDER).where(
        OrderRow.merchant_id == bindparam("merchant_id"),
        OrderRow.shop_id == bindparam("shop_id"),
        OrderRow.ref == any_(bindparam("refs", type_=ARRAY(String))),
    )
)


async def find_order(work: Work, *, shop_id: UUID, ref: str) -> Order | None:
    return (await find_orders(work, shop_id=shop_id, refs=[ref])).get(ref)


async def find_orders(work: Work, *, shop_id: UUID, refs: Iterable[str]) -> dict[str, Order]:
    if work.caller.shop_id not in {None, shop_id}:
        return {}
    rows = await _FIND.rows(work.session, merchant_id=work.merchant_id, shop_id=shop_id, refs=list(refs))
    return {order.ref: order for order in map(_order, rows)}


_BY_ID: Final = select(*_ORDER).where(
    OrderRow.merchant_id == bindparam("merchant_id"), OrderRow.id == bindparam("order_id")
)
_READ: Final = Statement(_BY_ID)
_LOCK: Final = Statement(_BY_ID.with_for_update())


async def read_order(work: Work, order_id: UUID, *, for_update: bool = False) -> Order:
    """An order that is known to exist, whoever asks: money may settle orders of several shops. Lock its line first."""
    statement = _LOCK if for_update else _READ
    return _order(await statement.one(work.session, merchant_id=work.merchant_id, order_id=order_id))


async def refs_by_hold(work: Work, hold_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The references of the orders attached to each hold."""
    rows = await work.session.execute(
        select(OrderRow.hold_id, OrderRow.ref)
        .where(OrderRow.merchant_id == work.merchant_id, OrderRow.hold_id.in_(list(hold_ids)))
        .order_by(OrderRow.id)
    )
    refs: dict[UUID, list[str]] = {}
    for hold_id, ref in rows:
        refs.setdefault(hold_id, []).append(ref)
    return refs


_INSERT: Final = insert_of(Order, OrderRow, "merchant_id")
_SAVE: Final = save_of(Order, OrderRow)


async def insert_order(work: Work, order: Order) -> None:
    await _INSERT.execute(work.session, merchant_id=work.merchant_id, **values_of(order))


async def update_order(work: Work, order_id: UUID, **values: Any) -> Order:
    row = (
        await work.session.execute(
            update(OrderRow)
            .where(OrderRow.merchant_id == work.merchant_id, OrderRow.id == order_id)
            .values(version=OrderRow.version + 1, updated_at=work.now, **values)
            .returning(*_ORDER)
        )
    ).one()
    return _order(row)


async def save_order(work: Work, order: Order) -> None:
    """Write an order back as a whole. The line's lock keeps two writers apart."""
    await _SAVE.execute(work.session, merchant_id=work.merchant_id, **values_of(order))


async def list_orders(work: Work, wanted: OrderFilter, *, before: UUID | None, limit: int) -> list[Order]:
    """Newest first."""
    query = _orders(work)
    if wanted.shop_id is not None:
        query = query.where(OrderRow.shop_id == wanted.shop_id)
    if wanted.company_id is not None:
        query = query.where(OrderRow.company_id == wanted.company_id)
    if wanted.line_id is not None:
        query = query.where(OrderRow.line_id == wanted.line_id)
    if wanted.status is not None:
        query = query.where(OrderRow.status == wanted.status)
    if wanted.due_before is not None:
        query = query.where(OrderRow.due_on < wanted.due_before)
    if wanted.is_flagged is not None:
        flagged = OrderRow.flags != []
        query = query.where(flagged if wanted.is_flagged else ~flagged)
    if wanted.refs is not None:
        query = query.where(OrderRow.ref.in_(wanted.refs))
    if before is not None:
        query = query.where(OrderRow.id < before)
    return [_order(row) for row in await work.session.execute(query.order_by(OrderRow.id.desc()).limit(limit))]


async def next_order_to_invoice(session: AsyncSession, *, now: datetime) -> tuple[UUID, UUID] | None:
    """Merchant and id of one order whose billing period is over where its shop is."""
    today = cast(func.timezone(ShopRow.time_zone, now), Date)
    row = (
        await session.execute(
            select(OrderRow.merchant_id, OrderRow.id)
            .join(ShopRow, (ShopRow.merchant_id == OrderRow.merchant_id) & (ShopRow.id == OrderRow.shop_id))
            .where(OrderRow.status == "uninvoiced", OrderRow.billing_on < today)
            .order_by(OrderRow.billing_on)
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.id) if row else None


# Events

_EVENT: Final = (
    OrderEventRow.event_id,
    OrderEventRow.order_ref,
    OrderEventRow.kind,
    OrderEventRow.occurred_at,
    OrderEventRow.received_at,
    OrderEventRow.payload,
    OrderEventRow.outcome,
    OrderEventRow.outcome_reason,
)


def _event(row: Sequence[Any]) -> StoredEvent:
    event_id, order_ref, kind, occurred_at, received_at, stored, outcome, outcome_reason = row
    payload: Mapping[str, Any] = stored
    event = OrderEvent(
        event_id=event_id,
        kind=EventKind(kind),
        occurred_at=occurred_at,
        amount_minor=payload.get("amount_minor"),
        status=payload.get("status"),
        meaning=StatusMeaning(payload.get("meaning", StatusMeaning.NOTHING)),
    )
    return StoredEvent(event, order_ref, received_at, stored, outcome, outcome_reason)


_LIST_EVENTS: Final = Statement(
    select(*_EVENT)
    .where(
        OrderEventRow.merchant_id == bindparam("merchant_id"),
        OrderEventRow.shop_id == bindparam("shop_id"),
        or_(OrderEventRow.order_ref == bindparam("order_ref"), OrderEventRow.event_id == bindparam("event_id")),
    )
    .order_by(OrderEventRow.occurred_at, OrderEventRow.received_at, OrderEventRow.event_id)
)
_INSERT_EVENT: Final = Statement(
    insert(OrderEventRow).values(
        {column: bindparam(column.name) for column in (OrderEventRow.merchant_id, OrderEventRow.shop_id, *_EVENT)}
    )
)
_UPDATE_EVENT: Final = Statement(
    update(OrderEventRow)
    .where(
        OrderEventRow.merchant_id == bindparam("merchant_id"),
        OrderEventRow.shop_id == bindparam("shop_id"),
        OrderEventRow.event_id == bindparam("event_id"),
    )
    .values(outcome=bindparam("outcome"), outcome_reason=bindparam("outcome_reason"))
)


async def list_events(work: Work, *, shop_id: UUID, order_ref: str, event_id: str | None = None) -> list[StoredEvent]:
    """All events of an order in the order in which they happened, and the one of this id whatever its order."""
    rows = await _LIST_EVENTS.rows(
        work.session, merchant_id=work.merchant_id, shop_id=shop_id, order_ref=order_ref, event_id=event_id
    )
    return [_event(row) for row in rows]


async def insert_event(work: Work, stored: StoredEvent, *, shop_id: UUID) -> None:
    await _INSERT_EVENT.execute(
        work.session,
        merchant_id=work.merchant_id,
        shop_id=shop_id,
        event_id=stored.event.event_id,
        order_ref=stored.order_ref,
        kind=stored.event.kind,
        occurred_at=stored.event.occurred_at,
        received_at=stored.received_at,
        payload=stored.payload,
        outcome=stored.outcome,
        outcome_reason=stored.outcome_reason,
    )


async def update_event(work: Work, *, shop_id: UUID, event_id: str, outcome: str, reason: str | None) -> None:
    await _UPDATE_EVENT.execute(
        work.session,
        merchant_id=work.merchant_id,
        shop_id=shop_id,
        event_id=event_id,
        outcome=outcome,
        outcome_reason=reason,
    )
