"""A database to dun: one merchant with the standard policy, and any number of open items, ten of each company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from benchmarks.world import create_database
from service.core.ids import new_id
from service.infra.database import Database
from service.infra.migrations import migrate
from service.infra.work import Caller, Work
from service.merchants.service import create_merchant, create_shop
from service.merchants.settings import MerchantSettings

__all__ = ["DUE", "NOW", "ItemsWorld", "begin_again", "make_all_late", "open_items_world"]

# A Wednesday morning in Paris.
NOW: Final = datetime(2026, 11, 25, 10, tzinfo=UTC)
DUE: Final = 10_000
_PER_COMPANY: Final = 10
_TODAY: Final = date(2026, 11, 25)

_COMPANY: Final = "('019b0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_LINE: Final = "('019b0000-0000-7001-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_ITEM: Final = "('019b0000-0000-7002-8000-' || lpad(to_hex(m), 12, '0'))::uuid"
_MAIL: Final = "('019b0000-0000-7003-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_SENT_BEFORE: Final = 10_000
# The texts are put together from constants of this module. The first item of each of the first companies is late.
_FILL: Final = (
    f"""
    INSERT INTO companies (merchant_id, id, legal_name, country, vat_status, language, invoice_email, created_at, updated_at)
    SELECT $1, {_COMPANY}, 'Company ' || n, 'FR', 'absent', 'fr', 'accounts@company-' || n || '.example', $3, $3
    FROM generate_series(0, $2 - 1) AS n
    """,  # noqa: S608
    f"INSERT INTO balances (merchant_id, line_id, currency) SELECT $1, {_LINE}, 'EUR' FROM generate_series(0, $2 - 1) AS n",  # noqa: S608
    f"""
    INSERT INTO credit_lines (merchant_id, id, company_id, currency, limit_kind, created_at)
    SELECT $1, {_LINE}, {_COMPANY}, 'EUR', 'unlimited', $3 FROM generate_series(0, $2 - 1) AS n
    """,  # noqa: S608
    f"""
    INSERT INTO open_items (merchant_id, id, shop_id, company_id, line_id, document_ref, payment_number, currency,
                            amount_minor, line_amount_minor, line_open_minor, issued_on, due_on, original_due_on,
                            overdue_flagged_on, next_look_at, created_at)
    SELECT $1, {_ITEM}, $4, {_COMPANY}, {_LINE}, 'INV-' || m, m + 1, 'EUR', 12_345, 12_345, 12_345,
           CASE WHEN is_late THEN $5::date - 40 ELSE $5::date - 10 END, CASE WHEN is_late THEN $5::date - 10 ELSE $5::date + 20 END,
           CASE WHEN is_late THEN $5::date - 10 ELSE $5::date + 20 END, CASE WHEN is_late THEN $5::date - 9 END,
           CASE WHEN is_late THEN $3::timestamptz - interval '1 hour' ELSE $3::timestamptz + interval '3 days' END, $3
    FROM (SELECT m, m / {_PER_COMPANY} AS n, m % {_PER_COMPANY} = 0 AND m / {_PER_COMPANY} < {DUE} AS is_late
          FROM generate_series(0, $2 * {_PER_COMPANY} - 1) AS m) one
    """,  # noqa: S608
    # What has been sent before: tables that were empty would be read from end to end until the database knows better.
    f"""
    INSERT INTO mails (merchant_id, id, shop_id, company_id, kind, cause, subject_ids, status, not_before, author,
                       created_at, sent_at)
    SELECT $1, {_MAIL}, $3, {_COMPANY}, 'before_due', 'reminder:' || {_MAIL}, '{{}}', 'sent', $2, 'benchmarks', $2, $2
    FROM generate_series(0, {_SENT_BEFORE - 1}) AS n
    """,  # noqa: S608
    f"""
    INSERT INTO reminders (merchant_id, id, open_item_id, company_id, shop_id, mail_id, policy, policy_version, step, level,
                           occurrence, template, status, author, currency, demand_minor, planned_on, decided_on,
                           decided_at, changed_at)
    SELECT $1, {_MAIL}, {_ITEM}, {_COMPANY}, $3, {_MAIL}, 'standard', 1, 'before_due', 0, 1, 'before_due', 'issued',
           'benchmarks', 'EUR', 12_345, $4::date - 30, $4::date - 30, $2, $2
    FROM (SELECT n, n * {_PER_COMPANY} + 1 AS m FROM generate_series(0, {_SENT_BEFORE - 1}) AS n) one
    """,  # noqa: S608
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsWorld:
    """A database with that many open items, of which `DUE` have a reminder to come."""

    url: str
    items: int
    merchant_id: UUID


async def open_items_world(server_url: str, *, items: int) -> ItemsWorld:
    """Create a database, migrate it and fill it."""
    url = await create_database(server_url, name=f"items_{items}")
    await migrate(url)
    database = await Database.open(url)
    try:
        async with database.transaction() as session:
            work = Work(session=session, caller=Caller.system(new_id(), "benchmarks"), now=NOW)
            # With a bank account, each mail carries the code that pays.
            account = {"holder": "Benchmark SAS", "iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"}
            settings = MerchantSettings.model_validate({"reminder_policy": "standard", "bank_account": account})
            merchant = await create_merchant(
                work,
                name="Benchmark",
                country="FR",
                currency="EUR",
                time_zone="Europe/Paris",
                settings=settings,
            )
            shop = await create_shop(work, code="main", name="Main shop", language="fr", defaults={})
    finally:
        await database.close()
    connection = await asyncpg.connect(url)
    try:
        count = items // _PER_COMPANY
        before = NOW - timedelta(days=60)
        await connection.execute(_FILL[0], merchant.id, count, before)
        await connection.execute(_FILL[1], merchant.id, count)
        await connection.execute(_FILL[2], merchant.id, count, before)
        await connection.execute(_FILL[3], merchant.id, count, NOW, shop.id, _TODAY)
        await connection.execute(_FILL[4], merchant.id, before, shop.id)
        await connection.execute(_FILL[5], merchant.id, before, shop.id, _TODAY)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return ItemsWorld(url=url, items=items, merchant_id=merchant.id)


async def begin_again(world: ItemsWorld) -> None:
    """As if nobody had ever been reminded. Only what was touched is written back: the rest is as it was loaded."""
    connection = await asyncpg.connect(world.url)
    try:
        await connection.execute("TRUNCATE mail_contents")
        await connection.execute("DELETE FROM reminders WHERE decided_at >= $1", NOW)
        await connection.execute("DELETE FROM mails WHERE created_at >= $1", NOW)
        await connection.execute(
            "UPDATE open_items SET next_look_at = $2::timestamptz - interval '1 hour'"
            " WHERE due_on < $1::date AND next_look_at <> $2::timestamptz - interval '1 hour'",
            _TODAY,
            NOW,
        )
        await connection.execute("VACUUM ANALYZE open_items, reminders, mails")
    finally:
        await connection.close()


async def make_all_late(world: ItemsWorld) -> None:
    """As if the worker had slept for a month: every document has a reminder to come."""
    connection = await asyncpg.connect(world.url)
    try:
        await connection.execute(
            "UPDATE open_items SET issued_on = $1::date - 40, due_on = $1::date - 10, overdue_flagged_on = $1::date - 9,"
            " next_look_at = $2::timestamptz - interval '1 hour'",
            _TODAY,
            NOW,
        )
        await connection.execute("VACUUM ANALYZE open_items")
    finally:
        await connection.close()
