"""What tests of statements share: documents, credits and sheets as they are made without a database."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from pypdf import PdfReader

from service.companies.domain import Company, VatStanding
from service.companies.vat import VatStatus
from service.core.ids import CompanyId
from service.invoicing.domain import OpenCredit, Statement, state_each
from service.invoicing.sheet import Sheet
from service.mails.views import SenderView
from service.merchants.domain import BankAccount
from service.payments.domain import FundsKind
from service.receivables.domain import OpenItem

TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 9, tzinfo=UTC)
ACCOUNT = BankAccount("Dupont Négoce SAS", "FR7630006000011234567890189", "AGRIFRPP")


def item(number: int, *, days_late: int = 0, amount: int = 10_000, paid: int = 0, **more: Any) -> OpenItem:
    """A document; with less than no days late it is due so many days from now."""
    due_on = TODAY - timedelta(days=days_late)
    given: dict[str, Any] = {
        "currency": "EUR",
        "document_ref": f"PS-{number}",
        "issued_on": due_on - timedelta(days=30),
    }
    return OpenItem(
        id=UUID(int=number),
        line_id=UUID(int=1),
        company_id=UUID(int=2),
        shop_id=UUID(int=3),
        order_id=None,
        payment_number=1_000_000 + number,
        amount_minor=amount,
        allocated_minor=paid,
        credited_minor=0,
        written_off_minor=0,
        line_amount_minor=amount,
        line_open_minor=amount - paid,
        due_on=due_on,
        original_due_on=due_on,
        **given | more,
    )


def credit(amount: int, **more: Any) -> OpenCredit:
    """Money on account, unless said otherwise."""
    given: dict[str, Any] = {"kind": FundsKind.PAYMENT, "currency": "EUR", "reference": "", "given_on": TODAY}
    return OpenCredit(id=UUID(int=9), left_minor=amount, **given | more)


def state(items: list[OpenItem], credits_left: list[OpenCredit] | None = None, **more: Any) -> tuple[Statement, ...]:
    return state_each(items, credits_left or [], on=TODAY, home_currency="EUR", **more)


def sheet(
    statements: tuple[Statement, ...], *, language: str = "en", name: str = "Martin & Fils", **more: Any
) -> Sheet:
    company = Company(
        id=CompanyId(UUID(int=2)),
        legal_name=name,
        country="FR",
        language=language,
        vat=VatStanding(number=None, status=VatStatus.ABSENT),
        created_at=NOW,
        updated_at=NOW,
        **more,
    )
    return Sheet(
        sender=SenderView(name="Main shop", merchant_name="Dupont Négoce", reply_to="accounts@dupont.example"),
        account=ACCOUNT,
        company=company,
        reference="C-1042",
        home_language="fr",
        statements=statements,
        made_at=NOW,
    )


def pages_of(pdf: bytes) -> list[str]:
    """What each page says, with plain spaces and without places where words may break."""
    reader = PdfReader(io.BytesIO(pdf), strict=True)
    plain = str.maketrans({"\u202f": " ", "\xa0": " ", "\u200b": None})
    return [page.extract_text().translate(plain) for page in reader.pages]
