"""SQL of buyers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.dialects.postgresql import insert

from service.companies.domain import Buyer
from service.companies.models import BuyerRow
from service.core.ids import BuyerId, CompanyId
from service.infra.work import Work
from service.merchants.models import ShopRow

__all__ = ["list_buyers", "read_all_buyers", "read_buyers_by_ref", "save_buyers"]


async def list_buyers(work: Work, company_id: UUID, *, before: UUID | None, limit: int) -> list[Buyer]:
    """One page of a company's buyers, newest first, of all shops."""
    query = _buyers(work).where(BuyerRow.company_id == company_id)
    if before is not None:
        query = query.where(BuyerRow.id < before)
    rows = await work.session.execute(query.order_by(BuyerRow.id.desc()).limit(limit))
    return [_buyer_of(row) for row in rows.mappings()]


async def read_all_buyers(work: Work, company_id: UUID) -> list[Buyer]:
    """Every buyer of a company; for changes that concern all of them."""
    rows = await work.session.execute(_buyers(work).where(BuyerRow.company_id == company_id))
    return [_buyer_of(row) for row in rows.mappings()]


async def read_buyers_by_ref(work: Work, *, scope_id: UUID, refs: Collection[str]) -> dict[str, Buyer]:
    """The buyers known by these references in one shop, whatever their company."""
    rows = await work.session.execute(_buyers(work).where(BuyerRow.scope_id == scope_id, BuyerRow.ref.in_(list(refs))))
    return {row["ref"]: _buyer_of(row) for row in rows.mappings()}


async def save_buyers(work: Work, buyers: Sequence[Buyer]) -> None:
    """Write new and known buyers in one statement."""
    if not buyers:
        return
    statement = insert(BuyerRow).values(
        [{"merchant_id": work.merchant_id, **{name: getattr(buyer, name) for name in _STORED}} for buyer in buyers]
    )
    await work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["merchant_id", "scope_id", "ref"],
            set_={name: statement.excluded[name] for name in _CHANGEABLE},
        )
    )


_CHANGEABLE: Final = ("company_id", "name", "email", "may_use_credit", "may_see_credit", "updated_at")
_STORED: Final = ("id", "scope_id", "ref", "created_at", *_CHANGEABLE)


def _buyers(work: Work) -> Select[Any]:
    return (
        select(*BuyerRow.__table__.c, ShopRow.code.label("shop_code"))
        .outerjoin(ShopRow, and_(ShopRow.merchant_id == BuyerRow.merchant_id, ShopRow.id == BuyerRow.scope_id))
        .where(BuyerRow.merchant_id == work.merchant_id)
    )


def _buyer_of(row: Mapping[Any, Any]) -> Buyer:
    return Buyer(
        id=BuyerId(row["id"]),
        company_id=CompanyId(row["company_id"]),
        scope_id=row["scope_id"],
        shop_code=row["shop_code"],
        ref=row["ref"],
        name=row["name"],
        email=row["email"],
        may_use_credit=row["may_use_credit"],
        may_see_credit=row["may_see_credit"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
