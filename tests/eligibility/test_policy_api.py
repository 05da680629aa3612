"""Policies, decisions and simulation over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from service.core.clock import FixedClock
from service.eligibility.facts import FACTS
from service.infra.database import Database
from tests.app import Tenant
from tests.orders.world import Debtor, open_company

FRENCH = {"fact": "country", "op": "eq", "value": "FR"}
ITALIAN = {"fact": "country", "op": "eq", "value": "IT"}


async def put_policy(client: httpx.AsyncClient, shop: str | None = None, **body: Any) -> dict[str, Any]:
    answer = await client.put("/v1/policy", json=body, params={"shop": shop} if shop else {})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def quote(shop: httpx.AsyncClient, amount: str = "5.00", ref: str = "C-1") -> str:
    answer = await shop.post("/v1/quotes", json={"company": ref, "amount": amount, "currency": "EUR"})
    return str(answer.json()["outcome"])


async def simulate(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await client.post("/v1/policy/simulate", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


class TestShowPolicy:
    async def test_without_any_nobody_is_let_in_by_rules(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/policy")).json() == {"source": "none", "shop": "main", "policy": None}

    async def test_shop_follows_its_merchant(self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient) -> None:
        seen = (await shop.get("/v1/policy")).json()
        assert (seen["source"], seen["policy"]["rules"]) == ("merchant", FRENCH)
        assert (await integrator.get("/v1/policy")).json() == {**seen, "shop": None}

    async def test_policy_that_is_stored_broken_is_refused_and_not_guessed_at(
        self, shop: httpx.AsyncClient, database: Database, tenant: Tenant
    ) -> None:
        async with database.transaction() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE eligibility_policies SET settings = '{\"currency\": 7}'")
        answer = await shop.get("/v1/policy")
        assert (answer.status_code, answer.json()["code"]) == (409, "settings_broken")


class TestPutPolicy:
    async def test_is_in_force_with_the_next_decision_and_the_one_before_is_kept(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ) -> None:
        assert await quote(shop) == "approved"
        stored = await put_policy(integrator, rules=ITALIAN, reason="only Italy")
        assert (stored["version"], stored["reason"], stored["author"]) == (2, "only Italy", "integrator")
        assert await quote(shop) == "declined"
        versions = (await integrator.get("/v1/policy/versions")).json()["items"]
        assert [(one["version"], one["rules"]["value"]) for one in versions] == [(2, "IT"), (1, "FR")]

    async def test_defaults_are_written_out(self, client: httpx.AsyncClient) -> None:
        stored = await put_policy(client, settings={"minimum_order": "10.00"})
        assert stored["rules"] is None
        assert stored["settings"] == {
            "currency": "EUR",
            "unpaid_orders_allowed": None,
            "overdue_margin_days": None,
            "minimum_order": "10.00",
            "maximum_order": None,
            "over_limit": "decline",
            "hide_when_credit_insufficient": True,
        }

    async def test_shop_key_sets_its_own_and_leaves_the_merchants(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ) -> None:
        await put_policy(shop, rules=ITALIAN)
        assert (await shop.get("/v1/policy")).json()["source"] == "shop"
        assert (await integrator.get("/v1/policy")).json()["policy"]["rules"] == FRENCH
        assert await quote(shop) == "declined"

    async def test_every_problem_is_named_by_its_place(self, client: httpx.AsyncClient) -> None:
        rules = {
            "all": [{"fact": "nonsense", "op": "eq", "value": 1}, {"fact": "turnover", "op": "gte", "value": "1.001"}]
        }
        answer = await client.put("/v1/policy", json={"rules": rules, "settings": {"minimum_order": "-1.00"}})
        assert (answer.status_code, answer.json()["code"]) == (422, "rules_invalid")
        places = [problem["pointer"] for problem in answer.json()["problems"]]
        assert places == ["/settings/minimum_order", "/rules/all/0/fact", "/rules/all/1/value"]
        assert (await client.get("/v1/policy")).json()["policy"] is None

    @pytest.mark.parametrize(
        "body",
        [
            {"settings": {"unpaid_orders_allowed": -1}},
            {"settings": {"nonsense": 1}},
            {"rules": [FRENCH]},
            {"settings": {"over_limit": "perhaps"}},
        ],
    )
    async def test_what_no_policy_looks_like_is_refused(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        answer = await client.put("/v1/policy", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")

    async def test_two_at_once_become_two_versions(self, client: httpx.AsyncClient) -> None:
        stored = await asyncio.gather(*(put_policy(client, rules=FRENCH) for _ in range(5)))
        assert sorted(one["version"] for one in stored) == [1, 2, 3, 4, 5]

    async def test_change_is_logged(self, client: httpx.AsyncClient) -> None:
        await put_policy(client, rules=FRENCH, reason="start")
        changes = (await client.get("/v1/changes", params={"subject_kind": "policy"})).json()["items"]
        assert [(change["field"], change["reason"], change["after"]["version"]) for change in changes] == [
            ("main", "start", 1)
        ]

    async def test_pages_of_versions_meet(self, client: httpx.AsyncClient) -> None:
        for _ in range(3):
            await put_policy(client, rules=FRENCH)
        first = (await client.get("/v1/policy/versions", params={"limit": 2})).json()
        rest = (await client.get("/v1/policy/versions", params={"cursor": first["next_cursor"], "limit": 2})).json()
        assert [one["version"] for one in (*first["items"], *rest["items"])] == [3, 2, 1]
        assert rest["next_cursor"] is None


class TestWithdrawPolicy:
    async def test_shop_follows_its_merchant_again_and_nothing_is_lost(
        self, shop: httpx.AsyncClient, company: Debtor
    ) -> None:
        await put_policy(shop, rules=ITALIAN)
        assert await quote(shop) == "declined"
        answer = (await shop.delete("/v1/policy", params={"reason": "one policy is enough"})).json()
        assert (answer["source"], answer["policy"]["rules"]) == ("merchant", FRENCH)
        assert await quote(shop) == "approved"
        versions = (await shop.get("/v1/policy/versions")).json()["items"]
        assert [(one["version"], one["is_withdrawal"], one["settings"] is None) for one in versions] == [
            (2, True, True),
            (1, False, False),
        ]
        assert (await put_policy(shop, rules=ITALIAN))["version"] == 3

    async def test_merchants_policy_withdrawn_means_default_deny(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ) -> None:
        assert (await integrator.delete("/v1/policy")).json()["source"] == "none"
        assert await quote(shop) == "declined"

    async def test_where_there_is_none_there_is_nothing_to_withdraw(self, shop: httpx.AsyncClient) -> None:
        answer = await shop.delete("/v1/policy")
        assert (answer.status_code, answer.json()["code"]) == (404, "policy_not_found")


class TestFacts:
    async def test_every_fact_tells_its_basis_and_how_it_is_compared(self, client: httpx.AsyncClient) -> None:
        facts = {fact["name"]: fact for fact in (await client.get("/v1/policy/facts")).json()["items"]}
        assert set(facts) == set(FACTS)
        assert facts["groups"]["operators"] == ["contains", "in", "not_in"]
        assert facts["net_spend_12m"]["type"] == "amount"
        assert all(fact["basis"] for fact in facts.values())


class TestDecisions:
    async def hold(self, shop: httpx.AsyncClient, amount: str, ref: str = "C-1") -> dict[str, Any]:
        answer = await shop.post("/v1/holds", json={"company": ref, "amount": amount, "currency": "EUR"})
        return dict(answer.json())

    async def test_are_kept_with_their_whole_trace(self, shop: httpx.AsyncClient, company: Debtor) -> None:
        held = await self.hold(shop, "480.00")
        decision = (await shop.get(f"/v1/decisions/{held['hold_id']}")).json()
        assert (decision["outcome"], decision["amount"], decision["policy_version"]) == ("approved", "480.00", 1)
        (rule,) = decision["trace"]["rules"]
        assert (rule["fact"], rule["measured"], rule["required"], rule["answer"]) == ("country", "FR", "FR", "pass")
        assert decision["trace"]["credit"]["available"] == "1000.00"

    async def test_can_be_narrowed(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ) -> None:
        await open_company(database, tenant, now=clock.now(), ref="C-2")
        await self.hold(shop, "1.00")
        await self.hold(shop, "5000.00")
        await self.hold(shop, "2.00", ref="C-2")

        async def amounts(**params: str) -> list[str]:
            items = (await shop.get("/v1/decisions", params=params)).json()["items"]
            return sorted(item["amount"] for item in items)

        assert await amounts() == ["1.00", "2.00", "5000.00"]
        assert await amounts(company="C-1") == ["1.00", "5000.00"]
        assert await amounts(company="C-1", outcome="declined") == ["5000.00"]
        (declined,) = (await shop.get("/v1/decisions", params={"outcome": "declined"})).json()["items"]
        assert declined["reasons"][0] == {
            "code": "over_limit",
            "subject": "4001.00",
            "text": "The order exceeds the credit left, by: 4001.00",
        }

    async def test_of_another_merchant_do_not_exist(
        self, shop: httpx.AsyncClient, company: Debtor, stranger: httpx.AsyncClient
    ) -> None:
        held = await self.hold(shop, "1.00")
        answer = await stranger.get(f"/v1/decisions/{held['hold_id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "decision_not_found")

    async def test_of_another_shop_do_not_exist_for_a_shops_key(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ) -> None:
        await integrator.post("/v1/shops", json={"code": "outlet", "name": "Outlet"})
        key = (await integrator.post("/v1/keys", json={"name": "outlet", "shop": "outlet"})).json()["secret"]
        outlet = {"Authorization": f"Bearer {key}"}
        held = await self.hold(shop, "1.00")
        assert (await shop.get(f"/v1/decisions/{held['hold_id']}", headers=outlet)).status_code == 404
        assert (await shop.get("/v1/decisions", headers=outlet)).json()["items"] == []
        by_shop = await integrator.get("/v1/decisions", params={"shop": "outlet"})
        assert by_shop.json()["items"] == []
        assert len((await integrator.get("/v1/decisions")).json()["items"]) == 1


class TestSimulate:
    @pytest.fixture
    async def customers(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ) -> None:
        """One French company from the fixture, two Italian ones with credit, one Italian without."""
        for ref, limit in (("I-1", 50_000), ("I-2", 50_000), ("I-3", None)):
            await open_company(database, tenant, now=clock.now(), ref=ref, limit_minor=limit)
            body = {"legal_name": f"Società {ref}", "country": "IT", "language": "it"}
            assert (await shop.put(f"/v1/companies/{ref}", json=body)).is_success

    async def test_tells_who_would_gain_and_who_would_lose(self, shop: httpx.AsyncClient, customers: None) -> None:
        result = await simulate(shop, rules=ITALIAN)
        assert (result["companies"], result["gain"], result["lose"], result["unchanged"]) == (4, 2, 1, 1)
        assert result["before"] == {"approved": 1, "referred": 0, "declined": 3}
        assert result["after"] == {"approved": 2, "referred": 0, "declined": 2}
        assert [(one["refs"], one["legal_name"]) for one in result["gaining"]] == [
            (["I-1"], "Società I-1"),
            (["I-2"], "Società I-2"),
        ]
        (losing,) = result["losing"]
        assert losing["refs"] == ["C-1"]
        assert (losing["before"]["outcome"], losing["after"]["outcome"]) == ("approved", "declined")
        assert losing["after"]["reasons"][0]["code"] == "rule_not_met"

    async def test_changes_nothing(self, shop: httpx.AsyncClient, customers: None) -> None:
        await simulate(shop, rules=ITALIAN)
        assert (await shop.get("/v1/policy")).json()["policy"]["version"] == 1
        assert (await shop.get("/v1/decisions")).json()["items"] == []

    async def test_what_it_foretells_comes_true(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, customers: None
    ) -> None:
        foretold = await simulate(shop, rules=ITALIAN)
        await put_policy(integrator, rules=ITALIAN)
        approved = [ref for ref in ("C-1", "I-1", "I-2", "I-3") if await quote(shop, ref=ref) == "approved"]
        assert len(approved) == foretold["after"]["approved"]
        again = await simulate(shop, rules=ITALIAN)
        assert (again["gain"], again["lose"], again["unchanged"]) == (0, 0, 4)

    async def test_settings_beside_the_rules_count_too(self, shop: httpx.AsyncClient, customers: None) -> None:
        over = await simulate(shop, rules=FRENCH, settings={"maximum_order": "99.99"}, amount="100.00", currency="EUR")
        assert (over["lose"], over["losing"][0]["after"]["reasons"][0]["code"]) == (1, "above_maximum_order")
        within = await simulate(
            shop, rules=FRENCH, settings={"maximum_order": "100.00"}, amount="100.00", currency="EUR"
        )
        assert within["lose"] == 0

    async def test_the_usual_order_is_the_smallest_that_both_policies_take(
        self, shop: httpx.AsyncClient, customers: None
    ) -> None:
        assert (await simulate(shop, rules=FRENCH))["amount"] == "0.01"
        result = await simulate(shop, rules=FRENCH, settings={"minimum_order": "75.00"})
        assert (result["amount"], result["lose"]) == ("75.00", 0)

    async def test_referring_is_between(self, shop: httpx.AsyncClient, customers: None) -> None:
        asking = {"fact": "employees", "op": "gte", "value": 1, "on_unknown": "refer"}
        result = await simulate(shop, rules=asking)
        assert result["after"] == {"approved": 0, "referred": 3, "declined": 1}
        assert (result["gain"], result["lose"]) == (2, 1)

    async def test_lists_are_cut_and_counts_are_not(self, shop: httpx.AsyncClient, customers: None) -> None:
        result = await simulate(shop, rules=ITALIAN, limit=1)
        assert (result["gain"], len(result["gaining"]), len(result["losing"])) == (2, 1, 1)

    async def test_goes_through_more_companies_than_fit_one_batch(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ) -> None:
        async with database.transaction() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                "INSERT INTO companies (merchant_id, id, legal_name, country, vat_status, language, created_at, updated_at)"
                " SELECT merchant_id, gen_random_uuid(), 'Copy ' || number, 'FR', 'absent', 'fr', created_at, updated_at"
                " FROM companies, generate_series(1, 600) number"
            )
        unlimited = {"settings": {"default_limit": {"kind": "unlimited"}}}
        assert (await shop.patch("/v1/shops/main", json=unlimited)).is_success
        result = await simulate(shop, rules=ITALIAN)
        assert (result["companies"], result["lose"], len(result["losing"])) == (601, 601, 200)
        ids = [one["company_id"] for one in result["losing"]]
        assert ids == sorted(ids)

    async def test_rules_that_cannot_be_used_are_refused(self, shop: httpx.AsyncClient) -> None:
        answer = await shop.post("/v1/policy/simulate", json={"rules": {"fact": "nonsense"}})
        assert (answer.status_code, answer.json()["code"]) == (422, "rules_invalid")

    async def test_integrator_names_the_shop(self, integrator: httpx.AsyncClient, shop: httpx.AsyncClient) -> None:
        answer = await integrator.post("/v1/policy/simulate", json={"rules": FRENCH})
        assert answer.json()["code"] == "shop_required"
        named = await integrator.post("/v1/policy/simulate", json={"rules": FRENCH}, params={"shop": "main"})
        assert named.status_code == 200
