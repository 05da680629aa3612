"""SQL of company groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from service.companies.domain import CompanyGroup, GroupDefinition, Position
from service.companies.models import CompanyGroupRow, CompanyRow
from service.infra.work import Work
from service.merchants.domain import DefaultLimit, LimitKind

__all__ = ["delete_group", "group_has_members", "list_groups", "read_group", "read_groups", "save_group"]


async def list_groups(work: Work, *, before: UUID | None, limit: int) -> list[CompanyGroup]:
    """One page, newest first."""
    query = select(CompanyGroupRow.__table__).where(CompanyGroupRow.merchant_id == work.merchant_id)
    if before is not None:
        query = query.where(CompanyGroupRow.id < before)
    rows = await work.session.execute(query.order_by(CompanyGroupRow.id.desc()).limit(limit))
    return [_group_of(row) for row in rows.mappings()]


async def read_groups(work: Work, codes: Collection[str]) -> dict[str, CompanyGroup]:
    """The groups among these codes that are defined."""
    rows = await work.session.execute(
        select(CompanyGroupRow.__table__).where(
            CompanyGroupRow.merchant_id == work.merchant_id, CompanyGroupRow.code.in_(list(codes))
        )
    )
    return {row["code"]: _group_of(row) for row in rows.mappings()}


async def read_group(work: Work, code: str) -> CompanyGroup | None:
    rows = await work.session.execute(select(CompanyGroupRow.__table__).where(*_is_group(work, code)))
    row = rows.mappings().one_or_none()
    return None if row is None else _group_of(row)


async def save_group(work: Work, group: CompanyGroup) -> None:
    definition, limit = group.definition, group.definition.limit
    values = {
        "name": definition.name,
        "position": definition.position,
        "limit_kind": None if limit is None else limit.kind,
        "limit_minor": None if limit is None else limit.amount_minor,
        "limit_currency": None if limit is None else limit.currency,
        "default_terms": definition.default_terms,
        "allowed_terms": None if definition.allowed_terms is None else list(definition.allowed_terms),
        "updated_at": group.updated_at,
    }
    await work.session.execute(
        insert(CompanyGroupRow)
        .values(merchant_id=work.merchant_id, id=group.id, code=group.code, created_at=group.created_at, **values)
        .on_conflict_do_update(index_elements=["merchant_id", "code"], set_=values)
    )


async def delete_group(work: Work, code: str) -> None:
    await work.session.execute(delete(CompanyGroupRow).where(*_is_group(work, code)))


async def group_has_members(work: Work, code: str) -> bool:
    """Does any company carry the code?"""
    member = select(CompanyRow.id).where(CompanyRow.merchant_id == work.merchant_id, CompanyRow.groups.contains([code]))
    return bool(await work.session.scalar(select(member.exists())))


def _is_group(work: Work, code: str) -> tuple[ColumnElement[bool], ...]:
    return CompanyGroupRow.merchant_id == work.merchant_id, CompanyGroupRow.code == code


def _group_of(row: Mapping[Any, Any]) -> CompanyGroup:
    limit = None
    if row["limit_kind"] is not None:
        limit = DefaultLimit(LimitKind(row["limit_kind"]), row["limit_minor"], row["limit_currency"])
    return CompanyGroup(
        id=row["id"],
        code=row["code"],
        definition=GroupDefinition(
            name=row["name"],
            position=None if row["position"] is None else Position(row["position"]),
            limit=limit,
            default_terms=row["default_terms"],
            allowed_terms=None if row["allowed_terms"] is None else tuple(row["allowed_terms"]),
        ),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
