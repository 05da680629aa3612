"""Quotes and holds over HTTP, against a real database."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from service.core.clock import FixedClock
from service.credit.domain import LineStatus
from service.credit.service import change_status
from service.infra.database import Database
from service.infra.work import Work
from service.ledger.repository import sum_postings
from tests.app import Tenant
from tests.orders.world import Debtor, open_company, set_policy


def hold_of(debtor: Debtor, amount: str, **more: Any) -> dict[str, Any]:
    return {"company": debtor.ref, "amount": amount, "currency": "EUR"} | more


async def held_by(database: Database, tenant: Tenant, company: Debtor) -> int:
    async with database.read() as session:
        balances = await sum_postings(session, merchant_id=tenant.merchant_id, line_id=company.line_id)
    return balances.held


class TestQuote:
    async def test_offers_terms_with_due_dates_and_credit_left(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        answer = (await shop.post("/v1/quotes", json=hold_of(company, "480.00"))).json()
        assert answer["outcome"] == "approved"
        assert answer["terms"] == [{"code": "net_30", "label": "30 days", "due_on": "2026-04-01", "is_default": True}]
        assert answer["available_credit"] == "1000.00"
        assert answer["public_text"] is None

    async def test_reserves_nothing(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant
    ) -> None:
        for _ in range(3):
            await shop.post("/v1/quotes", json=hold_of(company, "480.00"))
        assert await held_by(database, tenant, company) == 0

    async def test_guest_is_declined(self, shop: httpx.AsyncClient) -> None:
        answer = (await shop.post("/v1/quotes", json={"company": None, "amount": "1.00", "currency": "EUR"})).json()
        assert (answer["outcome"], answer["reasons"][0]["code"]) == ("declined", "guest")
        assert answer["is_hidden"] is True

    async def test_unknown_company_is_declined(self, shop: httpx.AsyncClient) -> None:
        body = {"company": "nobody", "amount": "1.00", "currency": "EUR"}
        answer = (await shop.post("/v1/quotes", json=body)).json()
        assert answer["reasons"][0]["code"] == "company_unknown"

    async def test_explains_every_rule(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        answer = (await shop.post("/v1/quotes", json=hold_of(company, "5.00", explain=True))).json()
        (rule,) = answer["trace"]["rules"]
        assert (rule["fact"], rule["measured"], rule["required"]) == ("country", "FR", "FR")

    async def test_policy_changed_meanwhile_binds_the_next_quote(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ) -> None:
        assert (await shop.post("/v1/quotes", json=hold_of(company, "5.00"))).json()["outcome"] == "approved"
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            await set_policy(work, {"fact": "country", "op": "eq", "value": "IT"}, version=2)
        assert (await shop.post("/v1/quotes", json=hold_of(company, "5.00"))).json()["outcome"] == "declined"


class TestPlaceHold:
    async def test_reserves_the_amount(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant
    ) -> None:
        response = await shop.post("/v1/holds", json=hold_of(company, "480.00"))
        assert response.status_code == 201
        answer = response.json()
        assert (answer["status"], answer["available_credit"]) == ("pending", "520.00")
        assert answer["terms"]["due_on"] == "2026-04-01"
        assert await held_by(database, tenant, company) == 48_000

    async def test_exactly_the_limit_is_allowed_and_one_cent_more_is_not(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant
    ) -> None:
        over = await shop.post("/v1/holds", json=hold_of(company, "1000.01"))
        assert (over.status_code, over.json()["reasons"][0]["code"]) == (200, "over_limit")
        exact = await shop.post("/v1/holds", json=hold_of(company, "1000.00"))
        assert exact.json()["outcome"] == "approved"
        assert await held_by(database, tenant, company) == 100_000

    async def test_same_key_and_body_gives_the_first_answer_again(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant
    ) -> None:
        key = {"Idempotency-Key": "cart-7"}
        first = await shop.post("/v1/holds", json=hold_of(company, "480.00"), headers=key)
        again = await shop.post("/v1/holds", json=hold_of(company, "480.00"), headers=key)
        assert again.content == first.content
        assert again.headers["Idempotency-Hit"] == "true"
        assert await held_by(database, tenant, company) == 48_000

    async def test_same_key_with_another_body_is_refused(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        key = {"Idempotency-Key": "cart-7"}
        await shop.post("/v1/holds", json=hold_of(company, "480.00"), headers=key)
        other = await shop.post("/v1/holds", json=hold_of(company, "481.00"), headers=key)
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")

    async def test_a_decline_is_repeated_even_when_the_credit_would_suffice_now(
        self, shop: httpx.AsyncClient, company: Debtor
    ) -> None:
        key = {"Idempotency-Key": "cart-8"}
        first = await shop.post("/v1/holds", json=hold_of(company, "2000.00"), headers=key)
        again = await shop.post("/v1/holds", json=hold_of(company, "2000.00"), headers=key)
        assert again.content == first.content
        assert again.headers["Idempotency-Hit"] == "true"

    async def test_cart_that_changed_since_the_quote_is_refused(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        body = hold_of(company, "480.00", cart_hash="b", quoted_cart_hash="a")
        response = await shop.post("/v1/holds", json=body)
        assert (response.status_code, response.json()["code"]) == (409, "cart_changed")

    async def test_terms_that_are_not_offered_are_refused(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        response = await shop.post("/v1/holds", json=hold_of(company, "480.00", terms="net_60"))
        assert (response.status_code, response.json()["code"]) == (422, "terms_not_offered")

    async def test_first_order_opens_the_line(
        self, shop: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock
    ) -> None:
        await shop.patch("/v1/shops/main", json={"settings": {"default_limit": {"kind": "unlimited"}}})
        company = await open_company(database, tenant, now=clock.now(), ref="C-2", limit_minor=None)
        response = await shop.post("/v1/holds", json=hold_of(company, "999999.00"))
        assert response.json()["outcome"] == "approved", response.text

    async def test_frozen_line_refuses_whatever_room_it_has(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ) -> None:
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            await change_status(work, company.line_id, status=LineStatus.FROZEN, reason="late")
        response = await shop.post("/v1/holds", json=hold_of(company, "1.00"))
        assert response.json()["reasons"][0]["code"] == "line_frozen"

    async def test_staff_override_needs_no_room_and_says_so(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant
    ) -> None:
        body = hold_of(company, "5000.00", override={"reason": "agreed by phone"})
        response = await shop.post("/v1/holds", json=body)
        assert response.json()["reasons"][0]["code"] == "staff_override", response.text
        assert await held_by(database, tenant, company) == 500_000

    async def test_staff_override_names_the_person_beside_the_key(
        self, shop: httpx.AsyncClient, company: Debtor
    ) -> None:
        body = hold_of(company, "5000.00", override={"reason": "agreed by phone"})
        held = await shop.post("/v1/holds", json=body, headers={"Encours-Author": "Ana%C3%AFs%20Roy"})
        decision = (await shop.get(f"/v1/decisions/{held.json()['decision_id']}")).json()
        assert decision["author"] == "Anaïs Roy (shop key)"
        assert "Anaïs Roy (shop key)" in held.json()["reasons"][0]["text"]

    async def test_simultaneous_holds_never_exceed_the_limit(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant
    ) -> None:
        answers = await asyncio.gather(*(shop.post("/v1/holds", json=hold_of(company, "30.00")) for _ in range(100)))
        approved = [answer for answer in answers if answer.json()["outcome"] == "approved"]
        assert len(approved) == 33
        assert await held_by(database, tenant, company) == 99_000

    async def test_revoked_key_is_refused_at_once(
        self, shop: httpx.AsyncClient, company: Debtor, app: Any, tenant: Tenant
    ) -> None:
        assert (await shop.post("/v1/holds", json=hold_of(company, "1.00"))).status_code == 201
        integrator = {"Authorization": f"Bearer {tenant.integrator_key}"}
        keys = (await shop.get("/v1/keys", headers=integrator)).json()["items"]
        (shop_key,) = [key for key in keys if key["shop"] == "main"]
        await shop.delete(f"/v1/keys/{shop_key['id']}", headers=integrator)
        refused = await shop.post("/v1/holds", json=hold_of(company, "1.00"))
        assert (refused.status_code, refused.json()["code"]) == (401, "key_invalid")

    async def test_other_merchants_company_is_unknown(
        self, shop: httpx.AsyncClient, other_tenant: Tenant, database: Database, clock: FixedClock
    ) -> None:
        foreign = await open_company(database, other_tenant, now=clock.now(), ref="C-9")
        for body in (hold_of(foreign, "1.00"), hold_of(foreign, "1.00", company=f"id:{foreign.id}")):
            answer = (await shop.post("/v1/holds", json=body)).json()
            assert answer["reasons"][0]["code"] == "company_unknown"
