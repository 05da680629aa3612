"""Random money on random documents: whatever happens, the books are what the documents say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.core.clock import FixedClock
from service.core.ids import new_id
from service.core.money import format_amount
from service.infra.database import Database
from service.payments.jobs import run_apply_money_on_account_once, run_flag_overdue_once
from tests.app import Tenant
from tests.orders.world import Debtor, open_company
from tests.payments.world import hold_order, prove_books, report

RATES = {"EUR": None, "USD": "0.9217", "JPY": "0.006173"}


@dataclass
class Trade:
    """One company's money as its merchant drives it. What the service refuses must be a 409, never a fault."""

    shop: httpx.AsyncClient
    company: Debtor
    data: st.DataObject
    orders: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        response = await self.shop.request(method, path, json=body)
        assert response.status_code in {200, 409}, response.text
        answer: dict[str, Any] = response.json() if response.status_code == 200 else {}
        return answer

    async def rows(self, path: str) -> list[dict[str, Any]]:
        response = await self.shop.get(path, params={"company": self.company.ref, "limit": 200})
        rows: list[dict[str, Any]] = response.json()["items"]
        return rows

    def amount(self, currency: str) -> str:
        return format_amount(self.data.draw(st.integers(1, 30_000), label="amount"), currency)

    async def order(self) -> None:
        currency = self.data.draw(st.sampled_from(sorted(RATES)), label="currency")
        more = {"currency": currency}
        if rate := RATES[currency]:
            more["exchange_rate"] = rate
        ref = await hold_order(self.shop, self.company.ref, self.amount(currency), **more)
        self.orders.append((ref, currency))
        if self.data.draw(st.booleans(), label="shipped"):
            await report(self.shop, ref, "status", status="shipped")

    async def ship(self) -> None:
        for ref, _ in self.orders:
            await report(self.shop, ref, "status", status="shipped")

    async def shrink(self) -> None:
        if self.orders:
            ref, currency = self.data.draw(st.sampled_from(self.orders), label="order")
            kind = self.data.draw(st.sampled_from(["credit_slip", "cancelled", "edited"]), label="kind")
            more = {} if kind == "cancelled" else {"amount": self.amount(currency), "currency": currency}
            await report(self.shop, ref, kind, **more)

    async def pay(self) -> None:
        currency = self.data.draw(
            st.sampled_from(sorted({"EUR"} | {used for _, used in self.orders})), label="currency"
        )
        named = [ref for ref, used in self.orders if used == currency]
        way: Any = self.data.draw(st.sampled_from(["reference", "oldest_due_first", "none", "named"]), label="way")
        if way == "named":
            if not named:
                return
            way = {"orders": [{"ref": self.data.draw(st.sampled_from(named), label="named")}]}
        body = {
            "company": self.company.ref,
            "amount": self.amount(currency),
            "currency": currency,
            "method": "cheque",
            "received_on": "2026-03-02",
            "reference": self.data.draw(st.sampled_from([*named, None]), label="reference"),
            "allocate": way,
        }
        response = await self.shop.post("/v1/payments", json=body)
        # Before anything in a currency is owed nobody knows what it is worth on the line.
        assert response.status_code == 200 or response.json()["code"] == "no_line_in_currency", response.text

    async def mark_paid(self) -> None:
        if self.orders:
            ref, currency = self.data.draw(st.sampled_from(self.orders), label="order")
            body = {"amount": self.amount(currency)} if self.data.draw(st.booleans(), label="part") else {}
            await self.send("POST", f"/v1/orders/{ref}/mark-paid", body)

    async def use_funds(self) -> None:
        path = self.data.draw(st.sampled_from(["/v1/payments", "/v1/credit-notes"]), label="funds")
        rows = await self.rows(path)
        if rows:
            row = self.data.draw(st.sampled_from(rows), label="row")
            verb = self.data.draw(st.sampled_from(["allocate", "refund"]), label="verb")
            body = {} if verb == "allocate" else {"amount": self.amount(row["currency"])}
            await self.send("POST", f"{path}/{row['id']}/{verb}", body)

    async def bounce(self) -> None:
        rows = await self.rows("/v1/payments")
        if rows:
            row = self.data.draw(st.sampled_from(rows), label="bounced")
            await self.send("POST", f"/v1/payments/{row['id']}/bounce", {"reason": "insufficient funds"})

    async def write_off(self) -> None:
        rows = await self.rows("/v1/open-items")
        if rows:
            row = self.data.draw(st.sampled_from(rows), label="item")
            verb = self.data.draw(st.sampled_from(["write-off", "write-off/reverse"]), label="verb")
            body = {"reason": "tests"}
            if self.data.draw(st.booleans(), label="part"):
                body["amount"] = self.amount(row["currency"])
            await self.send("POST", f"/v1/open-items/{row['id']}/{verb}", body)


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_books_are_what_the_documents_say_whatever_happens(
    shop: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock, data: st.DataObject
):
    company = await open_company(database, tenant, now=clock.now(), ref=f"C-{new_id()}", limit_minor=100_000_000)
    trade = Trade(shop, company, data)
    deeds = [
        trade.order, trade.order, trade.ship, trade.shrink, trade.pay, trade.pay, trade.mark_paid, trade.use_funds,
        trade.bounce, trade.write_off,
    ]  # fmt: skip
    await trade.order()
    for _ in range(data.draw(st.integers(5, 15), label="deeds")):
        await data.draw(st.sampled_from(deeds), label="deed")()
    while await run_apply_money_on_account_once(database, clock.now()):
        pass
    while await run_flag_overdue_once(database, clock.now()):
        pass
    balances = (await prove_books(database, tenant))[company.line_id]
    (line,) = (await shop.get(f"/v1/companies/id:{company.id}/account")).json()["lines"]
    assert line["exposure"] == format_amount(balances.exposure, "EUR")
    assert line["elsewhere"] == "0.00"
