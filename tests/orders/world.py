"""A small world for tests of checkout and orders: one merchant, one shop, one company with a limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update

from service.companies.models import CompanyRefRow, CompanyRow
from service.core.ids import new_id
from service.credit.domain import CreditLimit, LimitKind, LimitSource
from service.credit.lines import AgreedLimit
from service.credit.service import change_limit, open_line
from service.eligibility.models import PolicyRow
from service.infra.database import Database
from service.infra.work import Work
from service.merchants.models import MerchantRow
from service.terms.models import PaymentTermsRow
from tests.app import Tenant

OVERRIDE_EVERYONE = {"fact": "country", "op": "eq", "value": "FR"}


@dataclass(frozen=True, slots=True)
class Debtor:
    """A company as a test refers to it."""

    id: UUID
    ref: str
    line_id: UUID


async def offer_terms(database: Database, tenant: Tenant, *, now: datetime) -> None:
    """Net 30 and net 60, and a policy that lets every French company in."""
    async with database.transaction() as session:
        for code, days in (("net_30", 30), ("net_60", 60)):
            await session.execute(
                insert(PaymentTermsRow).values(
                    merchant_id=tenant.merchant_id,
                    code=code,
                    label=f"{days} days",
                    definition={"net_days": days},
                    is_active=True,
                    created_at=now,
                    updated_at=now,
                )
            )
        await set_policy(Work(session=session, caller=tenant.caller(), now=now), OVERRIDE_EVERYONE)


async def set_policy(work: Work, rules: dict[str, Any] | None, *, version: int = 1, **settings: Any) -> None:
    """A merchant's policy, as of the next decision."""
    await work.session.execute(
        insert(PolicyRow).values(
            merchant_id=work.merchant_id,
            id=new_id(),
            shop_id=None,
            version=version,
            rules=rules,
            settings={"currency": "EUR", **settings},
            author="tests",
            created_at=work.now,
        )
    )
    await bump(work)


async def bump(work: Work) -> None:
    await work.session.execute(
        update(MerchantRow)
        .where(MerchantRow.id == work.merchant_id)
        .values(settings_version=MerchantRow.settings_version + 1)
    )


async def open_company(
    database: Database, tenant: Tenant, *, now: datetime, ref: str = "C-1", limit_minor: int | None = 100_000
) -> Debtor:
    """A French company known to the tenant's shop, with its own limit in euro (None: no limit of its own)."""
    company_id = new_id()
    async with database.transaction() as session:
        await session.execute(
            insert(CompanyRow).values(
                merchant_id=tenant.merchant_id,
                id=company_id,
                legal_name=f"Company {ref}",
                country="FR",
                vat_status="absent",
                language="fr",
                facts={},
                groups=[],
                addresses=[],
                created_at=now,
                updated_at=now,
            )
        )
        await session.execute(
            insert(CompanyRefRow).values(
                merchant_id=tenant.merchant_id,
                scope_id=tenant.shop.id,
                ref=ref,
                company_id=company_id,
                created_at=now,
            )
        )
        work = Work(session=session, caller=tenant.caller(), now=now)
        line = await open_line(work, company_id=company_id, shop_id=None, currency="EUR")
        if limit_minor is not None:
            limit = CreditLimit(LimitKind.AMOUNT, limit_minor, LimitSource.COMPANY)
            await change_limit(work, line.id, agreed=AgreedLimit(limit), reason="tests")
    return Debtor(id=company_id, ref=ref, line_id=line.id)
