"""What an order's life really announces has the members that the catalogue's examples show."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.outbox import OutboxMessageRow
from service.webhooks.catalogue import CATALOGUE
from tests.api.world import COMPANY, World, make_company, make_hold, make_order
from tests.app import Tenant


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))


async def test_every_announced_message_looks_like_its_example(
    tenant: Tenant, client: httpx.AsyncClient, integrator: httpx.AsyncClient, database: Database
):
    shop = World(tenant=tenant, client=client, integrator=integrator, database=database)
    await shop.open_for_business()
    company = await make_company(shop, {})
    await shop.send("PUT", f"/v1/companies/{company}", {**COMPANY, "legal_name": "Moulin Bleu SARL"})
    await shop.send("POST", f"/v1/holds/{await make_hold(shop, {})}/release", {})
    cancelled = await make_order(shop, {})
    for number, status in enumerate(("shipped", "cancelled")):
        event = {
            "event_id": f"E-{number}",
            "kind": "status",
            "status": status,
            "occurred_at": f"2026-03-02T08:3{number}:00Z",
        }
        await shop.send("POST", f"/v1/orders/{cancelled}/events", event)
    async with database.read() as session:
        rows = await session.execute(select(OutboxMessageRow.event_type, OutboxMessageRow.payload))
        members = [(row.event_type, frozenset(row.payload)) for row in rows]
    assert {name for name, _ in members} >= {
        "company.updated",
        "hold.released",
        "order.held",
        "order.due_date_fixed",
        "order.cancelled",
        "company.credit_changed",
    }
    assert set(members) == {(name, frozenset(CATALOGUE[name].example)) for name, _ in members}
