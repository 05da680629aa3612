"""No request sees or touches another merchant's rows: every route of the OpenAPI document is tried."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from service.infra.database import Database
from service.infra.orm import Base
from tests.api.world import (
    BODIES,
    BODIES_WITHOUT_ROWS,
    DECLINES_STRANGERS,
    FOREIGN_SHOP_IN_BODY,
    MAKERS,
    MAKES_ITS_OWN,
    WORDS,
    World,
    body_for,
    open_world,
)
from tests.app import Tenant

PARAMETER = re.compile(r"\{(\w+)\}")


@pytest.fixture
async def world(tenant: Tenant, client: httpx.AsyncClient, integrator: httpx.AsyncClient, database: Database) -> World:
    return await open_world(tenant, client=client, integrator=integrator, database=database)


def operations_of(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every documented route."""
    return [
        (method.upper(), path, operation)
        for path, by_method in app.openapi()["paths"].items()
        for method, operation in by_method.items()
    ]


async def fill_path(world: World, path: str) -> str:
    """The path with rows of the world in it, made for this one request."""
    values: dict[str, str] = {}
    for match in PARAMETER.finditer(path):
        prefix = path[: match.end()]
        assert prefix in MAKERS, f"tests/api/world.py has no maker for {prefix}, so nobody tests whose rows it gives"
        values[match[1]] = await MAKERS[prefix](world, values)
        if prefix not in WORDS:
            world.made.append(values[match[1]])
    return PARAMETER.sub(lambda match: quote(values[match[1]], safe=""), path)


async def body_of(world: World, route: str, operation: dict[str, Any]) -> Any:
    assert "requestBody" not in operation or route in BODIES, f"tests/api/world.py has no body for {route}"
    return await body_for(world, route)


def query_of(operation: dict[str, Any], shop: str) -> dict[str, str]:
    """What the route cannot do without. `shop` is one of the caller's own, so that only the path is foreign."""
    parameters = operation.get("parameters", ())
    query = {"shop": shop} if any(parameter["name"] == "shop" for parameter in parameters) else {}
    for parameter in parameters:
        if parameter["in"] == "query" and parameter.get("required"):
            query[parameter["name"]] = "because"
    return query


async def fingerprint(database: Database, tenant: Tenant) -> dict[str, str]:
    """What every table holds of a merchant. When a key was last used is no content."""
    async with database.read() as session:
        found = {}
        for table in Base.metadata.sorted_tables:
            if "merchant_id" not in table.c and table.name != "merchants":
                continue
            owner = "id" if table.name == "merchants" else "merchant_id"
            statement = text(
                f"SELECT md5(coalesce(string_agg(row, '|' ORDER BY row), '')) FROM ("  # noqa: S608
                f"  SELECT (to_jsonb(t) - 'last_used_at')::text AS row FROM {table.name} t WHERE {owner} = :owner"
                f") rows"
            )
            found[table.name] = str(await session.scalar(statement, {"owner": tenant.merchant_id}))
    return found


class TestPaths:
    async def test_lead_nowhere_for_another_merchant(
        self,
        app: FastAPI,
        world: World,
        stranger: httpx.AsyncClient,
        other_tenant: Tenant,
        subtests: pytest.Subtests,
    ):
        tried = 0
        for method, path, operation in operations_of(app):
            if "{" not in path:
                continue
            with subtests.test(route=f"{method} {path}"):
                body = await body_of(world, f"{method} {path}", operation)
                url = await fill_path(world, path)
                kept = await fingerprint(world.database, world.tenant)
                answer = await stranger.request(method, url, params=query_of(operation, "other"), json=body)
                if f"{method} {path}" in MAKES_ITS_OWN:
                    assert answer.is_success, answer.text
                else:
                    assert answer.status_code == 404, answer.text
                    assert answer.json()["code"].endswith("not_found"), answer.text
                assert await fingerprint(world.database, world.tenant) == kept
                # A control: the owner gets further with the very same request, so it was not the request's fault.
                allowed = await world.integrator.request(method, url, params=query_of(operation, "main"), json=body)
                assert allowed.status_code not in {401, 403, 404, 405, 415, 500}, allowed.text
                assert allowed.status_code != 422 or allowed.json()["code"] != "request_invalid", allowed.text
            tried += 1
        assert tried >= 25


