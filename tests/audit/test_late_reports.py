"""Whatever the order in which a shop reports what happened, the books are right afterwards."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import httpx
import pytest

from service.audit.service import audit_books
from service.infra.database import Database
from tests.audit.world import order
from tests.orders.world import Debtor

LIVES: dict[str, list[dict[str, Any]]] = {
    "deleted before it shipped": [
        {"kind": "deleted", "occurred_at": "2026-03-05T09:00:00Z"},
        {"kind": "status", "status": "shipped", "occurred_at": "2026-03-10T09:00:00Z"},
    ],
    "cancelled, then shipped all the same": [
        {"kind": "cancelled", "occurred_at": "2026-03-05T09:00:00Z"},
        {"kind": "status", "status": "shipped", "occurred_at": "2026-03-10T09:00:00Z"},
    ],
    "edited, slipped and shipped": [
        {"kind": "edited", "occurred_at": "2026-03-05T09:00:00Z", "amount": "90.00", "currency": "EUR"},
        {"kind": "credit_slip", "occurred_at": "2026-03-06T09:00:00Z", "amount": "80.00", "currency": "EUR"},
        {"kind": "status", "status": "shipped", "occurred_at": "2026-03-10T09:00:00Z"},
    ],
    "beyond the limit, cancelled and reopened": [
        {"kind": "edited", "occurred_at": "2026-03-05T09:00:00Z", "amount": "2000.00", "currency": "EUR"},
        {"kind": "cancelled", "occurred_at": "2026-03-07T09:00:00Z"},
        {"kind": "reopened", "occurred_at": "2026-03-08T09:00:00Z"},
    ],
    "invoiced, cancelled and reopened for more": [
        {"kind": "invoiced", "occurred_at": "2026-03-05T09:00:00Z"},
        {"kind": "cancelled", "occurred_at": "2026-03-07T09:00:00Z"},
        {"kind": "reopened", "occurred_at": "2026-03-08T09:00:00Z", "amount": "120.00", "currency": "EUR"},
    ],
}


class TestBooksAfterLateReports:
    @pytest.mark.parametrize("life", LIVES)
    async def test_are_right_in_whatever_order_they_come(
        self, life: str, shop: httpx.AsyncClient, company: Debtor, database: Database
    ) -> None:
        for number, events in enumerate(permutations(LIVES[life])):
            ref = f"O-{number}"
            await order(shop, {ref: "100.00"})
            for event in events:
                body = {"event_id": f"{ref}-{event['kind']}", **event}
                answer = await shop.post(f"/v1/orders/{ref}/events", json=body)
                assert answer.status_code == 200, answer.text
            report = await audit_books(database)
            assert report.is_clean, "\n".join(str(finding) for finding in report.findings)
