"""What the page says, in one language: amounts and days ready to read. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from service.core.clock import day_in_zone
from service.invoicing.domain import OpenCredit
from service.mails.composing import grouped, payment_block, sender_view
from service.mails.epc import draw_code
from service.mails.formats import Formats
from service.mails.views import PaymentBlock, SenderView
from service.payments.domain import FundsKind
from service.portal.facts import Account, OpenDocument, OrderUnderWay
from service.receivables.references import payment_reference

__all__ = ["AccountView", "CreditRow", "CurrencyView", "DocumentRow", "OrderRow", "WayToPay", "account_view"]

Words = Mapping[str, Any]
MOST_CREDITS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """A line of the list. `notes` say what is special about it."""

    label: str
    reference: str
    issued_on: str
    due_on: str
    late: str
    amount: str
    open_amount: str
    is_partly_paid: bool
    payment_reference: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRow:
    """What is taken off. `label` says what it is."""

    label: str
    reference: str
    since_on: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayToPay:
    """An amount that can be transferred, and the code for it as a `data:` URL; empty where there can be none."""

    label: str
    amount: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyView:
    """What is owed in one currency: the list, what it adds up to, and how to pay.

    `more` stands for documents that are not listed. The sums are those of all: listed, not listed, credits.
    """

    currency: str
    documents: tuple[DocumentRow, ...]
    more: str
    more_amount: str
    total_open: str
    disputed: str
    credits: tuple[CreditRow, ...]
    total_due: str
    is_in_favour: bool
    late: str
    payment: PaymentBlock | None
    ways: tuple[WayToPay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An accepted order that is not due yet. `due_on` is empty where it is not told."""

    reference: str
    purchase_order: str
    placed_on: str
    amount: str
    due_on: str
    due_is_estimate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """The whole page."""

    sender: SenderView
    company: str
    today: str
    valid_until: str
    currencies: tuple[CurrencyView, ...]
    orders: tuple[OrderRow, ...]
    has_more_orders: bool


def account_view(account: Account, *, words: Words, formats: Formats, most_orders: int) -> AccountView:
    """The page of an account."""
    composer = _Composer(account, words, formats)
    found = {credit.currency for credit in account.credits} | set(account.sums)
    # The shop's own currency first.
    currencies = sorted(found, key=lambda currency: (currency != account.shop.currency, currency))
    return AccountView(
        sender=sender_view(account.shop, account.settings, merchant_name=account.merchant_name),
        company=account.company_name,
        today=formats.day(account.today),
        valid_until=formats.day(day_in_zone(account.valid_until, account.shop.time_zone)),
        currencies=tuple(composer.currency(currency) for currency in currencies),
        orders=tuple(composer.order(order) for order in account.orders[:most_orders]),
        has_more_orders=len(account.orders) > most_orders,
    )