class TestShopParameter:
    async def test_of_another_merchant_is_unknown(
        self, app: FastAPI, world: World, other_tenant: Tenant, stranger: httpx.AsyncClient, subtests: pytest.Subtests
    ):
        tried = 0
        for method, path, operation in operations_of(app):
            if not query_of(operation, "main").get("shop"):
                continue
            with subtests.test(route=f"{method} {path}"):
                body = await body_of(world, f"{method} {path}", operation)
                url = await fill_path(world, path)
                kept = await fingerprint(world.database, world.tenant)
                answer = await stranger.request(method, url, params=query_of(operation, "main"), json=body)
                # Where the shop only filters a list, nothing is in it.
                is_empty = method == "GET" and answer.is_success and answer.json().get("items") == []
                assert answer.status_code == 404 or is_empty, answer.text
                assert await fingerprint(world.database, world.tenant) == kept
            tried += 1
        assert tried > 10


class TestBodies:
    async def test_naming_rows_of_another_merchant_are_refused(
        self, app: FastAPI, world: World, other_tenant: Tenant, stranger: httpx.AsyncClient, subtests: pytest.Subtests
    ):
        tried = 0
        for method, path, operation in operations_of(app):
            route = f"{method} {path}"
            if "{" in path or "requestBody" not in operation or route in BODIES_WITHOUT_ROWS:
                continue
            with subtests.test(route=route):
                body = FOREIGN_SHOP_IN_BODY.get(route) or await body_of(world, route, operation)
                kept = await fingerprint(world.database, world.tenant)
                answer = await stranger.request(method, path, params=query_of(operation, "other"), json=body)
                if route in DECLINES_STRANGERS:
                    assert [reason["code"] for reason in answer.json()["reasons"]] == ["company_unknown"]
                else:
                    assert answer.status_code == 404, answer.text
                assert await fingerprint(world.database, world.tenant) == kept
                allowed = await world.integrator.request(method, path, params=query_of(operation, "main"), json=body)
                assert allowed.is_success, allowed.text
            tried += 1
        assert tried >= 4


class TestLists:
    async def test_show_nothing_of_another_merchant(
        self,
        app: FastAPI,
        world: World,
        stranger: httpx.AsyncClient,
        other_tenant: Tenant,
        subtests: pytest.Subtests,
    ):
        for path in MAKERS:
            await fill_path(world, path)
        assert world.made
        foreign = {str(world.tenant.merchant_id), str(world.tenant.shop.id), world.tenant.merchant.name, *world.made}
        for method, path, operation in operations_of(app):
            if method != "GET" or "{" in path:
                continue
            with subtests.test(route=path):
                answer = await stranger.get(path, params=query_of(operation, "other"))
                assert answer.is_success, answer.text
                assert not [name for name in foreign if name in answer.text]
                # The same list is not empty for everyone, or this would prove nothing; a few have nothing to list yet.
                assert (await world.integrator.get(path, params=query_of(operation, "main"))).is_success


class TestTheseTestsThemselves:
    def test_every_maker_belongs_to_a_route(self, app: FastAPI):
        paths = [path for _, path, _ in operations_of(app)]
        assert [prefix for prefix in MAKERS if not any(path.startswith(prefix) for path in paths)] == []

    def test_every_body_belongs_to_a_route(self, app: FastAPI):
        routes = {f"{method} {path}" for method, path, _ in operations_of(app)}
        assert set(BODIES) | MAKES_ITS_OWN | BODIES_WITHOUT_ROWS | set(FOREIGN_SHOP_IN_BODY) <= routes

    async def test_the_fingerprint_sees_a_change(self, world: World):
        before = await fingerprint(world.database, world.tenant)
        await world.send("PUT", "/v1/companies/C-1", {"legal_name": "A", "country": "FR", "language": "fr"})
        after = await fingerprint(world.database, world.tenant)
        assert {name for name in before if before[name] != after[name]} >= {"companies", "company_refs"}
