"""Holds after they are placed, orders, and what the shop reports of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import RefShopParam
from service.companies.service import find_company
from service.core.money import CurrencyMismatch, InvalidAmount, UnknownCurrency
from service.core.paging import MAX_PAGE_SIZE, encode_cursor
from service.credit import service as credit_service
from service.credit.domain import HoldStatus
from service.credit.errors import HoldAlreadyResolved, HoldNotFound
from service.credit.lines import HoldFilter
from service.dependencies import Changing, Paging, Reading, ShopParam, changing, reading
from service.infra.problems import problems
from service.infra.schemas import Ref
from service.infra.work import Scope, Work
from service.merchants.service import resolve_shop
from service.orders import reading_service, service
from service.orders.attach_service import attach_orders
from service.orders.domain import OrderStatus
from service.orders.errors import (
    AmountsDiffer,
    EventNotFlagged,
    EventReused,
    OrderAttachedElsewhere,
    OrderNotFound,
    OrderRefTaken,
)
from service.orders.order import HoldWithOrders, OrderFilter
from service.orders.schemas import (
    AttachIn,
    ConfirmIn,
    EventAnswerOut,
    EventIn,
    EventOut,
    EventsOut,
    ExtendHoldIn,
    HoldDetailOut,
    HoldPage,
    OrderOut,
    OrderPage,
    OrdersOut,
    ReleaseIn,
)
from service.orders.simulation_routes import router as simulation_router

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1")
HoldParam = Annotated[UUID, Path(description="Id of the hold.")]
OrderParam = Annotated[
    str,
    Path(
        max_length=128,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:#@+-]*$",
        description="The shop's reference of the order.",
        examples=["PS-1042"],
    ),
]
EventParam = Annotated[
    str, Path(max_length=140, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:#@+-]*$", description="The event's id.")
]
CompanyFilter = Annotated[
    str | None, Query(max_length=128, description="Only of this company: the shop's reference, or `id:` and its id.")
]

LineFilter = Annotated[UUID | None, Query(description="Only on this credit line.")]


async def _company_id(work: Work, reference: str | None, shop: str | None) -> UUID | None:
    return None if reference is None else (await find_company(work, reference, shop_code=shop)).id


async def _shop_id(work: Work, shop: str | None) -> UUID | None:
    """The shop a list is narrowed to; a shop's key sees its own anyway. Raises NotFound."""
    return None if shop is None else (await resolve_shop(work, shop)).id


def _hold_out(known: HoldWithOrders) -> HoldDetailOut:
    return HoldDetailOut.of(known.hold, line_currency=known.line_currency, orders=known.order_refs)


# Holds


