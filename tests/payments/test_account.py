"""What a company owes: every figure is what the list behind it adds up to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from service.core.clock import FixedClock
from tests.orders.world import Debtor
from tests.payments.world import hold_order, owe, pay, report


async def account_of(client: httpx.AsyncClient, company: Debtor) -> dict[str, Any]:
    response = await client.get(f"/v1/companies/id:{company.id}/account")
    assert response.status_code == 200, response.text
    account: dict[str, Any] = response.json()
    return account


@pytest.fixture
async def trade(shop: httpx.AsyncClient, company: Debtor, clock: FixedClock) -> None:
    """A bit of everything, looked at on 16 June: 76 days after the oldest document was due."""
    await owe(shop, company.ref, "10.00", at="2026-03-02T09:00:00Z")
    await owe(shop, company.ref, "20.00", at="2026-04-01T09:00:00Z")
    await owe(shop, company.ref, "40.00", at="2026-05-10T09:00:00Z")
    await owe(shop, company.ref, "80.00", at="2026-06-10T09:00:00Z")
    await hold_order(shop, company.ref, "160.00")
    paid = await owe(shop, company.ref, "15.00", at="2026-03-03T09:00:00Z")
    clock.advance(days=106)
    await pay(shop, company.ref, "15.00", reference=paid, received_on="2026-04-12")
    await report(shop, paid, "cancelled", at="2026-04-13T09:00:00Z")
    await pay(shop, company.ref, "7.00", allocate="none", received_on="2026-04-12")


class TestAccount:
    async def test_says_what_is_authorised_used_and_left(self, shop: httpx.AsyncClient, company: Debtor, trade: None):
        account = await account_of(shop, company)
        (line,) = account["lines"]
        amounts = {bucket: figure["amount"] for bucket, figure in line["buckets"].items()}
        assert amounts == {
            "held": "160.00",
            "uninvoiced": "0.00",
            "not_due": "80.00",
            "overdue_0_30": "40.00",
            "overdue_31_60": "20.00",
            "overdue_61_90": "10.00",
            "overdue_90": "0.00",
            "on_account": "7.00",
            "credit_notes": "15.00",
        }
        assert (line["authorised"], line["exposure"], line["remaining"]) == ("1000.00", "288.00", "712.00")
        (total,) = account["totals"]
        assert (total["paid"], total["expected"], total["max_days_late"]) == ("22.00", "150.00", 76)

    async def test_every_figure_opens_the_list_that_adds_up_to_it(
        self, shop: httpx.AsyncClient, company: Debtor, trade: None
    ):
        account = await account_of(shop, company)
        for figure in account["lines"][0]["buckets"].values():
            listed = await shop.get(figure["list"])
            assert listed.status_code == 200, listed.text
            rows = listed.json()["items"]
            assert len(rows) == figure["count"]
            assert sum(Decimal(row[figure["sum_of"]]) for row in rows) == Decimal(figure["amount"])
        (total,) = account["totals"]
        paid = (await shop.get(total["paid_list"])).json()["items"]
        assert sum(Decimal(row["amount"]) - Decimal(row["refunded_amount"]) for row in paid) == Decimal(total["paid"])
        expected = (await shop.get(total["expected_list"])).json()["items"]
        assert sum(Decimal(row["open_amount"]) for row in expected) == Decimal(total["expected"])

    @pytest.mark.parametrize(
        ("days", "amount", "count"), [(22, "0.00", 0), (23, "50.00", 1), (30, "50.00", 1), (31, "0.00", 0)]
    )
    async def test_what_is_due_within_a_week_is_due_soon_today_included(
        self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock, days: int, amount: str, count: int
    ):
        # Due on 1 April, 30 days later.
        await owe(shop, company.ref, "50.00", at="2026-03-02T09:00:00Z")
        clock.advance(days=days)
        (line,) = (await account_of(shop, company))["lines"]
        assert (line["due_soon"]["amount"], line["due_soon"]["count"]) == (amount, count)
        listed = (await shop.get(line["due_soon"]["list"])).json()["items"]
        assert [row["line_open_amount"] for row in listed] == [amount] * count

    async def test_of_a_shop_leaves_out_what_is_owed_elsewhere(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor, trade: None
    ):
        opened = await integrator.post("/v1/shops", json={"code": "outlet", "name": "Outlet"})
        assert opened.status_code in {200, 201}, opened.text
        hold = {"company": f"id:{company.id}", "amount": "5.00", "currency": "EUR"}
        held = await integrator.post("/v1/holds", params={"shop": "outlet"}, json=hold)
        assert held.json()["outcome"] == "approved", held.text
        (seen,) = (await account_of(shop, company))["lines"]
        assert (seen["exposure"], seen["buckets"]["held"]["amount"], seen["elsewhere"]) == ("293.00", "160.00", "5.00")
        (whole,) = (await account_of(integrator, company))["lines"]
        assert (whole["exposure"], whole["buckets"]["held"]["amount"], whole["elsewhere"]) == (
            "293.00",
            "165.00",
            "0.00",
        )

    async def test_of_another_merchants_company_is_unknown(
        self, shop: httpx.AsyncClient, stranger: httpx.AsyncClient, company: Debtor
    ):
        answer = await stranger.get(f"/v1/companies/id:{company.id}/account")
        assert (answer.status_code, answer.json()["code"]) == (404, "company_not_found")
