"""SQL of credit lines and holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.companies.models import CompanyGroupRow, CompanyRow
from service.core.ids import new_id
from service.credit.limits import GroupLimit
from service.credit.lines import CreditLine, Hold, HoldFilter
from service.credit.models import CreditLineRow, HoldRow
from service.infra.work import Work
from service.ledger.errors import LineUnknown
from service.ledger.repository import insert_balances
from service.receivables.models import OpenItemRow

__all__ = [
    "find_line", "find_lines", "insert_hold", "insert_line", "list_holds", "next_expired_hold", "note_settled", "read_currencies",
    "read_group_limits", "read_groups", "read_hold", "read_line", "read_overdue", "refresh_unpaid", "update_hold", "update_line",
]  # fmt: skip


async def read_group_limits(work: Work) -> list[GroupLimit]:
    """The limits of the merchant's groups; a group without one is left out."""
    rows = await work.session.execute(
        select(
            CompanyGroupRow.code,
            CompanyGroupRow.limit_kind,
            CompanyGroupRow.limit_minor,
            CompanyGroupRow.limit_currency,
        ).where(CompanyGroupRow.merchant_id == work.merchant_id, CompanyGroupRow.limit_kind.is_not(None))
    )
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


_LINE: Final = tuple(getattr(CreditLineRow, field.name) for field in fields(CreditLine))
_HOLD: Final = tuple(getattr(HoldRow, field.name) for field in fields(Hold))


def _lines(work: Work) -> Select[Any]:
    return select(*_LINE).where(CreditLineRow.merchant_id == work.merchant_id)


async def find_lines(work: Work, *, company_id: UUID) -> list[CreditLine]:
    """All lines of a company, those of one shop first."""
    rows = await work.session.execute(
        _lines(work)
        .where(CreditLineRow.company_id == company_id)
        .order_by(CreditLineRow.shop_id.is_(None), CreditLineRow.id)
    )
    return [CreditLine(**row._mapping) for row in rows]


async def find_line(work: Work, *, company_id: UUID, shop_id: UUID | None, currency: str) -> CreditLine | None:
    """The line of exactly this scope and currency."""
    row = (
        await work.session.execute(
            _lines(work).where(
                CreditLineRow.company_id == company_id,
                CreditLineRow.currency == currency,
                CreditLineRow.shop_id.is_not_distinct_from(shop_id),
            )
        )
    ).one_or_none()
    return CreditLine(**row._mapping) if row else None


async def read_line(work: Work, line_id: UUID) -> CreditLine:
    """Raises LineUnknown."""
    row = (await work.session.execute(_lines(work).where(CreditLineRow.id == line_id))).one_or_none()
    if row is None:
        raise LineUnknown
    return CreditLine(**row._mapping)


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


async def refresh_unpaid(work: Work, line_id: UUID) -> None:
    """Write down how many items of the line are open and since when the oldest is due, as eligibility reads them."""
    unpaid = (
        select(func.count(), func.min(OpenItemRow.due_on))
        .where(OpenItemRow.merchant_id == work.merchant_id, OpenItemRow.line_id == line_id, OpenItemRow.open_minor > 0)
        .subquery()
    )
    count, oldest = (await work.session.execute(select(unpaid))).one()
    await update_line(work, line_id, unpaid_count=count, oldest_due_on=oldest)


async def note_settled(work: Work, line_id: UUID, *, count: int, days_late: int) -> None:
    """Add a settled item to the line's record of punctuality; a bounced payment takes it back with negative values."""
    await update_line(
        work,
        line_id,
        settled_count=CreditLineRow.settled_count + count,
        settled_days_late=CreditLineRow.settled_days_late + days_late,
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


async def read_hold(work: Work, hold_id: UUID, *, for_update: bool = False) -> Hold | None:
    """The hold. Lock its line's books before it: every use case takes the line first."""
    query = select(*_HOLD).where(HoldRow.merchant_id == work.merchant_id, HoldRow.id == hold_id)
    row = (await work.session.execute(query.with_for_update() if for_update else query)).one_or_none()
    return Hold(**row._mapping) if row else None


async def insert_hold(work: Work, hold: Hold) -> None:
    await work.session.execute(
        insert(HoldRow).values(
            merchant_id=work.merchant_id, **{field.name: getattr(hold, field.name) for field in fields(Hold)}
        )
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
    return Hold(**row._mapping)


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
    return [Hold(**row._mapping) for row in await work.session.execute(query.order_by(HoldRow.id.desc()).limit(limit))]


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
