"""SQL of the hot paths: what a decision needs in one statement, what it leads to in another.

Both take arrays, one row for each request of a batch, and run on a bare asyncpg connection. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from service.orders.checkout import CheckoutRow

__all__ = ["HoldBatch", "Lookup", "lock_for_holds", "look_up", "write_batch"]


class Lookup(NamedTuple):
    """What one request asks for. `company_id` or `company_ref` says who; `today` is the day where the shop is."""

    merchant_id: UUID
    shop_id: UUID
    scope_id: UUID
    company_ref: str
    company_id: UUID | None
    buyer_ref: str | None
    currency: str
    today: date
    needs_history: bool
    idempotency_key: str | None = None


_ASKED: Final = """
    unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::date[],
           $10::bool[], $11::text[])
    AS asked(position, merchant_id, shop_id, scope_id, company_ref, company_id, buyer_ref, currency, today,
             needs_history, idempotency_key)
"""

# A shop's key knows the shop's references only: customer 42 of the shop is not customer 42 of the merchant's ERP.
# LATERAL with LIMIT 1 keeps each look-up an index scan whatever the planner thinks of the arrays' length.
_FOUND: Final = """
    JOIN merchants merchant ON merchant.id = asked.merchant_id
    LEFT JOIN LATERAL (
        SELECT company_refs.company_id FROM company_refs
        WHERE company_refs.merchant_id = asked.merchant_id AND company_refs.ref = asked.company_ref
          AND company_refs.scope_id IN (asked.scope_id, asked.shop_id)
        ORDER BY company_refs.scope_id = asked.shop_id DESC LIMIT 1
    ) named ON asked.company_id IS NULL
    LEFT JOIN companies company
        ON company.merchant_id = asked.merchant_id AND company.id = coalesce(asked.company_id, named.company_id)
    LEFT JOIN LATERAL (
        SELECT buyers.may_use_credit, buyers.company_id FROM buyers
        WHERE buyers.merchant_id = asked.merchant_id AND buyers.ref = asked.buyer_ref
          AND buyers.scope_id IN (asked.scope_id, asked.shop_id)
        ORDER BY buyers.scope_id = asked.shop_id DESC LIMIT 1
    ) buyer ON asked.buyer_ref IS NOT NULL
    LEFT JOIN LATERAL (
        SELECT * FROM credit_lines
        WHERE credit_lines.merchant_id = asked.merchant_id AND credit_lines.company_id = company.id
          AND (credit_lines.shop_id = asked.shop_id OR credit_lines.shop_id IS NULL)
        ORDER BY credit_lines.currency = asked.currency DESC, credit_lines.shop_id IS NULL, credit_lines.id LIMIT 1
    ) line ON true
    LEFT JOIN idempotency_keys answered
        ON answered.merchant_id = asked.merchant_id AND answered.scope_id = asked.scope_id
       AND answered.key = asked.idempotency_key
"""

_COLUMNS: Final = """
    asked.position, merchant.settings_version,
    company.id AS company_id, company.country, company.language, company.vat_number, company.vat_status,
    company.vat_source, company.vat_checked_at, company.registration_number, company.groups, company.facts,
    company.override_position, company.override_reason, company.override_author, company.override_until,
    company.default_terms, company.allowed_terms,
    buyer.may_use_credit AND buyer.company_id = company.id AS buyer_may_use_credit,
    line.id AS line_id, line.shop_id AS line_shop_id, line.currency AS line_currency, line.status AS line_status,
    line.limit_kind, line.limit_minor, line.temporary_limit_minor, line.temporary_until, line.tolerance_minor,
    line.tolerance_bp, line.allow_exceed, line.oldest_due_on, line.unpaid_count, line.settled_count,
    line.settled_days_late,
    balance.held_minor, balance.uninvoiced_minor, balance.receivable_minor, balance.on_account_minor,
    balance.credit_notes_minor,
    answered.request_hash, answered.status AS answered_status, answered.response,
    CASE WHEN line.oldest_due_on < asked.today THEN (
        SELECT sum(overdue.line_open_minor)::bigint FROM open_items overdue
        WHERE overdue.merchant_id = asked.merchant_id AND overdue.line_id = line.id AND overdue.open_minor > 0
          AND overdue.due_on < asked.today
    ) ELSE 0 END AS overdue_minor,
    CASE WHEN asked.needs_history THEN (
        SELECT greatest(max(coalesce(late.settled_on, asked.today) - late.due_on), 0) FROM open_items late
        WHERE late.merchant_id = asked.merchant_id AND late.company_id = company.id
          AND (late.settled_on IS NULL OR late.settled_on > asked.today - 365)
    ) END AS max_days_late,
    CASE WHEN asked.needs_history THEN (
        SELECT coalesce(sum(lost.written_off_minor), 0)::bigint FROM open_items lost
        WHERE lost.merchant_id = asked.merchant_id AND lost.company_id = company.id AND lost.line_id = line.id
          AND lost.written_off_minor > 0
    ) END AS written_off_minor
"""

_LOOK_UP: Final = f"""
SELECT {_COLUMNS} FROM {_ASKED} {_FOUND}
    LEFT JOIN balances balance ON balance.merchant_id = line.merchant_id AND balance.line_id = line.id
"""  # noqa: S608 - constants of this module only

# Locks are taken in the order of line ids, after the sort, so that two batches cannot wait for each other in a circle.
# A request whose company or line does not exist gives no row here.
_LOCK: Final = f"""
SELECT {_COLUMNS} FROM {_ASKED} {_FOUND}
    JOIN balances balance ON balance.merchant_id = line.merchant_id AND balance.line_id = line.id
