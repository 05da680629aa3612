"""SQL of companies and of the references they go by."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.companies.domain import (
    Address,
    AddressKind,
    Company,
    CompanyFilters,
    CompanyRef,
    Override,
    OverrideFilter,
    Position,
    VatStanding,
)
from service.companies.facts import fact_from_json, fact_to_json
from service.companies.identity import MatchedBy, NumberKey
from service.companies.models import CompanyRefRow, CompanyRow
from service.companies.vat import VatSource, VatStatus
from service.core.ids import CompanyId
from service.infra.statements import Statement
from service.infra.work import Work
from service.merchants.models import ShopRow

__all__ = [
    "claim_due_vat_check", "find_by_numbers", "find_company_id", "insert_company", "list_companies", "lock_companies",
    "lock_every_name", "lock_names", "point_ref", "read_company", "read_company_by_ref", "read_refs", "save_company",
]  # fmt: skip

# PostgreSQL's own, so that no ESCAPE clause comes between the pattern and the index.
_LIKE_ESCAPE: Final = "\\"
_NAME_LOCKS: Final = 1024


async def lock_names(work: Work, names: Iterable[str]) -> None:
    """Hold names until the transaction ends, so that of two who would create the same company one finds the other's.

    A number that no company has yet is no row that could be locked. The order is that of the keys, the same for all,
    so that two callers never wait for each other. Names share a bounded number of locks, because PostgreSQL keeps
    room for a few thousand only and an import names more companies than that; two that share one merely wait.
    """
    buckets = {_digest(name) % _NAME_LOCKS for name in names}
    await _lock_buckets(work, buckets)


async def lock_every_name(work: Work) -> None:
    """The same for all names of the merchant: before one transaction about many companies, which would otherwise take
    the locks in the order of its lines, and could wait in a circle with a shop's requests."""
    await _lock_buckets(work, range(_NAME_LOCKS))


async def _lock_buckets(work: Work, buckets: Iterable[int]) -> None:
    # A merchant's locks lie together, apart from those of others.
    first = _digest(f"company names/{work.merchant_id}") // _NAME_LOCKS * _NAME_LOCKS
    # A function scan gives the keys in the order of the array.
    await work.session.execute(
        text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) key"),
        {"keys": [first + bucket for bucket in sorted(buckets)]},
    )


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")


async def find_company_id(work: Work, *, scope_id: UUID, ref: str) -> CompanyId | None:
    """Which company goes by this reference there."""
    company_id = await work.session.scalar(
        select(CompanyRefRow.company_id).where(
            CompanyRefRow.merchant_id == work.merchant_id, CompanyRefRow.scope_id == scope_id, CompanyRefRow.ref == ref
        )
    )
    return None if company_id is None else CompanyId(company_id)


async def find_by_numbers(work: Work, keys: Collection[NumberKey]) -> list[Company]:
    """All companies that have one of these numbers, in the order of their birth."""
    if not keys:
        return []
    vat_numbers = [key.number for key in keys if key.kind is MatchedBy.VAT_NUMBER]
    registrations = [(key.country, key.number) for key in keys if key.kind is MatchedBy.REGISTRATION_NUMBER]
    rows = await work.session.execute(
        select(CompanyRow.__table__)
        .where(
            CompanyRow.merchant_id == work.merchant_id,
            or_(
                CompanyRow.vat_number.in_(vat_numbers),
                tuple_(CompanyRow.country, CompanyRow.registration_number).in_(registrations),
            ),
        )
        .order_by(CompanyRow.id)
    )
    return [_company_of(row) for row in rows.mappings()]


_COMPANY: Final = select(*CompanyRow.__table__.c).where(CompanyRow.merchant_id == bindparam("merchant_id"))
_COLUMNS: Final = tuple(CompanyRow.__table__.c.keys())
_READ: Final = Statement(_COMPANY.where(CompanyRow.id == bindparam("company_id")))
_READ_BY_REF: Final = Statement(
    _COMPANY.join(
        CompanyRefRow,
        and_(CompanyRefRow.merchant_id == CompanyRow.merchant_id, CompanyRefRow.company_id == CompanyRow.id),
    ).where(CompanyRefRow.scope_id == bindparam("scope_id"), CompanyRefRow.ref == bindparam("ref"))
)


