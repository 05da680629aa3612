"""SQL of credit lines and holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.companies.models import CompanyGroupRow, CompanyRow
from service.core.ids import new_id
from service.credit.limits import GroupLimit
from service.credit.lines import CreditLine, Hold, HoldFilter
from service.credit.models import CreditLineRow, HoldRow
from service.infra.statements import Statement, columns_of, insert_of, reader_of, values_of
from service.infra.work import Work
from service.ledger.errors import LineUnknown
from service.ledger.repository import insert_balances
from service.merchants.models import MerchantRow
from service.receivables.models import OpenItemRow

__all__ = [
    "find_line", "find_lines", "insert_hold", "insert_line", "list_holds", "mark_attached", "next_expired_hold", "note_items",
    "read_agreement", "read_currencies", "read_group_limits", "read_groups", "read_hold", "read_line", "read_overdue",
    "save_hold_amounts", "update_hold", "update_line",
]  # fmt: skip


_GROUP_LIMITS: Final = Statement(
    select(
        CompanyGroupRow.code, CompanyGroupRow.limit_kind, CompanyGroupRow.limit_minor, CompanyGroupRow.limit_currency
    ).where(CompanyGroupRow.merchant_id == bindparam("merchant_id"), CompanyGroupRow.limit_kind.is_not(None))
)


async def read_group_limits(work: Work) -> list[GroupLimit]:
    """The limits of the merchant's groups; a group without one is left out."""
    rows = await _GROUP_LIMITS.rows(work.session, merchant_id=work.merchant_id)
    return [GroupLimit(*row) for row in rows]


async def insert_line(work: Work, *, company_id: UUID, shop_id: UUID | None, currency: str) -> UUID | None:
    """A new line with zero balances, or None when another transaction opened the same one first."""
    line_id = new_id()
    # The balances come first because the line points at them; a lost race leaves a row of zeros to be rolled back.
    async with work.session.begin_nested() as savepoint:
        await insert_balances(work.session, merchant_id=work.merchant_id, line_id=line_id, currency=currency)
        inserted = await work.session.execute(
            insert(CreditLineRow)
            .values(
                merchant_id=work.merchant_id,
                id=line_id,
                company_id=company_id,
                shop_id=shop_id,
                currency=currency,
                created_at=work.now,
            )
            .on_conflict_do_nothing(index_elements=["merchant_id", "company_id", "currency", "shop_id"])
            .returning(CreditLineRow.id)
        )
        if inserted.first() is None:
            await savepoint.rollback()
            return None
    return line_id


_LINE: Final = columns_of(CreditLine, CreditLineRow)
_HOLD: Final = columns_of(Hold, HoldRow)
_line: Final = reader_of(CreditLine)
_hold: Final = reader_of(Hold)


_FIND_LINES: Final = Statement(
    select(*_LINE)
    .where(CreditLineRow.merchant_id == bindparam("merchant_id"), CreditLineRow.company_id == bindparam("company_id"))
    .order_by(CreditLineRow.shop_id.is_(None), CreditLineRow.id)
)
_FIND_LINE: Final = Statement(
    select(*_LINE).where(
        CreditLineRow.merchant_id == bindparam("merchant_id"),
        CreditLineRow.company_id == bindparam("company_id"),
        CreditLineRow.currency == bindparam("currency"),
        CreditLineRow.shop_id.is_not_distinct_from(bindparam("shop_id", type_=Uuid)),
    )
)


async def find_lines(work: Work, *, company_id: UUID) -> list[CreditLine]:
    """All lines of a company, those of one shop first."""
    rows = await _FIND_LINES.rows(work.session, merchant_id=work.merchant_id, company_id=company_id)
    return [_line(row) for row in rows]


async def find_line(work: Work, *, company_id: UUID, shop_id: UUID | None, currency: str) -> CreditLine | None:
    """The line of exactly this scope and currency."""
    row = await _FIND_LINE.row(
        work.session, merchant_id=work.merchant_id, company_id=company_id, shop_id=shop_id, currency=currency
    )
    return _line(row) if row else None


_READ_LINE: Final = Statement(
    select(*_LINE).where(
        CreditLineRow.merchant_id == bindparam("merchant_id"), CreditLineRow.id == bindparam("line_id")
    )
)