ORDER BY balance.merchant_id, balance.line_id FOR NO KEY UPDATE OF balance
"""  # noqa: S608 - constants of this module only


async def look_up(connection: asyncpg.Connection, lookups: Sequence[Lookup]) -> list[CheckoutRow | None]:
    """A row for each look-up, in their order; None when not even the merchant exists."""
    return _in_order(await connection.fetch(_LOOK_UP, *_columns(lookups)), len(lookups))


async def lock_for_holds(connection: asyncpg.Connection, lookups: Sequence[Lookup]) -> list[CheckoutRow | None]:
    """The same with the lines' balances locked; None where there is no line to lock."""
    return _in_order(await connection.fetch(_LOCK, *_columns(lookups)), len(lookups))


def _columns(lookups: Sequence[Lookup]) -> list[Sequence[Any]]:
    return [range(len(lookups)), *zip(*lookups, strict=True)]


def _in_order(rows: Sequence[asyncpg.Record], count: int) -> list[CheckoutRow | None]:
    ordered: list[CheckoutRow | None] = [None] * count
    for row in rows:
        ordered[row["position"]] = row
    return ordered


@dataclass
class HoldBatch:
    """The rows that a batch of decisions leads to. Empty lists are fine: a batch may hold nothing but declines."""

    decisions: list[tuple[Any, ...]] = field(default_factory=list)
    holds: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    answers: list[tuple[Any, ...]] = field(default_factory=list)
    held_by_line: dict[tuple[UUID, UUID], int] = field(default_factory=dict)


# One statement, so that the whole batch costs one round trip. Within it each table's rows are checked at the end,
# when the rows they refer to are there.
_WRITE: Final = """
WITH moved AS (
    UPDATE balances SET held_minor = balances.held_minor + added.amount
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS added(merchant_id, line_id, amount)
    WHERE balances.merchant_id = added.merchant_id AND balances.line_id = added.line_id
), decided AS (
    INSERT INTO decisions (merchant_id, id, shop_id, company_id, outcome, currency, amount_minor, policy_version, author,
                           trace, decided_at)
    SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[], $10::bigint[],
                         $11::int[], $12::text[], $13::json[], $14::timestamptz[])
), held AS (
    INSERT INTO holds (merchant_id, id, shop_id, company_id, line_id, status, currency, amount_minor, exchange_rate,
                       line_amount_minor, buyer_ref, cart_ref, cart_hash, purchase_order_number, terms, created_at,
                       expires_at)
    SELECT one.merchant_id, one.id, one.shop_id, one.company_id, one.line_id, 'pending', one.currency, one.amount,
           one.rate, one.line_amount, one.buyer, one.cart, one.cart_hash, one.po, one.terms, one.created, one.expires
    FROM unnest($15::uuid[], $16::uuid[], $17::uuid[], $18::uuid[], $19::uuid[], $20::text[], $21::bigint[],
                $22::text[], $23::bigint[], $24::text[], $25::text[], $26::text[], $27::text[], $28::jsonb[],
                $29::timestamptz[], $30::timestamptz[])
         AS one(merchant_id, id, shop_id, company_id, line_id, currency, amount, rate, line_amount, buyer, cart,
                cart_hash, po, terms, created, expires)
), journal AS (
    SELECT * FROM unnest($31::uuid[], $32::uuid[], $33::uuid[], $34::text[], $35::uuid[], $36::date[],
                         $37::timestamptz[], $38::text[], $39::text[], $40::bigint[], $41::bigint[], $42::bigint[],
                         $43::text[])
         AS one(merchant_id, id, line_id, reference, subject_id, effective, recorded, author, reason, exposure,
                available, amount, currency)
), booked AS (
    INSERT INTO journal_entries (merchant_id, id, line_id, kind, reference, subject_id, effective_on, recorded_at,
                                 author, reason, exposure_after_minor, available_after_minor)
    SELECT merchant_id, id, line_id, 'hold_placed', reference, subject_id, effective, recorded, author, reason,
           exposure, available FROM journal
), posted AS (
    INSERT INTO postings (merchant_id, entry_id, position, debit_account, credit_account, phase, amount_minor, currency)
    SELECT merchant_id, id, 0, 'held', 'commitments', 'pending', amount, currency FROM journal
)
INSERT INTO idempotency_keys (merchant_id, scope_id, key, request_hash, status, response, created_at)
SELECT * FROM unnest($44::uuid[], $45::uuid[], $46::text[], $47::bytea[], $48::smallint[], $49::bytea[],
                     $50::timestamptz[])
"""
_WIDTHS: Final = {"decisions": 11, "holds": 16, "entries": 13, "answers": 7}


async def write_batch(connection: asyncpg.Connection, batch: HoldBatch) -> None:
    """Book everything. Raises asyncpg.UniqueViolationError when a key was answered elsewhere meanwhile."""
    lines = sorted(batch.held_by_line)
    columns: list[Sequence[Any]] = [
        [merchant_id for merchant_id, _ in lines],
        [line_id for _, line_id in lines],
        [batch.held_by_line[line] for line in lines],
    ]
    # Like the locks on the lines: two batches that are given the same keys must not wait for each other in a circle.
    batch.answers.sort(key=itemgetter(0, 1, 2))
    for name, width in _WIDTHS.items():
        rows: list[tuple[Any, ...]] = getattr(batch, name)
        assert all(len(row) == width for row in rows), f"each of the {name} has a value for every column"
        columns.extend(zip(*rows, strict=True) if rows else [[]] * width)
    await connection.execute(_WRITE, *columns)
