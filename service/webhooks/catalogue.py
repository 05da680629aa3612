"""Every type of message the service sends: when it is sent, and what its data looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

__all__ = ["CATALOGUE", "TEST_PAYLOAD", "EventType", "example_of"]

_COMPANY = "018f3b1c-6d1e-7c7a-9a54-5a2f0c1d7e10"
_ORDER = "018f3b1c-9f00-7b6e-8a11-2f3d4c5b6a79"
_HOLD = "018f3b1c-9e41-7d0c-b1a2-7c8d9e0f1a2b"
_OPEN_ITEM = "018f3b2a-1111-7aaa-8bbb-0c0d0e0f1011"
_PAYMENT = "018f3b2b-2222-7bbb-8ccc-1d1e1f202122"
_LINE = "018f3b1c-7000-7f00-8d00-6b7c8d9e0f1a"


@dataclass(frozen=True, slots=True)
class EventType:
    """One type. `example` is the `data` member of a message."""

    name: str
    description: str
    example: dict[str, Any]


TEST_PAYLOAD: Final = {"text": "It works: this message was signed and delivered like every other."}

_ORDER_FACTS = {"order_id": _ORDER, "order": "PS-1042", "company_id": _COMPANY, "currency": "EUR"}
_HOLD_FACTS = {
    "hold_id": _HOLD,
    "cart": "cart-7741",
    "company_id": _COMPANY,
    "currency": "EUR",
    "amount": "1234.50",
}
_COMPANY_FACTS = {"company_id": _COMPANY, "refs": [{"ref": "C-1042", "shop": "main"}], "version": 3}
_OPEN_ITEM_FACTS = {
    "open_item_id": _OPEN_ITEM,
    "company_id": _COMPANY,
    "order_id": _ORDER,
    "document": "PS-1042",
    "currency": "EUR",
    "open_amount": "734.50",
    "due_on": "2026-04-01",
}
_PAYMENT_FACTS = {
    "payment_id": _PAYMENT,
    "company_id": _COMPANY,
    "currency": "EUR",
    "amount": "500.00",
    "method": "bank_transfer",
    "reference": "PS-1042",
}

_TYPES: Final = (
    EventType(
        "order.held",
        "An order was attached to its hold: credit is reserved, the due date is an estimate.",
        _ORDER_FACTS | {"hold_id": _HOLD, "amount": "1234.50", "due_on": "2026-04-01", "due_is_estimate": True},
    ),
    EventType(
        "order.due_date_fixed",
        "The order reached the status that starts its terms, or the date was moved on purpose: this is when it is due.",
        _ORDER_FACTS | {"amount": "1234.50", "due_on": "2026-04-01"},
    ),
    EventType(
        "order.settled",
        "Nothing is left to pay on the order; the shop may mark it as paid.",
        _ORDER_FACTS | {"settled_on": "2026-03-30"},
    ),
    EventType(
        "order.unsettled",
        "Something is to be paid again on an order that had been settled: a payment bounced or was taken back.",
        _ORDER_FACTS | {"open_amount": "1234.50"},
    ),
    EventType(
        "order.cancelled",
        "The order was cancelled or deleted; what was still open has been released.",
        _ORDER_FACTS | {"released": "1234.50"},
    ),
    EventType(
        "order.flagged",
        "An event about the order could not be applied as it is; it is kept and wants a person to look.",
        _ORDER_FACTS | {"event_id": "42-1042-7", "reason": "credit_slip_above_open_amount"},
    ),
    EventType(
        "hold.expired",
        "No order came in time for a hold; its credit is free again.",
        {"hold_id": _HOLD, "cart": "cart-77", "company_id": _COMPANY, "currency": "EUR", "amount": "1234.50"},
    ),
    EventType(
        "hold.released",
        "A hold was given back before any order was attached to it.",
        {"hold_id": _HOLD, "cart": "cart-77", "company_id": _COMPANY, "currency": "EUR", "amount": "1234.50"},
    ),
    EventType(
        "company.updated",
        "Facts of a company changed: legal identity, groups, buyers or order history.",
        _COMPANY_FACTS | {"changed": ["legal_name", "groups"]},
    ),
    EventType(
        "company.vat_status_changed",
        "A VAT number was checked with another result than before.",
        _COMPANY_FACTS | {"vat_status": "valid", "previous_vat_status": "unknown", "reason": None},
    ),
    EventType(
        "company.credit_changed",
        "A company's limit or status has changed, or how much is used of it, except by holds; `changed` says which: `limit`, `status` or `used`.",
        {
            "company_id": _COMPANY,
            "credit_line_id": _LINE,
            "currency": "EUR",
            "status": "active",
            "limit_kind": "amount",
            "limit": "10000.00",
            "exposure": "1234.50",
            "available_credit": "8765.50",
            "changed": "limit",
        },
    ),
    EventType("open_item.overdue", "An open item passed its due date without being paid.", _OPEN_ITEM_FACTS),
    EventType(
        "open_item.disputed",
        "A company contests a document; it stays owed.",
        _OPEN_ITEM_FACTS | {"reason": "Half of the goods were missing"},
    ),
    EventType(
        "open_item.dispute_resolved",
        "A document is not disputed any more.",
        _OPEN_ITEM_FACTS | {"reason": "The rest was delivered"},
    ),
    EventType(
        "open_item.promised",
        "A company promised to pay a document on a day.",
        _OPEN_ITEM_FACTS | {"promised_on": "2026-04-15", "promised_amount": "734.50"},
    ),
    EventType(
        "open_item.written_off",
        "A document, or a part of it, was given up.",
        _OPEN_ITEM_FACTS | {"written_off_amount": "734.50", "reason": "Insolvency closed without a dividend"},
    ),
    EventType(
        "reminder.escalated",
        "A step of a dunning policy wants a person, or another system, to act: `action` is `tell_staff` or `hand_over`.",
        _OPEN_ITEM_FACTS
        | {
            "reminder_id": "018f3b2d-4444-7ddd-8eee-3f3f40414243",
            "action": "hand_over",
            "step": "hand_over",
            "level": 5,
        },
    ),
    EventType(
        "mail.undelivered",
        "A mail reached nobody: `status` is `refused`, `failed`, or `skipped` because of its addresses or a person. "
        "`company_id` is empty where it was for staff.",
        {
            "mail_id": "018f3b2e-5555-7eee-8fff-404142434445",
            "kind": "late_1",
            "company_id": _COMPANY,
            "status": "refused",
            "reason": "bounced",
        },
    ),
    EventType("payment.received", "Money came in and was booked.", _PAYMENT_FACTS | {"received_on": "2026-03-30"}),
    EventType(
        "payment.bounced",
        "A payment was taken back by the bank; what it had paid is open again.",
        _PAYMENT_FACTS | {"reason": "insufficient funds"},
    ),
    EventType(
        "payment.refunded",
        "Unallocated money of a payment was given back to the company.",
        _PAYMENT_FACTS | {"refunded_amount": "50.00", "reason": "paid twice"},
    ),
    EventType(
        "webhook.test",
        "Sent when asked for, to the one webhook that is tested.",
        TEST_PAYLOAD | {"webhook_id": "018f3b2c-3333-7ccc-8ddd-2e2f30313233"},
    ),
)

CATALOGUE: Final = {event_type.name: event_type for event_type in _TYPES}


def example_of(event_type: EventType) -> dict[str, Any]:
    """A whole message as it is posted."""
    return {
        "id": "018f3b1d-0000-7000-8000-000000000001",
        "type": event_type.name,
        "occurred_at": "2026-03-02T09:00:00.000000Z",
        "sequence": 4711,
        "merchant_id": "018f3b00-0000-7000-8000-000000000000",
        "shop": "main",
        "data": event_type.example,
    }
