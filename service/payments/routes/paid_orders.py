"""The one call that marks an order as paid."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Response

from service.core.money import InvalidAmount
from service.dependencies import Changing, ShopParam, changing
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.merchants.service import resolve_shop
from service.orders.errors import OrderNotFound
from service.orders.reading_service import seen_orders
from service.orders.routes import OrderParam
from service.orders.schemas import OrderOut
from service.orders.service import get_order
from service.payments.domain import parse_positive_amount
from service.payments.errors import AmountExceedsOpen, ReceivedInFuture
from service.payments.mark_paid_service import MarkPaid, mark_paid
from service.payments.schemas import MarkedPaidOut, MarkPaidIn, PaymentOut

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["payments"])


@router.post(
    "/orders/{order_ref}/mark-paid",
    response_model=MarkedPaidOut,
    responses=problems(OrderNotFound, AmountExceedsOpen, ReceivedInFuture, InvalidAmount),
)
async def mark_order_paid(
    order_ref: OrderParam,
    body: MarkPaidIn,
    edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)],
    shop: ShopParam = None,
) -> Response:
    """Record that an order was paid: all that is open on it, or a part.

    Where nothing is open the answer says so and no payment is recorded, so marking an order twice does no harm. Before
    the order's term has started the money waits for it on account.
    """

    async def use_case(work: Work) -> MarkedPaidOut:
        in_shop = await resolve_shop(work, shop)
        order = await get_order(work, shop_id=in_shop.id, ref=order_ref)
        asked = MarkPaid(
            method=body.method,
            reference=body.reference,
            received_on=body.received_on,
            amount_minor=None if body.amount is None else parse_positive_amount(body.amount, order.currency),
        )
        marked = await mark_paid(work, order, asked, shop=in_shop)
        (known,) = await seen_orders(work, [marked.order])
        return MarkedPaidOut(
            outcome=marked.outcome,
            payment=None if marked.payment is None else PaymentOut.of(marked.payment),
            order=OrderOut.of(known),
        )

    return await edge.change(use_case)
