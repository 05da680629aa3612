"""Bodies about statements."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from service.core.money import format_amount
from service.infra.schemas import AmountText, Code, CurrencyCode, Day, Schema
from service.invoicing.domain import MOST_DOCUMENTS, CompanyStatements, OpenCredit, Statement
from service.mails.schemas import MailAddress, MailOut
from service.payments.domain import FundsKind
from service.receivables.domain import OpenItem

__all__ = ["SendStatementIn", "StatementMailsOut", "StatementOut", "StatementsOut"]


class StatementDocumentOut(Schema):
    """A document of which something is open."""

    open_item_id: UUID
    document: str
    issued_on: Day
    due_on: Day
    amount: AmountText
    open_amount: AmountText
    days_late: int = Field(description="0 when it is not late: due today is not late.")
    disputed: bool
    payment_reference: str = Field(description="Its own structured reference (ISO 11649).")

    @classmethod
    def of(cls, item: OpenItem, *, on: date) -> StatementDocumentOut:
        return cls(
            open_item_id=item.id,
            document=item.document_ref,
            issued_on=item.issued_on,
            due_on=item.due_on,
            amount=format_amount(item.amount_minor, item.currency),
            open_amount=format_amount(item.open_minor, item.currency),
            days_late=item.days_past_due(on),
            disputed=item.disputed_at is not None,
            payment_reference=item.payment_reference,
        )


class StatementCreditOut(Schema):
    """Money on account or a credit note of which something is left."""

    kind: FundsKind
    id: UUID = Field(description="Id of the payment or the credit note.")
    reference: str
    given_on: Day
    amount: AmountText = Field(description="What is left of it.")

    @classmethod
    def of(cls, credit: OpenCredit) -> StatementCreditOut:
        return cls(
            kind=credit.kind,
            id=credit.id,
            reference=credit.reference,
            given_on=credit.given_on,
            amount=format_amount(credit.left_minor, credit.currency),
        )


class AgingOut(Schema):
    """What is open by how late it is; together `total_open`. Each document is in exactly one part."""

    not_due: AmountText
    overdue_0_30: AmountText
    overdue_31_60: AmountText
    overdue_61_90: AmountText
    overdue_90: AmountText = Field(description="More than 90 days past due.")


class StatementOut(Schema):
    """What is open in one currency."""

    currency: CurrencyCode
    documents: list[StatementDocumentOut] = Field(
        description=f"Oldest due date first; the first {MOST_DOCUMENTS}, if there are more."
    )
    further_documents: int = Field(description="How many are not listed.")
    further_open: AmountText = Field(description="What is open on those.")
    total_open: AmountText = Field(description="Of all documents.")
    total_late: AmountText
    aging: AgingOut
    credits: list[StatementCreditOut]
    total_credits: AmountText
    balance: AmountText = Field(description="`total_open` less `total_credits`; negative: in the company's favour.")
    total_due: AmountText = Field(description="What would settle everything: the balance, never below zero.")
    payment_reference: str | None = Field(description="What to quote when it is paid at once; null: nothing is open.")

    @classmethod
    def of(cls, statement: Statement) -> StatementOut:
        def shown(amount_minor: int) -> str:
            return format_amount(amount_minor, statement.currency)

        unlisted = statement.unlisted
        return cls(
            currency=statement.currency,
            documents=[StatementDocumentOut.of(item, on=statement.on) for item in statement.listed],
            further_documents=len(unlisted),
            further_open=shown(sum(item.open_minor for item in unlisted)),
            total_open=shown(statement.open_minor),
            total_late=shown(statement.late_minor),
            aging=AgingOut(**{bucket.value: shown(amount) for bucket, amount in statement.aging().items()}),
            credits=[StatementCreditOut.of(credit) for credit in statement.credits],
            total_credits=shown(statement.credit_minor),
            balance=shown(statement.balance_minor),
            total_due=shown(statement.due_minor),
            payment_reference=statement.payment_reference or None,
        )


class StatementsOut(Schema):
    """All that is open between a company and one shop, or all shops of the merchant."""

    company_id: UUID
    company: str = Field(description="Its legal name.")
    shop: Code | None = Field(description="Whose documents these are; null: all shops'.")
    as_of: Day = Field(description="The day where the shop is, or the merchant.")
    statements: list[StatementOut] = Field(
        description="One for each currency in which something is open; an empty one when nothing is."
    )

    @classmethod
    def of(cls, stated: CompanyStatements) -> StatementsOut:
        return cls(
            company_id=stated.company.id,
            company=stated.company.legal_name,
            shop=None if stated.shop is None else stated.shop.code,
            as_of=stated.on,
            statements=[StatementOut.of(each) for each in stated.statements],
        )


class SendStatementIn(Schema):
    """To whom, the company's own addresses unless some are given; and of which currency, all unless one is."""

    recipients: Annotated[list[MailAddress], Field(max_length=5)] = Field(default_factory=list)
    currency: CurrencyCode | None = None


class StatementMailsOut(Schema):
    """The mails that are on their way, one for each currency; the log of mails says what becomes of them."""

    items: list[MailOut]
