"""Routes about payments."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from service.companies.errors import CompanyNotFound
from service.companies.routes.parameters import RefShopParam
from service.core.money import CurrencyMismatch, InvalidAmount, UnknownCurrency
from service.core.paging import encode_cursor
from service.dependencies import Changing, Paging, Reading, changing, reading
from service.infra.problems import problems
from service.infra.work import Scope, Work
from service.orders.errors import OrderNotFound
from service.payments import reading_service
from service.payments.bounce_service import bounce_payment
from service.payments.domain import Payment, PaymentFilter, PaymentStatus, parse_positive_amount
from service.payments.errors import (
    AllocationExceedsFunds,
    AllocationExceedsOpen,
    BouncedBeforeReceived,
    DocumentNotOpenYet,
    ExternalRefReused,
    NoLineInCurrency,
    PaymentAlreadyBounced,
    PaymentNotFound,
    ReceivedInFuture,
    RefundExceedsUnallocated,
)
from service.payments.funds_service import allocate_payment, refund_payment
from service.payments.receiving_service import receive_payment
from service.payments.routes.parameters import (
    CompanyFilter,
    LineFilter,
    PaymentParam,
    UnallocatedFilter,
    company_id_of,
)
from service.payments.schemas import (
    AllocateIn,
    BounceIn,
    PaymentDetailOut,
    PaymentIn,
    PaymentOut,
    PaymentPage,
    RefundIn,
)
from service.receivables.errors import OpenItemNotFound

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["payments"])


async def _detail(work: Work, payment: Payment) -> PaymentDetailOut:
    return PaymentDetailOut.with_allocations(payment, await reading_service.payment_allocations(work, payment.id))


@router.post(
    "/payments",
    response_model=PaymentDetailOut,
    responses=problems(
        CompanyNotFound, OrderNotFound, OpenItemNotFound, ExternalRefReused, AllocationExceedsOpen, AllocationExceedsFunds,
        DocumentNotOpenYet, ReceivedInFuture, NoLineInCurrency, CurrencyMismatch, InvalidAmount, UnknownCurrency,
    ),
)  # fmt: skip
async def record_payment(
    body: PaymentIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)], shop: RefShopParam = None
) -> Response:
    """Record money received, and settle what it is for.

    One payment may settle several documents, or a part of one. What is over stays on account: it reduces exposure at
    once, and can be allocated later or refunded. Orders that become settled are announced to their shops.
    """

    async def use_case(work: Work) -> PaymentDetailOut:
        money, instruction = body.to_domain()
        payment = await receive_payment(work, body.company, money=money, instruction=instruction, shop_code=shop)
        return await _detail(work, payment)

    return await edge.change(use_case)


@router.get("/payments", response_model=PaymentPage, responses=problems(CompanyNotFound))
async def list_payments(  # noqa: PLR0913 - one argument for each filter
    *,
    edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)],
    paging: Annotated[Paging, Depends()],
    company: CompanyFilter = None,
    shop: RefShopParam = None,
    credit_line: LineFilter = None,
    status: PaymentStatus | None = None,
    unallocated: UnallocatedFilter = None,
) -> PaymentPage:
    """List payments, newest first. A shop sees those recorded for it and those that settle its documents."""

    async def use_case(work: Work) -> PaymentPage:
        wanted = PaymentFilter(
            company_id=await company_id_of(work, company, shop),
            line_id=credit_line,
            status=status,
            is_unallocated=unallocated,
        )
        found = await reading_service.list_payments(work, wanted, before=paging.before, limit=paging.limit)
        next_cursor = encode_cursor(found[-1].id) if len(found) == paging.limit else None
        return PaymentPage(items=[PaymentOut.of(payment) for payment in found], next_cursor=next_cursor)

    return await edge.read(use_case)


@router.get("/payments/{payment_id}", response_model=PaymentDetailOut, responses=problems(PaymentNotFound))
async def show_payment(
    payment_id: PaymentParam, edge: Annotated[Reading, reading(Scope.PAYMENTS_READ)]
) -> PaymentDetailOut:
    """Show a payment with what it settles."""

    async def use_case(work: Work) -> PaymentDetailOut:
        return await _detail(work, await reading_service.get_payment(work, payment_id))

    return await edge.read(use_case)


@router.post(
    "/payments/{payment_id}/allocate",
    response_model=PaymentDetailOut,
    responses=problems(
        PaymentNotFound, OrderNotFound, OpenItemNotFound, PaymentAlreadyBounced, AllocationExceedsOpen,
        AllocationExceedsFunds, DocumentNotOpenYet, CurrencyMismatch, InvalidAmount,
    ),
)  # fmt: skip
async def allocate_unallocated(
    payment_id: PaymentParam,
    body: AllocateIn,
    edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)],
    shop: RefShopParam = None,
) -> Response:
    """Settle documents with what a payment has left. What it settled before stays as it is."""

    async def use_case(work: Work) -> PaymentDetailOut:
        payment = await reading_service.get_payment(work, payment_id)
        instruction = body.to_domain(payment.currency)
        return await _detail(work, await allocate_payment(work, payment_id, instruction, shop_code=shop))

    return await edge.change(use_case)


@router.post(
    "/payments/{payment_id}/bounce",
    response_model=PaymentDetailOut,
    responses=problems(PaymentNotFound, PaymentAlreadyBounced, ReceivedInFuture, BouncedBeforeReceived),
)
async def bounce(
    payment_id: PaymentParam, body: BounceIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Report that the bank took a payment back. What it had settled is open again, over the limit or not.

    Settled orders that are owed again are announced as `order.unsettled`. What had been refunded of the payment becomes
    an open item of its own, due at once.
    """

    async def use_case(work: Work) -> PaymentDetailOut:
        payment = await bounce_payment(work, payment_id, reason=body.reason, bounced_on=body.bounced_on)
        return await _detail(work, payment)

    return await edge.change(use_case)


@router.post(
    "/payments/{payment_id}/refund",
    response_model=PaymentDetailOut,
    responses=problems(PaymentNotFound, PaymentAlreadyBounced, RefundExceedsUnallocated, InvalidAmount),
)
async def refund(
    payment_id: PaymentParam, body: RefundIn, edge: Annotated[Changing, changing(Scope.PAYMENTS_WRITE)]
) -> Response:
    """Record that unallocated money was given back. It moves no money by itself."""

    async def use_case(work: Work) -> PaymentDetailOut:
        payment = await reading_service.get_payment(work, payment_id)
        amount_minor = parse_positive_amount(body.amount, payment.currency)
        return await _detail(
            work, await refund_payment(work, payment_id, amount_minor=amount_minor, reason=body.reason)
        )

    return await edge.change(use_case)
