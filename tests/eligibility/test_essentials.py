"""The essentials of a policy: what rules they make, that they are read back, and that custom rules are left alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.eligibility.essentials import Admission, Essentials, Requirements, essentials_of, rules_of
from service.eligibility.rules import OnUnknown, parse_rules, rules_to_json
from tests.orders.world import Debtor

requirements = st.builds(
    Requirements,
    valid_vat_number=st.just(value=True),
    vat_unknown=st.sampled_from(OnUnknown),
    completed_orders=st.none() | st.integers(0, 10_000),
    net_spend_12m_minor=st.none() | st.integers(0, 10**12),
) | st.builds(
    Requirements,
    completed_orders=st.integers(0, 10_000),
    net_spend_12m_minor=st.none() | st.integers(0, 10**12),
)
essentials = st.sampled_from([Essentials(Admission.BY_HAND), Essentials(Admission.EVERYONE)]) | requirements.map(
    lambda required: Essentials(Admission.REQUIREMENTS, required)
)
VALID_VAT = {"fact": "vat_status", "op": "eq", "value": "valid", "on_unknown": "refer"}
TWO_ORDERS = {"fact": "completed_orders", "op": "gte", "value": 2}


class TestRules:
    @given(essentials)
    def test_are_read_back_as_the_essentials_they_were_made_of(self, wanted: Essentials):
        stored = rules_to_json(rules_of(wanted, currency="EUR"))
        assert essentials_of(parse_rules(stored, currency="EUR")) == wanted

    def test_read_the_same_in_any_order_and_without_a_group(self):
        two = Requirements(valid_vat_number=True, completed_orders=2)
        rules = parse_rules({"all": [TWO_ORDERS, VALID_VAT]}, currency="EUR")
        assert essentials_of(rules) == Essentials(Admission.REQUIREMENTS, two)
        alone = essentials_of(parse_rules(TWO_ORDERS, currency="EUR"))
        assert alone == Essentials(Admission.REQUIREMENTS, Requirements(completed_orders=2))

    @pytest.mark.parametrize(
        "rules",
        [
            {"any": [VALID_VAT, TWO_ORDERS]},
            {"not": TWO_ORDERS},
            {"all": [TWO_ORDERS, {"fact": "country", "op": "eq", "value": "FR"}]},
            {"all": [TWO_ORDERS, {"fact": "completed_orders", "op": "gte", "value": 3}]},
            {"all": [TWO_ORDERS, TWO_ORDERS]},
            {"all": [TWO_ORDERS, {"any": [VALID_VAT]}]},
            {**TWO_ORDERS, "op": "gt"},
            {**TWO_ORDERS, "on_unknown": "refer"},
            {**VALID_VAT, "op": "ne"},
            {**VALID_VAT, "value": "absent"},
            {"all": [{"fact": "is_guest", "op": "is_false"}, TWO_ORDERS]},
        ],
    )
    def test_that_say_more_are_custom(self, rules: dict[str, Any]):
        assert essentials_of(parse_rules(rules, currency="EUR")) is None


async def put(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.put("/v1/policy/essentials", json=body)


class TestShow:
    async def test_without_a_policy_people_and_groups_decide(self, client: httpx.AsyncClient):
        seen = (await client.get("/v1/policy/essentials")).json()
        assert (seen["source"], seen["version"], seen["admission"]) == ("none", None, "by_hand")
        assert seen["requirements"] == {
            "valid_vat_number": False,
            "vat_unknown": "refer",
            "completed_orders": None,
            "net_spend_12m": None,
        }

    async def test_custom_rules_are_said_to_be_custom(self, shop: httpx.AsyncClient):
        seen = (await shop.get("/v1/policy/essentials")).json()
        assert (seen["source"], seen["admission"]) == ("merchant", None)


class TestPut:
    async def test_becomes_the_shop_s_policy_and_is_read_back(self, client: httpx.AsyncClient):
        body = {
            "admission": "requirements",
            "requirements": {"valid_vat_number": True, "completed_orders": 2, "net_spend_12m": "500.5"},
            "settings": {"overdue_margin_days": 5, "over_limit": "refer", "hide_when_credit_insufficient": False},
        }
        answer = await put(client, **body)
        assert answer.status_code == 200, answer.text
        seen = answer.json()
        assert (seen["source"], seen["shop"], seen["version"]) == ("shop", "main", 1)
        assert seen["requirements"]["net_spend_12m"] == "500.50"
        assert (seen["settings"]["currency"], seen["settings"]["overdue_margin_days"]) == ("EUR", 5)
        assert (await client.get("/v1/policy/essentials")).json() == seen
        policy = (await client.get("/v1/policy")).json()["policy"]
        assert [rule["fact"] for rule in policy["rules"]["all"]] == ["vat_status", "completed_orders", "net_spend_12m"]

    async def test_decides_the_next_quote(self, shop: httpx.AsyncClient, company: Debtor):
        question = {"company": company.ref, "amount": "5.00", "currency": "EUR"}
        for body, outcome in (
            ({"admission": "everyone", "replace_custom": True}, "approved"),
            ({"admission": "requirements", "requirements": {"completed_orders": 9_999}}, "declined"),
            ({"admission": "everyone"}, "approved"),
            ({"admission": "by_hand"}, "declined"),
        ):
            assert (await put(shop, **body)).status_code == 200
            assert (await shop.post("/v1/quotes", json=question)).json()["outcome"] == outcome

    async def test_replaces_custom_rules_only_on_purpose(self, shop: httpx.AsyncClient):
        refused = await put(shop, admission="everyone")
        assert (refused.status_code, refused.json()["code"]) == (409, "policy_is_custom")
        assert (await shop.get("/v1/policy")).json()["source"] == "merchant"
        assert (await put(shop, admission="everyone", replace_custom=True)).json()["admission"] == "everyone"

    @pytest.mark.parametrize(
        "body",
        [
            {"admission": "requirements"},
            {"admission": "requirements", "requirements": {"vat_unknown": "pass"}},
            {"admission": "everyone", "requirements": {"completed_orders": 0}},
            {"admission": "by_hand", "requirements": {"valid_vat_number": True}},
            {"admission": "requirements", "requirements": {"net_spend_12m": "-1.00"}},
            {"admission": "requirements", "requirements": {"net_spend_12m": "1.001"}},
            {"admission": "requirements", "requirements": {"completed_orders": -1}},
            {"admission": "nobody"},
        ],
    )
    async def test_refuses_what_means_nothing(self, client: httpx.AsyncClient, body: dict[str, Any]):
        assert (await put(client, **body)).status_code == 422
        assert (await client.get("/v1/policy")).json()["source"] == "none"

    async def test_of_another_merchant_stays_untouched(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient):
        assert (await put(client, admission="everyone")).status_code == 200
        assert (await stranger.get("/v1/policy/essentials")).json()["source"] == "none"
