"""SQL of open items."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Date, Integer, Select, Uuid, and_, any_, bindparam, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.infra.statements import Statement, columns_of, insert_of, reader_of, save_of, values_of
from service.infra.work import Work
from service.merchants.models import ShopRow
from service.receivables.domain import CreditNote, ItemFilter, OpenItem
from service.receivables.models import PAYMENT_NUMBERS, CreditNoteRow, OpenItemRow

__all__ = [
    "find_item", "find_item_of_order", "insert_credit_note", "insert_item", "list_items", "narrowed", "next_item_to_flag",
    "open_items_of_company", "open_items_of_order", "read_days", "read_item_of_order", "read_items", "save_item",
    "take_payment_numbers", "update_item",
]  # fmt: skip

_ITEM: Final = columns_of(OpenItem, OpenItemRow)
_item: Final = reader_of(OpenItem)
_KNOWN: Final = select(*_ITEM).where(OpenItemRow.merchant_id == bindparam("merchant_id"))


def _items(work: Work) -> Select[Any]:
    """All items of the merchant that the caller may see: a shop sees its own."""
    query = select(*_ITEM).where(OpenItemRow.merchant_id == work.merchant_id)
    return query if work.caller.shop_id is None else query.where(OpenItemRow.shop_id == work.caller.shop_id)


_TAKE_NUMBERS: Final = Statement(
    select(PAYMENT_NUMBERS.next_value()).select_from(func.generate_series(1, bindparam("count", type_=Integer)))
)


async def take_payment_numbers(work: Work, count: int) -> list[int]:
    """Fresh numbers for the payment references of some documents."""
    return [number for (number,) in await _TAKE_NUMBERS.rows(work.session, count=count)]


_INSERT: Final = insert_of(OpenItem, OpenItemRow, "merchant_id", "created_at", "next_look_at")
_SAVE: Final = save_of(OpenItem, OpenItemRow, "next_look_at")

# Every change of an item asks the reminders to look at it at once: who writes an item goes through these three.


async def insert_item(work: Work, item: OpenItem) -> None:
    await _INSERT.execute(
        work.session, merchant_id=work.merchant_id, created_at=work.now, next_look_at=work.now, **values_of(item)
    )


async def save_item(work: Work, item: OpenItem) -> None:
    """Write the item back. The line's lock is what keeps two writers apart."""
    await _SAVE.execute(work.session, merchant_id=work.merchant_id, next_look_at=work.now, **values_of(item))


async def update_item(work: Work, item_id: UUID, **values: Any) -> None:
    await work.session.execute(
        update(OpenItemRow)
        .where(OpenItemRow.merchant_id == work.merchant_id, OpenItemRow.id == item_id)
        .values(version=OpenItemRow.version + 1, next_look_at=work.now, **values)
    )


async def find_item(work: Work, item_id: UUID) -> OpenItem | None:
    row = (await work.session.execute(_items(work).where(OpenItemRow.id == item_id))).one_or_none()
    return _item(row) if row else None


async def find_item_of_order(work: Work, order_id: UUID) -> OpenItem | None:
    return (await open_items_of_order(work, [order_id])).get(order_id)


_READ: Final = Statement(_KNOWN.where(OpenItemRow.id == any_(bindparam("item_ids", type_=ARRAY(Uuid)))))
_READ_OF_ORDER: Final = Statement(_KNOWN.where(OpenItemRow.order_id == bindparam("order_id")))
_FIND_OF_ORDERS: Final = Statement(
    _KNOWN.where(
        OpenItemRow.order_id == any_(bindparam("order_ids", type_=ARRAY(Uuid))),
        or_(bindparam("asking_shop_id", type_=Uuid).is_(None), OpenItemRow.shop_id == bindparam("asking_shop_id")),
    )
)
_OPEN_OF_COMPANY: Final = Statement(
    _KNOWN.where(
        OpenItemRow.company_id == bindparam("company_id"),
        OpenItemRow.currency == bindparam("currency"),
        OpenItemRow.open_minor > 0,
    ).order_by(OpenItemRow.due_on, OpenItemRow.issued_on, OpenItemRow.id)
)


async def read_items(work: Work, item_ids: Iterable[UUID]) -> dict[UUID, OpenItem]:
    """Items that are known to exist, whoever asks: money settles items of several shops. Lock their lines first."""
    rows = await _READ.rows(work.session, merchant_id=work.merchant_id, item_ids=list(item_ids))
    return {item.id: item for item in map(_item, rows)}


async def read_item_of_order(work: Work, order_id: UUID) -> OpenItem | None:
    """As `find_item_of_order`, whoever asks."""
    row = await _READ_OF_ORDER.row(work.session, merchant_id=work.merchant_id, order_id=order_id)
    return _item(row) if row else None