async def read_company(work: Work, company_id: UUID) -> Company | None:
    row = await _READ.row(work.session, merchant_id=work.merchant_id, company_id=company_id)
    return None if row is None else _company_of(dict(zip(_COLUMNS, row, strict=True)))


async def read_company_by_ref(work: Work, *, scope_id: UUID, ref: str) -> Company | None:
    """The company that goes by this reference there."""
    row = await _READ_BY_REF.row(work.session, merchant_id=work.merchant_id, scope_id=scope_id, ref=ref)
    return None if row is None else _company_of(dict(zip(_COLUMNS, row, strict=True)))


async def lock_companies(work: Work, company_ids: Collection[UUID]) -> dict[UUID, Company]:
    """Companies that are about to change. Foreign keys may still point at them meanwhile: no hold waits for an upsert."""
    rows = await work.session.execute(
        select(CompanyRow.__table__)
        .where(*_is(work, company_ids))
        .order_by(CompanyRow.id)
        .with_for_update(key_share=True)
    )
    companies = (_company_of(row) for row in rows.mappings())
    return {company.id: company for company in companies}


async def list_companies(work: Work, filters: CompanyFilters, *, before: UUID | None, limit: int) -> list[Company]:
    """One page, newest first."""
    query = select(CompanyRow.__table__).where(CompanyRow.merchant_id == work.merchant_id)
    if filters.name_prefix is not None:
        prefix = func.lower(_escape_like(filters.name_prefix) + "%")
        query = query.where(func.lower(CompanyRow.legal_name).like(prefix))
    if filters.group is not None:
        query = query.where(CompanyRow.groups.contains([filters.group]))
    if filters.vat_status is not None:
        query = query.where(CompanyRow.vat_status == filters.vat_status.value)
    if filters.override is not None:
        query = query.where(_override_is(filters.override, now=work.now))
    if before is not None:
        query = query.where(CompanyRow.id < before)
    rows = await work.session.execute(query.order_by(CompanyRow.id.desc()).limit(limit))
    return [_company_of(row) for row in rows.mappings()]


def _escape_like(literal: str) -> str:
    for special in (_LIKE_ESCAPE, "%", "_"):
        literal = literal.replace(special, _LIKE_ESCAPE + special)
    return literal


def _override_is(wanted: OverrideFilter, *, now: datetime) -> ColumnElement[bool]:
    is_over = CompanyRow.override_until <= now
    if wanted is OverrideFilter.NONE:
        return or_(CompanyRow.override_position.is_(None), is_over)
    return and_(CompanyRow.override_position == wanted.value, is_over.is_not(True))


async def insert_company(work: Work, company: Company) -> None:
    await work.session.execute(
        insert(CompanyRow).values(
            merchant_id=work.merchant_id, id=company.id, created_at=company.created_at, **_values_of(company)
        )
    )


async def save_company(work: Work, company: Company) -> None:
    """Write a company that was locked."""
    await work.session.execute(update(CompanyRow).where(*_is(work, [company.id])).values(**_values_of(company)))


async def point_ref(work: Work, *, scope_id: UUID, ref: str, company_id: UUID) -> None:
    """From now on this reference means that company."""
    await work.session.execute(
        insert(CompanyRefRow)
        .values(merchant_id=work.merchant_id, scope_id=scope_id, ref=ref, company_id=company_id, created_at=work.now)
        .on_conflict_do_update(index_elements=["merchant_id", "scope_id", "ref"], set_={"company_id": company_id})
    )


async def read_refs(work: Work, company_ids: Collection[UUID]) -> dict[UUID, tuple[CompanyRef, ...]]:
    """The references of each company, oldest first."""
    rows = await work.session.execute(
        select(CompanyRefRow.company_id, CompanyRefRow.ref, ShopRow.code)
        .outerjoin(
            ShopRow, and_(ShopRow.merchant_id == CompanyRefRow.merchant_id, ShopRow.id == CompanyRefRow.scope_id)
        )
        .where(CompanyRefRow.merchant_id == work.merchant_id, CompanyRefRow.company_id.in_(list(company_ids)))
        .order_by(CompanyRefRow.created_at, CompanyRefRow.ref)
    )
    refs: dict[UUID, list[CompanyRef]] = {company_id: [] for company_id in company_ids}
    for company_id, ref, shop_code in rows:
        refs[company_id].append(CompanyRef(ref=ref, shop_code=shop_code))
    return {company_id: tuple(found) for company_id, found in refs.items()}


