"""Money received, what it was meant for, and what of it is left. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from service.core.money import InvalidAmount, format_amount, parse_amount, round_half_up
from service.ledger.domain import Account
from service.receivables.domain import CreditNote

__all__ = [
    "Allocation", "AllocationStrategy", "Funds", "FundsKind", "Instruction", "MarkPaidOutcome", "NamedDocument", "Payment", "PaymentFilter",
    "PaymentMethod", "PaymentStatus", "ReceivedMoney", "Spread", "parse_positive_amount", "payment_facts",
]  # fmt: skip


class PaymentMethod(StrEnum):
    """How the money came."""

    BANK_TRANSFER = "bank_transfer"
    CHEQUE = "cheque"
    CARD = "card"
    CASH = "cash"
    DIRECT_DEBIT = "direct_debit"
    OTHER = "other"


class PaymentStatus(StrEnum):
    """Whether the money is still there: taken back by the bank, or all of it given back."""

    RECEIVED = "received"
    BOUNCED = "bounced"
    REFUNDED = "refunded"


class Spread(StrEnum):
    """How money is spread over documents that nobody named."""

    REFERENCE = "reference"
    OLDEST_DUE_FIRST = "oldest_due_first"
    NONE = "none"


class AllocationStrategy(StrEnum):
    """Why an allocation went where it did. `manual` is a person's later word, `instruction` the payer's."""

    REFERENCE = "reference"
    INSTRUCTION = "instruction"
    OLDEST_DUE_FIRST = "oldest_due_first"
    MANUAL = "manual"


class MarkPaidOutcome(StrEnum):
    """What marking an order as paid came to."""

    SETTLED = "settled"
    PARTLY_PAID = "partly_paid"
    ON_ACCOUNT = "on_account"
    NOTHING_OPEN = "nothing_open"


class FundsKind(StrEnum):
    """What can settle a document: money, or credit given for another one."""

    PAYMENT = "payment"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDocument:
    """A document that somebody named, by its order or by itself. Without an amount: as much as is open on it."""

    order_ref: str | None = None
    item_id: UUID | None = None
    amount_minor: int | None = None

    def __post_init__(self) -> None:
        assert (self.order_ref is None) != (self.item_id is None), "a document is named in one way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What money is for: documents that were named, or else a way to spread it."""

    spread: Spread = Spread.NONE
    named: tuple[NamedDocument, ...] = ()

    def describe(self, currency: str) -> dict[str, Any]:
        """As it is kept with the payment, so that "why was it applied like this?" has an answer."""
        if not self.named:
            return {"spread": self.spread.value}
        return {
            "named": [
                {
                    "order": document.order_ref,
                    "open_item": None if document.item_id is None else str(document.item_id),
                    "amount": None if document.amount_minor is None else format_amount(document.amount_minor, currency),
                }
                for document in self.named
            ]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMoney:
    """What is said of money that came in. When the bank got another currency, `received_*` keep it (S40)."""

    currency: str
    amount_minor: int
    method: PaymentMethod
    received_on: date
    reference: str | None = None
    external_ref: str | None = None
    received_currency: str | None = None
    received_minor: int | None = None
    exchange_rate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money received. Amounts in minor units of the documents' currency, `line_*` in its credit line's.

    What came in is allocated, still there, or given back; after a bounce none of it is allocated or there.
    """

    id: UUID
    company_id: UUID
    line_id: UUID
    shop_id: UUID | None
    order_id: UUID | None
    status: str
    method: str
    reference: str | None
    external_ref: str | None
    currency: str
    amount_minor: int
    unallocated_minor: int
    refunded_minor: int
    line_amount_minor: int
    line_unallocated_minor: int
    received_currency: str | None
    received_minor: int | None
    exchange_rate: str | None
    received_on: date
    instruction: dict[str, Any]
    bounced_on: date | None
    bounce_reason: str | None
    author: str
    created_at: datetime

    @property
    def allocated_minor(self) -> int:
        if self.status == PaymentStatus.BOUNCED:
            return 0
        return self.amount_minor - self.unallocated_minor - self.refunded_minor

    @property
    def funds(self) -> Funds:
        return Funds(
            kind=FundsKind.PAYMENT,
            id=self.id,
            company_id=self.company_id,
            line_id=self.line_id,
            currency=self.currency,
            amount_minor=self.amount_minor,
            unallocated_minor=self.unallocated_minor,
            line_amount_minor=self.line_amount_minor,
            line_unallocated_minor=self.line_unallocated_minor,
            usable_on=self.received_on,
        )

    def with_rest(self, funds: Funds) -> Payment:
        """After some of it was used."""
        assert funds.id == self.id, "the funds are this payment's"
        return replace(
            self, unallocated_minor=funds.unallocated_minor, line_unallocated_minor=funds.line_unallocated_minor
        )

    def is_same_as(self, money: ReceivedMoney, *, company_id: UUID, instruction: dict[str, Any]) -> bool:
        """Whether a second report under the same reference says the same."""
        return (company_id, instruction) == (self.company_id, self.instruction) and money == ReceivedMoney(
            currency=self.currency,
            amount_minor=self.amount_minor,
            method=PaymentMethod(self.method),
            received_on=self.received_on,
            reference=self.reference,
            external_ref=self.external_ref,
            received_currency=self.received_currency,
            received_minor=self.received_minor,
            exchange_rate=self.exchange_rate,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds:
    """What a payment or a credit note still has to give, in its currency and on its credit line's books.

    The line carries the unallocated share, rounded from the running total, as open items do.
    """

    kind: FundsKind
    id: UUID
    company_id: UUID
    line_id: UUID
    currency: str
    amount_minor: int
    unallocated_minor: int
    line_amount_minor: int
    line_unallocated_minor: int
    usable_on: date

    def __post_init__(self) -> None:
        assert 0 <= self.unallocated_minor <= self.amount_minor, "funds are never overdrawn and never more than came"

    @property
    def account(self) -> Account:
        return Account.ON_ACCOUNT if self.kind is FundsKind.PAYMENT else Account.CREDIT_NOTES

    def changed(self, by_minor: int) -> Funds:
        """After some was used (negative) or given back to it."""
        unallocated = self.unallocated_minor + by_minor
        line = round_half_up(self.line_amount_minor * unallocated, self.amount_minor)
        return replace(self, unallocated_minor=unallocated, line_unallocated_minor=line)

    @classmethod
    def of_note(cls, note: CreditNote) -> Funds:
        return cls(
            kind=FundsKind.CREDIT_NOTE,
            id=note.id,
            company_id=note.company_id,
            line_id=note.line_id,
            currency=note.currency,
            amount_minor=note.amount_minor,
            unallocated_minor=note.unallocated_minor,
            line_amount_minor=note.line_amount_minor,
            line_unallocated_minor=note.line_unallocated_minor,
            usable_on=note.issued_on,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A part of a payment or credit note that settles a part of an open item; undone by `reversed_at`."""

    id: UUID
    payment_id: UUID | None
    credit_note_id: UUID | None
    open_item_id: UUID
    amount_minor: int
    currency: str
    line_amount_minor: int
    source_line_amount_minor: int
    strategy: str
    author: str
    allocated_at: datetime
    reversed_at: datetime | None = None
    reversal_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """What a list of payments or credit notes may be narrowed to."""

    company_id: UUID | None = None
    line_id: UUID | None = None
    status: str | None = None
    is_unallocated: bool | None = None


def payment_facts(payment: Payment) -> dict[str, Any]:
    """What every message about a payment says."""
    return {
        "payment_id": str(payment.id),
        "company_id": str(payment.company_id),
        "currency": payment.currency,
        "amount": format_amount(payment.amount_minor, payment.currency),
        "method": payment.method,
        "reference": payment.reference,
    }


def parse_positive_amount(text: str, currency: str) -> int:
    """Minor units of an amount that is more than nothing. Raises InvalidAmount or UnknownCurrency."""
    amount_minor = parse_amount(text, currency)
    if amount_minor <= 0:
        raise InvalidAmount("The amount must be more than nothing", amount=text[:40], currency=currency)
    return amount_minor
