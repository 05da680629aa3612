"""The life of an order over HTTP: attach, events, due date, books."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.audit.service import audit_books
from service.core.clock import FixedClock
from service.credit.jobs import run_expire_hold_once
from service.credit.service import lock_line
from service.infra.database import Database
from service.infra.work import Work
from service.ledger.domain import Balances
from service.ledger.repository import sum_postings
from tests.app import Tenant
from tests.orders.world import Debtor

PLACED = "2026-03-02T09:00:00Z"


async def order_of(shop: httpx.AsyncClient, debtor: Debtor, *amounts: str) -> tuple[str, list[str]]:
    """A hold with one order for each amount; gives the hold's id and the references."""
    total = str(sum(Decimal(amount) for amount in amounts))
    hold = await shop.post("/v1/holds", json={"company": debtor.ref, "amount": total, "currency": "EUR"})
    assert hold.json()["outcome"] == "approved", hold.text
    refs = [f"O-{uuid4().hex[:8]}" for _ in amounts]
    parts = [{"ref": ref, "amount": amount, "placed_at": PLACED} for ref, amount in zip(refs, amounts, strict=True)]
    attached = await shop.post(f"/v1/holds/{hold.json()['hold_id']}/orders", json={"orders": parts})
    assert attached.status_code == 200, attached.text
    return hold.json()["hold_id"], refs


