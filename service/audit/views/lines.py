"""Credit lines: the balances that decisions are made on, against everything they are made of."""

from __future__ import annotations

from typing import Final

from service.audit.domain import Invariant, View, Within
from service.audit.views.journal import JOINED

__all__ = ["LINES"]

_JOURNAL_SUMS: Final = "\n".join(
    f"sum(posting.amount_minor * {sign}((posting.debit_account = '{account}')::int"
    f" - (posting.credit_account = '{account}')::int)) AS {account},"
    for account, sign in (
        ("held", ""), ("uninvoiced", ""), ("receivable", ""), ("on_account", "-"), ("credit_notes", "-"),
    )
).rstrip(",")  # fmt: skip


def _select_lines(within: Within) -> str:
    return f"""
        SELECT balance.merchant_id, balance.line_id, line.company_id, balance.currency, line.currency AS agreed_currency,
            balance.held_minor, balance.uninvoiced_minor, balance.receivable_minor, balance.on_account_minor,
            balance.credit_notes_minor,
            coalesce(journal.held, 0)::bigint AS held_journal_minor,
            coalesce(journal.uninvoiced, 0)::bigint AS uninvoiced_journal_minor,
            coalesce(journal.receivable, 0)::bigint AS receivable_journal_minor,
            coalesce(journal.on_account, 0)::bigint AS on_account_journal_minor,
            coalesce(journal.credit_notes, 0)::bigint AS credit_notes_journal_minor,
            coalesce(hold.reserved, 0)::bigint AS holds_minor,
            coalesce(orders.uninvoiced, 0)::bigint AS uninvoiced_orders_minor,
            coalesce(item.open, 0)::bigint AS open_items_minor,
            coalesce(payment.rest, 0)::bigint AS payments_minor,
            coalesce(note.rest, 0)::bigint AS credit_notes_rest_minor,
            line.unpaid_count, coalesce(item.unpaid, 0) AS unpaid_items,
            line.oldest_due_on::text AS oldest_due_on, item.oldest_due_on::text AS oldest_item_due_on,
            line.settled_count, coalesce(item.paid, 0) AS paid_items, line.settled_days_late
        FROM balances balance
        LEFT JOIN credit_lines line ON line.merchant_id = balance.merchant_id AND line.id = balance.line_id
        LEFT JOIN (
            SELECT entry.merchant_id, entry.line_id, {_JOURNAL_SUMS}
            FROM {JOINED} WHERE {within.lines("entry")} GROUP BY entry.merchant_id, entry.line_id
        ) journal ON journal.merchant_id = balance.merchant_id AND journal.line_id = balance.line_id
        LEFT JOIN (
            SELECT one.merchant_id, one.line_id,
                   sum(one.line_amount_minor - one.line_captured_minor - one.line_released_minor) AS reserved
            FROM holds one WHERE {within.companies("one")} GROUP BY one.merchant_id, one.line_id
        ) hold ON hold.merchant_id = balance.merchant_id AND hold.line_id = balance.line_id
        LEFT JOIN (
            SELECT one.merchant_id, one.line_id, sum(one.line_billed_minor) AS uninvoiced
            FROM orders one WHERE one.status = 'uninvoiced' AND {within.companies("one")}
            GROUP BY one.merchant_id, one.line_id
        ) orders ON orders.merchant_id = balance.merchant_id AND orders.line_id = balance.line_id
        LEFT JOIN (
            SELECT one.merchant_id, one.line_id, sum(one.line_open_minor) AS open,
                   count(*) FILTER (WHERE one.open_minor > 0) AS unpaid,
                   min(one.due_on) FILTER (WHERE one.open_minor > 0) AS oldest_due_on,
                   count(*) FILTER (WHERE one.open_minor = 0 AND one.written_off_minor = 0
                                      AND (one.allocated_minor > 0 OR one.credited_minor = 0)) AS paid
            FROM open_items one WHERE {within.companies("one")} GROUP BY one.merchant_id, one.line_id
        ) item ON item.merchant_id = balance.merchant_id AND item.line_id = balance.line_id
        LEFT JOIN (
            SELECT one.merchant_id, one.line_id, sum(one.line_unallocated_minor) AS rest
            FROM payments one WHERE {within.companies("one")} GROUP BY one.merchant_id, one.line_id
        ) payment ON payment.merchant_id = balance.merchant_id AND payment.line_id = balance.line_id
        LEFT JOIN (
            SELECT one.merchant_id, one.line_id, sum(one.line_unallocated_minor) AS rest
            FROM credit_notes one WHERE {within.companies("one")} GROUP BY one.merchant_id, one.line_id
        ) note ON note.merchant_id = balance.merchant_id AND note.line_id = balance.line_id
        WHERE {within.lines("balance")}
    """  # noqa: S608 - built of this package's own constants


