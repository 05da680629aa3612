"""A company's credit over HTTP: what it allows, what was agreed, and what became of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.core.clock import FixedClock
from service.infra.database import Database
from tests.app import Tenant
from tests.orders.world import Debtor, open_company

PLACED = "2026-03-02T09:00:00Z"
CREDIT = "/v1/companies/C-1/credit"


async def read_line(client: httpx.AsyncClient, ref: str = "C-1", **params: str) -> dict[str, Any]:
    """The company's only line."""
    answer = await client.get(f"/v1/companies/{ref}/credit", params=params)
    assert answer.status_code == 200, answer.text
    (line,) = answer.json()["lines"]
    return dict(line)


async def agree(client: httpx.AsyncClient, path: str = CREDIT, **body: Any) -> httpx.Response:
    params = {"shop": body.pop("shop")} if "shop" in body else {}
    return await client.put(f"{path}/limit", json={"reason": "review", **body}, params=params)


async def hold(shop: httpx.AsyncClient, amount: str, ref: str = "C-1", **more: Any) -> dict[str, Any]:
    answer = await shop.post("/v1/holds", json={"company": ref, "amount": amount, "currency": "EUR", **more})
    assert answer.is_success, answer.text
    return dict(answer.json())


async def attach(shop: httpx.AsyncClient, hold_id: str, ref: str, amount: str, **more: str) -> None:
    parts = [{"ref": ref, "amount": amount, "placed_at": PLACED, **more}]
    answer = await shop.post(f"/v1/holds/{hold_id}/orders", json={"orders": parts})
    assert answer.is_success, answer.text


