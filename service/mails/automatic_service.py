"""What the mails say that go out by themselves, and those about a company's credit: by the facts of the moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from stdnum import iso11649

from service.companies.domain import Buyer, Company
from service.companies.repository import read_all_buyers, read_company
from service.core.clock import day_in_zone
from service.core.mail_addresses import to_wire_address
from service.credit.agreement_service import view_credit
from service.credit.domain import LineStatus
from service.credit.views import CreditPlace, LineView
from service.infra.work import Work
from service.mails.composing import document_view, grouped, payment_block, sender_view
from service.mails.domain import MailKind, MailStatus, Prepared, QueuedMail, Skipped
from service.mails.event_service import TOLD_WITHIN
from service.mails.formats import Formats, formats_for, nearest_language
from service.mails.log_repository import find_later_mail, find_mail_by_cause
from service.mails.queue_service import Preparers
from service.mails.views import CompanyView, CreditLineView, CreditView, OrderView, PaymentView, SenderView, TestView
from service.merchants.domain import EffectiveSettings, LimitKind, Merchant, Shop
from service.merchants.service import get_merchant, read_shops
from service.orders.domain import OrderStatus
from service.orders.opening_service import OPENING_TERMS
from service.orders.order import Order
from service.orders.repository import read_order
from service.payments.domain import PaymentStatus
from service.payments.reading_service import get_payment, payment_allocations
from service.receivables.repository import read_items

__all__ = ["AUTOMATIC", "prepare_test", "recipients_of"]

_MOST_RECIPIENTS: Final = 5
_OVER: Final = frozenset({OrderStatus.CANCELLED, OrderStatus.SETTLED, OrderStatus.WRITTEN_OFF})

Answer = Prepared | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What a mail is written with. `shop` is the one it concerns, or the merchant's first."""

    mail: QueuedMail
    merchant: Merchant
    shop: Shop
    settings: EffectiveSettings
    company: Company
    buyers: Sequence[Buyer]
    language: str
    formats: Formats
    today: date

    @property
    def sender(self) -> SenderView:
        return sender_view(self.shop, self.settings, merchant_name=self.merchant.name)

    def prepared(self, view: OrderView | CreditView | PaymentView, recipients: Sequence[str]) -> Answer:
        return Prepared(view=view, recipients=self.mail.recipients or tuple(recipients), language=self.language)


async def _open_desk(work: Work, mail: QueuedMail) -> _Desk | Skipped:
    if mail.company_id is None:
        return Skipped("company_missing")
    shops = await read_shops(work)
    found = next(((shop, settings) for shop, settings in shops if mail.shop_id in {None, shop.id}), None)
    if found is None:
        return Skipped("settings_broken", "what the shop wants is not known")
    shop, settings = found
    company = await read_company(work, mail.company_id)
    assert company is not None, "companies are never deleted"
    language = nearest_language(company.language, shop.language)
    return _Desk(
        mail=mail,
        merchant=await get_merchant(work),
        shop=shop,
        settings=settings,
        company=company,
        buyers=await read_all_buyers(work, mail.company_id),
        language=language,
        formats=formats_for(language),
        today=day_in_zone(work.now, shop.time_zone),
    )


def recipients_of(company: Company, buyers: Sequence[Buyer], *, buyer_ref: str | None = None) -> list[str]:
    """Whom a company's mails go to: who ordered, else the address for invoices, else who may see the credit."""
    ordered = [buyer.email for buyer in buyers if buyer_ref is not None and buyer.ref == buyer_ref and buyer.email]
    invoice = [company.invoice_email] if company.invoice_email else []
    seeing = [buyer.email for buyer in buyers if buyer.may_see_credit and buyer.email]
    for addresses in (ordered, invoice, seeing):
        usable = [address for address in dict.fromkeys(addresses) if to_wire_address(address)]
        if usable:
            return usable[:_MOST_RECIPIENTS]
    return []


async def _prepare_orders(work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Answer]:
    return {mail.id: await _prepare_order(work, mail) for mail in mails}