async def report(shop: httpx.AsyncClient, ref: str, kind: str, *, at: str = PLACED, **more: Any) -> dict[str, Any]:
    body = {"event_id": more.pop("event_id", f"e-{uuid4().hex}"), "kind": kind, "occurred_at": at, **more}
    if "amount" in body:
        body["currency"] = "EUR"
    response = await shop.post(f"/v1/orders/{ref}/events", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.fixture
def books(database: Database, tenant: Tenant, company: Debtor, clock: FixedClock) -> Any:
    """Balances of the company's line: what the journal says, asserted to be what is kept."""

    async def read() -> Balances:
        async with database.transaction() as session:
            journal = await sum_postings(session, merchant_id=tenant.merchant_id, line_id=company.line_id)
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            kept = (await lock_line(work, company.line_id)).books.balances
        assert kept == journal
        return journal

    return read


class TestAttach:
    async def test_orders_share_the_hold(self, shop: httpx.AsyncClient, company: Debtor, books: Any) -> None:
        hold_id, refs = await order_of(shop, company, "300.00", "180.00")
        hold = (await shop.get(f"/v1/holds/{hold_id}")).json()
        assert hold["orders"] == refs
        assert await books() == Balances(held=48_000)

    async def test_due_date_is_an_estimate(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        order = (await shop.get(f"/v1/orders/{ref}")).json()
        assert (order["status"], order["due_on"], order["due_is_estimate"]) == ("held", "2026-04-01", True)

    async def test_amounts_must_add_up(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        hold = await shop.post("/v1/holds", json={"company": company.ref, "amount": "10.00", "currency": "EUR"})
        body = {"orders": [{"ref": "O-1", "amount": "9.99", "placed_at": PLACED}]}
        response = await shop.post(f"/v1/holds/{hold.json()['hold_id']}/orders", json=body)
        assert (response.status_code, response.json()["code"]) == (422, "amounts_differ")

    async def test_repeating_it_with_another_key_changes_nothing(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any
    ) -> None:
        hold_id, (ref,) = await order_of(shop, company, "300.00")
        body = {"orders": [{"ref": ref, "amount": "300.00", "placed_at": PLACED}]}
        again = await shop.post(f"/v1/holds/{hold_id}/orders", json=body)
        assert [order["ref"] for order in again.json()["orders"]] == [ref]
        assert await books() == Balances(held=30_000)

    async def test_order_after_its_hold_expired_is_held_anew(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any, database: Database, clock: FixedClock
    ) -> None:
        hold = await shop.post("/v1/holds", json={"company": company.ref, "amount": "10.00", "currency": "EUR"})
        clock.advance(hours=3)
        assert await run_expire_hold_once(database, clock.now())
        assert not await run_expire_hold_once(database, clock.now())
        assert await books() == Balances()
        body = {"orders": [{"ref": "O-1", "amount": "10.00", "placed_at": PLACED}]}
        response = await shop.post(f"/v1/holds/{hold.json()['hold_id']}/orders", json=body)
        assert response.json()["orders"][0]["unsecured_amount"] == "0.00", response.text
        assert await books() == Balances(held=1_000)

    async def test_order_after_its_hold_expired_without_room_is_flagged_and_can_be_confirmed(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any, database: Database, clock: FixedClock
    ) -> None:
        hold = await shop.post("/v1/holds", json={"company": company.ref, "amount": "600.00", "currency": "EUR"})
        clock.advance(hours=3)
        await run_expire_hold_once(database, clock.now())
        await order_of(shop, company, "900.00")
        body = {"orders": [{"ref": "O-1", "amount": "600.00", "placed_at": PLACED}]}
        late = await shop.post(f"/v1/holds/{hold.json()['hold_id']}/orders", json=body)
        (order,) = late.json()["orders"]
        assert (order["owed_amount"], order["unsecured_amount"], order["flags"]) == ("0.00", "600.00", ["over_limit"])
        assert await books() == Balances(held=90_000)
        confirmed = await shop.post("/v1/orders/O-1/events/attached:O-1/confirm", json={"reason": "known customer"})
        assert (confirmed.json()["owed_amount"], confirmed.json()["unsecured_amount"]) == ("600.00", "0.00")
        assert await books() == Balances(held=150_000)


class TestLife:
    async def test_start_status_fixes_the_due_date_and_captures(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        answer = await report(shop, ref, "status", at="2026-03-10T23:30:00Z", status="shipped")
        order = answer["order"]
        # Half past eleven in London is the next day in Paris.
        assert (order["base_on"], order["due_on"], order["due_is_estimate"]) == ("2026-03-11", "2026-04-10", False)
        assert order["status"] == "invoiced"
        assert await books() == Balances(receivable=30_000)

    async def test_same_event_twice_changes_nothing(self, shop: httpx.AsyncClient, company: Debtor, books: Any) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        for _ in range(2):
            await report(shop, ref, "credit_slip", event_id="slip-1", amount="50.00")
        assert await books() == Balances(held=25_000)

    async def test_same_event_id_with_other_content_is_refused(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "credit_slip", event_id="slip-1", amount="50.00")
        body = {
            "event_id": "slip-1",
            "kind": "credit_slip",
            "occurred_at": PLACED,
            "amount": "51.00",
            "currency": "EUR",
        }
        response = await shop.post(f"/v1/orders/{ref}/events", json=body)
        assert (response.status_code, response.json()["code"]) == (409, "event_id_reused")

    async def test_cancelling_frees_the_credit_once(self, shop: httpx.AsyncClient, company: Debtor, books: Any) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "status", status="cancelled")
        await report(shop, ref, "cancelled")
        assert await books() == Balances()

    async def test_reopening_holds_the_credit_again(self, shop: httpx.AsyncClient, company: Debtor, books: Any) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "cancelled", at="2026-03-03T09:00:00Z")
        await report(shop, ref, "reopened", at="2026-03-04T09:00:00Z")
        assert await books() == Balances(held=30_000)

    async def test_reopening_without_room_is_flagged(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "cancelled", at="2026-03-03T09:00:00Z")
        await order_of(shop, company, "900.00")
        answer = await report(shop, ref, "reopened", at="2026-03-04T09:00:00Z")
        assert (answer["event"]["outcome"], answer["event"]["reason"]) == ("flagged", "over_limit")
        assert answer["order"]["unsecured_amount"] == "300.00"
        assert await books() == Balances(held=90_000)

    async def test_what_leaves_is_owed_even_when_the_increase_was_refused(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any
    ) -> None:
        _, (ref,) = await order_of(shop, company, "900.00")
        await report(shop, ref, "edited", at="2026-03-03T09:00:00Z", amount="1200.00")
        assert await books() == Balances(held=90_000)
        answer = await report(shop, ref, "status", at="2026-03-04T09:00:00Z", status="shipped")
        assert (answer["order"]["open_amount"], answer["order"]["flags"]) == ("1200.00", ["over_limit"])
        assert await books() == Balances(receivable=120_000)

    async def test_slip_after_the_invoice_lowers_what_is_open(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "status", at="2026-03-03T09:00:00Z", status="shipped")
        answer = await report(shop, ref, "credit_slip", at="2026-03-05T09:00:00Z", amount="100.00")
        assert answer["order"]["open_amount"] == "200.00"
        assert await books() == Balances(receivable=20_000)

    async def test_slip_beyond_the_rest_is_capped_and_flagged(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        answer = await report(shop, ref, "credit_slip", amount="300.01")
        assert (answer["order"]["owed_amount"], answer["order"]["flags"]) == ("0.00", ["slip_exceeds_rest"])
        assert await books() == Balances()

    async def test_event_before_its_order_waits_for_it(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any
    ) -> None:
        hold = await shop.post("/v1/holds", json={"company": company.ref, "amount": "10.00", "currency": "EUR"})
        answer = await report(shop, "O-77", "status", at="2026-03-05T09:00:00Z", status="shipped")
        assert (answer["event"]["outcome"], answer["order"]) == ("waiting", None)
        body = {"orders": [{"ref": "O-77", "amount": "10.00", "placed_at": PLACED}]}
        attached = await shop.post(f"/v1/holds/{hold.json()['hold_id']}/orders", json=body)
        assert attached.json()["orders"][0]["base_on"] == "2026-03-05"
        assert await books() == Balances(receivable=1_000)

    async def test_late_report_of_an_earlier_start_moves_the_base_date_back(
        self, shop: httpx.AsyncClient, company: Debtor
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "status", at="2026-03-10T09:00:00Z", status="shipped")
        await report(shop, ref, "status", at="2026-03-12T09:00:00Z", status="shipped")
        answer = await report(shop, ref, "status", at="2026-03-08T09:00:00Z", status="shipped")
        assert (answer["order"]["base_on"], answer["order"]["due_on"]) == ("2026-03-08", "2026-04-07")


async def announced(database: Database) -> list[str]:
    async with database.hot_connection() as connection:
        rows = await connection.fetch("SELECT event_type FROM outbox_messages ORDER BY sequence")
    return [row["event_type"] for row in rows if row["event_type"].startswith("order.")]


class TestWrittenOff:
    async def test_cancelling_a_written_off_order_gives_no_credit_for_money_that_never_came(
        self, shop: httpx.AsyncClient, company: Debtor, books: Any, database: Database
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "status", at="2026-03-03T09:00:00Z", status="shipped")
        await shop.post(f"/v1/orders/{ref}/mark-paid", json={"amount": "100.00"})
        (item,) = (await shop.get(f"/v1/open-items?document={ref}")).json()["items"]
        gone = await shop.post(f"/v1/open-items/{item['id']}/write-off", json={"reason": "bankrupt"})
        assert gone.status_code == 200, gone.text
        assert await books() == Balances()
        await report(shop, ref, "cancelled", at="2026-03-04T09:00:00Z")
        assert await books() == Balances(credit_notes=10_000)
        assert (await audit_books(database)).is_clean


class TestMessages:
    async def test_cancelling_an_invoiced_order_never_says_that_it_was_paid(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "status", at="2026-03-03T09:00:00Z", status="shipped")
        await shop.post(f"/v1/orders/{ref}/mark-paid", json={"amount": "100.00"})
        await report(shop, ref, "cancelled", at="2026-03-04T09:00:00Z")
        assert await announced(database) == ["order.held", "order.due_date_fixed", "order.cancelled"]

    async def test_slip_over_the_rest_of_a_part_paid_order_settles_it(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "status", at="2026-03-03T09:00:00Z", status="shipped")
        await shop.post(f"/v1/orders/{ref}/mark-paid", json={"amount": "100.00"})
        await report(shop, ref, "credit_slip", at="2026-03-04T09:00:00Z", amount="200.00")
        assert (await announced(database))[-1] == "order.settled"

    async def test_order_credited_as_a_whole_was_never_paid(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "status", at="2026-03-03T09:00:00Z", status="shipped")
        answer = await report(shop, ref, "credit_slip", at="2026-03-04T09:00:00Z", amount="300.00")
        assert answer["order"]["status"] == "settled"
        assert "order.settled" not in await announced(database)

    async def test_growing_after_it_was_paid_makes_it_owed_again(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "status", at="2026-03-03T09:00:00Z", status="shipped")
        await shop.post(f"/v1/orders/{ref}/mark-paid", json={})
        answer = await report(shop, ref, "edited", at="2026-03-04T09:00:00Z", amount="310.00")
        assert (answer["order"]["status"], answer["order"]["open_amount"]) == ("invoiced", "10.00")
        assert (await announced(database))[-2:] == ["order.settled", "order.unsettled"]

    async def test_what_frees_or_uses_credit_tells_how_much_is_left(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database
    ) -> None:
        _, (ref,) = await order_of(shop, company, "300.00")
        await report(shop, ref, "edited", at="2026-03-03T08:00:00Z", amount="350.00")
        await report(shop, ref, "status", at="2026-03-03T09:00:00Z", status="shipped")
        await report(shop, ref, "credit_slip", at="2026-03-04T09:00:00Z", amount="30.00")
        await report(shop, ref, "cancelled", at="2026-03-05T09:00:00Z")
        await report(shop, ref, "reopened", at="2026-03-06T09:00:00Z")
        async with database.hot_connection() as connection:
            rows = await connection.fetch(
                "SELECT payload ->> 'exposure' AS exposure FROM outbox_messages "
                "WHERE event_type = 'company.credit_changed' ORDER BY sequence"
            )
        # The first is of the day on which the limit was set.
        assert [row["exposure"] for row in rows] == ["0.00", "350.00", "320.00", "0.00", "320.00"]


class TestLists:
    async def test_an_integrator_narrows_them_to_one_shop(
        self, shop: httpx.AsyncClient, company: Debtor, tenant: Tenant
    ) -> None:
        headers = {"Authorization": f"Bearer {tenant.integrator_key}"}
        created = {"code": "second", "name": "Second shop", "language": "fr"}
        assert (await shop.post("/v1/shops", json=created, headers=headers)).status_code == 201
        _, (ref,) = await order_of(shop, company, "300.00")
        for path in ("/v1/orders", "/v1/holds"):
            assert len((await shop.get(f"{path}?shop=main", headers=headers)).json()["items"]) == 1
            assert (await shop.get(f"{path}?shop=second", headers=headers)).json()["items"] == []
            assert (await shop.get(f"{path}?shop=nobody", headers=headers)).status_code == 404
        assert (await shop.get(f"/v1/orders/{ref}?shop=second", headers=headers)).status_code == 404

    async def test_named_orders_are_those_and_no_others(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        _, refs = await order_of(shop, company, "10.00", "20.00", "30.00")
        listed = await shop.get("/v1/orders", params={"ref": [refs[0], refs[2], "O-nobody"]})
        assert {order["ref"] for order in listed.json()["items"]} == {refs[0], refs[2]}


class TestAnswer:
    async def test_says_what_is_paid_and_how_late_it_is(
        self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ) -> None:
        async def seen() -> tuple[object, ...]:
            order = (await shop.get(f"/v1/orders/{ref}")).json()
            return order["paid_amount"], order["open_amount"], order["is_overdue"], order["days_past_due"]

        _, (ref,) = await order_of(shop, company, "50.00")
        assert await seen() == ("0.00", "50.00", False, 0)
        await report(shop, ref, "status", status="shipped")
        assert (await shop.post(f"/v1/orders/{ref}/mark-paid", json={"amount": "20.00"})).status_code == 200
        clock.advance(days=30)
        assert await seen() == ("20.00", "30.00", False, 0)
        clock.advance(days=1)
        assert await seen() == ("20.00", "30.00", True, 1)

    async def test_hides_an_estimate_and_no_fixed_date_where_the_shop_says_so(
        self, shop: httpx.AsyncClient, company: Debtor
    ) -> None:
        question = {"company": company.ref, "amount": "5.00", "currency": "EUR"}
        _, (ref,) = await order_of(shop, company, "50.00")
        assert (await shop.get(f"/v1/orders/{ref}")).json()["show_due_date"] is True
        assert (await shop.post("/v1/quotes", json=question)).json()["show_due_date"] is True
        assert (await shop.post("/v1/holds", json=question)).json()["show_due_date"] is True
        changed = await shop.patch("/v1/shops/main", json={"settings": {"show_due_estimates": False}})
        assert changed.status_code == 200, changed.text
        assert (await shop.get(f"/v1/orders/{ref}")).json()["show_due_date"] is False
        assert (await shop.post("/v1/quotes", json=question)).json()["show_due_date"] is False
        assert (await shop.post("/v1/holds", json=question)).json()["show_due_date"] is False
        assert (await report(shop, ref, "status", status="shipped"))["order"]["show_due_date"] is True

    async def test_is_given_while_the_shop_s_settings_are_broken(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database
    ) -> None:
        _, (ref,) = await order_of(shop, company, "50.00")
        async with database.transaction() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE shops SET settings = '{\"hold_minutes\": 0}'")
        answer = await shop.get(f"/v1/orders/{ref}")
        assert (answer.status_code, answer.json()["show_due_date"]) == (200, False)

    @pytest.mark.parametrize(("rights", "shown"), [({}, True), ({"may_see_credit": False}, False)])
    async def test_of_a_quote_says_whether_this_buyer_may_see_the_credit(
        self, shop: httpx.AsyncClient, company: Debtor, rights: dict[str, bool], shown: bool
    ) -> None:
        await shop.put(f"/v1/companies/{company.ref}/buyers/42", json={"name": "Ada Martin", **rights})
        question = {"company": company.ref, "amount": "5.00", "currency": "EUR"}
        assert (await shop.post("/v1/quotes", json={**question, "buyer": "42"})).json()["show_credit"] is shown
        assert (await shop.post("/v1/quotes", json=question)).json()["show_credit"] is True
        assert (await shop.post("/v1/quotes", json={**question, "buyer": "43"})).json()["show_credit"] is False
        assert (await shop.post("/v1/quotes", json={**question, "company": None})).json()["show_credit"] is False
