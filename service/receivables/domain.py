"""Open items: what is left of a due document, and what of it the credit line still carries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from service.core.money import round_half_up
from service.receivables.references import payment_reference

__all__ = [
    "AgingBucket", "CreditNote", "CreditNoteKind", "ItemFilter", "OpenItem", "PaymentState", "aging_bucket",
    "days_past_due",
]  # fmt: skip


class PaymentState(StrEnum):
    """Derived from the amounts, never stored: how far a document has been settled, and by what."""

    OPEN = "open"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"


def days_past_due(due_on: date, today: date) -> int:
    """Due today is not late: late starts the day after (S27)."""
    return max(0, (today - due_on).days)


class AgingBucket(StrEnum):
    """How long a document has been past due, in days."""

    UP_TO_30 = "0-30"
    UP_TO_60 = "31-60"
    UP_TO_90 = "61-90"
    OVER_90 = "90+"

    @property
    def days(self) -> tuple[int, int | None]:
        """The first and the last day of the bucket, both included; the last bucket has no end."""
        return _BUCKET_DAYS[self]


# Due today is not late, so that nobody is ever zero days late.
_BUCKET_DAYS: Final[dict[AgingBucket, tuple[int, int | None]]] = {
    AgingBucket.UP_TO_30: (1, 30),
    AgingBucket.UP_TO_60: (31, 60),
    AgingBucket.UP_TO_90: (61, 90),
    AgingBucket.OVER_90: (91, None),
}


def aging_bucket(days: int) -> AgingBucket | None:
    """The bucket of a number of days past due; None for what is not late."""
    return next((bucket for bucket, (first, _) in reversed(_BUCKET_DAYS.items()) if days >= first), None)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A due document. Amounts in minor units of its currency; `line_*` in the credit line's.

    While open, the line carries the open share of the document at the rate frozen on the order, rounded from
    the running total and not for each part, so that the last part takes the rounding and nothing is left over.
    """

    id: UUID
    line_id: UUID
    company_id: UUID
    shop_id: UUID
    order_id: UUID | None
    document_ref: str
    payment_number: int
    currency: str
    amount_minor: int
    allocated_minor: int
    credited_minor: int
    written_off_minor: int
    line_amount_minor: int
    line_open_minor: int
    issued_on: date
    due_on: date
    original_due_on: date
    settled_on: date | None = None
    overdue_flagged_on: date | None = None
    disputed_at: datetime | None = None
    dispute_reason: str | None = None
    dispute_author: str | None = None
    promised_on: date | None = None
    promised_minor: int | None = None
    promise_author: str | None = None

    def __post_init__(self) -> None:
        assert min(self.allocated_minor, self.credited_minor, self.written_off_minor) >= 0, "parts are not negative"
        assert self.open_minor >= 0, "an item is never overpaid; what is over is money on account"

    @property
    def open_minor(self) -> int:
        return self.amount_minor - self.allocated_minor - self.credited_minor - self.written_off_minor

    @property
    def payment_reference(self) -> str:
        """What a buyer quotes when paying it."""
        return payment_reference(self.payment_number)

    @property
    def is_settled(self) -> bool:
        return self.open_minor == 0

    @property
    def payment_state(self) -> PaymentState:
        if self.open_minor > 0:
            return PaymentState.PARTLY_PAID if self.allocated_minor else PaymentState.OPEN
        if self.written_off_minor:
            return PaymentState.WRITTEN_OFF
        return PaymentState.PAID if self.allocated_minor or not self.credited_minor else PaymentState.CREDITED

    def is_overdue(self, today: date) -> bool:
        return self.open_minor > 0 and today > self.due_on

    def days_past_due(self, today: date) -> int:
        """How late it is, or was when it was settled."""
        return days_past_due(self.due_on, self.settled_on or today)

    def aging(self, today: date) -> AgingBucket | None:
        """The bucket it is in while it is open; None for what is not due or settled."""
        return aging_bucket(self.days_past_due(today)) if self.open_minor else None

    def allocated(self, amount_minor: int, *, on: date) -> OpenItem:
        """After money or credit was allocated to it; a negative amount takes an allocation back."""
        return self._changed(allocated_minor=self.allocated_minor + amount_minor, on=on)

    def credited(self, amount_minor: int, *, on: date) -> OpenItem:
        """After a credit note for a part of the document itself."""
        return self._changed(credited_minor=self.credited_minor + amount_minor, on=on)

    def written_off(self, amount_minor: int, *, on: date) -> OpenItem:
        """After giving up a part; a negative amount takes the write-off back."""
        return self._changed(written_off_minor=self.written_off_minor + amount_minor, on=on)

    def extended(self, due_on: date) -> OpenItem:
        """After a deliberate extension: the original due date is kept (S31), and what was overdue may not be any more."""
        assert due_on >= self.issued_on, "nothing is due before it is issued"
        return replace(self, due_on=due_on, overdue_flagged_on=None)

    def dated(self, *, issued_on: date, due_on: date, original_due_on: date) -> OpenItem:
        """After it became known that the term began on another day."""
        assert due_on >= issued_on, "nothing is due before it is issued"
        return replace(
            self, issued_on=issued_on, due_on=due_on, original_due_on=original_due_on, overdue_flagged_on=None
        )

    def increased(self, amount_minor: int, line_amount_minor: int, *, on: date) -> OpenItem:
        """After the document's order grew."""
        grown = replace(
            self,
            amount_minor=self.amount_minor + amount_minor,
            line_amount_minor=self.line_amount_minor + line_amount_minor,
        )
        return grown._changed(allocated_minor=self.allocated_minor, on=on)

    def _changed(
        self,
        *,
        on: date,
        allocated_minor: int | None = None,
        credited_minor: int | None = None,
        written_off_minor: int | None = None,
    ) -> OpenItem:
        item = replace(
            self,
            allocated_minor=self.allocated_minor if allocated_minor is None else allocated_minor,
            credited_minor=self.credited_minor if credited_minor is None else credited_minor,
            written_off_minor=self.written_off_minor if written_off_minor is None else written_off_minor,
        )
        line_open = (
            round_half_up(item.line_amount_minor * item.open_minor, item.amount_minor) if item.amount_minor else 0
        )
        return replace(
            item, line_open_minor=line_open, settled_on=(self.settled_on or on) if item.open_minor == 0 else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """What a list of open items may be narrowed to."""

    company_id: UUID | None = None
    line_id: UUID | None = None
    document_ref: str | None = None
    is_open: bool | None = None
    is_overdue: bool | None = None
    due_within_days: int | None = None
    is_disputed: bool | None = None
    aging: AgingBucket | None = None


class CreditNoteKind(StrEnum):
    """Why the company has credit."""

    CORRECTION = "correction"
    RETURN = "return"
    GOODWILL = "goodwill"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """Credit the company has because an order shrank below what was paid for it. `cause` makes it unique.

    `line_unallocated_minor` is what of it sits on the line's `credit_notes` account, in the line's currency.
    """

    id: UUID
    company_id: UUID
    line_id: UUID
    order_id: UUID
    kind: CreditNoteKind
    cause: str
    currency: str
    amount_minor: int
    unallocated_minor: int
    refunded_minor: int
    line_amount_minor: int
    line_unallocated_minor: int
    issued_on: date
