"""Take in money: which credit line it belongs to, what it was meant for, and what it settles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.companies.service import find_company
from service.core.clock import day_in_zone
from service.core.ids import new_id
from service.core.money import round_half_up
from service.credit.repository import find_lines, read_line
from service.credit.service import open_line
from service.infra.outbox import announce
from service.infra.work import Work
from service.ledger.domain import Account, EntryKind, Posting
from service.merchants.domain import Shop
from service.merchants.service import get_merchant, resolve_shop, settings_of
from service.orders.order import Order
from service.payments import repository
from service.payments.allocation_service import Desk, open_desk
from service.payments.domain import Instruction, Payment, PaymentStatus, ReceivedMoney, payment_facts
from service.payments.errors import ExternalRefReused, NoLineInCurrency, ReceivedInFuture
from service.payments.spreading import choose_home_line
from service.payments.targeting_service import candidates, find_targets, plan_shares
from service.receivables.domain import OpenItem
from service.receivables.repository import open_items_of_company

__all__ = ["Home", "receive_payment", "record_payment", "shop_of", "today_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Whose money it is, on which credit line it is booked with which amount, and the order it may wait for."""

    company_id: UUID
    shop_id: UUID | None
    line_id: UUID
    line_amount_minor: int
    order_id: UUID | None = None


async def receive_payment(
    work: Work, company_ref: str, *, money: ReceivedMoney, instruction: Instruction, shop_code: str | None
) -> Payment:
    """Record money and settle what it is for; what is left stays on account (S37, S38).

    The same `external_ref` again gives the first payment. Raises CompanyNotFound, ExternalRefReused, ReceivedInFuture,
    NoLineInCurrency, and for named documents OrderNotFound, OpenItemNotFound, DocumentNotOpenYet, CurrencyMismatch,
    AllocationExceedsOpen or AllocationExceedsFunds.
    """
    company = await find_company(work, company_ref, shop_code=shop_code)
    shop = await shop_of(work, shop_code)
    if money.received_on > await today_of(work, shop):
        raise ReceivedInFuture(received_on=money.received_on.isoformat())
    known = await _find_known(work, money, company_id=company.id, instruction=instruction)
    if known is not None:
        return known
    targets = await find_targets(work, instruction, company_id=company.id, currency=money.currency, shop=shop)
    items = await candidates(work, instruction, targets, company_id=company.id, currency=money.currency)
    if targets and targets[0].order is not None and not items:
        home = await _wait_for(work, targets[0].order, money)
    else:
        home = await _find_home(work, money, company_id=company.id, shop=shop, items=items)
    desk = await open_desk(work, [home.line_id, *(item.line_id for item in items)])
    known = await _find_known(work, money, company_id=company.id, instruction=instruction)
    if known is not None:
        return known
    payment = await record_payment(desk, home, money=money, instruction=instruction)
    shares = await plan_shares(desk, payment.funds, targets, instruction, reference=payment.reference)
    funds = await desk.allocate(payment.funds, shares)
    await desk.announce_credit()
    return payment.with_rest(funds)


async def today_of(work: Work, shop: Shop | None) -> date:
    """The day where the shop is, or where the merchant is."""
    zone = shop.time_zone if shop is not None else (await get_merchant(work)).time_zone
    return day_in_zone(work.now, zone)


async def shop_of(work: Work, shop_code: str | None) -> Shop | None:
    """The shop that is meant, if any: an integrator need not name one."""
    if shop_code is None and work.caller.shop_id is None:
        return None
    return await resolve_shop(work, shop_code)


async def _find_known(
    work: Work, money: ReceivedMoney, *, company_id: UUID, instruction: Instruction
) -> Payment | None:
    if money.external_ref is None:
        return None
    known = await repository.find_by_external_ref(work, money.external_ref)
    if known is None:
        return None
    if not known.is_same_as(money, company_id=company_id, instruction=instruction.describe(money.currency)):
        raise ExternalRefReused(external_ref=money.external_ref)
    return known


# Where it is booked


async def _find_home(
    work: Work, money: ReceivedMoney, *, company_id: UUID, shop: Shop | None, items: Sequence[OpenItem]
) -> Home:
    shop_id = shop.id if shop else None
    lines = await find_lines(work, company_id=company_id)
    first = items[0] if items else None
    line = choose_home_line(
        lines, currency=money.currency, shop_id=shop_id, first_line_id=first.line_id if first else None
    )
    if line is None and first is None:
        owed = await open_items_of_company(work, company_id=company_id, currency=money.currency)
        first = owed[0] if owed else None
    line_amount = money.amount_minor
    if line is not None:
        line_id = line.id
    elif first is not None:
        # Only the documents in this currency know what it is worth on a line of another: their orders froze a rate.
        line_id = first.line_id
        line_amount = round_half_up(money.amount_minor * first.line_amount_minor, first.amount_minor)
    elif shop is not None and not lines:
        scope_id = settings_of(shop).credit_shop_id(shop.id)
        line_id = (await open_line(work, company_id=company_id, shop_id=scope_id, currency=money.currency)).id
    else:
        raise NoLineInCurrency(currency=money.currency)
    return Home(company_id=company_id, shop_id=shop_id, line_id=line_id, line_amount_minor=line_amount)


async def _wait_for(work: Work, order: Order, money: ReceivedMoney) -> Home:
    """Money for an order whose term has not started is on the order's line, at the order's rate, until it has."""
    line = await read_line(work, order.line_id)
    return Home(
        company_id=order.company_id,
        shop_id=order.shop_id,
        line_id=line.id,
        line_amount_minor=order.to_line(money.amount_minor, line.currency),
        order_id=order.id,
    )


async def record_payment(desk: Desk, home: Home, *, money: ReceivedMoney, instruction: Instruction) -> Payment:
    """Book money on its line's account, all of it unallocated, and tell."""
    payment = Payment(
        id=new_id(),
        company_id=home.company_id,
        line_id=home.line_id,
        shop_id=home.shop_id,
        order_id=home.order_id,
        status=PaymentStatus.RECEIVED,
        method=money.method,
        reference=money.reference,
        external_ref=money.external_ref,
        currency=money.currency,
        amount_minor=money.amount_minor,
        unallocated_minor=money.amount_minor,
        refunded_minor=0,
        line_amount_minor=home.line_amount_minor,
        line_unallocated_minor=home.line_amount_minor,
        received_currency=money.received_currency,
        received_minor=money.received_minor,
        exchange_rate=money.exchange_rate,
        received_on=money.received_on,
        instruction=instruction.describe(money.currency),
        bounced_on=None,
        bounce_reason=None,
        author=desk.work.author,
        created_at=desk.work.now,
    )
    await repository.insert_payment(desk.work, payment)
    postings = []
    if home.line_amount_minor:
        postings.append(Posting(Account.BANK, Account.ON_ACCOUNT, home.line_amount_minor))
    await desk.lines[home.line_id].books.book(
        EntryKind.PAYMENT, *postings, reference=f"payment:{payment.id}", subject_id=payment.id, reason=payment.reference
    )
    payload = payment_facts(payment) | {"received_on": payment.received_on.isoformat()}
    await announce(desk.work, "payment.received", subject_id=payment.id, shop_id=payment.shop_id, payload=payload)
    return payment
