"""SQL of statements: what of a company's documents and credits is open, as far as the caller may see it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.orm import aliased

from service.infra.statements import columns_of, reader_of
from service.infra.work import Work
from service.invoicing.domain import OpenCredit
from service.orders.models import OrderRow
from service.payments.domain import FundsKind
from service.payments.models import PaymentRow
from service.payments.repository import seen_notes, seen_payments
from service.receivables.domain import OpenItem
from service.receivables.models import CreditNoteRow, OpenItemRow

__all__ = ["read_open_credits", "read_open_items"]

_ITEM: Final = columns_of(OpenItem, OpenItemRow)
_item: Final = reader_of(OpenItem)


async def read_open_items(work: Work, company_id: UUID) -> list[OpenItem]:
    """In every currency; a shop's are its own."""
    query = select(*_ITEM).where(
        OpenItemRow.merchant_id == work.merchant_id, OpenItemRow.company_id == company_id, OpenItemRow.open_minor > 0
    )
    if work.caller.shop_id is not None:
        query = query.where(OpenItemRow.shop_id == work.caller.shop_id)
    return [_item(row) for row in await work.session.execute(query)]


async def read_open_credits(work: Work, company_id: UUID) -> list[OpenCredit]:
    """Money on account and credit notes that could settle something, as reminders count them: money that waits for an
    order is that order's."""
    payments = seen_payments(
        work,
        literal(FundsKind.PAYMENT.value),
        PaymentRow.id,
        PaymentRow.reference,
        PaymentRow.external_ref,
        PaymentRow.currency,
        PaymentRow.received_on,
        PaymentRow.unallocated_minor,
    ).where(PaymentRow.company_id == company_id, PaymentRow.unallocated_minor > 0, PaymentRow.order_id.is_(None))
    order = aliased(OrderRow)
    order_ref = (
        select(order.ref)
        .where(order.merchant_id == CreditNoteRow.merchant_id, order.id == CreditNoteRow.order_id)
        .scalar_subquery()
    )
    notes = seen_notes(
        work,
        literal(FundsKind.CREDIT_NOTE.value),
        CreditNoteRow.id,
        order_ref,
        literal(None),
        CreditNoteRow.currency,
        CreditNoteRow.issued_on,
        CreditNoteRow.unallocated_minor,
    ).where(CreditNoteRow.company_id == company_id, CreditNoteRow.unallocated_minor > 0)
    return [
        OpenCredit(
            id=credit_id,
            kind=FundsKind(kind),
            reference=reference or external_ref or "",
            currency=currency,
            given_on=given_on,
            left_minor=left_minor,
        )
        for query in (payments, notes)
        for kind, credit_id, reference, external_ref, currency, given_on, left_minor in await work.session.execute(
            query
        )
    ]
