"""Bodies about open items."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import Field

from service.core.money import format_amount
from service.infra.schemas import AmountText, CurrencyCode, Day, FreeText, InstantText, Schema
from service.receivables.domain import AgingBucket, OpenItem, PaymentState
from service.terms.legal import LegalWarning

__all__ = ["DisputeIn", "DisputeOut", "DueDateWarningOut", "ExtendIn", "ItemOut", "PromiseOut", "item_fields"]


class DisputeOut(Schema):
    """Why the company contests the document, who wrote it down and when."""

    reason: str
    author: str
    disputed_at: InstantText


class PromiseOut(Schema):
    """What the company promised to pay on a day."""

    promised_on: Day
    amount: AmountText
    author: str


class ItemOut(Schema):
    """A due document and what is left of it. `line_open_amount` is what of it the credit line carries, in the line's
    currency.
    """

    id: UUID
    document: str
    payment_reference: str = Field(
        description="Structured reference (ISO 11649) to quote when paying it.", examples=["RF241000001"]
    )
    order_id: UUID | None
    company_id: UUID
    credit_line_id: UUID
    currency: CurrencyCode
    amount: AmountText
    allocated_amount: AmountText = Field(description="Settled by payments and credit notes.")
    credited_amount: AmountText = Field(description="Taken off by corrections of the document itself.")
    written_off_amount: AmountText
    open_amount: AmountText
    line_currency: CurrencyCode
    line_open_amount: AmountText
    payment_state: PaymentState
    issued_on: Day
    due_on: Day
    original_due_on: Day = Field(description="Before any extension.")
    is_overdue: bool = Field(description="Due today is not overdue.")
    days_past_due: int = Field(description="How late it is today, or was on the day it was settled.")
    aging: AgingBucket | None = Field(description="Null for what is not due or settled.")
    settled_on: Day | None
    dispute: DisputeOut | None
    promise: PromiseOut | None

    @classmethod
    def of(cls, item: OpenItem, *, today: date, line_currency: str) -> ItemOut:
        """`today` is the day at the item's shop."""
        return cls(**item_fields(item, today=today, line_currency=line_currency))


def item_fields(item: OpenItem, *, today: date, line_currency: str) -> dict[str, Any]:
    """The fields of an item, for answers that add to them."""

    def shown(amount_minor: int) -> str:
        return format_amount(amount_minor, item.currency)

    return {
        "id": item.id,
        "document": item.document_ref,
        "payment_reference": item.payment_reference,
        "order_id": item.order_id,
        "company_id": item.company_id,
        "credit_line_id": item.line_id,
        "currency": item.currency,
        "amount": shown(item.amount_minor),
        "allocated_amount": shown(item.allocated_minor),
        "credited_amount": shown(item.credited_minor),
        "written_off_amount": shown(item.written_off_minor),
        "open_amount": shown(item.open_minor),
        "line_currency": line_currency,
        "line_open_amount": format_amount(item.line_open_minor, line_currency),
        "payment_state": item.payment_state,
        "issued_on": item.issued_on,
        "due_on": item.due_on,
        "original_due_on": item.original_due_on,
        "is_overdue": item.is_overdue(today),
        "days_past_due": item.days_past_due(today),
        "aging": item.aging(today),
        "settled_on": item.settled_on,
        "dispute": _dispute(item),
        "promise": _promise(item),
    }


def _dispute(item: OpenItem) -> DisputeOut | None:
    if item.disputed_at is None:
        return None
    return DisputeOut(reason=item.dispute_reason or "", author=item.dispute_author or "", disputed_at=item.disputed_at)


def _promise(item: OpenItem) -> PromiseOut | None:
    if item.promised_on is None or item.promised_minor is None:
        return None
    amount = format_amount(item.promised_minor, item.currency)
    return PromiseOut(promised_on=item.promised_on, amount=amount, author=item.promise_author or "")


class DisputeIn(Schema):
    """What the company contests."""

    reason: FreeText = Field(examples=["Half of the goods were missing"])


class ExtendIn(Schema):
    """A later due date, given on purpose."""

    due_on: Day
    reason: FreeText = Field(examples=["Agreed with Ms Roy by phone"])


class DueDateWarningOut(Schema):
    """A limit of the law that the new due date breaks."""

    code: str
    country: str
    article: str = Field(examples=["Code de commerce, art. L441-10, I"])
    limit_days: int | None
    days: int
    message: str

    @classmethod
    def of(cls, warning: LegalWarning) -> DueDateWarningOut:
        return cls(
            code=warning.code.value,
            country=warning.country,
            article=warning.article,
            limit_days=warning.limit_days,
            days=warning.days,
            message=warning.message,
        )
