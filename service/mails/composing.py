"""What views of all kinds share: who writes, what is due, how to pay. Pure; everything is written for one language."""

from __future__ import annotations

from datetime import date

from service.mails.epc import epc_content
from service.mails.formats import Formats
from service.mails.views import DocumentView, PaymentBlock, SenderView
from service.merchants.domain import BankAccount, EffectiveSettings, Shop
from service.receivables.domain import OpenItem

__all__ = ["document_view", "grouped", "payment_block", "sender_view"]


def sender_view(shop: Shop, settings: EffectiveSettings, *, merchant_name: str) -> SenderView:
    """Who writes for a shop."""
    mail = settings.mail
    return SenderView(
        name=mail.sender_name or shop.name,
        merchant_name=merchant_name,
        reply_to=mail.reply_to or mail.sender_address or "",
    )


def payment_block(
    account: BankAccount | None, *, amount_minor: int, currency: str, reference: str, formats: Formats
) -> PaymentBlock | None:
    """How to transfer an amount; None where no account is known, or nothing is to be paid."""
    if account is None or amount_minor <= 0:
        return None
    return PaymentBlock(
        holder=account.holder,
        iban=grouped(account.iban),
        bic=account.bic or "",
        reference=grouped(reference),
        amount=formats.money(amount_minor, currency),
        epc=epc_content(
            holder=account.holder,
            iban=account.iban,
            bic=account.bic or "",
            amount_minor=amount_minor,
            currency=currency,
            reference=reference,
        ),
    )


def document_view(item: OpenItem, *, today: date, formats: Formats) -> DocumentView:
    """A due document as it stands on a day."""
    return DocumentView(
        reference=item.document_ref,
        issued_on=formats.day(item.issued_on),
        due_on=formats.day(item.due_on),
        amount=formats.money(item.amount_minor, item.currency),
        open_amount=formats.money(item.open_minor, item.currency),
        days_late=item.days_past_due(today),
        is_late=item.is_overdue(today),
        is_partly_paid=item.open_minor < item.amount_minor,
        payment_reference=grouped(item.payment_reference),
    )


def grouped(number: str) -> str:
    """In groups of four, as IBANs and references are printed to be read."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
