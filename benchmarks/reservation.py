"""The same reservation without the service: pgbench writes the same rows, one transaction for each hold.

It is one prepared statement, so one round trip: the fastest way PostgreSQL offers to whoever reserves one by one.
It finds the company and the limit as the service does, and takes no decision but whether the amount fits.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import asyncpg

from benchmarks.world import World
from service.infra.embedded import server_programs

__all__ = ["make_script", "run_pgbench"]

_CLIENTS: Final = 8
_TIMEOUT_S: Final = 60
_RATE: Final = re.compile(r"tps = ([0-9.]+)")

# `:n` and `:companies` are pgbench's variables; names in braces are filled in from a real hold.
_SCRIPT: Final = r"""
\set n random(0, :companies - 1)
WITH one AS MATERIALIZED (
    SELECT merchant.id AS merchant_id, company.id AS company_id, line.id AS line_id, uuidv7() AS hold_id,
           uuidv7() AS entry_id, now() AS at
    FROM merchants merchant
    JOIN company_refs ON company_refs.merchant_id = merchant.id AND company_refs.scope_id = '{shop_id}'
     AND company_refs.ref = 'C' || lpad((:n)::text, 7, '0')
    JOIN companies company ON company.merchant_id = merchant.id AND company.id = company_refs.company_id
    JOIN credit_lines line ON line.merchant_id = merchant.id AND line.company_id = company.id AND line.currency = 'EUR'
    WHERE merchant.id = '{merchant_id}'
), moved AS (
    UPDATE balances SET held_minor = held_minor + {amount_minor}
    FROM one JOIN credit_lines line ON line.merchant_id = one.merchant_id AND line.id = one.line_id
    WHERE balances.merchant_id = one.merchant_id AND balances.line_id = one.line_id
      AND balances.held_minor + balances.uninvoiced_minor + balances.receivable_minor - balances.on_account_minor
          - balances.credit_notes_minor + {amount_minor} <= line.limit_minor
    RETURNING one.*, balances.held_minor AS exposure, line.limit_minor - balances.held_minor AS available
), decided AS (
    INSERT INTO decisions (merchant_id, id, shop_id, company_id, outcome, currency, amount_minor, policy_version, author,
                           trace, decided_at)
    SELECT merchant_id, hold_id, '{shop_id}', company_id, 'approved', 'EUR', {amount_minor}, 1, 'shop key', '{trace}', at
    FROM moved
), held AS (
    INSERT INTO holds (merchant_id, id, shop_id, company_id, line_id, status, currency, amount_minor, line_amount_minor,
                       cart_ref, terms, created_at, expires_at)
    SELECT merchant_id, hold_id, '{shop_id}', company_id, line_id, 'pending', 'EUR', {amount_minor}, {amount_minor},
           '4711', '{terms}', at, at + interval '1 hour'
    FROM moved
), booked AS (
    INSERT INTO journal_entries (merchant_id, id, line_id, kind, reference, subject_id, effective_on, recorded_at,
                                 author, exposure_after_minor, available_after_minor)
    SELECT merchant_id, entry_id, line_id, 'hold_placed', 'hold:' || hold_id || ': placed', hold_id, at::date, at,
           'shop key', exposure, available
    FROM moved
), posted AS (
    INSERT INTO postings (merchant_id, entry_id, position, debit_account, credit_account, phase, amount_minor, currency)
    SELECT merchant_id, entry_id, 0, 'held', 'commitments', 'pending', {amount_minor}, 'EUR' FROM moved
)
INSERT INTO idempotency_keys (merchant_id, scope_id, key, request_hash, status, response, created_at)
SELECT merchant_id, '{shop_id}', hold_id::text, '{request_hash}', 201, '{response}', at FROM moved;
"""


async def make_script(world: World) -> str:
    """pgbench's script, with trace, terms and answer of the latest hold that the service has placed."""
    connection = await asyncpg.connect(world.url)
    try:
        row = await connection.fetchrow(
            """
            SELECT decision.trace::text AS trace, hold.terms::text AS terms, hold.amount_minor,
                   answer.request_hash::text AS request_hash, answer.response::text AS response
            FROM holds hold
            JOIN decisions decision ON decision.merchant_id = hold.merchant_id AND decision.id = hold.id
            JOIN idempotency_keys answer ON answer.merchant_id = hold.merchant_id AND answer.created_at = hold.created_at
            ORDER BY hold.id DESC LIMIT 1
            """
        )
    finally:
        await connection.close()
    values = {**row, "merchant_id": world.merchant_id, "shop_id": world.shop_id}
    text = _SCRIPT
    for name, value in values.items():
        # pgbench would take a colon before a letter for one of its variables.
        literal = re.sub(r":(?=[A-Za-z_])", ": ", str(value)).replace("'", "''")
        text = text.replace("{" + name + "}", literal)
    return text


def run_pgbench(world: World, script: Path, *, companies: int, seconds: float) -> float:
    """Reservations per second. One company means that all meet on one account."""
    address = urlsplit(world.url)
    host = parse_qs(address.query)["host"][0]
    finished = subprocess.run(  # noqa: S603 - our own program
        [
            server_programs() / "pgbench",
            *("--no-vacuum", "--protocol=prepared", f"--client={_CLIENTS}", f"--time={max(1, round(seconds))}"),
            *(f"--file={script}", f"--define=companies={companies}"),
            *(f"--host={host}", f"--username={address.username}", address.path.lstrip("/")),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + _TIMEOUT_S,
    )
    found = _RATE.search(finished.stdout)
    if finished.returncode or found is None:
        raise SystemExit(finished.stderr)
    return float(found.group(1))
