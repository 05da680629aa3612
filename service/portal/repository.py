"""SQL of what the portal shows. Whoever acts for a shop alone is shown that shop's."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text

from service.infra.statements import Statement, reader_of
from service.infra.work import Work
from service.orders.models import OrderRow
from service.portal.facts import CurrencySums, OpenDocument, OrderUnderWay

__all__ = ["read_documents", "read_orders_under_way", "read_sums"]

# Days late are counted where the shop of a document is.
_DOCUMENTS: Final = Statement(
    text("""
    SELECT item.id, item.line_id, item.shop_id, item.document_ref, item.currency, item.amount_minor, item.open_minor,
           item.issued_on, item.due_on,
           greatest(0, CAST(timezone(shop.time_zone, CAST(:now AS timestamptz)) AS date) - item.due_on),
           item.disputed_at IS NOT NULL, item.promised_on, item.payment_number, charge.kind
    FROM open_items item
    JOIN shops shop ON shop.merchant_id = item.merchant_id AND shop.id = item.shop_id
    LEFT JOIN late_charges charge ON charge.merchant_id = item.merchant_id AND charge.company_id = item.company_id
                                 AND charge.charge_item_id = item.id
    WHERE item.merchant_id = :merchant_id AND item.company_id = :company_id AND item.open_minor > 0
      AND (CAST(:shop_id AS uuid) IS NULL OR item.shop_id = CAST(:shop_id AS uuid))
    ORDER BY item.due_on, item.issued_on, item.id LIMIT :limit
    """)
)
_SUMS: Final = Statement(
    text("""
    SELECT item.currency, count(*), sum(item.open_minor),
           sum(item.open_minor) FILTER (WHERE item.disputed_at IS NOT NULL),
           sum(item.open_minor) FILTER (
               WHERE item.disputed_at IS NULL
                 AND item.due_on < CAST(timezone(shop.time_zone, CAST(:now AS timestamptz)) AS date)
           )
    FROM open_items item
    JOIN shops shop ON shop.merchant_id = item.merchant_id AND shop.id = item.shop_id
    WHERE item.merchant_id = :merchant_id AND item.company_id = :company_id AND item.open_minor > 0
      AND (CAST(:shop_id AS uuid) IS NULL OR item.shop_id = CAST(:shop_id AS uuid))
    GROUP BY item.currency ORDER BY item.currency
    """)
)
# The columns are in the order of the fields.
_document: Final = reader_of(OpenDocument)
_order: Final = reader_of(OrderUnderWay)


def _asked(work: Work, company_id: UUID) -> dict[str, Any]:
    return {
        "merchant_id": work.merchant_id,
        "company_id": company_id,
        "shop_id": work.caller.shop_id,
        "now": work.now,
    }


async def read_documents(work: Work, company_id: UUID, *, limit: int) -> list[OpenDocument]:
    """What is open, oldest due date first."""
    rows = await _DOCUMENTS.rows(work.session, **_asked(work, company_id), limit=limit)
    return [_document(row) for row in rows]


async def read_sums(work: Work, company_id: UUID) -> dict[str, CurrencySums]:
    """What all open documents add up to, by currency."""
    rows = await _SUMS.rows(work.session, **_asked(work, company_id))
    return {
        currency: CurrencySums(
            count=count, open_minor=int(total), disputed_minor=int(disputed or 0), late_minor=int(late or 0)
        )
        for currency, count, total, disputed, late in rows
    }


async def read_orders_under_way(work: Work, company_id: UUID, *, limit: int) -> list[OrderUnderWay]:
    """Accepted orders without a due document yet, oldest first."""
    query = (
        select(
            OrderRow.shop_id,
            OrderRow.ref,
            func.coalesce(OrderRow.purchase_order_number, ""),
            OrderRow.currency,
            OrderRow.owed_minor,
            OrderRow.placed_on,
            OrderRow.due_on,
            OrderRow.due_is_estimate,
        )
        .where(
            OrderRow.merchant_id == work.merchant_id,
            OrderRow.company_id == company_id,
            OrderRow.status.in_(("held", "uninvoiced")),
            OrderRow.owed_minor > 0,
        )
        .order_by(OrderRow.placed_on, OrderRow.id)
        .limit(limit)
    )
    if work.caller.shop_id is not None:
        query = query.where(OrderRow.shop_id == work.caller.shop_id)
    return [_order(row) for row in await work.session.execute(query)]