@router.get("/holds", tags=["checkout"], response_model=HoldPage, responses=problems(CompanyNotFound))
async def list_holds(
    *,
    edge: Annotated[Reading, reading(Scope.ORDERS_READ)],
    paging: Annotated[Paging, Depends()],
    company: CompanyFilter = None,
    shop: RefShopParam = None,
    credit_line: LineFilter = None,
    status: HoldStatus | None = None,
) -> HoldPage:
    """List reservations of credit, newest first."""

    async def use_case(work: Work) -> HoldPage:
        wanted = HoldFilter(
            shop_id=await _shop_id(work, shop),
            company_id=await _company_id(work, company, shop),
            line_id=credit_line,
            status=status,
        )
        holds = await reading_service.list_holds(work, wanted, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(holds[-1].hold.id) if len(holds) == paging.limit else None
        return HoldPage(items=[_hold_out(known) for known in holds], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/holds/{hold_id}", tags=["checkout"], response_model=HoldDetailOut, responses=problems(HoldNotFound))
async def show_hold(hold_id: HoldParam, edge: Annotated[Reading, reading(Scope.ORDERS_READ)]) -> HoldDetailOut:
    """Show one reservation and what became of it."""

    async def use_case(work: Work) -> HoldDetailOut:
        return _hold_out(await reading_service.get_hold(work, hold_id))

    return await edge.read(use_case)


@router.post(
    "/holds/{hold_id}/orders",
    tags=["checkout"],
    response_model=OrdersOut,
    responses=problems(HoldNotFound, AmountsDiffer, OrderRefTaken, OrderAttachedElsewhere, InvalidAmount),
)
async def attach_orders_to_hold(
    hold_id: HoldParam, body: AttachIn, edge: Annotated[Changing, changing(Scope.CHECKOUT)]
) -> Response:
    """Attach the orders that the cart became. They share the hold and add up to it.

    Sending it again, with whatever key, gives the same orders. An order that comes after its hold ended is taken in
    all the same; without room under the limit it is flagged.
    """

    async def use_case(work: Work) -> OrdersOut:
        hold = await credit_service.find_hold(work, hold_id)
        orders = await attach_orders(work, hold, body.to_parts(hold.currency))
        known = await reading_service.seen_orders(work, orders)
        return OrdersOut(orders=[OrderOut.of(one) for one in known])

    return await edge.change(use_case)


@router.post(
    "/holds/{hold_id}/release",
    tags=["checkout"],
    response_model=HoldDetailOut,
    responses=problems(HoldNotFound, HoldAlreadyResolved),
)
async def release_hold(
    hold_id: HoldParam, body: ReleaseIn, edge: Annotated[Changing, changing(Scope.CHECKOUT)]
) -> Response:
    """Give the credit back because no order came of the cart. A hold that has ended already stays as it is."""

    async def use_case(work: Work) -> HoldDetailOut:
        await credit_service.release_hold(work, hold_id, reason=body.reason)
        return _hold_out(await reading_service.get_hold(work, hold_id))

    return await edge.change(use_case)


@router.post(
    "/holds/{hold_id}/extend",
    tags=["checkout"],
    response_model=HoldDetailOut,
    responses=problems(HoldNotFound, HoldAlreadyResolved),
)
async def extend_hold(
    hold_id: HoldParam, body: ExtendHoldIn, edge: Annotated[Changing, changing(Scope.CHECKOUT)]
) -> Response:
    """Give a pending hold more time."""

    async def use_case(work: Work) -> HoldDetailOut:
        await credit_service.extend_hold(work, hold_id, minutes=body.minutes)
        return _hold_out(await reading_service.get_hold(work, hold_id))

    return await edge.change(use_case)


# Orders


@router.get("/orders", tags=["orders"], response_model=OrderPage, responses=problems(CompanyNotFound))
async def list_orders(  # noqa: PLR0913 - one argument for each filter
    *,
    edge: Annotated[Reading, reading(Scope.ORDERS_READ)],
    paging: Annotated[Paging, Depends()],
    company: CompanyFilter = None,
    shop: RefShopParam = None,
    credit_line: LineFilter = None,
    status: OrderStatus | None = None,
    due_before: Annotated[date | None, Query(description="Due before this day.")] = None,
    flagged: Annotated[
        bool | None, Query(description="Only those a person should look at, or only the others.")
    ] = None,
    ref: Annotated[
        list[Ref] | None,
        Query(max_length=MAX_PAGE_SIZE, description="Only these references; those that nobody attached are left out."),
    ] = None,
) -> OrderPage:
    """List orders on terms, newest first."""

    async def use_case(work: Work) -> OrderPage:
        wanted = OrderFilter(
            shop_id=await _shop_id(work, shop),
            company_id=await _company_id(work, company, shop),
            line_id=credit_line,
            status=status,
            due_before=due_before,
            is_flagged=flagged,
            refs=None if ref is None else tuple(ref),
        )
        known = await reading_service.list_orders(work, wanted, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(known[-1].order.id) if len(known) == paging.limit else None
        return OrderPage(items=[OrderOut.of(one) for one in known], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/orders/{order_ref}", tags=["orders"], response_model=OrderOut, responses=problems(OrderNotFound))
async def show_order(
    order_ref: OrderParam, edge: Annotated[Reading, reading(Scope.ORDERS_READ)], shop: ShopParam = None
) -> OrderOut:
    """Show an order with its due date and what is left to pay."""

    async def use_case(work: Work) -> OrderOut:
        shop_id = (await resolve_shop(work, shop)).id
        order = await service.get_order(work, shop_id=shop_id, ref=order_ref)
        (known,) = await reading_service.seen_orders(work, [order])
        return OrderOut.of(known)

    return await edge.read(use_case)


@router.get("/orders/{order_ref}/events", tags=["orders"], response_model=EventsOut, responses=problems(OrderNotFound))
async def list_events(
    order_ref: OrderParam, edge: Annotated[Reading, reading(Scope.ORDERS_READ)], shop: ShopParam = None
) -> EventsOut:
    """List everything reported of an order, in the order in which it happened."""

    async def use_case(work: Work) -> EventsOut:
        shop_id = (await resolve_shop(work, shop)).id
        order = await service.get_order(work, shop_id=shop_id, ref=order_ref)
        events = await reading_service.list_events(work, order)
        return EventsOut(items=[EventOut.of(event, currency=order.currency) for event in events])

    return await edge.read(use_case)


@router.post(
    "/orders/{order_ref}/events",
    tags=["orders"],
    response_model=EventAnswerOut,
    responses=problems(EventReused, InvalidAmount, UnknownCurrency, CurrencyMismatch),
)
async def report_event(
    order_ref: OrderParam,
    body: EventIn,
    edge: Annotated[Changing, changing(Scope.ORDERS_WRITE)],
    shop: ShopParam = None,
) -> Response:
    """Report what happened to an order. Send everything as it happens; twice, late and out of order do no harm.

    The event is kept whatever it says. `outcome` tells whether it shapes the order, waits for its order, or was
    refused by the limit and waits for a person.
    """

    async def use_case(work: Work) -> EventAnswerOut:
        shop_id = (await resolve_shop(work, shop)).id
        order, stored = await service.receive_event(
            work, shop_id=shop_id, order_ref=order_ref, event=body.to_domain(), currency=body.currency
        )
        if order is None:
            return EventAnswerOut(event=EventOut.of(stored, currency=body.currency), order=None)
        (known,) = await reading_service.seen_orders(work, [order])
        return EventAnswerOut(event=EventOut.of(stored, currency=order.currency), order=OrderOut.of(known))

    return await edge.change(use_case)


@router.post(
    "/orders/{order_ref}/events/{event_id}/confirm",
    tags=["orders"],
    response_model=OrderOut,
    responses=problems(OrderNotFound, EventNotFlagged),
)
async def confirm_event(
    *,
    order_ref: OrderParam,
    event_id: EventParam,
    body: ConfirmIn,
    edge: Annotated[Changing, changing(Scope.CREDIT_OVERRIDE)],
    shop: ShopParam = None,
) -> Response:
    """Accept an increase that the limit refused. Who and why is kept in the log of changes."""

    async def use_case(work: Work) -> OrderOut:
        shop_id = (await resolve_shop(work, shop)).id
        order = await service.confirm_event(
            work, shop_id=shop_id, order_ref=order_ref, event_id=event_id, reason=body.reason
        )
        (known,) = await reading_service.seen_orders(work, [order])
        return OrderOut.of(known)

    return await edge.change(use_case)


router.include_router(simulation_router)
