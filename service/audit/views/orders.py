"""Holds and orders: what is reserved resolves once, and every order sits in exactly one bucket."""

from __future__ import annotations

from typing import Final

from service.audit.domain import Invariant, View, Within
from service.audit.views.journal import JOINED

__all__ = ["HOLDS", "ORDERS"]


def _select_holds(within: Within) -> str:
    return f"""
        SELECT coalesce(hold.merchant_id, moved.merchant_id) AS merchant_id, coalesce(hold.id, moved.hold_id) AS hold_id,
            hold.line_id, hold.status, hold.is_attached, hold.line_amount_minor, hold.line_captured_minor,
            hold.line_released_minor, hold.resolved_at IS NOT NULL AS is_resolved,
            hold.line_amount_minor - hold.line_captured_minor - hold.line_released_minor AS reserved_minor,
            coalesce(moved.held, 0)::bigint AS journal_minor,
            coalesce(attached.orders, 0) AS orders, coalesce(attached.held, 0)::bigint AS orders_held_minor
        FROM (SELECT * FROM holds one WHERE {within.companies("one")}) hold
        FULL JOIN (
            SELECT entry.merchant_id, coalesce(about.hold_id, entry.subject_id) AS hold_id,
                   sum(posting.amount_minor * ((posting.debit_account = 'held')::int
                                               - (posting.credit_account = 'held')::int)) AS held
            FROM {JOINED}
            LEFT JOIN orders about ON about.merchant_id = entry.merchant_id AND about.id = entry.subject_id
            WHERE 'held' IN (posting.debit_account, posting.credit_account) AND {within.lines("entry")}
            GROUP BY 1, 2
        ) moved ON moved.merchant_id = hold.merchant_id AND moved.hold_id = hold.id
        LEFT JOIN (
            SELECT one.merchant_id, one.hold_id, count(*) AS orders, sum(one.line_held_minor) AS held
            FROM orders one WHERE {within.companies("one")} GROUP BY one.merchant_id, one.hold_id
        ) attached ON attached.merchant_id = hold.merchant_id AND attached.hold_id = hold.id
    """  # noqa: S608 - built of this package's own constants


HOLDS: Final = View(
    name="holds",
    ids=("hold_id", "line_id"),
    select=_select_holds,
    invariants=(
        Invariant(
            name="hold_resolves_at_most_once",
            description="Of a hold, each unit is captured, released or still reserved; its status says which.",
            broken="least(line_captured_minor, line_released_minor, reserved_minor) < 0"
            " OR (status = 'pending') <> (reserved_minor > 0)"
            " OR (status = 'pending') = is_resolved"
            " OR (status = 'captured' AND line_captured_minor = 0)"
            " OR (status IN ('released', 'expired') AND line_captured_minor > 0)",
            shown=("status", "line_amount_minor", "line_captured_minor", "line_released_minor", "is_resolved"),
        ),
        Invariant(
            name="hold_equals_its_journal",
            description="What a hold reserves is what the journal reserved for it and its orders.",
            broken="reserved_minor IS DISTINCT FROM journal_minor",
            shown=("reserved_minor", "journal_minor"),
        ),
        Invariant(
            name="hold_equals_its_orders",
            description="A hold with orders reserves what its orders reserve together; one without has no order.",
            broken="is_attached <> (orders > 0) OR (is_attached AND reserved_minor <> orders_held_minor)",
            shown=("is_attached", "orders", "reserved_minor", "orders_held_minor"),
        ),
    ),
)


