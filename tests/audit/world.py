"""A life that leaves something in every corner of the books, lived through the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from service.core.clock import FixedClock
from service.credit.jobs import run_expire_hold_once
from service.infra.database import Database
from service.webhooks.jobs import run_fan_out_once
from tests.orders.world import Debtor

PLACED = "2026-03-02T09:00:00Z"
WEBHOOK = {"url": "https://erp.example/hooks", "event_types": ["order.settled", "order.due_date_fixed"]}
MONTHLY = {"net_days": 30, "billing_period": "monthly"}


@dataclass(frozen=True, slots=True)
class Life:
    """What came of it, by name. Refs of orders are those of the shop."""

    line_id: UUID
    pending_hold: UUID
    override_hold: UUID
    refused_decision: UUID
    part_payment: UUID
    over_payment: UUID
    bounced_payment: UUID


async def live(shop: httpx.AsyncClient, debtor: Debtor, *, database: Database, clock: FixedClock) -> Life:
    """Quotes and refusals aside, all kinds of entries there are."""
    await _send(shop, "POST", "/v1/webhooks", WEBHOOK)
    await _send(shop, "PUT", "/v1/terms/monthly", MONTHLY)
    await _send(shop, "PATCH", "/v1/shops/main", {"settings": {"allowed_terms": ["net_30", "monthly"]}})
    released = await place(shop, "10.00")
    await _send(shop, "POST", f"/v1/holds/{released}/release", {"reason": "given up"})
    await place(shop, "20.00")
    clock.advance(hours=3)
    assert await run_expire_hold_once(database, clock.now())
    pending = await place(shop, "30.00")
    await order(shop, {"O-split-1": "100.00", "O-split-2": "50.00"})
    await report(shop, "O-split-2", "cancelled")
    await order(shop, {"O-monthly": "60.00"}, terms="monthly", status="shipped")
    await order(shop, {"O-part": "200.00"}, status="shipped")
    part = await pay(shop, "80.00", "O-part")
    await report(shop, "O-part", "credit_slip", amount="40.00", currency="EUR")
    await order(shop, {"O-over": "120.00"}, status="shipped")
    over = await pay(shop, "150.00", "O-over", allocate={"orders": [{"ref": "O-over"}]})
    await order(shop, {"O-returned": "100.00"}, status="shipped")
    await pay(shop, "100.00", "O-returned")
    await report(shop, "O-returned", "credit_slip", amount="25.00", currency="EUR")
    await order(shop, {"O-bounced": "70.00"}, status="shipped")
    bounced = await pay(shop, "70.00", "O-bounced")
    await _send(shop, "POST", f"/v1/payments/{bounced}/bounce", {"reason": "no funds"})
    await order(shop, {"O-lost": "15.00"}, status="shipped")
    (lost,) = (await _send(shop, "GET", "/v1/open-items?document=O-lost", None))["items"]
    await _send(shop, "POST", f"/v1/open-items/{lost['id']}/write-off", {"reason": "insolvent"})
    refused = await _hold(shop, "5000.00")
    assert refused["outcome"] == "declined"
    override = await place(shop, "900.00", override={"reason": "by phone"})
    await _send(shop, "PUT", "/v1/companies/C-1/credit/limit", {"kind": "amount", "amount": "1.00", "reason": "review"})
    await _send(shop, "POST", "/v1/companies/C-1/credit/freeze", {"reason": "late"})
    assert await run_fan_out_once(database, clock.now())
    return Life(
        line_id=debtor.line_id,
        pending_hold=pending,
        override_hold=override,
        refused_decision=UUID(refused["decision_id"]),
        part_payment=part,
        over_payment=over,
        bounced_payment=bounced,
    )


async def place(shop: httpx.AsyncClient, amount: str, **more: Any) -> UUID:
    answer = await _hold(shop, amount, **more)
    assert answer["outcome"] == "approved", answer
    return UUID(answer["hold_id"])


async def order(shop: httpx.AsyncClient, amounts: dict[str, str], *, status: str | None = None, **more: Any) -> None:
    total = sum(int(amount.replace(".", "")) for amount in amounts.values())
    hold_id = await place(shop, f"{total / 100:.2f}", **more)
    given = {"placed_at": PLACED} | ({"status": status} if status else {})
    parts = [{"ref": ref, "amount": amount, **given} for ref, amount in amounts.items()]
    await _send(shop, "POST", f"/v1/holds/{hold_id}/orders", {"orders": parts})


async def report(shop: httpx.AsyncClient, ref: str, kind: str, **more: str) -> None:
    body = {"event_id": f"{ref}-{kind}", "kind": kind, "occurred_at": "2026-03-02T12:00:00Z", **more}
    await _send(shop, "POST", f"/v1/orders/{ref}/events", body)


async def pay(shop: httpx.AsyncClient, amount: str, reference: str, **more: Any) -> UUID:
    body = {
        "company": "C-1",
        "amount": amount,
        "currency": "EUR",
        "method": "bank_transfer",
        "reference": reference,
        "received_on": "2026-03-02",
        **more,
    }
    return UUID((await _send(shop, "POST", "/v1/payments", body))["id"])


async def _hold(shop: httpx.AsyncClient, amount: str, **more: Any) -> dict[str, Any]:
    return await _send(shop, "POST", "/v1/holds", {"company": "C-1", "amount": amount, "currency": "EUR", **more})


async def _send(shop: httpx.AsyncClient, method: str, path: str, body: Any) -> dict[str, Any]:
    answer = await shop.request(method, path, json=body)
    assert answer.is_success, (method, path, answer.text)
    found: dict[str, Any] = answer.json()
    return found