async def _prepare_order(work: Work, mail: QueuedMail) -> Answer:
    desk = await _open_desk(work, mail)
    if isinstance(desk, Skipped):
        return desk
    order = await read_order(work, UUID(str(mail.subject_ids["order_id"])))
    not_sent = _find_reason(work, desk) or await _find_order_reason(work, desk, order)
    if not_sent is not None:
        return not_sent
    formats = desk.formats
    view = OrderView(
        sender=desk.sender,
        company=CompanyView(name=desk.company.legal_name),
        today=formats.day(desk.today),
        order_reference=order.ref,
        purchase_order=order.purchase_order_number or "",
        placed_on=formats.day(order.placed_on),
        amount=formats.money(order.owed_minor, order.currency),
        terms=str(order.terms.get("label") or ""),
        due_on=formats.day(order.due_on),
        due_is_estimate=order.due_is_estimate,
        payment=payment_block(
            desk.settings.bank_account,
            amount_minor=order.owed_minor,
            currency=order.currency,
            reference=order.payment_reference,
            formats=formats,
        ),
    )
    return desk.prepared(view, recipients_of(desk.company, desk.buyers, buyer_ref=order.buyer_ref))


async def _find_order_reason(work: Work, desk: _Desk, order: Order) -> Skipped | None:
    """Why a mail about an order is not right any more, or never was."""
    mail = desk.mail
    if order.status in _OVER:
        return Skipped("order_over", f"the order is {order.status}")
    if order.terms.get("code") == OPENING_TERMS:
        return Skipped("taken_over", "the company knew its due date before the order was taken over")
    is_news = order.placed_on >= (work.now - TOLD_WITHIN).date()
    if mail.kind is MailKind.ORDER_ACCEPTED:
        if not is_news:
            return Skipped("too_old", "it was ordered long ago")
        hides = order.due_is_estimate and not desk.settings.show_due_estimates
        return Skipped("estimate_hidden", "the due date is told once it is fixed") if hides else None
    if order.due_is_estimate or not mail.cause.endswith(order.due_on.isoformat()):
        return Skipped("due_date_moved", "the order has another due date by now")
    if order.due_on < desk.today:
        return Skipped("too_old", "the day is over, and reminders speak of it")
    if not is_news:
        return None
    accepted = await find_mail_by_cause(work, f"order_accepted:{mail.subject_ids['order_id']}")
    tells_it = accepted is not None and (
        accepted.status is MailStatus.SENDING or (accepted.sent_at is not None and accepted.sent_at >= mail.created_at)
    )
    return Skipped("told_already", "the mail about the order tells it") if tells_it else None


async def _prepare_payments(work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Answer]:
    return {mail.id: await _prepare_payment(work, mail) for mail in mails}


async def _prepare_payment(work: Work, mail: QueuedMail) -> Answer:
    desk = await _open_desk(work, mail)
    if isinstance(desk, Skipped):
        return desk
    payment = await get_payment(work, UUID(str(mail.subject_ids["payment_id"])))
    not_sent = _find_reason(work, desk)
    if not_sent is None and payment.status != PaymentStatus.RECEIVED:
        not_sent = Skipped("payment_undone", f"the payment is {payment.status}")
    if not_sent is None and payment.received_on < (work.now - TOLD_WITHIN).date():
        not_sent = Skipped("too_old", "the money came long ago")
    if not_sent is not None:
        return not_sent
    allocations = [each for each in await payment_allocations(work, payment.id) if each.reversed_at is None]
    items = await read_items(work, dict.fromkeys(each.open_item_id for each in allocations))
    formats = desk.formats
    view = PaymentView(
        sender=desk.sender,
        company=CompanyView(name=desk.company.legal_name),
        today=formats.day(desk.today),
        amount=formats.money(payment.amount_minor, payment.currency),
        received_on=formats.day(payment.received_on),
        reference=_readable(payment.reference or ""),
        documents=tuple(document_view(item, today=desk.today, formats=formats) for item in items.values()),
        on_account=formats.money(payment.unallocated_minor, payment.currency) if payment.unallocated_minor else "",
    )
    return desk.prepared(view, recipients_of(desk.company, desk.buyers))


