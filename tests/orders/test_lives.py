"""Random lives of a company's orders: in any order, doubled and late, the books keep adding up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.audit.service import audit_books
from service.core.clock import FixedClock
from service.core.money import format_amount
from service.credit.jobs import run_expire_hold_once
from service.infra.database import Database
from tests.app import Tenant
from tests.orders.world import Debtor, open_company

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIMIT_MINOR = 100_000


@dataclass
class Life:
    """One company's orders as a shop drives them, and what the shop knows of them."""

    shop: httpx.AsyncClient
    company: Debtor
    database: Database
    clock: FixedClock
    data: st.DataObject
    pending_holds: dict[str, int] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    received_minor: int = 0
    payments: dict[str, int] = field(default_factory=dict)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self.shop.post(path, json=body)
        assert response.status_code < 300, response.text
        answer: dict[str, Any] = response.json()
        return answer

    # What may happen

    async def place_hold(self) -> None:
        amount = self.data.draw(st.integers(1, LIMIT_MINOR + 1), label="hold")
        before = await self.exposure()
        body = {"company": self.company.ref, "amount": format_amount(amount, "EUR"), "currency": "EUR"}
        answer = await self.post("/v1/holds", body)
        assert (answer["outcome"] == "approved") == (before + amount <= LIMIT_MINOR)
        if answer["hold_id"]:
            self.pending_holds[answer["hold_id"]] = amount

    async def attach(self) -> None:
        if not self.pending_holds:
            return
        hold_id = self.data.draw(st.sampled_from(sorted(self.pending_holds)), label="hold to attach")
        amount = self.pending_holds.pop(hold_id)
        first = self.data.draw(st.integers(0, amount), label="first part")
        parts = [
            {"ref": f"O-{uuid4().hex}", "amount": format_amount(part, "EUR"), "placed_at": self.clock.now().isoformat()}
            for part in (first, amount - first)
        ]
        await self.post(f"/v1/holds/{hold_id}/orders", {"orders": parts})
        repeated = await self.post(f"/v1/holds/{hold_id}/orders", {"orders": parts})
        self.orders |= {order["ref"]: order for order in repeated["orders"]}

    async def release(self) -> None:
        if self.pending_holds:
            hold_id = self.data.draw(st.sampled_from(sorted(self.pending_holds)), label="hold to release")
            del self.pending_holds[hold_id]
            await self.post(f"/v1/holds/{hold_id}/release", {})
            await self.post(f"/v1/holds/{hold_id}/release", {})

    async def let_holds_expire(self) -> None:
        self.clock.advance(hours=2)
        while await run_expire_hold_once(self.database, self.clock.now()):
            pass
        self.pending_holds.clear()

    async def report(self) -> None:
        if not self.orders:
            return
        ref = self.data.draw(st.sampled_from(sorted(self.orders)), label="order")
        kind = self.data.draw(
            st.sampled_from(["shipped", "cancelled", "edited", "credit_slip", "reopened", "invoiced"]), label="kind"
        )
        late_by = timedelta(minutes=self.data.draw(st.integers(0, 600), label="late by"))
        body: dict[str, Any] = {
            "event_id": uuid4().hex,
            "kind": "status" if kind in {"shipped", "cancelled"} else kind,
            "occurred_at": (self.clock.now() - late_by).isoformat(),
        }
        if body["kind"] == "status":
            body["status"] = kind
        if kind in {"edited", "credit_slip"}:
            amount = self.data.draw(st.integers(0, LIMIT_MINOR), label="amount")
            body |= {"amount": format_amount(amount, "EUR"), "currency": "EUR"}
        self.events.append((ref, body))
        await self.send(ref, body)

    async def repeat_event(self) -> None:
        if self.events:
            await self.send(*self.data.draw(st.sampled_from(self.events), label="repeated"))

    async def send(self, ref: str, body: dict[str, Any]) -> None:
        self.orders[ref] = (await self.post(f"/v1/orders/{ref}/events", body))["order"]

    async def confirm(self) -> None:
        for ref in sorted(self.orders):
            events = (await self.shop.get(f"/v1/orders/{ref}/events")).json()["items"]
            for event in events:
                if event["outcome"] == "flagged":
                    path = f"/v1/orders/{ref}/events/{event['event_id']}/confirm"
                    self.orders[ref] = await self.post(path, {"reason": "a person said so"})
                    return

    async def pay(self) -> None:
        amount = self.data.draw(st.integers(1, LIMIT_MINOR), label="paid")
        body = {
            "company": self.company.ref,
            "amount": format_amount(amount, "EUR"),
            "currency": "EUR",
            "method": "bank_transfer",
            "received_on": "2026-03-02",
        }
        answer = await self.post("/v1/payments", body)
        self.payments[answer["id"]] = amount
        self.received_minor += amount

    async def bounce(self) -> None:
        if self.payments:
            payment_id = self.data.draw(st.sampled_from(sorted(self.payments)), label="bounced")
            self.received_minor -= self.payments.pop(payment_id)
            body = {"reason": "insufficient funds", "bounced_on": "2026-03-02"}
            await self.post(f"/v1/payments/{payment_id}/bounce", body)

    # What must hold

    async def exposure(self) -> int:
        async with self.database.hot_connection() as connection:
            return int(
                await connection.fetchval(
                    "SELECT held_minor + uninvoiced_minor + receivable_minor - on_account_minor - credit_notes_minor"
                    " FROM balances WHERE line_id = $1",
                    self.company.line_id,
                )
            )

    async def owed(self) -> int:
        """All that was ordered and not taken back, before any payment."""
        async with self.database.hot_connection() as connection:
            query = "SELECT coalesce(sum(owed_minor), 0)::bigint FROM orders WHERE line_id = $1"
            return int(await connection.fetchval(query, self.company.line_id))


STEPS: dict[str, Callable[[Life], Awaitable[None]]] = {
    "place a hold": Life.place_hold,
    "attach": Life.attach,
    "release": Life.release,
    "let holds expire": Life.let_holds_expire,
    "report": Life.report,
    "report again": Life.report,
    "repeat an event": Life.repeat_event,
    "confirm": Life.confirm,
    "pay": Life.pay,
    "bounce": Life.bounce,
}


class TestRandomLives:
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(data=st.data(), steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=4, max_size=20))
    async def test_what_is_owed_less_what_was_paid_is_the_exposure(
        self, data: st.DataObject, steps: list[str], shop: httpx.AsyncClient, database: Database, tenant: Tenant,
        clock: FixedClock,
    ) -> None:  # fmt: skip
        clock.instant = START
        company = await open_company(database, tenant, now=clock.now(), ref=f"C-{uuid4().hex}", limit_minor=LIMIT_MINOR)
        life = Life(shop, company, database, clock, data)
        for step in ["place a hold", "attach", *steps]:
            await STEPS[step](life)
            reserved = sum(life.pending_holds.values())
            assert await life.exposure() == await life.owed() + reserved - life.received_minor
        report = await audit_books(database, merchant_id=tenant.merchant_id)
        assert not report.findings