async def read_line(work: Work, line_id: UUID) -> CreditLine:
    """Raises LineUnknown."""
    row = await _READ_LINE.row(work.session, merchant_id=work.merchant_id, line_id=line_id)
    if row is None:
        raise LineUnknown
    return _line(row)


_READ_AGREEMENT: Final = Statement(
    select(*_LINE, CompanyRow.groups, MerchantRow.settings_version)
    .join(
        CompanyRow, (CompanyRow.merchant_id == CreditLineRow.merchant_id) & (CompanyRow.id == CreditLineRow.company_id)
    )
    .join(MerchantRow, MerchantRow.id == CreditLineRow.merchant_id)
    .where(CreditLineRow.merchant_id == bindparam("merchant_id"), CreditLineRow.id == bindparam("line_id"))
)


async def read_agreement(work: Work, line_id: UUID) -> tuple[CreditLine, tuple[str, ...], int]:
    """A line that is known to exist, the codes of its company's groups, and the version of the merchant's settings."""
    *line, groups, settings_version = await _READ_AGREEMENT.one(
        work.session, merchant_id=work.merchant_id, line_id=line_id
    )
    return _line(line), tuple(groups), settings_version


async def read_currencies(work: Work, line_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The currency of each line."""
    rows = await work.session.execute(
        select(CreditLineRow.id, CreditLineRow.currency).where(
            CreditLineRow.merchant_id == work.merchant_id, CreditLineRow.id.in_(list(line_ids))
        )
    )
    return {row.id: row.currency for row in rows}


async def read_groups(work: Work, company_id: UUID) -> tuple[str, ...]:
    """The codes of the groups a company belongs to."""
    groups = await work.session.scalar(
        select(CompanyRow.groups).where(CompanyRow.merchant_id == work.merchant_id, CompanyRow.id == company_id)
    )
    return tuple(groups or ())


async def update_line(work: Work, line_id: UUID, **values: Any) -> None:
    await work.session.execute(
        update(CreditLineRow)
        .where(CreditLineRow.merchant_id == work.merchant_id, CreditLineRow.id == line_id)
        .values(**values)
    )


_UNPAID: Final = (
    select(func.count().label("count"), func.min(OpenItemRow.due_on).label("oldest"))
    .where(
        OpenItemRow.merchant_id == bindparam("merchant_id"),
        OpenItemRow.line_id == bindparam("line_id"),
        OpenItemRow.open_minor > 0,
    )
    .subquery()
)
_NOTE_ITEMS: Final = Statement(
    update(CreditLineRow)
    .where(CreditLineRow.merchant_id == bindparam("merchant_id"), CreditLineRow.id == bindparam("line_id"))
    .values(
        unpaid_count=_UNPAID.c.count,
        oldest_due_on=_UNPAID.c.oldest,
        settled_count=CreditLineRow.settled_count + bindparam("settled"),
        settled_days_late=CreditLineRow.settled_days_late + bindparam("days_late"),
    )
)


async def note_items(work: Work, line_id: UUID, *, settled: int = 0, days_late: int = 0) -> None:
    """Write down what eligibility reads of the line's open items: how many there are, since when the oldest is due,
    and, with what was `settled` just now added, how punctually they were paid.

    A bounced payment takes back what it had settled, with negative values.
    """
    await _NOTE_ITEMS.execute(
        work.session, merchant_id=work.merchant_id, line_id=line_id, settled=settled, days_late=days_late
    )


async def read_overdue(work: Work, *, line_ids: Iterable[UUID], today: date) -> dict[UUID, int]:
    """What is past due on each line, in the line's currency."""
    rows = await work.session.execute(
        select(OpenItemRow.line_id, func.sum(OpenItemRow.line_open_minor))
        .where(
            OpenItemRow.merchant_id == work.merchant_id,
            OpenItemRow.line_id.in_(list(line_ids)),
            OpenItemRow.open_minor > 0,
            OpenItemRow.due_on < today,
        )
        .group_by(OpenItemRow.line_id)
    )
    return {line_id: int(overdue) for line_id, overdue in rows}


_HOLD_BY_ID: Final = select(*_HOLD).where(
    HoldRow.merchant_id == bindparam("merchant_id"), HoldRow.id == bindparam("hold_id")
)
_READ_HOLD: Final = Statement(_HOLD_BY_ID)
_LOCK_HOLD: Final = Statement(_HOLD_BY_ID.with_for_update())


async def read_hold(work: Work, hold_id: UUID, *, for_update: bool = False) -> Hold | None:
    """The hold. Lock its line's books before it: every use case takes the line first."""
    statement = _LOCK_HOLD if for_update else _READ_HOLD
    row = await statement.row(work.session, merchant_id=work.merchant_id, hold_id=hold_id)
    return _hold(row) if row else None


_INSERT_HOLD: Final = insert_of(Hold, HoldRow, "merchant_id")


async def insert_hold(work: Work, hold: Hold) -> None:
    await _INSERT_HOLD.execute(work.session, merchant_id=work.merchant_id, **values_of(hold))


_MARK_ATTACHED: Final = Statement(
    update(HoldRow)
    .where(HoldRow.merchant_id == bindparam("merchant_id"), HoldRow.id == bindparam("hold_id"))
    .values(is_attached=True)
)
_SAVE_AMOUNTS: Final = Statement(
    update(HoldRow)
    .where(HoldRow.merchant_id == bindparam("merchant_id"), HoldRow.id == bindparam("hold_id"))
    .values(
        line_amount_minor=bindparam("line_amount_minor"),
        line_captured_minor=bindparam("line_captured_minor"),
        line_released_minor=bindparam("line_released_minor"),
        status=bindparam("status"),
        resolved_at=bindparam("resolved_at"),
    )
)


async def mark_attached(work: Work, hold_id: UUID) -> None:
    """From now on the orders of a hold say what becomes of it."""
    await _MARK_ATTACHED.execute(work.session, merchant_id=work.merchant_id, hold_id=hold_id)


async def save_hold_amounts(work: Work, hold: Hold) -> None:
    """Write back what became of the amount that a hold reserves."""
    await _SAVE_AMOUNTS.execute(
        work.session,
        merchant_id=work.merchant_id,
        hold_id=hold.id,
        line_amount_minor=hold.line_amount_minor,
        line_captured_minor=hold.line_captured_minor,
        line_released_minor=hold.line_released_minor,
        status=hold.status,
        resolved_at=hold.resolved_at,
    )


async def update_hold(work: Work, hold_id: UUID, **values: Any) -> Hold:
    row = (
        await work.session.execute(
            update(HoldRow)
            .where(HoldRow.merchant_id == work.merchant_id, HoldRow.id == hold_id)
            .values(**values)
            .returning(*_HOLD)
        )
    ).one()
    return _hold(row)


async def list_holds(work: Work, wanted: HoldFilter, *, before: UUID | None, limit: int) -> list[Hold]:
    """Newest first; a shop sees its own."""
    query = select(*_HOLD).where(HoldRow.merchant_id == work.merchant_id)
    if work.caller.shop_id is not None:
        query = query.where(HoldRow.shop_id == work.caller.shop_id)
    if wanted.shop_id is not None:
        query = query.where(HoldRow.shop_id == wanted.shop_id)
    if wanted.company_id is not None:
        query = query.where(HoldRow.company_id == wanted.company_id)
    if wanted.line_id is not None:
        query = query.where(HoldRow.line_id == wanted.line_id)
    if wanted.status is not None:
        query = query.where(HoldRow.status == wanted.status)
    if before is not None:
        query = query.where(HoldRow.id < before)
    return [_hold(row) for row in await work.session.execute(query.order_by(HoldRow.id.desc()).limit(limit))]


async def next_expired_hold(session: AsyncSession, *, now: datetime) -> tuple[UUID, UUID] | None:
    """Merchant and id of one hold whose time is over and that no order came for."""
    row = (
        await session.execute(
            select(HoldRow.merchant_id, HoldRow.id)
            .where(HoldRow.status == "pending", HoldRow.is_attached.is_(False), HoldRow.expires_at <= now)
            .order_by(HoldRow.expires_at)
            .limit(1)
        )
    ).one_or_none()
    return (row.merchant_id, row.id) if row else None
