"""What a statement's PDF says, ready to be set: texts, amounts and days in one language, and nothing that is markup. Pure.

The layout is `statement.typ`; it prints these texts and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from babel import Locale

from service.companies.domain import Address, AddressKind, Company
from service.invoicing.domain import OpenCredit, Statement
from service.invoicing.words import WORDS, Words
from service.mails.composing import grouped, payment_block
from service.mails.epc import draw_vector_code
from service.mails.formats import Formats, formats_for, known_language
from service.mails.views import PaymentBlock, SenderView
from service.merchants.domain import BankAccount
from service.payments.domain import FundsKind
from service.receivables.domain import OpenItem

__all__ = ["Sheet", "describe_sheet"]

# A reference without a space is broken where the line ends, once it is longer than this.
_UNBROKEN: Final = re.compile(r"\S{25,}")
_MAY_BREAK: Final = "\u200b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A company's statements, who states them, and for whom: read in a transaction, drawn after it.

    `reference` is what the company is called where it is stated, or empty; `made_at` is written into the file.
    """

    sender: SenderView
    account: BankAccount | None
    company: Company
    reference: str
    home_language: str
    statements: tuple[Statement, ...]
    made_at: datetime

    @property
    def on(self) -> date:
        return self.statements[0].on

    @property
    def language(self) -> str:
        """The company's, else the shop's, else English."""
        return known_language(self.company.language, self.home_language)

    @property
    def formats(self) -> Formats:
        """Those of the company's region, where its language is one that statements are written in."""
        own = self.company.language
        return formats_for(own if own[:2].lower() == self.language else self.language)

    @property
    def filename(self) -> str:
        """In the company's language, with the day: `Kontoauszug-2026-03-31.pdf`."""
        return f"{WORDS[self.language].filename}-{self.on.isoformat()}.pdf"


def describe_sheet(sheet: Sheet) -> dict[str, Any]:
    """The sheet as JSON values."""
    words, formats = WORDS[sheet.language], sheet.formats
    day = formats.day(sheet.on)
    return {
        "language": sheet.language,
        "words": asdict(words),
        "title": words.title,
        "as_of": words.as_of.replace("{day}", day),
        "sender": _text(sheet.sender.name),
        "merchant": _text(sheet.sender.merchant_name),
        "reply_to": _text(sheet.sender.reply_to),
        "company": _text(sheet.company.legal_name),
        "address": _address(sheet.company, language=sheet.language),
        "reference": _text(sheet.reference),
        "statements": [_statement(each, sheet.account, words=words, formats=formats) for each in sheet.statements],
    }


def _statement(statement: Statement, account: BankAccount | None, *, words: Words, formats: Formats) -> dict[str, Any]:
    def money(amount_minor: int) -> str:
        return formats.money(amount_minor, statement.currency)

    rest = statement.unlisted
    payment = payment_block(
        account,
        amount_minor=statement.due_minor,
        currency=statement.currency,
        reference=statement.payment_reference,
        formats=formats,
    )
    return {
        "currency": statement.currency,
        "documents": [_document(item, on=statement.on, words=words, formats=formats) for item in statement.listed],
        "rest": formats.plural(len(rest), words.one_more, words.more) if rest else "",
        "rest_amount": money(sum(item.open_minor for item in rest)),
        "total_open": money(statement.open_minor),
        "credits": [_credit(credit, words=words, formats=formats) for credit in statement.credits],
        "total_credits": money(-statement.credit_minor),
        "balance": money(abs(statement.balance_minor)),
        "is_in_favour": statement.balance_minor < 0,
        "aging": [
            {"title": getattr(words, bucket.value), "amount": money(amount), "is_late": bool(index and amount)}
            for index, (bucket, amount) in enumerate(statement.aging().items())
        ],
        "payment": None if payment is None else _payment(payment),
    }


def _document(item: OpenItem, *, on: date, words: Words, formats: Formats) -> dict[str, Any]:
    days = item.days_past_due(on)
    return {
        "reference": _text(item.document_ref),
        "payment_reference": grouped(item.payment_reference),
        "issued_on": formats.day(item.issued_on),
        "due_on": formats.day(item.due_on),
        "late": formats.plural(days, words.day_late, words.days_late) if days else "",
        "is_disputed": item.disputed_at is not None,
        "amount": formats.money(item.amount_minor, item.currency),
        "open_amount": formats.money(item.open_minor, item.currency),
    }


def _credit(credit: OpenCredit, *, words: Words, formats: Formats) -> dict[str, str]:
    return {
        "title": words.payment if credit.kind is FundsKind.PAYMENT else words.credit_note,
        "reference": _text(credit.reference),
        "given_on": formats.day(credit.given_on),
        "amount": formats.money(-credit.left_minor, credit.currency),
    }


def _payment(payment: PaymentBlock) -> dict[str, str]:
    return {
        "holder": _text(payment.holder),
        "iban": payment.iban,
        "bic": payment.bic,
        "reference": payment.reference,
        "amount": payment.amount,
        "code": draw_vector_code(payment.epc) if payment.epc else "",
    }


def _address(company: Company, *, language: str) -> list[str]:
    """Where its invoices go, else its seat; without a person's name. Empty when neither is known."""
    by_kind = {each.kind: each for each in reversed(company.addresses)}
    address = by_kind.get(AddressKind.BILLING) or by_kind.get(AddressKind.SEAT)
    return [] if address is None else [_text(line) for line in _lines(address, language=language) if line]


def _lines(address: Address, *, language: str) -> Sequence[str | None]:
    town = " ".join(part for part in (address.postcode, address.city) if part)
    country = Locale.parse(language).territories.get(address.country, address.country)
    return address.line1, address.line2, town, address.region, country


def _text(text: str) -> str:
    """One line of what people typed, with what cannot be seen left out, and places where a long word may break."""
    line = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return _UNBROKEN.sub(lambda match: _MAY_BREAK.join(match[0]), line)
