"""The names that templates know, with what each is: read off the views, explained by hand."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from service.mails.domain import MailKind
from service.mails.samples import sample_views

__all__ = ["Variable", "variables_of"]


@dataclass(frozen=True, slots=True)
class Variable:
    """`name` is written as in a template; what belongs to each entry of a list has `[]` before it."""

    name: str
    type: str
    description: str


def variables_of(kind: MailKind) -> list[Variable]:
    """Everything that a template of this kind may use."""
    return list(_walk(type(sample_views(kind, "en")[0]), prefix=""))


def _walk(view: Any, *, prefix: str) -> Iterator[Variable]:
    hints = get_type_hints(view)
    for each in fields(view):
        hint = hints[each.name]
        if get_origin(hint) is UnionType:
            hint = next(kind for kind in get_args(hint) if kind is not type(None))
        name = f"{prefix}{each.name}"
        description = DESCRIPTIONS[_home(view, each.name), each.name]
        if get_origin(hint) is tuple:
            inner = get_args(hint)[0]
            yield Variable(name, "list", description)
            if is_dataclass(inner):
                yield from _walk(inner, prefix=f"{name}[].")
        elif is_dataclass(hint):
            yield Variable(name, "group", description)
            yield from _walk(hint, prefix=f"{name}.")
        else:
            yield Variable(name, _TYPES[hint], description)


def _home(view: Any, name: str) -> str:
    """The class that a field was written in."""
    return next(str(base.__name__) for base in view.__mro__ if name in inspect.get_annotations(base))


_TYPES: Final = {str: "text", int: "number", bool: "yes or no"}

DESCRIPTIONS: Final = {
    ("MailView", "sender"): "Who writes.",
    ("SenderView", "name"): "Name that the mail comes from: the shop's, or `mail_sender_name`.",
    ("SenderView", "merchant_name"): "Name of the merchant.",
    ("SenderView", "reply_to"): "Where answers go; empty when nothing is set.",
    ("MailView", "company"): "Who is written to.",
    ("CompanyView", "name"): "Legal name of the company.",
    ("CompanyView", "reference"): "Reference of the company; may be empty.",
    ("MailView", "today"): "The day on which the mail is written.",
    ("MailView", "portal_url"): "Link to the company's account; empty where there is none.",
    ("MailView", "attachments"): "Names of the files that go along; the layout lists them.",
    ("OrderView", "order_reference"): "The shop's reference of the order.",
    ("OrderView", "purchase_order"): "The company's own order number; may be empty.",
    ("OrderView", "placed_on"): "The day of the order.",
    ("OrderView", "amount"): "What the company owes for it.",
    ("OrderView", "terms"): "Name of the payment terms; may be empty.",
    ("OrderView", "due_on"): "The due date.",
    ("OrderView", "due_is_estimate"): "Whether the due date is not fixed yet.",
    ("OrderView", "payment"): "How to pay; absent when no bank account is set.",
    ("PaymentBlock", "holder"): "Holder of the bank account.",
    ("PaymentBlock", "iban"): "IBAN in groups of four.",
    ("PaymentBlock", "bic"): "BIC; may be empty.",
    ("PaymentBlock", "reference"): "Structured payment reference (ISO 11649) in groups of four.",
    ("PaymentBlock", "amount"): "What the transfer should carry.",
    (
        "PaymentBlock",
        "epc",
    ): "Content of the EPC code; empty for other currencies than the euro. Show the code by `cid:epc`.",
    ("CreditView", "lines"): "The company's credit lines.",
    ("CreditLineView", "currency"): "Currency of the line.",
    ("CreditLineView", "shop"): "Name of the shop it is for; empty where all shops share it.",
    ("CreditLineView", "is_unlimited"): "Whether there is no limit.",
    ("CreditLineView", "is_frozen"): "Whether nothing can be ordered at the moment.",
    ("CreditLineView", "limit"): "The limit.",
    ("CreditLineView", "used"): "What is used of it.",
    ("CreditLineView", "available"): "What is left of it.",
    ("OwedView", "documents"): "The due documents.",
    ("DocumentView", "reference"): "Number of the document.",
    ("DocumentView", "issued_on"): "The day it was issued.",
    ("DocumentView", "due_on"): "Its due date.",
    ("DocumentView", "amount"): "Its whole amount.",
    ("DocumentView", "open_amount"): "What is left to pay.",
    ("DocumentView", "days_late"): "Days since its due date; 0 when it is not late.",
    ("DocumentView", "is_late"): "Whether it is late.",
    ("DocumentView", "is_partly_paid"): "Whether a part of it is settled.",
    ("DocumentView", "payment_reference"): "Its own structured payment reference.",
    ("OwedView", "more"): "How many documents are not listed, and where they are; empty when all are.",
    ("OwedView", "total_open"): "Sum of all documents.",
    ("OwedView", "total_due"): "What is to be paid.",
    ("OwedView", "credits"): "Credit that is not allocated yet.",
    ("CreditNoteView", "reference"): "Number of the credit.",
    ("CreditNoteView", "issued_on"): "The day of the credit.",
    ("CreditNoteView", "amount"): "Its amount.",
    ("OwedView", "credits_total"): "Sum of the credits; empty when there are none.",
    ("OwedView", "late_interest"): "Late payment interest; empty unless it is charged.",
    ("OwedView", "interest_rate"): "Its rate; may be empty.",
    ("OwedView", "recovery_sum"): "Fixed sum for recovery costs; empty unless it is charged.",
    ("OwedView", "payment"): "How to pay; absent when no bank account is set.",
    ("ReminderView", "tone"): "`gentle`, `standard` or `firm`.",
    ("ReminderView", "pay_by"): "The day until which payment is asked for; may be empty.",
    ("ReminderView", "days_late"): "Days that the oldest document is late.",
    ("ReminderView", "previous_reminder_on"): "The day of the reminder before; may be empty.",
    ("StatementView", "total_late"): "What of it is late; empty when nothing is.",
    ("PaymentView", "amount"): "What came in.",
    ("PaymentView", "received_on"): "The day it came in.",
    ("PaymentView", "reference"): "What was quoted; may be empty.",
    ("PaymentView", "documents"): "The documents it was used for.",
    ("PaymentView", "on_account"): "What of it is left; empty when nothing is.",
    ("PlanView", "documents"): "The documents that the plan is about.",
    ("PlanView", "instalments"): "Its instalments.",
    ("InstalmentView", "number"): "1 for the first.",
    ("InstalmentView", "due_on"): "When it is due.",
    ("InstalmentView", "amount"): "Its amount.",
    ("InstalmentView", "is_paid"): "Whether it is paid.",
    ("PlanView", "total"): "Sum of the instalments.",
    ("PlanView", "reason"): "What was said about it; may be empty.",
    ("PlanView", "missed"): "The instalment that ended it; may be absent.",
    ("PlanView", "total_due"): "What is due at once now that it has ended; may be empty.",
    ("PlanView", "payment"): "How to pay; may be absent.",
    ("RequestView", "requested"): "The limit that was asked for.",
    ("RequestView", "granted"): "The limit that was given; may be empty.",
    ("RequestView", "current_limit"): "The limit of today; may be empty.",
    ("RequestView", "reason"): "What was said about it; may be empty.",
    ("DigestView", "sections"): "What staff should look at, by its kind.",
    ("DigestSection", "kind"): "What the section is about.",
    ("DigestSection", "entries"): "Its lines.",
    ("DigestEntry", "title"): "What a line is about.",
    ("DigestEntry", "detail"): "More about it; may be empty.",
    ("DigestEntry", "amount"): "An amount; may be empty.",
    ("DigestSection", "more"): "How many lines were left out.",
    ("DigestView", "total_late"): "What is late in total, for each currency.",
    ("TestView", "server"): "The mail server that is tried; may be empty.",
    ("TestView", "notes"): "Remarks.",
}
