"""Take over orders that were placed on terms before the service was there: each becomes an open item of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from service.companies.domain import Company
from service.companies.service import find_company
from service.core.ids import new_id
from service.core.money import Money, convert_minor
from service.credit.domain import HoldStatus
from service.credit.lines import Hold
from service.credit.repository import insert_hold
from service.credit.service import LockedLine, lock_line, open_line
from service.eligibility.domain import decide
from service.eligibility.inputs import DecisionInputs, StaffOverride
from service.infra.work import Scope, Work
from service.ledger.domain import Account, EntryKind, Phase, Posting
from service.merchants.service import resolve_shop
from service.orders import repository
from service.orders.attach_service import attach_orders
from service.orders.domain import EventKind, OrderEvent
from service.orders.errors import OrderAttachedElsewhere, TakeOverRefused
from service.orders.opening_repository import insert_decision
from service.orders.order import Order, OrderPart
from service.orders.service import ShopView, read_view, receive_event
from service.terms.definition import to_json
from service.terms.domain import PaymentTerms
from service.terms.service import get_terms

__all__ = ["OpeningOrder", "take_over_order"]

# The code such an order shows as its terms: nobody chose any here, only the due date is known.
OPENING_TERMS: Final = "taken_over"
_REASON: Final = "taken over from before"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningOrder:
    """An order as it stands when it is taken over. `amount` is what is left to pay, gross.

    `started_on` is the day its term counts from, None while it has not been delivered; then `terms` names the terms it
    will get, else `due_on` is what was agreed.
    """

    company_ref: str
    ref: str
    amount: Money
    ordered_on: date
    started_on: date | None = None
    due_on: date | None = None
    terms: str | None = None
    exchange_rate: str | None = None
    purchase_order_number: str | None = None

    def __post_init__(self) -> None:
        assert (self.started_on is None) == (self.due_on is None), "what has started has a due date"


async def take_over_order(work: Work, opening: OpeningOrder, *, shop_code: str | None) -> tuple[Order, bool]:
    """Hold with an override, attach, start the term: the same steps as any order, whatever limits say (S17).

    Gives False beside an order that was taken over before. Raises CompanyNotFound, OrderAttachedElsewhere when the
    reference is another order's, TermsNotFound, or TakeOverRefused for a closed line.
    """
    work.caller.require(Scope.CREDIT_OVERRIDE)
    shop = await resolve_shop(work, shop_code)
    company = await find_company(work, opening.company_ref, shop_code=shop_code)
    known = await repository.find_order(work, shop_id=shop.id, ref=opening.ref)
    if known is not None:
        if (known.company_id, known.attached_minor, known.currency) != (
            company.id,
            opening.amount.amount_minor,
            opening.amount.currency,
        ):
            raise OrderAttachedElsewhere("The shop already has another order of this reference", orders=[opening.ref])
        return known, False
    view = await read_view(work, shop.id)
    currency = opening.amount.currency if opening.exchange_rate is None else shop.currency
    credit_shop_id = view.settings.credit_shop_id(shop.id)
    line = await open_line(work, company_id=company.id, shop_id=credit_shop_id, currency=currency)
    locked = await lock_line(work, line.id)
    terms = await _terms_of(work, opening, company, view)
    hold = await _hold(work, locked, opening, view=view, terms=terms)
    part = OrderPart(
        ref=opening.ref,
        amount_minor=opening.amount.amount_minor,
        placed_at=_noon(opening.ordered_on, view),
        purchase_order_number=opening.purchase_order_number,
    )
    (order,) = await attach_orders(work, hold, [part])
    return await _start(work, order, opening, view=view), True


async def _start(work: Work, order: Order, opening: OpeningOrder, *, view: ShopView) -> Order:
    if opening.started_on is None:
        return order
    # An invoice starts the term whatever the shop's statuses are called.
    event = OrderEvent(
        event_id=f"taken-over:{order.ref}",
        kind=EventKind.INVOICED,
        occurred_at=_noon(opening.started_on, view),
    )
    started, _ = await receive_event(work, shop_id=order.shop_id, order_ref=order.ref, event=event)
    assert started is not None, "the order was attached just before"
    return started


async def _terms_of(work: Work, opening: OpeningOrder, company: Company, view: ShopView) -> dict[str, Any]:
    """The snapshot its hold carries. A due date that was agreed is kept to the day: no weekend moves it."""
    if opening.started_on is not None and opening.due_on is not None:
        days = (opening.due_on - opening.started_on).days
        terms = PaymentTerms(code=OPENING_TERMS, net_days=days)
        return {**to_json(terms), "label": f"due {opening.due_on.isoformat()}"}
    code = opening.terms or company.default_terms or view.settings.default_terms
    stored = (await get_terms(work, code)).stored
    return {**to_json(stored.terms), "label": stored.label}


async def _hold(
    work: Work, locked: LockedLine, opening: OpeningOrder, *, view: ShopView, terms: dict[str, Any]
) -> Hold:
    line, position, amount = locked.line, locked.position, opening.amount
    line_amount = amount.amount_minor
    if opening.exchange_rate is not None and line.currency != amount.currency:
        line_amount = convert_minor(
            line_amount, rate=opening.exchange_rate, source=amount.currency, target=line.currency
        )
    inputs = DecisionInputs(
        amount_minor=line_amount,
        currency=line.currency,
        now=work.now,
        credit=position,
        facts={},
        staff_override=StaffOverride(author=work.author, reason=_REASON),
    )
    decision = decide(inputs, None)
    if not decision.is_approved:
        raise TakeOverRefused(reasons=[reason.code.value for reason in decision.reasons])
    hold = Hold(
        id=new_id(),
        shop_id=view.shop.id,
        company_id=line.company_id,
        line_id=line.id,
        status=HoldStatus.PENDING,
        is_attached=False,
        currency=amount.currency,
        amount_minor=amount.amount_minor,
        exchange_rate=opening.exchange_rate,
        line_amount_minor=line_amount,
        line_captured_minor=0,
        line_released_minor=0,
        buyer_ref=None,
        cart_ref=None,
        cart_hash=None,
        purchase_order_number=opening.purchase_order_number,
        terms=terms,
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=view.settings.hold_minutes),
        resolved_at=None,
        release_reason=None,
    )
    await insert_decision(work, hold, decision, amount=amount)
    await insert_hold(work, hold)
    await locked.books.book(
        EntryKind.HOLD_PLACED,
        Posting(Account.HELD, Account.COMMITMENTS, line_amount, Phase.PENDING),
        reference=f"hold:{hold.id}:placed",
        subject_id=hold.id,
        reason=_REASON,
    )
    return hold


def _noon(on: date, view: ShopView) -> datetime:
    """An instant that is on that day where the shop is."""
    return datetime.combine(on, time(12), ZoneInfo(view.shop.time_zone)).astimezone(UTC)