_ACCOUNTS: Final = ("held", "uninvoiced", "receivable", "on_account", "credit_notes")

LINES: Final = View(
    name="credit_lines",
    ids=("line_id", "company_id"),
    select=_select_lines,
    invariants=(
        Invariant(
            name="line_has_its_agreement",
            description="The books of a line belong to one agreement with a company, in the same currency.",
            broken="agreed_currency IS DISTINCT FROM currency",
            shown=("currency", "agreed_currency"),
        ),
        Invariant(
            name="balances_equal_journal",
            description="Each balance of a line is the sum of all postings to that account since the beginning.",
            broken=" OR ".join(f"{account}_minor <> {account}_journal_minor" for account in _ACCOUNTS),
            shown=tuple(name for account in _ACCOUNTS for name in (f"{account}_minor", f"{account}_journal_minor")),
        ),
        Invariant(
            name="no_account_below_zero",
            description="No account of a line is overdrawn, neither as kept nor as the journal has it.",
            broken=f"least({', '.join(f'{account}_minor, {account}_journal_minor' for account in _ACCOUNTS)}) < 0",
            shown=tuple(f"{account}_journal_minor" for account in _ACCOUNTS),
        ),
        Invariant(
            name="held_equals_holds",
            description="What a line has reserved is what its holds still reserve.",
            broken="held_journal_minor <> holds_minor",
            shown=("held_journal_minor", "holds_minor"),
        ),
        Invariant(
            name="uninvoiced_equals_orders",
            description="What a line has delivered and not invoiced is what its orders wait to be invoiced for.",
            broken="uninvoiced_journal_minor <> uninvoiced_orders_minor",
            shown=("uninvoiced_journal_minor", "uninvoiced_orders_minor"),
        ),
        Invariant(
            name="receivable_equals_open_items",
            description="What a line has outstanding is what is left to pay on its open items.",
            broken="receivable_journal_minor <> open_items_minor",
            shown=("receivable_journal_minor", "open_items_minor"),
        ),
        Invariant(
            name="on_account_equals_payments",
            description="Money on account is what payments have not been allocated to yet.",
            broken="on_account_journal_minor <> payments_minor",
            shown=("on_account_journal_minor", "payments_minor"),
        ),
        Invariant(
            name="credit_equals_credit_notes",
            description="A line's open credit is what its credit notes have not been allocated to yet.",
            broken="credit_notes_journal_minor <> credit_notes_rest_minor",
            shown=("credit_notes_journal_minor", "credit_notes_rest_minor"),
        ),
        Invariant(
            name="unpaid_facts_equal_open_items",
            description="How many documents are unpaid, and since when, is what decisions are told.",
            broken="unpaid_count <> unpaid_items OR oldest_due_on IS DISTINCT FROM oldest_item_due_on",
            shown=("unpaid_count", "unpaid_items", "oldest_due_on", "oldest_item_due_on"),
        ),
        Invariant(
            name="punctuality_counts_paid_items",
            description="The record of punctuality counts every paid document once.",
            broken="settled_count <> paid_items OR settled_days_late < 0",
            shown=("settled_count", "paid_items", "settled_days_late"),
        ),
    ),
)
