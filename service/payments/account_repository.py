"""SQL of a company's account: what each figure adds up to, all read at one instant."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Select, case, cast, func, literal, select, union_all

from service.credit.models import CreditLineRow, HoldRow
from service.infra.work import Work
from service.ledger.models import BalanceRow
from service.merchants.models import ShopRow
from service.orders.models import OrderRow
from service.payments.account import DUE_SOON_DAYS, Bucket, CurrencyTotal, Figure, LineSums
from service.payments.models import PaymentRow
from service.payments.repository import seen_notes, seen_payments
from service.receivables.domain import AgingBucket
from service.receivables.models import CreditNoteRow, OpenItemRow

__all__ = ["read_line_sums", "read_totals"]

_DUE_SOON: Final = "due_soon"
_Parts = Select[*tuple[Any, ...]]
_KEPT: Final = {
    "held": BalanceRow.held_minor,
    "uninvoiced": BalanceRow.uninvoiced_minor,
    "receivable": BalanceRow.receivable_minor,
    "on_account": BalanceRow.on_account_minor,
    "credit_notes": BalanceRow.credit_notes_minor,
}


async def read_line_sums(work: Work, company_id: UUID) -> dict[UUID, LineSums]:
    """By credit line. One statement, so that the figures cannot belong to different moments."""
    parts = (
        *(_kept(work, company_id, account) for account in _KEPT),
        _held(work, company_id),
        _uninvoiced(work, company_id),
        _open_items(work, company_id),
        _due_soon(work, company_id),
        _on_account(work, company_id),
        _credit_notes(work, company_id),
    )
    every = union_all(*parts).subquery()
    rows = await work.session.execute(
        select(every.c.line_id, every.c.part, func.sum(every.c.amount), func.count()).group_by(
            every.c.line_id, every.c.part
        )
    )
    sums: dict[UUID, LineSums] = {}
    for line_id, part, amount, count in rows:
        line = sums.setdefault(line_id, LineSums(kept={}, figures={}))
        if part.startswith("kept:"):
            line.kept[part.removeprefix("kept:")] = int(amount)
        elif part == _DUE_SOON:
            line.due_soon = Figure(int(amount), count)
        else:
            line.figures[Bucket(part)] = Figure(int(amount), count)
    return sums


def _part(work: Work, table: Any, company_id: UUID, *, part: Any, amount: Any) -> _Parts:
    return select(table.line_id.label("line_id"), part.label("part"), amount.label("amount")).where(
        table.merchant_id == work.merchant_id, table.company_id == company_id
    )


def _of_shop(work: Work, query: _Parts, shop_id: Any) -> _Parts:
    return query if work.caller.shop_id is None else query.where(shop_id == work.caller.shop_id)


def _kept(work: Work, company_id: UUID, account: str) -> _Parts:
    return (
        select(
            BalanceRow.line_id.label("line_id"),
            literal(f"kept:{account}").label("part"),
            _KEPT[account].label("amount"),
        )
        .join(
            CreditLineRow,
            (CreditLineRow.merchant_id == BalanceRow.merchant_id) & (CreditLineRow.id == BalanceRow.line_id),
        )
        .where(BalanceRow.merchant_id == work.merchant_id, CreditLineRow.company_id == company_id)
    )


def _held(work: Work, company_id: UUID) -> _Parts:
    amount = HoldRow.line_amount_minor - HoldRow.line_captured_minor - HoldRow.line_released_minor
    query = _part(work, HoldRow, company_id, part=literal(Bucket.HELD), amount=amount).where(
        HoldRow.status == "pending"
    )
    return _of_shop(work, query, HoldRow.shop_id)


def _uninvoiced(work: Work, company_id: UUID) -> _Parts:
    query = _part(work, OrderRow, company_id, part=literal(Bucket.UNINVOICED), amount=OrderRow.line_billed_minor).where(
        OrderRow.status == "uninvoiced"
    )
    return _of_shop(work, query, OrderRow.shop_id)


def _open_items(work: Work, company_id: UUID) -> _Parts:
    days = cast(func.timezone(ShopRow.time_zone, work.now), Date) - OpenItemRow.due_on
    late = [(days >= aging.days[0], literal(Bucket.of_aging(aging))) for aging in reversed(AgingBucket)]
    part = case(*late, else_=literal(Bucket.NOT_DUE))
    query = (
        _part(work, OpenItemRow, company_id, part=part, amount=OpenItemRow.line_open_minor)
        .join(ShopRow, (ShopRow.merchant_id == OpenItemRow.merchant_id) & (ShopRow.id == OpenItemRow.shop_id))
        .where(OpenItemRow.open_minor > 0)
    )
    return _of_shop(work, query, OpenItemRow.shop_id)


def _due_soon(work: Work, company_id: UUID) -> _Parts:
    days_left = OpenItemRow.due_on - cast(func.timezone(ShopRow.time_zone, work.now), Date)
    query = (
        _part(work, OpenItemRow, company_id, part=literal(_DUE_SOON), amount=OpenItemRow.line_open_minor)
        .join(ShopRow, (ShopRow.merchant_id == OpenItemRow.merchant_id) & (ShopRow.id == OpenItemRow.shop_id))
        .where(OpenItemRow.open_minor > 0, days_left.between(0, DUE_SOON_DAYS))
    )
    return _of_shop(work, query, OpenItemRow.shop_id)


def _on_account(work: Work, company_id: UUID) -> _Parts:
    amount = PaymentRow.line_unallocated_minor.label("amount")
    part = literal(Bucket.ON_ACCOUNT).label("part")
    return seen_payments(work, PaymentRow.line_id.label("line_id"), part, amount).where(
        PaymentRow.company_id == company_id, PaymentRow.unallocated_minor > 0
    )


def _credit_notes(work: Work, company_id: UUID) -> _Parts:
    amount = CreditNoteRow.line_unallocated_minor.label("amount")
    part = literal(Bucket.CREDIT_NOTES).label("part")
    return seen_notes(work, CreditNoteRow.line_id.label("line_id"), part, amount).where(
        CreditNoteRow.company_id == company_id, CreditNoteRow.unallocated_minor > 0
    )


async def read_totals(work: Work, company_id: UUID) -> list[CurrencyTotal]:
    """By currency of the documents: what was paid, what is still to come, and the latest that a document is or was."""
    paid = seen_payments(
        work,
        PaymentRow.currency.label("currency"),
        (PaymentRow.amount_minor - PaymentRow.refunded_minor).label("paid"),
        literal(0).label("expected"),
        literal(0).label("days_late"),
    ).where(PaymentRow.company_id == company_id, PaymentRow.status == "received")
    today = cast(func.timezone(ShopRow.time_zone, work.now), Date)
    items = (
        select(
            OpenItemRow.currency,
            literal(0),
            OpenItemRow.open_minor,
            func.coalesce(OpenItemRow.settled_on, today) - OpenItemRow.due_on,
        )
        .join(ShopRow, (ShopRow.merchant_id == OpenItemRow.merchant_id) & (ShopRow.id == OpenItemRow.shop_id))
        .where(OpenItemRow.merchant_id == work.merchant_id, OpenItemRow.company_id == company_id)
    )
    every = union_all(paid, _of_shop(work, items, OpenItemRow.shop_id)).subquery()
    rows = await work.session.execute(
        select(every.c.currency, func.sum(every.c.paid), func.sum(every.c.expected), func.max(every.c.days_late))
        .group_by(every.c.currency)
        .order_by(every.c.currency)
    )
    return [
        CurrencyTotal(
            currency=currency, paid_minor=int(paid), expected_minor=int(expected), max_days_late=max(0, days_late)
        )
        for currency, paid, expected, days_late in rows
    ]
