"""Bodies about payments, credit notes and what they settle."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from service.core.money import convert_minor, format_amount
from service.infra.schemas import AmountText, CurrencyCode, Day, FreeText, InstantText, Page, Ref, Schema, Text
from service.orders.schemas import OrderOut
from service.payments.domain import (
    Allocation,
    AllocationStrategy,
    Instruction,
    MarkPaidOutcome,
    NamedDocument,
    Payment,
    PaymentMethod,
    PaymentStatus,
    ReceivedMoney,
    Spread,
    parse_positive_amount,
)
from service.receivables.domain import CreditNote, CreditNoteKind

__all__ = [
    "AllocateIn", "AllocationOut", "BounceIn", "CreditNoteDetailOut", "CreditNoteOut", "CreditNotePage", "MarkPaidIn",
    "MarkedPaidOut", "PaymentDetailOut", "PaymentIn", "PaymentOut", "PaymentPage", "RefundIn",
]  # fmt: skip

Method = Annotated[PaymentMethod, Field(strict=False)]
PositiveAmount = Annotated[
    str,
    StringConstraints(max_length=20, pattern=r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?$"),
    Field(description="A decimal string, more than nothing; never a JSON number.", examples=["500.00"]),
]
BankReference = Annotated[
    Text, Field(max_length=140, description="What the payer wrote, as it came.", examples=["PS-1042 PS-1044"])
]
ReceivedRate = Annotated[
    str,
    StringConstraints(max_length=40, pattern=r"^[0-9]{1,12}(\.[0-9]{1,12})?$"),
    Field(
        description="Units of `currency` for one unit of `received_currency`, as the bank applied it.",
        examples=["0.9214"],
    ),
]


class NamedOrderIn(Schema):
    """An order that the money is for."""

    ref: Ref = Field(description="The shop's reference of the order.", examples=["PS-1042"])
    amount: PositiveAmount | None = Field(default=None, description="Without it, as much as is open and there.")


class NamedItemIn(Schema):
    """An open item that the money is for."""

    id: UUID = Field(strict=False)
    amount: PositiveAmount | None = Field(default=None, description="Without it, as much as is open and there.")


class OrdersInstruction(Schema):
    """Orders that the payer named."""

    orders: list[NamedOrderIn] = Field(min_length=1, max_length=200)

    def to_domain(self, currency: str) -> Instruction:
        return Instruction(
            named=tuple(
                NamedDocument(order_ref=order.ref, amount_minor=_amount_or_none(order.amount, currency))
                for order in self.orders
            )
        )


class ItemsInstruction(Schema):
    """Open items that the payer named."""

    items: list[NamedItemIn] = Field(min_length=1, max_length=200)

    def to_domain(self, currency: str) -> Instruction:
        return Instruction(
            named=tuple(
                NamedDocument(item_id=item.id, amount_minor=_amount_or_none(item.amount, currency))
                for item in self.items
            )
        )


def _amount_or_none(amount: str | None, currency: str) -> int | None:
    return None if amount is None else parse_positive_amount(amount, currency)


SpreadWord = Annotated[Spread, Field(strict=False)]
AllocateWay = Annotated[
    SpreadWord | OrdersInstruction | ItemsInstruction,
    Field(
        description="`reference`: the documents that the reference names exactly, then the oldest due first. "
        "`oldest_due_first`: by due date, then by document date. `none`: keep it on account. Or the documents that the "
        "payer named, and no others: what is left stays on account.",
    ),
]


def _to_instruction(way: Spread | OrdersInstruction | ItemsInstruction, currency: str) -> Instruction:
    return Instruction(spread=way) if isinstance(way, Spread) else way.to_domain(currency)


class PaymentIn(Schema):
    """Money that came in."""

    company: Ref = Field(description="The shop's reference of the company, or `id:` and its id.")
    amount: PositiveAmount
    currency: CurrencyCode = Field(description="That of the documents it settles.")
    method: Method
    reference: BankReference | None = None
    external_ref: Ref | None = Field(
        default=None,
        description="The bank's, till's or ERP's own id of this payment. Sending it again records nothing twice.",
        examples=["camt-2026-03-30-0017"],
    )
    received_on: Day
    allocate: AllocateWay = Spread.REFERENCE
    received_currency: CurrencyCode | None = Field(
        default=None, description="What the bank received, when that was another currency. Nothing is converted."
    )
    received_amount: PositiveAmount | None = None
    exchange_rate: ReceivedRate | None = None

    @model_validator(mode="after")
    def _require_all_or_nothing(self) -> PaymentIn:
        received = (self.received_currency, self.received_amount, self.exchange_rate)
        if any(one is None for one in received) and any(one is not None for one in received):
            raise ValueError("received_currency, received_amount and exchange_rate come together")
        if self.received_currency == self.currency:
            raise ValueError("received_currency is only given when it is another currency")
        return self

    def to_domain(self) -> tuple[ReceivedMoney, Instruction]:
        """Raises InvalidAmount or UnknownCurrency."""
        received_minor = None
        if self.received_currency is not None and self.received_amount is not None and self.exchange_rate is not None:
            received_minor = parse_positive_amount(self.received_amount, self.received_currency)
            convert_minor(0, rate=self.exchange_rate, source=self.received_currency, target=self.currency)
        money = ReceivedMoney(
            currency=self.currency,
            amount_minor=parse_positive_amount(self.amount, self.currency),
            method=self.method,
            received_on=self.received_on,
            reference=self.reference,
            external_ref=self.external_ref,
            received_currency=self.received_currency,
            received_minor=received_minor,
            exchange_rate=self.exchange_rate,
        )
        return money, _to_instruction(self.allocate, self.currency)


class AllocateIn(Schema):
    """What unallocated money or credit is used for."""

    allocate: AllocateWay = Spread.REFERENCE

    def to_domain(self, currency: str) -> Instruction:
        """Raises InvalidAmount."""
        return _to_instruction(self.allocate, currency)


class BounceIn(Schema):
    """The bank took the payment back."""

    reason: FreeText = Field(examples=["insufficient funds"])
    bounced_on: Day | None = Field(default=None, description="Today where nothing else is said.")


class RefundIn(Schema):
    """Unallocated money or credit that was given back to the company."""

    amount: PositiveAmount
    reason: FreeText | None = Field(default=None, examples=["Paid twice"])


class MarkPaidIn(Schema):
    """What is known of the money. Nothing need be said: then all that is open was paid today."""

    method: Method = PaymentMethod.BANK_TRANSFER
    reference: BankReference | None = None
    received_on: Day | None = None
    amount: PositiveAmount | None = Field(default=None, description="A part, in the order's currency.")


class AllocationOut(Schema):
    """A part of a payment or credit note that settles a part of an open item."""

    id: UUID
    payment_id: UUID | None
    credit_note_id: UUID | None
    open_item_id: UUID
    amount: AmountText
    currency: CurrencyCode
    strategy: AllocationStrategy
    author: str
    allocated_at: InstantText
    reversed_at: InstantText | None = Field(description="When it was taken back; it settles nothing any more.")
    reversal_reason: str | None

    @classmethod
    def of(cls, allocation: Allocation) -> AllocationOut:
        return cls(
            id=allocation.id,
            payment_id=allocation.payment_id,
            credit_note_id=allocation.credit_note_id,
            open_item_id=allocation.open_item_id,
            amount=format_amount(allocation.amount_minor, allocation.currency),
            currency=allocation.currency,
            strategy=AllocationStrategy(allocation.strategy),
            author=allocation.author,
            allocated_at=allocation.allocated_at,
            reversed_at=allocation.reversed_at,
            reversal_reason=allocation.reversal_reason,
        )


class PaymentOut(Schema):
    """Money received. What came is allocated, still there, or given back; after a bounce nothing of it is."""

    id: UUID
    company_id: UUID
    credit_line_id: UUID
    order_id: UUID | None = Field(description="The order that it was recorded for, and waits for until it is invoiced.")
    status: PaymentStatus
    method: Method
    reference: str | None
    external_ref: str | None
    currency: CurrencyCode
    amount: AmountText
    allocated_amount: AmountText
    unallocated_amount: AmountText = Field(description="On account: it reduces exposure and can be used or refunded.")
    refunded_amount: AmountText
    received_currency: CurrencyCode | None
    received_amount: AmountText | None
    exchange_rate: str | None
    received_on: Day
    instruction: dict[str, Any] = Field(description="What was said it is for.")
    bounced_on: Day | None
    bounce_reason: str | None
    author: str
    created_at: InstantText

    @classmethod
    def of(cls, payment: Payment) -> PaymentOut:
        return cls(**_payment_fields(payment))


class PaymentPage(Page[PaymentOut]):
    """One page of payments."""


class PaymentDetailOut(PaymentOut):
    """A payment with what it settles."""

    allocations: list[AllocationOut]

    @classmethod
    def with_allocations(cls, payment: Payment, allocations: list[Allocation]) -> PaymentDetailOut:
        shown = [AllocationOut.of(allocation) for allocation in allocations]
        return cls(**_payment_fields(payment), allocations=shown)


def _payment_fields(payment: Payment) -> dict[str, Any]:
    def shown(amount_minor: int) -> str:
        return format_amount(amount_minor, payment.currency)

    received = None
    if payment.received_minor is not None and payment.received_currency is not None:
        received = format_amount(payment.received_minor, payment.received_currency)
    return {
        "id": payment.id,
        "company_id": payment.company_id,
        "credit_line_id": payment.line_id,
        "order_id": payment.order_id,
        "status": PaymentStatus(payment.status),
        "method": PaymentMethod(payment.method),
        "reference": payment.reference,
        "external_ref": payment.external_ref,
        "currency": payment.currency,
        "amount": shown(payment.amount_minor),
        "allocated_amount": shown(payment.allocated_minor),
        "unallocated_amount": shown(payment.unallocated_minor),
        "refunded_amount": shown(payment.refunded_minor),
        "received_currency": payment.received_currency,
        "received_amount": received,
        "exchange_rate": payment.exchange_rate,
        "received_on": payment.received_on,
        "instruction": payment.instruction,
        "bounced_on": payment.bounced_on,
        "bounce_reason": payment.bounce_reason,
        "author": payment.author,
        "created_at": payment.created_at,
    }


class MarkedPaidOut(Schema):
    """What came of marking an order as paid."""

    outcome: MarkPaidOutcome = Field(
        description="`on_account`: the order has no open item yet, the money waits for it. `nothing_open`: there was "
        "nothing to pay, and no payment was recorded."
    )
    payment: PaymentOut | None
    order: OrderOut


class CreditNoteOut(Schema):
    """Credit that the company has because an order shrank below what was paid for it."""

    id: UUID
    company_id: UUID
    credit_line_id: UUID
    order_id: UUID
    kind: CreditNoteKind
    currency: CurrencyCode
    amount: AmountText
    allocated_amount: AmountText
    unallocated_amount: AmountText
    refunded_amount: AmountText
    issued_on: Day

    @classmethod
    def of(cls, note: CreditNote) -> CreditNoteOut:
        return cls(**_note_fields(note))


class CreditNotePage(Page[CreditNoteOut]):
    """One page of credit notes."""


class CreditNoteDetailOut(CreditNoteOut):
    """A credit note with what it settles."""

    allocations: list[AllocationOut]

    @classmethod
    def with_allocations(cls, note: CreditNote, allocations: list[Allocation]) -> CreditNoteDetailOut:
        shown = [AllocationOut.of(allocation) for allocation in allocations]
        return cls(**_note_fields(note), allocations=shown)


def _note_fields(note: CreditNote) -> dict[str, Any]:
    def shown(amount_minor: int) -> str:
        return format_amount(amount_minor, note.currency)

    return {
        "id": note.id,
        "company_id": note.company_id,
        "credit_line_id": note.line_id,
        "order_id": note.order_id,
        "kind": CreditNoteKind(note.kind),
        "currency": note.currency,
        "amount": shown(note.amount_minor),
        "allocated_amount": shown(note.amount_minor - note.unallocated_minor - note.refunded_minor),
        "unallocated_amount": shown(note.unallocated_minor),
        "refunded_amount": shown(note.refunded_minor),
        "issued_on": note.issued_on,
    }
