"""SQL of payment terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, any_, delete, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import insert

from service.companies.models import CompanyGroupRow, CompanyRow
from service.infra.work import Work
from service.merchants.models import MerchantRow, ShopRow
from service.terms.definition import parse_terms, to_json
from service.terms.domain import PaymentTerms
from service.terms.models import PaymentTermsRow

__all__ = [
    "StoredTerms", "count_terms", "delete_terms", "insert_missing_terms", "is_in_use", "list_terms", "read_active_codes",
    "read_terms", "save_terms",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTerms:
    """Terms as a merchant keeps them. Inactive ones are offered to nobody; orders made with them keep their copy."""

    terms: PaymentTerms
    label: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


async def list_terms(work: Work) -> list[StoredTerms]:
    """All terms by code; there are at most a few hundred."""
    rows = await work.session.execute(
        select(PaymentTermsRow.__table__)
        .where(PaymentTermsRow.merchant_id == work.merchant_id)
        .order_by(PaymentTermsRow.code)
    )
    return [_terms_of(row) for row in rows.mappings()]


async def count_terms(work: Work) -> int:
    count = select(func.count()).where(PaymentTermsRow.merchant_id == work.merchant_id)
    return await work.session.scalar(count) or 0


async def read_active_codes(work: Work) -> dict[str, bool]:
    """Each code with whether it is active."""
    rows = await work.session.execute(
        select(PaymentTermsRow.code, PaymentTermsRow.is_active).where(PaymentTermsRow.merchant_id == work.merchant_id)
    )
    return {row.code: row.is_active for row in rows}


async def read_terms(work: Work, code: str) -> StoredTerms | None:
    rows = await work.session.execute(select(PaymentTermsRow.__table__).where(*_is(work, code)))
    row = rows.mappings().one_or_none()
    return None if row is None else _terms_of(row)


async def save_terms(work: Work, stored: StoredTerms) -> None:
    values = _values_of(stored)
    await work.session.execute(
        insert(PaymentTermsRow)
        .values(merchant_id=work.merchant_id, **values)
        .on_conflict_do_update(
            index_elements=["merchant_id", "code"],
            set_={name: values[name] for name in ("label", "definition", "is_active", "updated_at")},
        )
    )


async def insert_missing_terms(work: Work, stored: Sequence[StoredTerms]) -> int:
    """Write those whose code is not taken; returns how many."""
    rows = await work.session.execute(
        insert(PaymentTermsRow)
        .values([{"merchant_id": work.merchant_id, **_values_of(terms)} for terms in stored])
        .on_conflict_do_nothing(index_elements=["merchant_id", "code"])
        .returning(PaymentTermsRow.code)
    )
    return len(rows.all())


async def delete_terms(work: Work, code: str) -> None:
    await work.session.execute(delete(PaymentTermsRow).where(*_is(work, code)))


async def is_in_use(work: Work, code: str) -> bool:
    """Does a company, a group, a shop or the merchant name the code?"""
    sources = [
        select(literal(1)).where(table.merchant_id == work.merchant_id, _named_in_columns(table, code))
        for table in (CompanyRow, CompanyGroupRow)
    ]
    sources += [
        select(literal(1)).where(ShopRow.merchant_id == work.merchant_id, _named_in_settings(ShopRow, code)),
        select(literal(1)).where(MerchantRow.id == work.merchant_id, _named_in_settings(MerchantRow, code)),
    ]
    return bool(await work.session.scalar(select(union_all(*sources).exists())))


def _named_in_columns(table: type[CompanyRow | CompanyGroupRow], code: str) -> ColumnElement[bool]:
    return or_(table.default_terms == code, literal(code) == any_(table.allowed_terms))


def _named_in_settings(table: type[MerchantRow | ShopRow], code: str) -> ColumnElement[bool]:
    settings = table.settings
    return or_(settings["default_terms"].astext == code, settings["allowed_terms"].contains([code]))


def _is(work: Work, code: str) -> tuple[ColumnElement[bool], ...]:
    return PaymentTermsRow.merchant_id == work.merchant_id, PaymentTermsRow.code == code


def _values_of(stored: StoredTerms) -> dict[str, Any]:
    return {
        "code": stored.terms.code,
        "label": stored.label,
        "definition": to_json(stored.terms),
        "is_active": stored.is_active,
        "created_at": stored.created_at,
        "updated_at": stored.updated_at,
    }


def _terms_of(row: Mapping[Any, Any]) -> StoredTerms:
    return StoredTerms(
        terms=parse_terms({**row["definition"], "code": row["code"]}),
        label=row["label"],
        is_active=row["is_active"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
