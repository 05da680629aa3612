"""SQL of the hot paths: what a decision needs in one statement, what it leads to in another.

Both take one array with a row for each request of a batch, and run on a bare asyncpg connection. What such a row is
made of is a type of the database: the driver looks at every value of an array, but not into a row. Nothing is decided
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from service.orders.checkout import CheckoutRow

__all__ = ["Answered", "Lookup", "Reserved", "lock_for_holds", "look_up", "write_batch"]


class Lookup(NamedTuple):
    """What one request asks for. `company_id` or `company_ref` says who; `today` is the day where the shop is.

    With its position in front it is a `checkout_asked` of the database.
    """

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


_ASKED: Final = "unnest($1::checkout_asked[]) AS asked"

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
        SELECT buyers.may_use_credit, buyers.may_see_credit, buyers.company_id FROM buyers
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
    buyer.may_see_credit AND buyer.company_id = company.id AS buyer_may_see_credit,
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
    return _in_order(await connection.fetch(_LOOK_UP, _numbered(lookups)), len(lookups))


async def lock_for_holds(connection: asyncpg.Connection, lookups: Sequence[Lookup]) -> list[CheckoutRow | None]:
    """The same with the lines' balances locked; None where there is no line to lock."""
    return _in_order(await connection.fetch(_LOCK, _numbered(lookups)), len(lookups))


def _numbered(lookups: Sequence[Lookup]) -> list[tuple[Any, ...]]:
    return [(position, *lookup) for position, lookup in enumerate(lookups)]


def _in_order(rows: Sequence[asyncpg.Record], count: int) -> list[CheckoutRow | None]:
    ordered: list[CheckoutRow | None] = [None] * count
    for row in rows:
        ordered[row["position"]] = row
    return ordered


class Answered(NamedTuple):
    """A decided request: the decision, and the answer that is kept with its key. An approved one has its hold's `id`."""

    merchant_id: UUID
    id: UUID
    shop_id: UUID
    company_id: UUID
    outcome: str
    currency: str
    amount_minor: int
    policy_version: int
    author: str
    trace: dict[str, Any]
    at: datetime
    scope_id: UUID
    key: str
    request_hash: bytes
    status: int
    response: bytes


class Reserved(NamedTuple):
    """What an approved request reserves: the hold's own columns and those of its journal entry.

    With what was answered in front it is a `checkout_booked` of the database.
    """

    line_id: UUID
    exchange_rate: str | None
    line_amount_minor: int
    buyer_ref: str | None
    cart_ref: str | None
    cart_hash: str | None
    purchase_order_number: str | None
    terms: dict[str, Any]
    expires_at: datetime
    entry_id: UUID
    today: date
    reason: str | None
    exposure_minor: int
    available_minor: int | None
    line_currency: str


_NOTHING_RESERVED: Final = (None,) * len(Reserved._fields)

# One statement, so that the whole batch costs one round trip. Within it each table's rows are checked at the end,
# when the rows they refer to are there.
_WRITE: Final = """
WITH one AS MATERIALIZED (
    SELECT * FROM unnest($1::checkout_booked[])
), decided AS (
    INSERT INTO decisions (merchant_id, id, shop_id, company_id, outcome, currency, amount_minor, policy_version, author,
                           trace, decided_at)
    SELECT merchant_id, id, shop_id, company_id, outcome, currency, amount_minor, policy_version, author, trace, at
    FROM one
), answered AS (
    INSERT INTO idempotency_keys (merchant_id, scope_id, key, request_hash, status, response, created_at)
    SELECT merchant_id, scope_id, key, request_hash, status, response, at FROM one
), moved AS (
    UPDATE balances SET held_minor = balances.held_minor + added.amount_minor
    FROM (
        SELECT merchant_id, line_id, sum(line_amount_minor)::bigint AS amount_minor
        FROM one WHERE line_id IS NOT NULL GROUP BY merchant_id, line_id
    ) added
    WHERE balances.merchant_id = added.merchant_id AND balances.line_id = added.line_id
), held AS (
    INSERT INTO holds (merchant_id, id, shop_id, company_id, line_id, status, currency, amount_minor, exchange_rate,
                       line_amount_minor, buyer_ref, cart_ref, cart_hash, purchase_order_number, terms, created_at,
                       expires_at)
    SELECT merchant_id, id, shop_id, company_id, line_id, 'pending', currency, amount_minor, exchange_rate,
           line_amount_minor, buyer_ref, cart_ref, cart_hash, purchase_order_number, terms, at, expires_at
    FROM one WHERE line_id IS NOT NULL
), booked AS (
    INSERT INTO journal_entries (merchant_id, id, line_id, kind, reference, subject_id, effective_on, recorded_at,
                                 author, reason, exposure_after_minor, available_after_minor)
    SELECT merchant_id, entry_id, line_id, 'hold_placed', 'hold:' || id || ':placed', id, today, at, author, reason,
           exposure_minor, available_minor
    FROM one WHERE line_id IS NOT NULL
)
INSERT INTO postings (merchant_id, entry_id, position, debit_account, credit_account, phase, amount_minor, currency)
SELECT merchant_id, entry_id, 0, 'held', 'commitments', 'pending', line_amount_minor, line_currency
FROM one WHERE line_id IS NOT NULL
"""


async def write_batch(connection: asyncpg.Connection, batch: Iterable[tuple[Answered, Reserved | None]]) -> None:
    """Book everything. Raises asyncpg.UniqueViolationError when a key was answered elsewhere meanwhile."""
    # As with the locks on the lines: two batches that are given the same keys must not wait for each other in a circle.
    by_key = sorted(batch, key=lambda one: (one[0].merchant_id, one[0].scope_id, one[0].key))
    rows = [(*answered, *(reserved or _NOTHING_RESERVED)) for answered, reserved in by_key]
    await connection.execute(_WRITE, rows)
