"""SQL of policies and decisions."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, insert, select

from service.eligibility.models import DecisionRow, PolicyRow
from service.eligibility.stored import DecisionFilter, StoredDecision, StoredPolicy
from service.infra.work import Work

__all__ = ["find_decision", "insert_policy", "list_decisions", "list_policies", "newest_policy"]

_POLICY: Final = tuple(getattr(PolicyRow, field.name) for field in fields(StoredPolicy))
_DECISION: Final = (
    *(getattr(DecisionRow, field.name) for field in fields(StoredDecision) if field.name not in {"reasons", "trace"}),
    DecisionRow.trace["reasons"].label("reasons"),
)


def _policies(work: Work, shop_id: UUID | None) -> Select[Any]:
    """All versions of one shop's policy or of the merchant's, newest first."""
    return (
        select(*_POLICY)
        .where(PolicyRow.merchant_id == work.merchant_id, PolicyRow.shop_id.is_not_distinct_from(shop_id))
        .order_by(PolicyRow.version.desc())
    )


async def newest_policy(work: Work, *, shop_id: UUID | None) -> StoredPolicy | None:
    """The highest version, also one that ends the policy."""
    row = (await work.session.execute(_policies(work, shop_id).limit(1))).one_or_none()
    return StoredPolicy(**row._mapping) if row else None


async def list_policies(work: Work, *, shop_id: UUID | None, before: UUID | None, limit: int) -> list[StoredPolicy]:
    """Newest first. A cursor names a version by its id."""
    query = _policies(work, shop_id).limit(limit)
    if before is not None:
        named = select(PolicyRow.version).where(PolicyRow.merchant_id == work.merchant_id, PolicyRow.id == before)
        query = query.where(PolicyRow.version < named.scalar_subquery())
    return [StoredPolicy(**row._mapping) for row in await work.session.execute(query)]


async def insert_policy(work: Work, policy: StoredPolicy) -> None:
    await work.session.execute(
        insert(PolicyRow).values(
            merchant_id=work.merchant_id, **{field.name: getattr(policy, field.name) for field in fields(StoredPolicy)}
        )
    )


def _decisions(work: Work, *columns: Any) -> Select[Any]:
    """All decisions the caller may see: a shop sees those made at its own checkout."""
    query = select(*columns).where(DecisionRow.merchant_id == work.merchant_id)
    return query if work.caller.shop_id is None else query.where(DecisionRow.shop_id == work.caller.shop_id)


async def list_decisions(
    work: Work, wanted: DecisionFilter, *, before: UUID | None, limit: int
) -> list[StoredDecision]:
    """Newest first, with their reasons only."""
    query = _decisions(work, *_DECISION)
    if wanted.company_id is not None:
        query = query.where(DecisionRow.company_id == wanted.company_id)
    if wanted.shop_id is not None:
        query = query.where(DecisionRow.shop_id == wanted.shop_id)
    if wanted.outcome is not None:
        query = query.where(DecisionRow.outcome == wanted.outcome)
    if before is not None:
        query = query.where(DecisionRow.id < before)
    rows = await work.session.execute(query.order_by(DecisionRow.id.desc()).limit(limit))
    return [StoredDecision(**row._mapping) for row in rows]


async def find_decision(work: Work, decision_id: UUID) -> StoredDecision | None:
    """With its whole trace."""
    query = _decisions(work, *_DECISION, DecisionRow.trace).where(DecisionRow.id == decision_id)
    row = (await work.session.execute(query)).one_or_none()
    return StoredDecision(**row._mapping) if row else None