def _readable(reference: str) -> str:
    """A structured reference in groups; what somebody typed as it is."""
    return grouped(reference) if iso11649.is_valid(reference) else reference


async def _prepare_credits(work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Answer]:
    return {mail.id: await _prepare_credit(work, mail) for mail in mails}


async def _prepare_credit(work: Work, mail: QueuedMail) -> Answer:
    desk = await _open_desk(work, mail)
    if isinstance(desk, Skipped):
        return desk
    if mail.kind is MailKind.CREDIT_CHANGED:
        not_sent = _find_reason(work, desk)
        if not_sent is None and await find_later_mail(work, mail):
            not_sent = Skipped("told_by_a_later_one", "the limit changed again; one mail tells it")
        if not_sent is not None:
            return not_sent
    place = CreditPlace(
        company_id=desk.company.id,
        shop=desk.shop if mail.shop_id is not None else None,
        scope=desk.settings.credit_scope,
        currency=desk.shop.currency,
        time_zone=desk.shop.time_zone,
    )
    names = {shop.code: shop.name for shop, _ in await read_shops(work)}
    lines = [line for line in await view_credit(work, place) if line.position.status is not LineStatus.CLOSED]
    if mail.shop_id is not None:
        lines = [line for line in lines if line.shop_code in {None, desk.shop.code}]
    if not lines:
        return Skipped("no_credit_line")
    view = CreditView(
        sender=desk.sender,
        company=CompanyView(name=desk.company.legal_name),
        today=desk.formats.day(desk.today),
        lines=tuple(_line_view(line, formats=desk.formats, names=names) for line in lines),
    )
    return desk.prepared(view, recipients_of(desk.company, desk.buyers))


def _line_view(line: LineView, *, formats: Formats, names: Mapping[str, str]) -> CreditLineView:
    position = line.position
    limit, available = position.limit, position.available_credit
    return CreditLineView(
        currency=position.currency,
        shop=names.get(line.shop_code, line.shop_code) if line.shop_code else "",
        is_unlimited=limit.kind is LimitKind.UNLIMITED,
        is_frozen=position.status is LineStatus.FROZEN,
        limit=formats.money(limit.amount_minor or 0, position.currency),
        used=formats.money(max(0, position.exposure_minor), position.currency),
        available=formats.money(max(0, available or 0), position.currency),
    )


def _find_reason(work: Work, desk: _Desk) -> Skipped | None:
    """Why a mail that goes out by itself does not."""
    if desk.mail.kind not in desk.settings.mail.automatic:
        return Skipped("switched_off", "the merchant's settings leave this mail out")
    if work.now - desk.mail.created_at > TOLD_WITHIN:
        return Skipped("too_old", "it waited so long that it is no news any more")
    return None


async def prepare_test(work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Answer]:
    """A mail to try a server with."""
    merchant = await get_merchant(work)
    shops = await read_shops(work)
    answers: dict[UUID, Answer] = {}
    for mail in mails:
        language = nearest_language(mail.language, shops[0][0].language if shops else None)
        sender = (
            sender_view(*shops[0], merchant_name=merchant.name)
            if shops
            else SenderView(name=merchant.name, merchant_name=merchant.name)
        )
        view = TestView(
            sender=sender,
            company=CompanyView(name=merchant.name),
            today=formats_for(language).day(day_in_zone(work.now, merchant.time_zone)),
            server=str(mail.subject_ids.get("server") or ""),
        )
        answers[mail.id] = Prepared(view=view, recipients=mail.recipients, language=language)
    return answers


AUTOMATIC: Final[Preparers] = {
    MailKind.ORDER_ACCEPTED: _prepare_orders,
    MailKind.DUE_DATE_FIXED: _prepare_orders,
    MailKind.PAYMENT_RECEIVED: _prepare_payments,
    MailKind.CREDIT_CHANGED: _prepare_credits,
    MailKind.CURRENT_CREDIT: _prepare_credits,
    MailKind.TEST: prepare_test,
}