async def open_items_of_order(work: Work, order_ids: Iterable[UUID]) -> dict[UUID, OpenItem]:
    """The items of some orders, by order."""
    rows = await _FIND_OF_ORDERS.rows(
        work.session,
        merchant_id=work.merchant_id,
        order_ids=list(order_ids),
        asking_shop_id=work.caller.shop_id,
    )
    return {item.order_id: item for item in map(_item, rows) if item.order_id is not None}


async def open_items_of_company(work: Work, *, company_id: UUID, currency: str) -> list[OpenItem]:
    """What the company still owes the merchant in a currency, oldest due date first, then oldest document (S37)."""
    rows = await _OPEN_OF_COMPANY.rows(
        work.session, merchant_id=work.merchant_id, company_id=company_id, currency=currency
    )
    return [_item(row) for row in rows]


def _day_in(time_zone: Any, now: datetime) -> Any:
    """The day where a shop is: due dates are days there."""
    return cast(func.timezone(time_zone, now), Date)


async def read_days(work: Work) -> dict[UUID, date]:
    """Which day it is at each of the merchant's shops."""
    rows = await work.session.execute(
        select(ShopRow.id, _day_in(ShopRow.time_zone, work.now).label("today")).where(
            ShopRow.merchant_id == work.merchant_id
        )
    )
    return {row.id: row.today for row in rows}


async def list_items(work: Work, wanted: ItemFilter, *, before: UUID | None, limit: int) -> list[OpenItem]:
    """Newest first."""
    query = narrowed(work, _items(work), wanted)
    if before is not None:
        query = query.where(OpenItemRow.id < before)
    return [_item(row) for row in await work.session.execute(query.order_by(OpenItemRow.id.desc()).limit(limit))]


def narrowed(work: Work, query: Select[Any], wanted: ItemFilter) -> Select[Any]:
    """The query with the conditions of a filter, so that lists and the sums over them cannot differ."""
    if wanted.company_id is not None:
        query = query.where(OpenItemRow.company_id == wanted.company_id)
    if wanted.line_id is not None:
        query = query.where(OpenItemRow.line_id == wanted.line_id)
    if wanted.document_ref is not None:
        query = query.where(OpenItemRow.document_ref == wanted.document_ref)
    if wanted.is_open is not None:
        query = query.where(OpenItemRow.open_minor > 0 if wanted.is_open else OpenItemRow.open_minor == 0)
    if wanted.is_disputed is not None:
        disputed = OpenItemRow.disputed_at.is_not(None)
        query = query.where(disputed if wanted.is_disputed else ~disputed)
    if wanted.is_overdue is None and wanted.aging is None and wanted.due_within_days is None:
        return query
    today = _day_in(ShopRow.time_zone, work.now)
    query = query.join(ShopRow, (ShopRow.merchant_id == OpenItemRow.merchant_id) & (ShopRow.id == OpenItemRow.shop_id))
    if wanted.is_overdue is not None:
        overdue = and_(OpenItemRow.open_minor > 0, OpenItemRow.due_on < today)
        query = query.where(overdue if wanted.is_overdue else ~overdue)
    if wanted.due_within_days is not None:
        days_left = OpenItemRow.due_on - today
        query = query.where(OpenItemRow.open_minor > 0, days_left.between(0, wanted.due_within_days))
    if wanted.aging is not None:
        first, last = wanted.aging.days
        query = query.where(OpenItemRow.open_minor > 0, today - OpenItemRow.due_on >= first)
        if last is not None:
            query = query.where(today - OpenItemRow.due_on <= last)
    return query


async def next_item_to_flag(session: AsyncSession, *, now: datetime) -> tuple[UUID, UUID] | None:
    """Merchant and id of one open item whose due date is over where its shop is, and that nobody was told of."""
    row = (
        await session.execute(
            select(OpenItemRow.merchant_id, OpenItemRow.id)
            .join(ShopRow, (ShopRow.merchant_id == OpenItemRow.merchant_id) & (ShopRow.id == OpenItemRow.shop_id))
            .where(
                OpenItemRow.open_minor > 0,
                OpenItemRow.overdue_flagged_on.is_(None),
                # Nowhere is it later than tomorrow: this is what the index can use.
                OpenItemRow.due_on <= now.date(),
                OpenItemRow.due_on < _day_in(ShopRow.time_zone, now),
            )
            .order_by(OpenItemRow.due_on)
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.id) if row else None


_INSERT_NOTE: Final = insert_of(CreditNote, CreditNoteRow, "merchant_id", "created_at")


async def insert_credit_note(work: Work, note: CreditNote) -> None:
    await _INSERT_NOTE.execute(work.session, merchant_id=work.merchant_id, created_at=work.now, **values_of(note))
