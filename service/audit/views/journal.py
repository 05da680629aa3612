"""The journal by itself: every posting makes sense, and every entry says what was left after it."""

from __future__ import annotations

from typing import Final

from service.audit.domain import Invariant, View, Within
from service.ledger.domain import LINE_ACCOUNTS, Account

__all__ = ["CHAINS", "EXPOSURE_CHANGE", "JOINED", "POSTINGS"]

# Postings with their entries; every view that recomputes something from the journal begins with it.
JOINED: Final = """
    journal_entries entry
    JOIN postings posting ON posting.merchant_id = entry.merchant_id AND posting.entry_id = entry.id
"""


def _words(*accounts: Account) -> str:
    return ", ".join(f"'{account.value}'" for account in accounts)


_OF_LINE: Final = _words(*LINE_ACCOUNTS)
_PENDING: Final = _words(Account.HELD, Account.COMMITMENTS)
# To debit any account of a line adds to what the company would owe, be it debt or the loss of credit it had.
EXPOSURE_CHANGE: Final = (
    f"posting.amount_minor * ((posting.debit_account IN ({_OF_LINE}))::int"
    f" - (posting.credit_account IN ({_OF_LINE}))::int)"
)


def _select_postings(within: Within) -> str:
    return f"""
        SELECT entry.merchant_id, entry.line_id, entry.id AS entry_id, entry.kind, posting.position,
               posting.debit_account, posting.credit_account, posting.phase, posting.amount_minor, posting.currency,
               balance.currency AS line_currency
        FROM {JOINED}
        JOIN balances balance ON balance.merchant_id = entry.merchant_id AND balance.line_id = entry.line_id
        WHERE {within.lines("entry")}
    """  # noqa: S608 - built of this package's own constants


POSTINGS: Final = View(
    name="postings",
    ids=("entry_id", "line_id"),
    select=_select_postings,
    invariants=(
        Invariant(
            name="posting_moves_something",
            description="A posting moves a positive amount between two different accounts.",
            broken="amount_minor <= 0 OR debit_account = credit_account",
            shown=("position", "debit_account", "credit_account", "amount_minor"),
        ),
        Invariant(
            name="posting_keeps_to_its_phase",
            description="Reservations move between held and commitments and are pending; all other movements are final.",
            broken=f"(debit_account IN ({_PENDING})) <> (phase = 'pending')"
            f" OR (credit_account IN ({_PENDING})) <> (phase = 'pending')",
            shown=("position", "debit_account", "credit_account", "phase"),
        ),
        Invariant(
            name="posting_is_in_currency_of_its_line",
            description="A posting is in the currency of the credit line whose books it changes.",
            broken="currency <> line_currency",
            shown=("position", "currency", "line_currency"),
        ),
    ),
)


def _select_chains(within: Within) -> str:
    """Entries have no number that orders them beyond doubt, and need none: seen as steps from the exposure before to
    the one after, they form an unbroken walk from zero to the sum of all changes exactly if every figure is left as
    often as it is reached, by whatever entry, and if those that change nothing stand on a figure that is reached.
    """
    return f"""
        WITH step AS (
            SELECT entry.merchant_id, entry.line_id, entry.id, entry.exposure_after_minor AS arrives_at,
                   coalesce(sum({EXPOSURE_CHANGE}), 0)::bigint AS change
            FROM journal_entries entry
            LEFT JOIN postings posting ON posting.merchant_id = entry.merchant_id AND posting.entry_id = entry.id
            WHERE {within.lines("entry")} GROUP BY entry.merchant_id, entry.id
        ), visit AS (
            SELECT merchant_id, line_id, arrives_at AS figure, 1 AS count, change <> 0 AS is_reached, NULL::uuid AS entry_id
            FROM step
            UNION ALL
            SELECT merchant_id, line_id, arrives_at - change, -1, false, id FROM step
            UNION ALL
            SELECT merchant_id, line_id, 0, 1, true, NULL FROM step GROUP BY merchant_id, line_id
            UNION ALL
            SELECT merchant_id, line_id, sum(change)::bigint, -1, false, NULL FROM step GROUP BY merchant_id, line_id
        ), figure AS (
            SELECT merchant_id, line_id, figure, sum(count) AS surplus, bool_or(is_reached) AS is_reached,
                   min(entry_id::text) AS entry_id
            FROM visit GROUP BY merchant_id, line_id, figure
        )
        SELECT merchant_id, line_id, min(entry_id) FILTER (WHERE surplus < 0 OR NOT is_reached) AS entry_id,
               min(figure) FILTER (WHERE surplus < 0 OR NOT is_reached) AS exposure_before_minor,
               count(*) FILTER (WHERE surplus <> 0 OR NOT is_reached) AS broken_figures
        FROM figure GROUP BY merchant_id, line_id
    """  # noqa: S608 - built of this package's own constants


CHAINS: Final = View(
    name="history",
    ids=("line_id", "entry_id"),
    select=_select_chains,
    invariants=(
        Invariant(
            name="history_is_unbroken",
            description="Each entry's exposure is the one before it plus what the entry moved, from zero to the latest.",
            broken="broken_figures > 0",
            shown=("exposure_before_minor", "broken_figures"),
        ),
    ),
)
