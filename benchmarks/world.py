"""Databases to measure on: one merchant with a shop, a policy of eight rules, terms, and any number of companies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import insert

from service.core.ids import new_id
from service.eligibility.models import PolicyRow
from service.infra.database import Database
from service.infra.migrations import migrate
from service.infra.work import Caller, Work
from service.merchants.service import create_key, create_merchant, create_shop
from service.terms.models import PaymentTermsRow

__all__ = ["LIMIT_MINOR", "LINE_ID", "World", "analyze", "create_database", "open_world"]

# Above all that a run can reserve, even on one line: what is measured is reserving, not declining.
LIMIT_MINOR: Final = 10**12

_RULES: Final[dict[str, Any]] = {
    "all": [
        {"fact": "vat_status", "op": "eq", "value": "valid"},
        {"fact": "country", "op": "in", "value": ["BE", "DE", "ES", "FR", "IT"]},
        {"fact": "completed_orders", "op": "gte", "value": 3},
        {"fact": "account_age_days", "op": "gte", "value": 90},
        {
            "any": [
                {"fact": "net_spend_12m", "op": "gte", "value": "500.00"},
                {"fact": "groups", "op": "contains", "value": "wholesale"},
            ]
        },
        {"fact": "return_rate_bp", "op": "lte", "value": 2_000, "on_unknown": "pass"},
        {"fact": "average_days_late", "op": "lte", "value": 15, "on_unknown": "pass"},
    ]
}
_SETTINGS: Final[dict[str, Any]] = {
    "currency": "EUR",
    # As many as can be set, because captured orders are never paid here.
    "unpaid_orders_allowed": 10_000,
    "overdue_margin_days": 5,
    "maximum_order": "50000.00",
}
_FACTS: Final[dict[str, Any]] = {
    "completed_orders": 41,
    "completed_orders_12m": 17,
    "net_spend_12m": "8240.50",
    "account_age_days": 812,
    "days_since_last_order": 9,
    "return_rate_bp": 130,
}

# Ids follow from the number, so that whoever knows how many there are can name any of them.
_COMPANY_ID: Final = "('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
LINE_ID: Final = "('019a0000-0000-7001-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
# The texts are put together from constants of this module.
_COMPANIES: Final = (
    f"""
    INSERT INTO companies (merchant_id, id, legal_name, country, vat_number, vat_status, vat_source, vat_checked_at,
                           language, groups, addresses, facts, created_at, updated_at)
    SELECT $1, {_COMPANY_ID}, 'Company ' || n, 'FR', 'FR' || lpad(n::text, 11, '0'), 'valid', 'vies', $3, 'fr',
           CASE WHEN n % 4 = 0 THEN '{{wholesale}}'::varchar[] ELSE '{{}}' END,
           '[{{"kind": "billing", "street": "1 rue de la Paix", "city": "Paris", "postcode": "75002"}}]'::jsonb,
           $4::text::jsonb, $3, $3
    FROM generate_series(0, $2 - 1) AS n
    """,  # noqa: S608
    f"""
    INSERT INTO company_refs (merchant_id, scope_id, ref, company_id, created_at)
    SELECT $1, $4, 'C' || lpad(n::text, 7, '0'), {_COMPANY_ID}, $3 FROM generate_series(0, $2 - 1) AS n
    """,  # noqa: S608
    f"""
    INSERT INTO balances (merchant_id, line_id, currency)
    SELECT $1, {LINE_ID}, 'EUR' FROM generate_series(0, $2 - 1) AS n
    """,  # noqa: S608
    f"""
    INSERT INTO credit_lines (merchant_id, id, company_id, currency, status, limit_kind, limit_minor, settled_count,
                              settled_days_late, created_at)
    SELECT $1, {LINE_ID}, {_COMPANY_ID}, 'EUR', 'active', 'amount', $4, 12, 30, $3
    FROM generate_series(0, $2 - 1) AS n
    """,  # noqa: S608
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One database with what is needed to ask the service, and to write the same rows without it."""

    url: str
    companies: int
    merchant_id: UUID
    shop_id: UUID
    key: str


async def open_world(server_url: str, *, companies: int) -> World:
    """Create a database, migrate it and fill it."""
    url = await create_database(server_url, name=f"companies_{companies}")
    await migrate(url)
    database = await Database.open(url)
    try:
        world = await _open_merchant(database, url=url, companies=companies)
    finally:
        await database.close()
    await _open_companies(world)
    return world


async def analyze(world: World) -> None:
    """Let the planner know what is there, as autovacuum does within a minute of a table's first rows.

    Until then it takes any index that begins with the merchant for as good as the one that leads to the row.
    """
    connection = await asyncpg.connect(world.url)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def create_database(server_url: str, *, name: str) -> str:
    """A new, empty database beside the server's first one; gives its URL."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    address, _, options = server_url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}?{options}"


async def _open_merchant(database: Database, *, url: str, companies: int) -> World:
    now = datetime.now(UTC)
    async with database.transaction() as session:
        work = Work(session=session, caller=Caller.system(new_id(), "benchmarks"), now=now)
        merchant = await create_merchant(work, name="Benchmark", country="FR", currency="EUR", time_zone="Europe/Paris")
        shop = await create_shop(work, code="main", name="Main shop", language="fr", defaults={})
        _, key = await create_key(work, name="shop key", shop_code="main")
        for code, days in (("net_30", 30), ("net_60", 60)):
            await session.execute(
                insert(PaymentTermsRow).values(
                    merchant_id=merchant.id,
                    code=code,
                    label=f"{days} days",
                    definition={"net_days": days},
                    is_active=True,
                    created_at=now,
                    updated_at=now,
                )
            )
        await session.execute(
            insert(PolicyRow).values(
                merchant_id=merchant.id,
                id=new_id(),
                version=1,
                rules=_RULES,
                settings=_SETTINGS,
                author="benchmarks",
                created_at=now,
            )
        )
    return World(url=url, companies=companies, merchant_id=merchant.id, shop_id=shop.id, key=key)


async def _open_companies(world: World) -> None:
    now = datetime.now(UTC)
    reported = {"source": "shop", "as_of": now.date().isoformat()}
    facts: dict[str, Any] = {name: {"value": value, **reported} for name, value in _FACTS.items()}
    facts["net_spend_12m"]["currency"] = "EUR"
    last_arguments = (orjson.dumps(facts).decode(), world.shop_id, None, LIMIT_MINOR)
    connection = await asyncpg.connect(world.url)
    try:
        # The rows are right by construction; asking for each of a million whether its company exists tells nothing.
        await connection.execute("SET session_replication_role = replica")
        for statement, last in zip(_COMPANIES, last_arguments, strict=True):
            arguments = [world.merchant_id, world.companies, now, last]
            await connection.execute(statement, *arguments[: 4 if last is not None else 2])
        for table in ("companies", "company_refs", "balances", "credit_lines"):
            await connection.execute(f"VACUUM (ANALYZE, FREEZE) {table}")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
