"""Nothing that a process remembers outlives a change: each part of it is changed, and the next quote knows."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from service.orders import checkout_service
from service.orders.policy_repository import load_merchant_policy
from tests.app import Tenant
from tests.orders.world import Debtor


@pytest.fixture
async def quote(shop: httpx.AsyncClient) -> Any:
    """Quotes for a company that belongs to the group `b2b`, asked once so that everything is remembered."""
    body = {"legal_name": "Remembered SARL", "country": "FR", "language": "fr", "groups": ["b2b"]}
    assert (await shop.put("/v1/companies/C-7", json=body)).status_code == 200
    await shop.put("/v1/groups/b2b", json={"name": "B2B", "limit": {"kind": "unlimited"}})

    async def ask() -> dict[str, Any]:
        response = await shop.post("/v1/quotes", json={"company": "C-7", "amount": "10.00", "currency": "EUR"})
        answer: dict[str, Any] = response.json()
        return answer

    assert (await ask())["outcome"] == "approved"
    return ask


async def test_group_that_is_denied_now(shop: httpx.AsyncClient, quote: Any) -> None:
    await shop.put("/v1/groups/b2b", json={"name": "B2B", "position": "deny", "limit": {"kind": "unlimited"}})
    assert (await quote())["reasons"][0]["code"] == "group_deny"


async def test_group_limit_that_is_lower_now(shop: httpx.AsyncClient, quote: Any) -> None:
    limit = {"kind": "amount", "amount": "9.99", "currency": "EUR"}
    await shop.put("/v1/groups/b2b", json={"name": "B2B", "limit": limit})
    assert (await quote())["reasons"][0]["code"] == "over_limit"


async def test_group_terms_that_are_chosen_now(shop: httpx.AsyncClient, quote: Any) -> None:
    body = {"name": "B2B", "limit": {"kind": "unlimited"}, "default_terms": "net_60", "allowed_terms": ["net_60"]}
    await shop.put("/v1/groups/b2b", json=body)
    assert [terms["code"] for terms in (await quote())["terms"]] == ["net_60"]


async def test_terms_that_are_withdrawn_now(shop: httpx.AsyncClient, quote: Any) -> None:
    await shop.put("/v1/terms/net_30", json={"net_days": 30, "is_active": False})
    assert (await quote())["reasons"][0]["code"] == "no_terms_offered"


async def test_terms_that_mean_another_day_now(shop: httpx.AsyncClient, quote: Any) -> None:
    await shop.put("/v1/terms/net_30", json={"net_days": 45})
    assert (await quote())["terms"][0]["due_on"] == "2026-04-16"


async def test_shop_settings_that_changed(shop: httpx.AsyncClient, quote: Any) -> None:
    await shop.patch("/v1/shops/main", json={"settings": {"allowed_terms": ["net_60", "net_30"]}})
    assert [terms["code"] for terms in (await quote())["terms"]] == ["net_30", "net_60"]


async def test_merchant_settings_that_changed(
    shop: httpx.AsyncClient, tenant: Tenant, company: Debtor, quote: Any
) -> None:
    headers = {"Authorization": f"Bearer {tenant.integrator_key}"}
    await shop.patch("/v1/merchant", json={"settings": {"default_terms": "net_60"}}, headers=headers)
    assert (await quote())["terms"][0]["code"] == "net_60"


async def test_shop_that_is_new(shop: httpx.AsyncClient, tenant: Tenant, company: Debtor, quote: Any) -> None:
    headers = {"Authorization": f"Bearer {tenant.integrator_key}"}
    body = {"company": f"id:{company.id}", "amount": "10.00", "currency": "EUR"}
    assert (await shop.post("/v1/quotes?shop=new", json=body, headers=headers)).status_code == 404
    created = {"code": "new", "name": "New shop", "language": "fr"}
    assert (await shop.post("/v1/shops", json=created, headers=headers)).status_code == 201
    answer = await shop.post("/v1/quotes?shop=new", json=body, headers=headers)
    assert answer.json()["outcome"] == "approved", answer.text


async def test_default_terms_that_are_withdrawn_leave_the_choice_to_the_buyer(
    shop: httpx.AsyncClient, quote: Any
) -> None:
    await shop.patch("/v1/shops/main", json={"settings": {"allowed_terms": ["net_60", "net_30"]}})
    await shop.put("/v1/terms/net_30", json={"net_days": 30, "is_active": False})
    assert [(terms["code"], terms["is_default"]) for terms in (await quote())["terms"]] == [("net_60", False)]
    body = {"company": "C-7", "amount": "10.00", "currency": "EUR"}
    assert (await shop.post("/v1/holds", json=body)).json()["code"] == "terms_not_offered"
    chosen = await shop.post("/v1/holds", json=body | {"terms": "net_60"})
    assert chosen.json()["terms"]["code"] == "net_60"


async def test_after_a_change_all_wait_for_one_reading(
    shop: httpx.AsyncClient, quote: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    async def load_and_count(*arguments: Any) -> Any:
        read.append(arguments)
        return await load_merchant_policy(*arguments)

    monkeypatch.setattr(checkout_service, "load_merchant_policy", load_and_count)
    await shop.patch("/v1/shops/main", json={"settings": {"default_terms": "net_60"}})
    answers = await asyncio.gather(*(quote() for _ in range(100)))
    assert {answer["terms"][0]["code"] for answer in answers} == {"net_60"}
    # One more for those that were asked with what had been remembered from before the change.
    assert 1 <= len(read) <= 2