class TestShowCredit:
    async def test_tells_the_limit_and_where_it_comes_from(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        line = await read_line(shop)
        assert (line["id"], line["currency"], line["shop"]) == (str(company.line_id), "EUR", None)
        assert line["limit"] == {"kind": "amount", "amount": "1000.00", "source": "company", "source_ref": None}
        assert (line["available_credit"], line["over_limit_amount"], line["overdue"]) == ("1000.00", "0.00", "0.00")

    async def test_each_order_sits_in_one_bucket(
        self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ) -> None:
        await hold(shop, "100.00")
        shipped = await hold(shop, "250.00")
        await attach(shop, shipped["hold_id"], "O-1", "250.00", status="shipped")
        exposure = (await read_line(shop))["exposure"]
        assert exposure == {
            "total": "350.00",
            "held": "100.00",
            "uninvoiced": "0.00",
            "outstanding": "250.00",
            "on_account": "0.00",
            "credit_notes": "0.00",
        }

    async def test_due_today_is_not_overdue_and_the_day_after_is(
        self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ) -> None:
        shipped = await hold(shop, "250.00")
        await attach(shop, shipped["hold_id"], "O-1", "250.00", status="shipped")
        clock.advance(days=30)
        line = await read_line(shop)
        assert (line["overdue"], line["oldest_due_on"], line["unpaid_documents"]) == ("0.00", "2026-04-01", 1)
        clock.advance(days=1)
        assert (await read_line(shop))["overdue"] == "250.00"

    async def test_company_without_a_line_sees_what_its_first_order_would_find(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient
    ) -> None:
        limit = {"kind": "amount", "amount": "50.00", "currency": "EUR"}
        changed = await integrator.patch("/v1/merchant", json={"settings": {"default_limit": limit}})
        assert changed.is_success, changed.text
        await shop.put("/v1/companies/C-9", json={"legal_name": "Neuf", "country": "FR", "language": "fr"})
        line = await read_line(shop, "C-9")
        assert (line["id"], line["available_credit"], line["limit"]["source"]) == (None, "50.00", "merchant")

    async def test_group_limit_is_named(self, shop: httpx.AsyncClient) -> None:
        limit = {"kind": "amount", "amount": "70.00", "currency": "EUR"}
        assert (await shop.put("/v1/groups/gold", json={"name": "Gold", "limit": limit})).is_success
        body = {"legal_name": "Neuf", "country": "FR", "language": "fr", "groups": ["gold"]}
        assert (await shop.put("/v1/companies/C-9", json=body)).is_success
        limit = (await read_line(shop, "C-9"))["limit"]
        assert limit == {"kind": "amount", "amount": "70.00", "source": "group", "source_ref": "gold"}

    async def test_unknown_company_is_not_found(self, shop: httpx.AsyncClient) -> None:
        answer = await shop.get("/v1/companies/nobody/credit")
        assert (answer.status_code, answer.json()["code"]) == (404, "company_not_found")


class TestPutLimit:
    async def test_lowering_touches_nothing_accepted_and_refuses_only_the_next_order(
        self, shop: httpx.AsyncClient, company: Debtor
    ) -> None:
        held = await hold(shop, "900.00")
        answer = await agree(shop, kind="amount", amount="300.00")
        assert answer.status_code == 200, answer.text
        line = answer.json()
        assert (line["available_credit"], line["over_limit_amount"]) == ("0.00", "600.00")
        assert line["exposure"]["held"] == "900.00"
        await attach(shop, held["hold_id"], "O-1", "900.00", status="shipped")
        assert (await read_line(shop))["exposure"]["outstanding"] == "900.00"
        refused = await hold(shop, "0.01")
        assert (refused["outcome"], refused["reasons"][0]["code"]) == ("declined", "over_limit")
        newest = (await shop.get(f"{CREDIT}/history")).json()["items"][0]
        assert (newest["exposure_after"], newest["available_after"]) == ("900.00", "-600.00")

    async def test_opens_the_line_of_a_company_that_never_ordered(self, shop: httpx.AsyncClient) -> None:
        await shop.put("/v1/companies/C-9", json={"legal_name": "Neuf", "country": "FR", "language": "fr"})
        answer = await agree(shop, "/v1/companies/C-9/credit", kind="unlimited")
        line = answer.json()
        assert line["id"] is not None
        assert (line["limit"]["kind"], line["available_credit"]) == ("unlimited", None)
        assert (await hold(shop, "123456.00", ref="C-9"))["outcome"] == "approved"

    @pytest.mark.parametrize(("amount", "outcome"), [("1100.00", "approved"), ("1100.01", "declined")])
    async def test_tolerances_add_up_to_the_cent(
        self, shop: httpx.AsyncClient, company: Debtor, amount: str, outcome: str
    ) -> None:
        await agree(shop, kind="amount", amount="1000.00", tolerance_amount="50.00", tolerance_bp=500)
        assert (await hold(shop, amount))["outcome"] == outcome

    async def test_line_that_may_be_exceeded_lets_orders_pass(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        await agree(shop, kind="amount", amount="10.00", allow_exceed=True)
        answer = await hold(shop, "20.00")
        assert answer["outcome"] == "approved"
        assert "over_limit_allowed" in [reason["code"] for reason in answer["reasons"]]

    async def test_none_is_no_credit(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        line = (await agree(shop, kind="none")).json()
        assert (line["limit"]["kind"], line["available_credit"]) == ("none", "0.00")
        assert (await hold(shop, "0.01"))["reasons"][0]["code"] == "no_credit_limit"

    async def test_inherit_gives_the_question_back_to_the_shop(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        await shop.patch("/v1/shops/main", json={"settings": {"default_limit": {"kind": "unlimited"}}})
        line = (await agree(shop, kind="inherit")).json()
        assert (line["limit"]["source"], line["own_limit"]["kind"]) == ("shop", "inherit")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"kind": "amount"}, "request_invalid"),
            ({"kind": "none", "amount": "1.00"}, "request_invalid"),
            ({"kind": "amount", "amount": "-1.00"}, "amount_invalid"),
            ({"kind": "amount", "amount": "1.001"}, "amount_invalid"),
            ({"kind": "amount", "amount": "1.00", "tolerance_amount": "-0.01"}, "amount_invalid"),
            ({"kind": "amount", "amount": "1", "currency": "QQQ"}, "currency_unknown"),
            ({"kind": "amount", "amount": "1.00", "reason": " "}, "request_invalid"),
        ],
    )
    async def test_refuses_what_is_no_limit(
        self, shop: httpx.AsyncClient, company: Debtor, body: dict[str, Any], code: str
    ) -> None:
        answer = await agree(shop, **body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert (await read_line(shop))["limit"]["amount"] == "1000.00"

    async def test_another_currency_is_another_line(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        line = (await agree(shop, kind="amount", amount="200000", currency="JPY")).json()
        assert (line["currency"], line["available_credit"]) == ("JPY", "200000")
        lines = (await shop.get(CREDIT)).json()["lines"]
        assert sorted(line["currency"] for line in lines) == ["EUR", "JPY"]

    async def test_same_key_changes_it_once(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        body = {"kind": "amount", "amount": "5.00", "reason": "review"}
        for _ in range(2):
            answer = await shop.put(f"{CREDIT}/limit", json=body, headers={"Idempotency-Key": "limit-1"})
            assert answer.status_code == 200
        kinds = [entry["kind"] for entry in (await shop.get(f"{CREDIT}/history")).json()["items"]]
        assert kinds.count("limit_changed") == 2  # the one of the fixture, and this one

    async def test_needs_the_scope(
        self, shop: httpx.AsyncClient, company: Debtor, app: FastAPI, tenant: Tenant
    ) -> None:
        integrator = {"Authorization": f"Bearer {tenant.integrator_key}"}
        body = {"name": "reader", "shop": "main", "scopes": ["credit:read"]}
        secret = (await shop.post("/v1/keys", json=body, headers=integrator)).json()["secret"]
        reader = {"Authorization": f"Bearer {secret}"}
        refused = await shop.put(f"{CREDIT}/limit", json={"kind": "none", "reason": "x"}, headers=reader)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
        assert (await shop.get(CREDIT, headers=reader)).status_code == 200


class TestCreditPerShop:
    """Where a merchant gives credit per shop, each shop has a line of its own (G14)."""

    @pytest.fixture
    async def outlet(self, integrator: httpx.AsyncClient) -> str:
        answer = await integrator.patch("/v1/merchant", json={"settings": {"credit_scope": "shop"}})
        assert answer.is_success, answer.text
        await integrator.post("/v1/shops", json={"code": "outlet", "name": "Outlet"})
        return "outlet"

    async def test_named_shop_gets_its_own_line(
        self, integrator: httpx.AsyncClient, shop: httpx.AsyncClient, company: Debtor, outlet: str
    ) -> None:
        path = f"/v1/companies/id:{company.id}/credit"
        line = (await agree(integrator, path, kind="amount", amount="70.00", shop=outlet)).json()
        assert (line["shop"], line["limit"]["amount"]) == (outlet, "70.00")
        # The shop's key sees the line all shops shared before, and not the outlet's.
        assert [each["shop"] for each in (await shop.get(CREDIT)).json()["lines"]] == [None]
        assert len((await integrator.get(path)).json()["lines"]) == 2

    async def test_shop_has_to_be_named(self, integrator: httpx.AsyncClient, company: Debtor, outlet: str) -> None:
        answer = await agree(integrator, f"/v1/companies/id:{company.id}/credit", kind="none")
        assert answer.json()["code"] == "shop_required"

    async def test_integrator_sees_the_limit_as_the_named_shop_does(
        self, integrator: httpx.AsyncClient, company: Debtor, shop: httpx.AsyncClient
    ) -> None:
        await integrator.post("/v1/shops", json={"code": "outlet", "name": "Outlet"})
        await integrator.patch("/v1/shops/outlet", json={"settings": {"default_limit": {"kind": "unlimited"}}})
        await agree(shop, kind="inherit")
        kinds = [
            (await read_line(integrator, f"id:{company.id}", shop=code))["limit"]["kind"] for code in ("main", "outlet")
        ]
        assert kinds == ["none", "unlimited"]


class TestTemporaryLimit:
    UNTIL = "2026-03-09T00:00:00Z"

    async def put(self, shop: httpx.AsyncClient, **body: Any) -> httpx.Response:
        body = {"amount": "5000.00", "until": self.UNTIL, "reason": "trade fair"} | body
        return await shop.put(f"{CREDIT}/temporary-limit", json=body)

    async def test_binds_until_its_end_and_then_ends_by_itself(
        self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ) -> None:
        line = (await self.put(shop)).json()
        assert (line["limit"]["source"], line["available_credit"]) == ("temporary", "5000.00")
        assert (await hold(shop, "5000.00"))["outcome"] == "approved"
        clock.advance(days=6, hours=15)
        line = await read_line(shop)
        assert (line["limit"]["amount"], line["temporary_limit"]) == ("1000.00", None)
        assert (line["available_credit"], line["over_limit_amount"]) == ("0.00", "4000.00")

    async def test_can_be_ended_early(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        await self.put(shop)
        line = (await shop.delete(f"{CREDIT}/temporary-limit", params={"reason": "called off"})).json()
        assert (line["limit"]["source"], line["temporary_limit"]) == ("company", None)
        newest = (await shop.get(f"{CREDIT}/history")).json()["items"][0]
        assert (newest["kind"], newest["reason"]) == ("limit_changed", "called off")

    async def test_ending_none_changes_nothing(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        before = (await shop.get(f"{CREDIT}/history")).json()
        assert (await shop.delete(f"{CREDIT}/temporary-limit")).status_code == 200
        assert (await shop.get(f"{CREDIT}/history")).json() == before

    async def test_must_end_in_the_future(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        answer = await self.put(shop, until=PLACED)
        assert (answer.status_code, answer.json()["code"]) == (422, "temporary_limit_in_past")


class TestStatus:
    async def test_frozen_line_refuses_and_unfrozen_accepts(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        frozen = (await shop.post(f"{CREDIT}/freeze", json={"reason": "late"})).json()
        assert (frozen["status"], frozen["status_reason"]) == ("frozen", "late")
        assert (await hold(shop, "1.00"))["reasons"][0]["code"] == "line_frozen"
        await shop.post(f"{CREDIT}/unfreeze", json={"reason": "paid"})
        assert (await hold(shop, "1.00"))["outcome"] == "approved"

    async def test_company_can_be_frozen_before_it_ever_ordered(self, shop: httpx.AsyncClient) -> None:
        await shop.put("/v1/companies/C-9", json={"legal_name": "Neuf", "country": "FR", "language": "fr"})
        answer = await shop.post("/v1/companies/C-9/credit/freeze", json={"reason": "unknown"})
        assert answer.json()["status"] == "frozen"

    async def test_freezing_twice_is_a_conflict(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        await shop.post(f"{CREDIT}/freeze", json={"reason": "late"})
        again = await shop.post(f"{CREDIT}/freeze", json={"reason": "late"})
        assert (again.status_code, again.json()["code"]) == (409, "credit_line_status_unchanged")

    async def test_closed_line_is_history(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        await hold(shop, "100.00")
        closed = (await shop.post(f"{CREDIT}/close", json={"reason": "left"})).json()
        assert (closed["status"], closed["exposure"]["held"]) == ("closed", "100.00")
        for answer in (
            await shop.post(f"{CREDIT}/unfreeze", json={"reason": "back"}),
            await shop.post(f"{CREDIT}/close", json={"reason": "again"}),
            await agree(shop, kind="none"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "credit_line_closed")


class TestHistory:
    async def test_tells_each_step_with_what_it_left(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        held = await hold(shop, "100.00", override={"reason": "agreed"})
        await shop.post(f"/v1/holds/{held['hold_id']}/release", json={"reason": "cart given up"})
        released, placed, *earlier = (await shop.get(f"{CREDIT}/history")).json()["items"]
        assert (placed["kind"], released["kind"]) == ("hold_placed", "hold_released")
        assert {entry["kind"] for entry in earlier} == {"line_opened", "limit_changed"}
        assert (placed["change"], placed["exposure_after"], placed["available_after"]) == ("100.00", "100.00", "900.00")
        assert placed["postings"] == [
            {"debit": "held", "credit": "commitments", "amount": "100.00", "phase": "pending"}
        ]
        assert (placed["subject_id"], placed["author"]) == (held["hold_id"], "shop key")
        assert (released["change"], released["reason"]) == ("-100.00", "cart given up")

    async def test_moving_between_buckets_changes_no_exposure(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        held = await hold(shop, "100.00")
        await attach(shop, held["hold_id"], "O-1", "100.00", status="shipped")
        entries = {entry["kind"]: entry for entry in (await shop.get(f"{CREDIT}/history")).json()["items"]}
        assert (entries["capture"]["change"], entries["invoiced"]["change"]) == ("0.00", "0.00")

    async def test_pages_meet_without_gap_or_overlap(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        for _ in range(3):
            await hold(shop, "1.00")
        whole = [entry["id"] for entry in (await shop.get(f"{CREDIT}/history")).json()["items"]]
        paged: list[str] = []
        cursor = ""
        while True:
            page = (
                await shop.get(f"{CREDIT}/history", params={"limit": "2", **({"cursor": cursor} if cursor else {})})
            ).json()
            paged += [entry["id"] for entry in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert paged == whole
        assert len(whole) == 5

    async def test_company_that_never_ordered_has_none(self, shop: httpx.AsyncClient) -> None:
        await shop.put("/v1/companies/C-9", json={"legal_name": "Neuf", "country": "FR", "language": "fr"})
        answer = await shop.get("/v1/companies/C-9/credit/history")
        assert answer.json() == {"items": [], "next_cursor": None}


class TestTenants:
    async def test_same_reference_elsewhere_is_another_company(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        stranger: httpx.AsyncClient,
        other_tenant: Tenant,
        database: Database,
        clock: FixedClock,
    ) -> None:
        await open_company(database, other_tenant, now=clock.now(), ref="C-1", limit_minor=700)
        line = await read_line(stranger, "C-1", shop="other")
        assert line["limit"]["amount"] == "7.00"
        foreign = await stranger.get(f"/v1/companies/id:{company.id}/credit")
        assert foreign.status_code == 404
