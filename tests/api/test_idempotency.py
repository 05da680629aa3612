"""A request that changes something takes effect once, however often it is sent (S12)."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from service.infra.database import Database
from service.infra.work import Work
from service.merchants.service import list_keys, list_shops
from tests.app import Tenant

SHOP = {"code": "outlet", "name": "Outlet"}
KEY = {"Idempotency-Key": "intention-1"}


async def shop_codes(database: Database, tenant: Tenant) -> list[str]:
    async with database.read() as session:
        work = Work(session=session, caller=tenant.caller(), now=tenant.merchant.created_at)
        return sorted(shop.code for shop in await list_shops(work, before=None, limit=200))


class TestRepeatedRequest:
    async def test_gets_the_first_answer_and_has_no_second_effect(
        self, integrator: httpx.AsyncClient, database: Database, tenant: Tenant
    ):
        first = await integrator.post("/v1/shops", json=SHOP, headers=KEY)
        second = await integrator.post("/v1/shops", json=SHOP, headers=KEY)
        assert (first.status_code, first.headers.get("idempotency-hit")) == (201, None)
        assert (second.status_code, second.headers["idempotency-hit"]) == (201, "true")
        assert second.content == first.content
        assert await shop_codes(database, tenant) == ["main", "outlet"]

    async def test_answers_without_a_body_repeat_too(self, integrator: httpx.AsyncClient):
        made = (await integrator.post("/v1/keys", json={"name": "extra", "shop": "main"})).json()
        for hit in (None, "true"):
            answer = await integrator.delete(f"/v1/keys/{made['id']}", headers=KEY)
            assert (answer.status_code, answer.content, answer.headers.get("idempotency-hit")) == (204, b"", hit)

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/v1/shops", {**SHOP, "name": "Other"}),
            ("POST", "/v1/shops?x=1", SHOP),
            ("POST", "/v1/keys", {"name": "k"}),
            ("PATCH", "/v1/shops/main", {"name": "Other"}),
        ],
    )
    async def test_with_other_content_is_refused(
        self,
        integrator: httpx.AsyncClient,
        database: Database,
        tenant: Tenant,
        method: str,
        path: str,
        body: dict[str, str],
    ):
        await integrator.post("/v1/shops", json=SHOP, headers=KEY)
        answer = await integrator.request(method, path, json=body, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")
        assert await shop_codes(database, tenant) == ["main", "outlet"]

    async def test_may_use_the_key_again_after_a_refusal(self, integrator: httpx.AsyncClient):
        refused = await integrator.post("/v1/shops", json={**SHOP, "code": "main"}, headers=KEY)
        assert (refused.status_code, refused.json()["code"]) == (409, "shop_code_taken")
        assert (await integrator.post("/v1/shops", json=SHOP, headers=KEY)).status_code == 201

    async def test_keys_of_two_merchants_never_meet(self, integrator: httpx.AsyncClient, stranger: httpx.AsyncClient):
        first = await integrator.post("/v1/shops", json=SHOP, headers=KEY)
        second = await stranger.post("/v1/shops", json=SHOP, headers=KEY)
        assert (first.status_code, second.status_code) == (201, 201)
        assert "idempotency-hit" not in second.headers
        assert first.json()["id"] != second.json()["id"]

    async def test_does_not_show_a_secret_again_nor_keep_it(
        self, integrator: httpx.AsyncClient, database: Database, tenant: Tenant
    ):
        first = await integrator.post("/v1/keys", json={"name": "extra"}, headers=KEY)
        second = await integrator.post("/v1/keys", json={"name": "extra"}, headers=KEY)
        secret = first.json()["secret"]
        assert secret.startswith("enc_int_")
        assert second.json() == {**first.json(), "secret": None}
        async with database.hot_connection() as connection:
            kept = await connection.fetchval("SELECT response FROM idempotency_keys WHERE key = $1", "intention-1")
        assert secret.encode() not in kept


class TestTwoAtOnce:
    async def test_over_real_http_have_one_effect_and_one_answer(
        self, live_server: str, database: Database, tenant: Tenant
    ):
        headers = {"Authorization": f"Bearer {tenant.integrator_key}", **KEY}
        async with httpx.AsyncClient(base_url=live_server, headers=headers, timeout=30) as client:
            answers = await asyncio.gather(*(client.post("/v1/shops", json=SHOP) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert sorted(answer.headers.get("idempotency-hit", "") for answer in answers) == ["", *["true"] * 7]
        assert await shop_codes(database, tenant) == ["main", "outlet"]

    async def test_with_different_keys_only_one_makes_the_shop(
        self, live_server: str, database: Database, tenant: Tenant
    ):
        headers = {"Authorization": f"Bearer {tenant.integrator_key}"}
        async with httpx.AsyncClient(base_url=live_server, headers=headers, timeout=30) as client:
            answers = await asyncio.gather(
                *(client.post("/v1/shops", json=SHOP, headers={"Idempotency-Key": f"key-{n}"}) for n in range(8))
            )
        assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"shop_code_taken"}
        assert await shop_codes(database, tenant) == ["main", "outlet"]

    async def test_key_creation_makes_one_key(self, live_server: str, database: Database, tenant: Tenant):
        headers = {"Authorization": f"Bearer {tenant.integrator_key}", **KEY}
        async with httpx.AsyncClient(base_url=live_server, headers=headers, timeout=30) as client:
            answers = await asyncio.gather(*(client.post("/v1/keys", json={"name": "twin"}) for _ in range(4)))
        secrets = [answer.json()["secret"] for answer in answers if answer.json()["secret"] is not None]
        assert len(secrets) == 1
        async with database.read() as session:
            work = Work(session=session, caller=tenant.caller(), now=tenant.merchant.created_at)
            keys = await list_keys(work, before=None, limit=200)
        assert [key.name for key in keys].count("twin") == 1