async def claim_due_vat_check(
    session: AsyncSession, *, now: datetime, claimed_for: timedelta
) -> tuple[UUID, Company] | None:
    """Merchant and company of one VAT number that is due. Its date moves on at once: nobody else asks meanwhile."""
    due = (
        select(CompanyRow.merchant_id, CompanyRow.id)
        .where(CompanyRow.vat_next_check_at <= now)
        .order_by(CompanyRow.vat_next_check_at)
        .limit(1)
        .with_for_update(key_share=True, skip_locked=True)
        .cte("due")
    )
    rows = await session.execute(
        update(CompanyRow)
        .where(CompanyRow.merchant_id == due.c.merchant_id, CompanyRow.id == due.c.id)
        .values(vat_next_check_at=now + claimed_for)
        .returning(*CompanyRow.__table__.c)
        .execution_options(synchronize_session=False)
    )
    row = rows.mappings().one_or_none()
    return None if row is None else (row["merchant_id"], _company_of(row))


def _is(work: Work, company_ids: Collection[UUID]) -> tuple[ColumnElement[bool], ...]:
    return CompanyRow.merchant_id == work.merchant_id, CompanyRow.id.in_(list(company_ids))


def _values_of(company: Company) -> dict[str, Any]:
    vat, override = company.vat, company.override
    return {
        "legal_name": company.legal_name,
        "country": company.country,
        "registration_number": company.registration_number,
        "vat_number": vat.number,
        "vat_status": vat.status,
        "vat_reason": vat.reason,
        "vat_source": vat.source,
        "vat_checked_at": vat.checked_at,
        "vat_next_check_at": vat.next_check_at,
        "vat_attempts": vat.attempts,
        "vat_consultation_number": vat.consultation_number,
        "language": company.language,
        "invoice_email": company.invoice_email,
        "groups": list(company.groups),
        "addresses": [
            {name: value for name, value in asdict(address).items() if value is not None}
            for address in company.addresses
        ],
        "facts": {name: fact_to_json(fact) for name, fact in company.facts.items()},
        "override_position": None if override is None else override.position,
        "override_reason": None if override is None else override.reason,
        "override_author": None if override is None else override.author,
        "override_until": None if override is None else override.until,
        "default_terms": company.default_terms,
        "allowed_terms": None if company.allowed_terms is None else list(company.allowed_terms),
        "version": company.version,
        "updated_at": company.updated_at,
    }


def _company_of(row: Mapping[Any, Any]) -> Company:
    override = None
    if row["override_position"] is not None:
        override = Override(
            position=Position(row["override_position"]),
            reason=row["override_reason"],
            author=row["override_author"],
            until=row["override_until"],
        )
    return Company(
        id=CompanyId(row["id"]),
        legal_name=row["legal_name"],
        country=row["country"],
        language=row["language"],
        vat=VatStanding(
            number=row["vat_number"],
            status=VatStatus(row["vat_status"]),
            reason=row["vat_reason"],
            source=None if row["vat_source"] is None else VatSource(row["vat_source"]),
            checked_at=row["vat_checked_at"],
            next_check_at=row["vat_next_check_at"],
            attempts=row["vat_attempts"],
            consultation_number=row["vat_consultation_number"],
        ),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        registration_number=row["registration_number"],
        invoice_email=row["invoice_email"],
        groups=tuple(row["groups"]),
        addresses=tuple(Address(**{**address, "kind": AddressKind(address["kind"])}) for address in row["addresses"]),
        facts={name: fact_from_json(fact) for name, fact in row["facts"].items()},
        override=override,
        default_terms=row["default_terms"],
        allowed_terms=None if row["allowed_terms"] is None else tuple(row["allowed_terms"]),
        version=row["version"],
    )