def _select_orders(within: Within) -> str:
    return f"""
        SELECT one.merchant_id, one.id AS order_id, one.ref AS order_ref, one.line_id, one.hold_id, one.status, one.currency,
            one.base_on IS NOT NULL AS is_captured, one.owed_minor, one.line_held_minor, one.line_billed_minor,
            one.exchange_rate IS NOT NULL AND one.currency <> line.currency AS is_converted,
            (hold.company_id, hold.line_id, hold.shop_id, hold.currency) IS NOT DISTINCT FROM
                (one.company_id, one.line_id, one.shop_id, one.currency) AS is_of_hold,
            coalesce(moved.uninvoiced, 0)::bigint AS uninvoiced_journal_minor,
            coalesce(moved.billed, 0)::bigint AS billed_journal_minor, coalesce(moved.entries, 0) AS entries,
            coalesce(item.documents, 0) AS documents, coalesce(item.open, 0)::bigint AS open_minor,
            coalesce(item.line_open, 0)::bigint AS line_open_minor,
            coalesce(item.written_off, 0)::bigint AS written_off_minor,
            coalesce(item.billed, 0)::bigint - coalesce(note.amount, 0)::bigint AS documents_minor
        FROM orders one
        LEFT JOIN credit_lines line ON line.merchant_id = one.merchant_id AND line.id = one.line_id
        LEFT JOIN holds hold ON hold.merchant_id = one.merchant_id AND hold.id = one.hold_id
        LEFT JOIN (
            SELECT entry.merchant_id, entry.subject_id, count(*) AS entries,
                   sum(posting.amount_minor * ((posting.debit_account = 'uninvoiced')::int
                                               - (posting.credit_account = 'uninvoiced')::int)) AS uninvoiced,
                   sum(posting.amount_minor * ((posting.credit_account = 'sales')::int
                                               - (posting.debit_account = 'sales')::int)) AS billed
            FROM {JOINED} WHERE posting.phase = 'posted' AND {within.lines("entry")}
            GROUP BY entry.merchant_id, entry.subject_id
        ) moved ON moved.merchant_id = one.merchant_id AND moved.subject_id = one.id
        LEFT JOIN (
            SELECT each.merchant_id, each.order_id, count(*) AS documents, sum(each.open_minor) AS open,
                   sum(each.line_open_minor) AS line_open, sum(each.written_off_minor) AS written_off,
                   sum(each.amount_minor - each.credited_minor) AS billed
            FROM open_items each WHERE {within.companies("each")} GROUP BY each.merchant_id, each.order_id
        ) item ON item.merchant_id = one.merchant_id AND item.order_id = one.id
        LEFT JOIN (
            SELECT each.merchant_id, each.order_id, sum(each.amount_minor) AS amount
            FROM credit_notes each WHERE each.kind = 'correction' AND {within.companies("each")}
            GROUP BY each.merchant_id, each.order_id
        ) note ON note.merchant_id = one.merchant_id AND note.order_id = one.id
        WHERE {within.companies("one")}
    """  # noqa: S608 - built of this package's own constants


_WRONG_BUCKET: Final = """
    documents > 1
    OR (line_held_minor > 0)::int + (uninvoiced_journal_minor > 0)::int + (line_open_minor > 0)::int > 1
    OR CASE status
        WHEN 'held' THEN is_captured OR documents > 0 OR line_billed_minor > 0
        WHEN 'uninvoiced' THEN NOT is_captured OR documents > 0 OR line_held_minor > 0
        WHEN 'invoiced' THEN open_minor = 0 OR line_held_minor > 0
        WHEN 'settled' THEN open_minor > 0 OR line_held_minor > 0 OR (documents = 0 AND owed_minor > 0)
        WHEN 'written_off' THEN open_minor > 0 OR written_off_minor = 0
        ELSE owed_minor > 0 OR line_held_minor > 0
    END
"""

ORDERS: Final = View(
    name="orders",
    ids=("order_id", "order_ref", "line_id"),
    select=_select_orders,
    invariants=(
        Invariant(
            name="order_belongs_to_its_hold",
            description="An order has a hold of the same company, line, shop and currency.",
            broken="NOT is_of_hold",
            shown=("hold_id",),
        ),
        Invariant(
            name="order_sits_in_one_bucket",
            description="An order's amount is reserved, waiting for its invoice, or owed: in one place, as its status says.",
            broken=_WRONG_BUCKET,
            shown=(
                "status",
                "owed_minor",
                "line_held_minor",
                "line_billed_minor",
                "uninvoiced_journal_minor",
                "documents",
                "open_minor",
                "line_open_minor",
            ),
        ),
        Invariant(
            name="order_carries_what_is_owed",
            description="What is reserved or billed for an order is what is owed for it.",
            broken="NOT is_converted AND owed_minor <> CASE WHEN is_captured THEN line_billed_minor ELSE line_held_minor END",
            shown=("status", "is_captured", "owed_minor", "line_held_minor", "line_billed_minor"),
        ),
        Invariant(
            name="order_equals_its_journal",
            description="What is billed and not yet invoiced for an order is what the journal booked for it.",
            # Each entry of an order in another currency is rounded by itself, by less than one unit.
            broken="uninvoiced_journal_minor <> CASE WHEN status = 'uninvoiced' THEN line_billed_minor ELSE 0 END"
            " OR abs(billed_journal_minor - line_billed_minor) > CASE WHEN is_converted THEN entries ELSE 0 END",
            shown=("status", "line_billed_minor", "billed_journal_minor", "uninvoiced_journal_minor"),
        ),
        Invariant(
            name="order_equals_its_document",
            description="What is owed for an invoiced order is what its document says, less what was credited.",
            broken="documents > 0 AND NOT is_converted AND owed_minor <> documents_minor",
            shown=("owed_minor", "documents_minor"),
        ),
    ),
)
