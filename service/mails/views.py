"""What the texts of mails are given: words, amounts and dates as people of their language read them, and nothing else.

Money and days are made by `formats.Formats`, so that a template formats nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CompanyView", "CreditLineView", "CreditNoteView", "CreditView", "DigestEntry", "DigestSection", "DigestView",
    "DocumentView", "InstalmentView", "MailView", "OrderView", "OwedView", "PaymentBlock", "PaymentView", "PlanView", "ReminderView",
    "RequestView", "SenderView", "StatementView", "TestView",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderView:
    """Who writes: the shop by its name, the merchant behind it, and where answers go."""

    name: str
    merchant_name: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyView:
    """Who is written to."""

    name: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentBlock:
    """How to pay. `iban` is in groups of four; `amount` and `reference` are what the transfer should carry.

    `epc` is the content of the EPC code, empty where there can be none (another currency than the euro).
    """

    holder: str
    iban: str
    bic: str
    reference: str
    amount: str
    epc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """A due document. `open_amount` is what is left of `amount`."""

    reference: str
    issued_on: str
    due_on: str
    amount: str
    open_amount: str
    days_late: int = 0
    is_late: bool = False
    is_partly_paid: bool = False
    payment_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteView:
    """Money or credit of the company that is not allocated yet."""

    reference: str
    issued_on: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """What every mail knows. `today` is the day in the shop's zone on which it is written.

    `portal_url` is put in when it goes out; it opens the company's account to whoever has it. `attachments` are names of
    files.
    """

    sender: SenderView
    company: CompanyView
    today: str
    portal_url: str = ""
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView(MailView):
    """An order that was accepted, or whose due date has been fixed."""

    order_reference: str
    purchase_order: str
    placed_on: str
    amount: str
    terms: str
    due_on: str
    due_is_estimate: bool
    payment: PaymentBlock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineView:
    """A credit line. `limit` and `available` are empty when it is unlimited; `shop` is empty where all shops share it."""

    currency: str
    shop: str
    is_unlimited: bool
    is_frozen: bool
    limit: str
    used: str
    available: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditView(MailView):
    """What a company may order on terms."""

    lines: tuple[CreditLineView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedView(MailView):
    """Documents with what is to be paid for them.

    `more` says how many documents are not listed, empty when all are. `total_open` is the sum of all documents,
    `credits_total` of the credits (empty when there are none), `total_due` what is to be paid. Late interest and the fixed recovery sum are empty unless they are charged; then `total_due` holds them.
    """

    documents: tuple[DocumentView, ...]
    total_open: str
    total_due: str
    more: str = ""
    credits: tuple[CreditNoteView, ...] = ()
    credits_total: str = ""
    late_interest: str = ""
    interest_rate: str = ""
    recovery_sum: str = ""
    payment: PaymentBlock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderView(OwedView):
    """What is owed, before the due date or after it. `tone` is `gentle`, `standard` or `firm`.

    `pay_by` is the day until which payment is asked for, `days_late` how late the oldest document is.
    """

    tone: str
    pay_by: str = ""
    days_late: int = 0
    previous_reminder_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView(OwedView):
    """All that is open, due or not. `total_late` is what of it is past its due date, empty when nothing is."""

    total_late: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView(MailView):
    """Money that came in: what it settled and what of it is on account (empty when nothing is)."""

    amount: str
    received_on: str
    reference: str
    documents: tuple[DocumentView, ...]
    on_account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentView:
    """One part of a plan."""

    number: int
    due_on: str
    amount: str
    is_paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView(MailView):
    """A payment plan. `reason` is what was said when it was refused; `missed` the instalment that broke it."""

    documents: tuple[DocumentView, ...]
    instalments: tuple[InstalmentView, ...]
    total: str
    reason: str = ""
    missed: InstalmentView | None = None
    total_due: str = ""
    payment: PaymentBlock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView(MailView):
    """A company's wish for more credit and its outcome."""

    requested: str
    granted: str = ""
    current_limit: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestEntry:
    """One line of the digest."""

    title: str
    detail: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSection:
    """`kind` picks the heading: `newly_late`, `broken_promises`, `frozen`, `failed_mails`, `unknown_mails`,
    `undeliverable`, `unreached`, `missing_rate`, `to_decide`, `mail_server`. `more` is how many lines were left out."""

    kind: str
    entries: tuple[DigestEntry, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView(MailView):
    """What staff should look at this morning."""

    sections: tuple[DigestSection, ...]
    total_late: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestView(MailView):
    """Nothing but the proof that mail leaves."""

    server: str = ""
    notes: tuple[str, ...] = ()
