"""What a reminder says: documents, credits, what the law adds, and how to pay. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from service.mails.composing import grouped, payment_block
from service.mails.formats import Formats
from service.mails.views import CompanyView, CreditNoteView, DocumentView, ReminderView, SenderView
from service.merchants.domain import BankAccount
from service.receivables.references import payment_reference
from service.reminders.circumstances import Credit, KnownItem
from service.reminders.policy import Step

__all__ = ["Claim", "LateCharges", "reminder_view"]

# A week to pay: long enough for a transfer, short enough to be remembered.
_DAYS_TO_PAY: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LateCharges:
    """What late payment costs the company beside the documents, in minor units."""

    interest_minor: int = 0
    recovery_minor: int = 0
    rate_bp: int | None = None

    @property
    def total_minor(self) -> int:
        return self.interest_minor + self.recovery_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one mail asks for. `demanded` is what is asked for of each document, in the order of `items`."""

    step: Step
    currency: str
    items: Sequence[KnownItem]
    demanded: Sequence[int]
    credits: Sequence[Credit] = ()
    charges: LateCharges = LateCharges()
    previous_reminder_on: date | None = None

    @property
    def open_minor(self) -> int:
        return sum(self.demanded)

    @property
    def credit_minor(self) -> int:
        return sum(credit.amount_minor for credit in self.credits)

    @property
    def due_minor(self) -> int:
        return max(0, self.open_minor + self.charges.total_minor - self.credit_minor)


def reminder_view(
    claim: Claim,
    *,
    sender: SenderView,
    company: CompanyView,
    account: BankAccount | None,
    today: date,
    formats: Formats,
) -> ReminderView:
    """The claim as it is written in one language."""
    charges, currency = claim.charges, claim.currency

    def money(amount_minor: int) -> str:
        return formats.money(amount_minor, currency)

    is_late = claim.step.waits_until_late
    # Money that quotes one document settles it first, the rest the others: the oldest is the one to quote.
    reference = payment_reference(claim.items[0].payment_number)
    return ReminderView(
        sender=sender,
        company=company,
        today=formats.day(today),
        tone=claim.step.tone.value,
        documents=tuple(
            _document(item, demanded, today=today, formats=formats)
            for item, demanded in zip(claim.items, claim.demanded, strict=True)
        ),
        total_open=money(claim.open_minor),
        total_due=money(claim.due_minor),
        credits=tuple(
            CreditNoteView(
                reference=credit.reference, issued_on=formats.day(credit.issued_on), amount=money(credit.amount_minor)
            )
            for credit in claim.credits
        ),
        credits_total=money(claim.credit_minor) if claim.credits else "",
        late_interest=money(charges.interest_minor) if charges.interest_minor else "",
        interest_rate=formats.percent(charges.rate_bp) if charges.interest_minor and charges.rate_bp else "",
        recovery_sum=money(charges.recovery_minor) if charges.recovery_minor else "",
        pay_by=formats.day(today + _DAYS_TO_PAY) if is_late else "",
        days_late=max(item.days_late(today) for item in claim.items),
        previous_reminder_on="" if claim.previous_reminder_on is None else formats.day(claim.previous_reminder_on),
        payment=payment_block(
            account, amount_minor=claim.due_minor, currency=currency, reference=reference, formats=formats
        ),
    )


def _document(item: KnownItem, demanded: int, *, today: date, formats: Formats) -> DocumentView:
    days_late = item.days_late(today)
    return DocumentView(
        reference=item.document_ref,
        issued_on=formats.day(item.issued_on),
        due_on=formats.day(item.due_on),
        amount=formats.money(item.amount_minor, item.currency),
        open_amount=formats.money(demanded, item.currency),
        days_late=days_late,
        is_late=days_late > 0,
        is_partly_paid=demanded < item.amount_minor,
        payment_reference=grouped(payment_reference(item.payment_number)),
    )
