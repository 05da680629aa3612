"""What people do to open items over HTTP, and what it does to orders and books."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.core.clock import FixedClock
from service.infra.database import Database
from service.ledger.domain import Balances
from tests.app import Tenant
from tests.orders.world import Debtor
from tests.payments.conftest import Books
from tests.payments.world import hold_order, messages, owe, pay, report, show_order


async def item_of(shop: httpx.AsyncClient, ref: str) -> dict[str, Any]:
    (item,) = [one for one in (await shop.get("/v1/open-items")).json()["items"] if one["document"] == ref]
    return dict(item)


async def act(shop: httpx.AsyncClient, item: dict[str, Any], what: str, **body: Any) -> httpx.Response:
    return await shop.post(f"/v1/open-items/{item['id']}/{what}", json=body)


class TestPaymentReference:
    async def test_is_the_order_s_from_its_first_day_and_pays_it(self, shop: httpx.AsyncClient, company: Debtor):
        held = await hold_order(shop, company.ref, "20.00")
        reference = (await show_order(shop, held))["payment_reference"]
        older = await owe(shop, company.ref, "20.00", at="2026-02-02T09:00:00Z")
        await report(shop, held, kind="status", status="shipped")
        item = await item_of(shop, held)
        assert item["payment_reference"] == reference != (await item_of(shop, older))["payment_reference"]
        await pay(shop, company.ref, "15.00", reference=f"{reference[:4]} {reference[4:8]} {reference[8:]}")
        assert (await item_of(shop, held))["open_amount"] == "5.00"


class TestList:
    async def documents(self, shop: httpx.AsyncClient, **wanted: Any) -> list[str]:
        response = await shop.get("/v1/open-items", params=wanted)
        assert response.status_code == 200, response.text
        return [item["document"] for item in response.json()["items"]]

    async def test_narrows_to_what_is_open_overdue_disputed_or_of_an_age(
        self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ):
        old = await owe(shop, company.ref, "10.00", at="2026-03-02T09:00:00Z")
        young = await owe(shop, company.ref, "20.00", at="2026-04-10T09:00:00Z")
        paid = await owe(shop, company.ref, "30.00", at="2026-03-02T09:00:00Z")
        await pay(shop, company.ref, "30.00", reference=paid)
        # Due on 1 April, so 45 days late on 16 May; the other one is due on 10 May, 6 days late.
        clock.advance(days=75)
        await act(shop, await item_of(shop, old), "dispute", reason="too late")
        assert await self.documents(shop, open=True) == [young, old]
        assert await self.documents(shop, open=False) == [paid]
        assert await self.documents(shop, overdue=True) == [young, old]
        assert await self.documents(shop, overdue=False) == [paid]
        assert await self.documents(shop, aging="0-30") == [young]
        assert await self.documents(shop, aging="31-60") == [old]
        assert await self.documents(shop, aging="61-90") == []
        assert await self.documents(shop, disputed=True) == [old]
        assert await self.documents(shop, company=company.ref, open=True, limit=1) == [young]
        assert await self.documents(shop, document=paid) == [paid]

    @pytest.mark.parametrize(
        ("days", "late", "aging"),
        [(30, 0, None), (31, 1, "0-30"), (60, 30, "0-30"), (61, 31, "31-60"), (120, 90, "61-90"), (121, 91, "90+")],
    )
    async def test_due_today_is_not_late_and_buckets_are_exact(
        self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock, days: int, late: int, aging: str | None
    ):
        ref = await owe(shop, company.ref, "10.00", at="2026-03-02T09:00:00Z")
        clock.advance(days=days)
        item = await item_of(shop, ref)
        assert (item["is_overdue"], item["days_past_due"], item["aging"]) == (late > 0, late, aging)
        assert [one for one in ("0-30", "31-60", "61-90", "90+") if await self.documents(shop, aging=one)] == (
            [aging] if aging else []
        )

    async def test_late_is_counted_where_the_shop_is(self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock):
        await owe(shop, company.ref, "10.00", at="2026-03-02T09:00:00Z")
        # Half past ten in London on 1 April is half past midnight on 2 April in Paris.
        clock.advance(days=30, hours=13, minutes=30)
        assert len(await self.documents(shop, overdue=True)) == 1

    async def test_shows_what_settles_an_item(self, shop: httpx.AsyncClient, company: Debtor):
        ref = await owe(shop, company.ref, "10.00")
        payment = await pay(shop, company.ref, "4.00")
        shown = (await shop.get(f"/v1/open-items/{(await item_of(shop, ref))['id']}")).json()
        assert (shown["payment_state"], shown["open_amount"]) == ("partly_paid", "6.00")
        assert [(one["payment_id"], one["amount"]) for one in shown["allocations"]] == [(payment["id"], "4.00")]


class TestWriteOff:
    @pytest.mark.parametrize(
        ("amount", "open_amount", "status"),
        [(None, "0.00", "written_off"), ("300.00", "0.00", "written_off"), ("299.99", "0.01", "invoiced")],
    )
    async def test_gives_up_what_is_open(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        books: Books,
        amount: str | None,
        open_amount: str,
        status: str,
    ):
        ref = await owe(shop, company.ref, "300.00")
        answer = await act(shop, await item_of(shop, ref), "write-off", amount=amount, reason="insolvent")
        assert answer.json()["open_amount"] == open_amount
        assert (await show_order(shop, ref))["status"] == status
        assert (await books()).receivable == int(open_amount.replace(".", ""))

    async def test_of_more_than_is_open_is_refused(self, shop: httpx.AsyncClient, company: Debtor):
        item = await item_of(shop, await owe(shop, company.ref, "300.00"))
        answer = await act(shop, item, "write-off", amount="300.01", reason="insolvent")
        assert (answer.status_code, answer.json()["code"]) == (409, "write_off_exceeds_open")

    async def test_can_be_taken_back(self, shop: httpx.AsyncClient, company: Debtor, books: Books, database: Database):
        ref = await owe(shop, company.ref, "300.00")
        item = await item_of(shop, ref)
        await act(shop, item, "write-off", reason="insolvent")
        over = await act(shop, item, "write-off/reverse", amount="300.01", reason="paid after all")
        assert (over.status_code, over.json()["code"]) == (409, "written_off_exceeded")
        answer = await act(shop, item, "write-off/reverse", reason="paid after all")
        assert (answer.json()["open_amount"], answer.json()["written_off_amount"]) == ("300.00", "0.00")
        assert (await show_order(shop, ref))["status"] == "invoiced"
        # The shop was never told that the order is settled, so there is nothing to take back there.
        assert not {"order.settled", "order.unsettled"} & (await messages(database)).keys()
        assert await books() == Balances(receivable=30_000)

    async def test_of_a_settled_item_is_refused(self, shop: httpx.AsyncClient, company: Debtor):
        ref = await owe(shop, company.ref, "300.00")
        await pay(shop, company.ref, "300.00")
        item = await item_of(shop, ref)
        for what, body in (
            ("write-off", {"reason": "x"}),
            ("dispute", {"reason": "x"}),
            ("promise", {"on": "2026-04-01"}),
            ("extend", {"due_on": "2026-05-01", "reason": "x"}),
        ):
            answer = await act(shop, item, what, **body)
            assert (answer.status_code, answer.json()["code"]) == (409, "open_item_settled"), what


class TestDispute:
    async def test_stays_owed_until_it_is_resolved(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books, database: Database
    ):
        item = await item_of(shop, await owe(shop, company.ref, "300.00"))
        disputed = (await act(shop, item, "dispute", reason="goods missing")).json()
        assert disputed["dispute"]["reason"] == "goods missing"
        again = await act(shop, item, "dispute", reason="another")
        assert (again.status_code, again.json()["code"]) == (409, "open_item_already_disputed")
        assert await books() == Balances(receivable=30_000)
        for _ in range(2):
            resolved = await shop.delete(f"/v1/open-items/{item['id']}/dispute", params={"reason": "delivered"})
            assert resolved.json()["dispute"] is None, resolved.text
        sent = await messages(database)
        assert sent["open_item.disputed"]["reason"] == "goods missing"
        assert sent["open_item.dispute_resolved"]["reason"] == "delivered"

    async def test_is_paid_last_by_money_that_named_no_document(
        self, shop: httpx.AsyncClient, company: Debtor, books: Books
    ):
        disputed = await owe(shop, company.ref, "100.00")
        later = await owe(shop, company.ref, "100.00", at="2026-03-20T09:00:00Z")
        await act(shop, await item_of(shop, disputed), "dispute", reason="goods missing")
        await pay(shop, company.ref, "120.00")
        assert [(await item_of(shop, ref))["open_amount"] for ref in (disputed, later)] == ["80.00", "0.00"]

    async def test_survives_a_payment(self, shop: httpx.AsyncClient, company: Debtor):
        ref = await owe(shop, company.ref, "100.00")
        await act(shop, await item_of(shop, ref), "dispute", reason="goods missing")
        await pay(shop, company.ref, "20.00", reference=ref)
        assert (await item_of(shop, ref))["dispute"]["reason"] == "goods missing"


class TestPromise:
    async def test_is_kept_replaced_and_withdrawn(self, shop: httpx.AsyncClient, company: Debtor):
        item = await item_of(shop, await owe(shop, company.ref, "100.00"))
        promised = (await act(shop, item, "promise", on="2026-03-02", amount="100.00")).json()
        assert (promised["promise"]["promised_on"], promised["promise"]["amount"]) == ("2026-03-02", "100.00")
        replaced = (await act(shop, item, "promise", on="2026-03-09", amount="50.00")).json()
        assert replaced["promise"]["amount"] == "50.00"
        withdrawn = await shop.delete(f"/v1/open-items/{item['id']}/promise")
        assert withdrawn.json()["promise"] is None

    @pytest.mark.parametrize(
        ("on", "amount", "code"),
        [("2026-03-01", "1.00", "promise_in_past"), ("2026-04-01", "100.01", "promise_exceeds_open")],
    )
    async def test_is_about_a_day_to_come_and_what_is_owed(
        self, shop: httpx.AsyncClient, company: Debtor, on: str, amount: str, code: str
    ):
        item = await item_of(shop, await owe(shop, company.ref, "100.00"))
        answer = await act(shop, item, "promise", on=on, amount=amount)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


class TestExtend:
    async def test_keeps_the_original_date_and_tells(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database
    ):
        ref = await owe(shop, company.ref, "100.00")
        answer = (await act(shop, await item_of(shop, ref), "extend", due_on="2026-04-15", reason="agreed")).json()
        assert (answer["due_on"], answer["original_due_on"]) == ("2026-04-15", "2026-04-01")
        # Nothing is agreed in a contract, so that 30 days are the limit.
        assert [warning["code"] for warning in answer["warnings"]] == ["over_default_period"]
        assert (await show_order(shop, ref))["due_on"] == "2026-04-15"
        assert (await messages(database))["order.due_date_fixed"]["due_on"] == "2026-04-15"

    async def test_survives_what_happens_to_the_order_later(self, shop: httpx.AsyncClient, company: Debtor):
        ref = await owe(shop, company.ref, "100.00")
        await act(shop, await item_of(shop, ref), "extend", due_on="2026-04-15", reason="agreed")
        await report(shop, ref, "credit_slip", at="2026-03-03T09:00:00Z", amount="10.00")
        assert (await show_order(shop, ref))["due_on"] == "2026-04-15"
        assert (await item_of(shop, ref))["due_on"] == "2026-04-15"

    async def test_beyond_the_law_is_taken_with_a_warning_that_names_the_article(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ):
        agreed = {"settings": {"terms_agreed_in_contract": True}}
        assert (await integrator.patch("/v1/merchant", json=agreed)).status_code == 200
        ref = await owe(shop, company.ref, "100.00")
        # Sixty days after 2 March is 1 May; 45 days end of month reach 15 May by one of its readings.
        for due_on in ("2026-05-01", "2026-05-15"):
            answer = await act(shop, await item_of(shop, ref), "extend", due_on=due_on, reason="agreed")
            assert answer.json()["warnings"] == []
        answer = await act(shop, await item_of(shop, ref), "extend", due_on="2026-05-16", reason="agreed")
        (warning,) = answer.json()["warnings"]
        assert (warning["limit_days"], warning["days"]) == (60, 75)
        assert "L441-10" in warning["article"]
        assert "2026-05-16" in warning["message"]

    async def test_gives_no_less_time(self, shop: httpx.AsyncClient, company: Debtor):
        item = await item_of(shop, await owe(shop, company.ref, "100.00"))
        answer = await act(shop, item, "extend", due_on="2026-04-01", reason="agreed")
        assert (answer.status_code, answer.json()["code"]) == (422, "not_an_extension")


class TestLog:
    async def test_names_who_did_what_and_why(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ):
        item = await item_of(shop, await owe(shop, company.ref, "100.00"))
        await act(shop, item, "extend", due_on="2026-04-15", reason="agreed")
        await act(shop, item, "write-off", amount="10.00", reason="goodwill")
        changes = (await integrator.get("/v1/changes", params={"subject_id": item["id"]})).json()["items"]
        assert [(change["field"], change["reason"]) for change in changes] == [
            ("written_off", "goodwill"),
            ("due_on", "agreed"),
        ]


class TestTenancy:
    async def test_of_another_merchant_is_unknown(
        self, shop: httpx.AsyncClient, stranger: httpx.AsyncClient, company: Debtor, tenant: Tenant
    ):
        item = await item_of(shop, await owe(shop, company.ref, "100.00"))
        assert (await stranger.get("/v1/open-items")).json()["items"] == []
        for known_id in (item["id"], str(uuid4())):
            answer = await stranger.get(f"/v1/open-items/{known_id}")
            assert (answer.status_code, answer.json()["code"]) == (404, "open_item_not_found")


async def test_orders_before_their_term_have_no_item(shop: httpx.AsyncClient, company: Debtor):
    await hold_order(shop, company.ref, "100.00")
    assert (await shop.get("/v1/open-items")).json()["items"] == []
