"""Open items, payments and credit notes: every cent that came in is somewhere, once."""

from __future__ import annotations

from typing import Final

from service.audit.domain import Invariant, View, Within

__all__ = ["CREDIT_NOTES", "OPEN_ITEMS", "PAYMENTS"]


def _share(whole: str, part: str, of: str) -> str:
    """A share of an amount, rounded half up, exactly: the product of two amounts does not fit 64 bits."""
    return f"CASE WHEN {of} > 0 THEN div(2 * {whole}::numeric * {part} + {of}, 2 * {of}::numeric)::bigint ELSE 0 END"


def _select_items(within: Within) -> str:
    return f"""
        SELECT item.merchant_id, item.id AS open_item_id, item.document_ref, item.line_id, item.order_id,
            item.amount_minor, item.allocated_minor, item.credited_minor, item.written_off_minor, item.open_minor,
            item.line_open_minor, {_share("item.line_amount_minor", "item.open_minor", "item.amount_minor")} AS line_share_minor,
            item.settled_on IS NOT NULL AS is_settled, item.due_on < item.issued_on AS is_due_before_issue,
            coalesce(given.amount, 0)::bigint AS allocations_minor,
            item.order_id IS NULL OR (about.line_id, about.company_id, about.shop_id, about.currency) IS NOT DISTINCT FROM
                (item.line_id, item.company_id, item.shop_id, item.currency) AS is_of_order
        FROM open_items item
        LEFT JOIN orders about ON about.merchant_id = item.merchant_id AND about.id = item.order_id
        LEFT JOIN (
            SELECT settled.merchant_id, settled.id, sum(one.amount_minor) AS amount
            FROM open_items settled
            JOIN allocations one ON one.merchant_id = settled.merchant_id AND one.open_item_id = settled.id
            WHERE one.reversed_at IS NULL AND {within.companies("settled")} GROUP BY settled.merchant_id, settled.id
        ) given ON given.merchant_id = item.merchant_id AND given.id = item.id
        WHERE {within.companies("item")}
    """  # noqa: S608 - built of this package's own constants


OPEN_ITEMS: Final = View(
    name="open_items",
    ids=("open_item_id", "document_ref", "line_id"),
    select=_select_items,
    invariants=(
        Invariant(
            name="open_item_adds_up",
            description="What is left of a document is its amount less what was paid, credited and written off.",
            broken="least(allocated_minor, credited_minor, written_off_minor, open_minor) < 0"
            " OR open_minor <> amount_minor - allocated_minor - credited_minor - written_off_minor"
            " OR is_settled <> (open_minor = 0) OR is_due_before_issue",
            shown=(
                "amount_minor",
                "allocated_minor",
                "credited_minor",
                "written_off_minor",
                "open_minor",
                "is_settled",
            ),
        ),
        Invariant(
            name="open_item_is_carried_by_its_line",
            description="The line carries the open share of a document at the rate frozen on its order.",
            broken="line_open_minor <> line_share_minor",
            shown=("open_minor", "line_open_minor", "line_share_minor"),
        ),
        Invariant(
            name="open_item_equals_its_allocations",
            description="What was paid on a document is the sum of the allocations to it that were not taken back.",
            broken="allocated_minor <> allocations_minor",
            shown=("allocated_minor", "allocations_minor"),
        ),
        Invariant(
            name="open_item_belongs_to_its_order",
            description="A document of an order is of the same company, line, shop and currency.",
            broken="NOT is_of_order",
            shown=("order_id",),
        ),
    ),
)


def _select_funds(table: str, id_column: str, *, status: str) -> str:
    return f"""
        SELECT source.merchant_id, source.id AS {id_column}, source.line_id, {status} AS status, source.amount_minor,
            source.unallocated_minor, source.refunded_minor, source.line_unallocated_minor,
            {_share("source.line_amount_minor", "source.unallocated_minor", "source.amount_minor")} AS line_share_minor,
            coalesce(used.amount, 0)::bigint AS allocations_minor,
            line.company_id IS NOT DISTINCT FROM source.company_id AS is_of_company
        FROM {table} source
        LEFT JOIN credit_lines line ON line.merchant_id = source.merchant_id AND line.id = source.line_id
        LEFT JOIN (
            SELECT spent.merchant_id, spent.id, sum(one.amount_minor) AS amount
            FROM {table} spent
            JOIN allocations one ON one.merchant_id = spent.merchant_id AND one.{id_column} = spent.id
            WHERE one.reversed_at IS NULL AND %s GROUP BY spent.merchant_id, spent.id
        ) used ON used.merchant_id = source.merchant_id AND used.id = source.id
        WHERE %s
    """  # noqa: S608 - built of this package's own constants


def _select_payments(within: Within) -> str:
    select = _select_funds("payments", "payment_id", status="source.status")
    return select % (within.companies("spent"), within.companies("source"))


def _select_notes(within: Within) -> str:
    select = _select_funds("credit_notes", "credit_note_id", status="'issued'")
    return select % (within.companies("spent"), within.companies("source"))


def _invariants_of_funds(word: str, plural: str, *, adds_up: str) -> tuple[Invariant, ...]:
    shown = ("status", "amount_minor", "allocations_minor", "unallocated_minor", "refunded_minor")
    return (
        Invariant(
            name=f"{word}_adds_up",
            description=adds_up,
            broken="least(unallocated_minor, refunded_minor) < 0 OR CASE WHEN status = 'bounced'"
            " THEN allocations_minor <> 0 OR unallocated_minor <> 0"
            " ELSE allocations_minor + unallocated_minor + refunded_minor <> amount_minor END",
            shown=shown,
        ),
        Invariant(
            name=f"{word}_is_carried_by_its_line",
            description=f"The line carries what is left of {plural} at the rate at which they came.",
            broken="line_unallocated_minor <> line_share_minor OR NOT is_of_company",
            shown=("unallocated_minor", "line_unallocated_minor", "line_share_minor", "is_of_company"),
        ),
    )


PAYMENTS: Final = View(
    name="payments",
    ids=("payment_id", "line_id"),
    select=_select_payments,
    invariants=_invariants_of_funds(
        "payment",
        "payments",
        adds_up="Payments are allocated, refunded or still there; after a bounce nothing of one is in use.",
    ),
)
CREDIT_NOTES: Final = View(
    name="credit_notes",
    ids=("credit_note_id", "line_id"),
    select=_select_notes,
    invariants=_invariants_of_funds(
        "credit_note", "credit notes", adds_up="Credit notes are allocated, refunded or still there."
    ),
)
