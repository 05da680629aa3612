"""A key that asks too often is told to wait, and how long; others do not notice."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from service.config import Settings
from service.core.clock import FixedClock
from service.main import create_app
from tests.app import Tenant, client_of, running


@pytest.fixture
async def limited_app(settings: Settings, clock: FixedClock) -> AsyncIterator[FastAPI]:
    limits = {"rate_limit": "3/hour", "rate_limit_anonymous": "2/hour"}
    async with running(create_app(settings.model_copy(update=limits), clock=clock)) as app:
        yield app


class TestRateLimit:
    async def test_allows_exactly_as_many_as_it_says(self, limited_app: FastAPI, tenant: Tenant):
        async with client_of(limited_app, tenant.shop_key) as client:
            answers = [await client.get("/v1/merchant") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        refused = answers[-1]
        assert refused.json()["code"] == "rate_limited"
        assert 3_000 < int(refused.headers["retry-after"]) <= 3_601
        assert refused.headers["ratelimit-policy"] == '"requests";q=3;w=3600'
        assert refused.headers["ratelimit"].startswith('"requests";r=0;t=3')

    async def test_counts_each_key_by_itself(self, limited_app: FastAPI, tenant: Tenant):
        async with (
            client_of(limited_app, tenant.shop_key) as busy,
            client_of(limited_app, tenant.integrator_key) as other,
        ):
            statuses = [(await busy.get("/v1/merchant")).status_code for _ in range(4)]
            assert statuses[-1] == 429
            assert (await other.get("/v1/merchant")).status_code == 200

    async def test_bounds_guessing_of_keys(self, limited_app: FastAPI, tenant: Tenant):
        async with client_of(limited_app, "enc_shop_wrong") as client:
            answers = [await client.get("/v1/merchant") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 429]
        async with client_of(limited_app, tenant.shop_key) as client:
            assert (await client.get("/v1/merchant")).status_code == 200

    @pytest.mark.parametrize("limit", ["", "0"])
    async def test_can_be_switched_off(self, settings: Settings, clock: FixedClock, tenant: Tenant, limit: str):
        unlimited = settings.model_copy(update={"rate_limit": limit})
        async with running(create_app(unlimited, clock=clock)) as app, client_of(app, tenant.shop_key) as client:
            assert {(await client.get("/v1/merchant")).status_code for _ in range(20)} == {200}

    async def test_leaves_probes_alone(self, limited_app: FastAPI, client: httpx.AsyncClient):
        async with client_of(limited_app, None) as probe:
            assert {(await probe.get("/healthz")).status_code for _ in range(5)} == {200}