class _Composer:
    """Writes parts of one account for one language."""

    def __init__(self, account: Account, words: Words, formats: Formats) -> None:
        self.account = account
        self.words = words
        self.formats = formats

    def currency(self, currency: str) -> CurrencyView:
        account = self.account
        documents = [document for document in account.documents if document.currency == currency]
        credits_ = sorted(
            (credit for credit in account.credits if credit.currency == currency),
            key=lambda credit: (credit.given_on, credit.reference),
        )
        sums = account.sums.get(currency)
        open_minor, disputed_minor, late_minor, count = (
            (sums.open_minor, sums.disputed_minor, sums.late_minor, sums.count) if sums else (0, 0, 0, 0)
        )
        credit_minor = sum(credit.left_minor for credit in credits_)
        due_minor = open_minor - disputed_minor - credit_minor
        # Credit settles what is oldest.
        late_minor = max(0, late_minor - credit_minor)
        hidden_minor = open_minor - sum(document.open_minor for document in documents)
        hidden = count - len(documents)
        payment, ways = self._payment(documents, currency, late_minor=late_minor, due_minor=due_minor)
        money = self.formats.money
        return CurrencyView(
            currency=currency,
            documents=tuple(self.document(document) for document in documents),
            more=self._plural(hidden, "more_documents") if hidden else "",
            more_amount=money(hidden_minor, currency),
            total_open=money(open_minor, currency),
            disputed=money(disputed_minor, currency) if disputed_minor else "",
            credits=tuple(self._credits(credits_, currency)),
            total_due=money(abs(due_minor), currency),
            is_in_favour=due_minor < 0,
            late=money(late_minor, currency) if late_minor else "",
            payment=payment,
            ways=ways,
        )

    def document(self, document: OpenDocument) -> DocumentRow:
        words, formats = self.words, self.formats
        late = ""
        if document.days_late:
            late = formats.plural(document.days_late, words["day_late"], words["days_late"])
        elif document.due_on <= self.account.today:
            late = words["due_today"]
        return DocumentRow(
            label=words[document.charge] if document.charge else "",
            reference=document.reference,
            issued_on=formats.day(document.issued_on),
            due_on=formats.day(document.due_on),
            late=late,
            amount=formats.money(document.amount_minor, document.currency),
            open_amount=formats.money(document.open_minor, document.currency),
            is_partly_paid=document.open_minor < document.amount_minor,
            payment_reference=grouped(payment_reference(document.payment_number)),
            notes=tuple(self._notes(document)),
        )

    def _notes(self, document: OpenDocument) -> list[str]:
        words, account = self.words, self.account
        notes = []
        if document.is_disputed:
            notes.append(words["disputed"])
        if document.promised_on is not None and document.promised_on >= account.today:
            notes.append(self._on(words["promised"], document.promised_on))
        stop = account.stops.get(document.id)
        if stop is not None:
            until_on = stop.until_on
            notes.append(words["paused"] if until_on is None else self._on(words["paused_until"], until_on))
        return notes

    def _credits(self, credits_: Sequence[OpenCredit], currency: str) -> list[CreditRow]:
        money, words = self.formats.money, self.words
        rows = [
            CreditRow(
                label=words["received"] if credit.kind is FundsKind.PAYMENT else words["credit"],
                reference=credit.reference,
                since_on=self.formats.day(credit.given_on),
                amount=money(credit.left_minor, currency),
            )
            for credit in credits_[:MOST_CREDITS]
        ]
        rest = credits_[MOST_CREDITS:]
        if rest:
            amount = money(sum(credit.left_minor for credit in rest), currency)
            rows.append(
                CreditRow(label=self._plural(len(rest), "more_credits"), reference="", since_on="", amount=amount)
            )
        return rows

    def _payment(
        self, documents: Sequence[OpenDocument], currency: str, *, late_minor: int, due_minor: int
    ) -> tuple[PaymentBlock | None, tuple[WayToPay, ...]]:
        """Where to pay to, and the amounts to choose from: what is late, if that is only a part, and everything.

        Money that quotes the oldest document settles it first, the rest the others (S37); what is disputed waits.
        """
        oldest = next((document for document in documents if not document.is_disputed), None)
        if oldest is None or due_minor <= 0:
            return None, ()
        settings = self.account.shops.get(oldest.shop_id)
        amounts = {"pay_late": late_minor} if 0 < late_minor < due_minor else {}
        amounts["pay_all"] = due_minor
        blocks = {
            label: payment_block(
                settings.bank_account if settings is not None else None,
                amount_minor=amount_minor,
                currency=currency,
                reference=payment_reference(oldest.payment_number),
                formats=self.formats,
            )
            for label, amount_minor in amounts.items()
        }
        ways = tuple(
            WayToPay(label=self.words[label], amount=block.amount, code=_picture(block.epc))
            for label, block in blocks.items()
            if block is not None
        )
        return blocks["pay_all"], ways

    def order(self, order: OrderUnderWay) -> OrderRow:
        settings = self.account.shops.get(order.shop_id, self.account.settings)
        is_told = settings.show_due_estimates or not order.due_is_estimate
        return OrderRow(
            reference=order.reference,
            purchase_order=order.purchase_order,
            placed_on=self.formats.day(order.placed_on),
            amount=self.formats.money(order.owed_minor, order.currency),
            due_on=self.formats.day(order.due_on) if is_told else "",
            due_is_estimate=order.due_is_estimate,
        )

    def _on(self, sentence: str, day: date) -> str:
        return sentence.replace("{day}", self.formats.day(day))

    def _plural(self, count: int, word: str) -> str:
        return self.formats.plural(count, self.words[word]["one"], self.words[word]["other"])


def _picture(epc: str) -> str:
    return f"data:image/png;base64,{base64.b64encode(draw_code(epc)).decode()}" if epc else ""
