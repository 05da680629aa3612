"""After each load: are the books right, and was every request answered once?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from benchmarks.world import World

__all__ = ["BooksWrong", "Counts", "count_rows", "require_right_books"]


class BooksWrong(AssertionError):
    """A load left the books in a state that must not be. Then no number of it means anything."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are of what a load adds to."""

    keys: int
    holds: int
    decisions: int
    entries: int
    postings: int


_COUNTS: Final = """
SELECT (SELECT count(*) FROM idempotency_keys), (SELECT count(*) FROM holds), (SELECT count(*) FROM decisions),
       (SELECT count(*) FROM journal_entries WHERE kind = 'hold_placed'),
       (SELECT count(*) FROM postings WHERE debit_account = 'held')
"""

# Held, uninvoiced and receivable grow by a debit; nothing measured here touches the other two accounts.
_DIFFERENT: Final = """
SELECT count(*) FROM balances LEFT JOIN (
    SELECT entry.merchant_id, entry.line_id,
           sum(CASE 'held' WHEN debit_account THEN amount_minor WHEN credit_account THEN -amount_minor END) AS held,
           sum(CASE 'uninvoiced' WHEN debit_account THEN amount_minor WHEN credit_account THEN -amount_minor END)
               AS uninvoiced,
           sum(CASE 'receivable' WHEN debit_account THEN amount_minor WHEN credit_account THEN -amount_minor END)
               AS receivable
    FROM journal_entries entry
    JOIN postings ON postings.merchant_id = entry.merchant_id AND postings.entry_id = entry.id
    GROUP BY entry.merchant_id, entry.line_id
) journal USING (merchant_id, line_id)
WHERE (held_minor, uninvoiced_minor, receivable_minor)
      IS DISTINCT FROM (coalesce(held, 0)::bigint, coalesce(uninvoiced, 0)::bigint, coalesce(receivable, 0)::bigint)
"""
_OVER_LIMIT: Final = """
SELECT count(*) FROM balances
JOIN credit_lines line ON line.merchant_id = balances.merchant_id AND line.id = balances.line_id
WHERE held_minor + uninvoiced_minor + receivable_minor > 0
  AND held_minor + uninvoiced_minor + receivable_minor - on_account_minor - credit_notes_minor > line.limit_minor
"""


async def count_rows(world: World) -> Counts:
    """What there is before or after a load."""
    connection = await asyncpg.connect(world.url)
    try:
        return Counts(*await connection.fetchrow(_COUNTS))
    finally:
        await connection.close()


async def require_right_books(world: World, before: Counts, *, answers: Mapping[str, int] | None = None) -> None:
    """Raises BooksWrong. `answers` are the statuses a load of keyed requests was answered with."""
    connection = await asyncpg.connect(world.url)
    try:
        after = Counts(*await connection.fetchrow(_COUNTS))
        _require(await connection.fetchval(_DIFFERENT) == 0, "balances equal the sum of their postings")
        _require(await connection.fetchval(_OVER_LIMIT) == 0, "no line is over its limit")
    finally:
        await connection.close()
    holds = after.holds - before.holds
    _require(after.decisions - before.decisions >= holds, "each hold has its decision")
    _require(after.entries - before.entries == holds, "each hold has its journal entry")
    _require(after.postings - before.postings == holds, "each hold has its posting")
    if answers is not None:
        _require(after.keys - before.keys == sum(answers.values()), "each key is answered once")
        _require(holds == answers.get("201", 0), "there are as many holds as were promised")


def _require(holds: object, what: str) -> None:
    if not holds:
        raise BooksWrong(f"It does not hold that {what}")
