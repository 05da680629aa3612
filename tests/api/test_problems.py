"""Every kind of bad request gets a problem document that names what is wrong and repeats nothing that was sent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Work
from service.merchants.service import create_key, revoke_key
from tests.app import Tenant, client_of

SHOP = {"code": "outlet", "name": "Outlet"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The document of an answer that must be this problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["code"]) == (status, code), document
    assert document["type"] == f"urn:encours:problem:{code}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


class TestBadBodies:
    @pytest.mark.parametrize(
        ("change", "pointer", "code"),
        [
            ({"colour": "red"}, "/colour", "extra_forbidden"),
            ({"name": 7}, "/name", "string_type"),
            ({"name": None}, "/name", "string_type"),
            ({"name": ""}, "/name", "string_too_short"),
            ({"name": "Out\x00let"}, "/name", "value_error"),
            ({"name": "x" * 100_000}, "/name", "string_too_long"),
            ({"settings": {"hold_minutes": 10**30}}, "/settings/hold_minutes", "less_than_equal"),
            ({"settings": {"hold_minutes": 1.5}}, "/settings/hold_minutes", "int_type"),
            ({"settings": {"hold_minutes": "60"}}, "/settings/hold_minutes", "int_type"),
            ({"settings": {"start_statuses": ["ok", "a b"]}}, "/settings/start_statuses/1", "string_pattern_mismatch"),
            ({"settings": {"default_limit": {"kind": "amount"}}}, "/settings/default_limit", "value_error"),
        ],
    )
    async def test_names_the_wrong_field(
        self, integrator: httpx.AsyncClient, change: dict[str, Any], pointer: str, code: str
    ):
        document = problem(await integrator.post("/v1/shops", json={**SHOP, **change}), 422, "request_invalid")
        assert [(error["in"], error["pointer"], error["code"]) for error in document["errors"]] == [
            ("body", pointer, code)
        ]

    async def test_explains_a_rule_of_several_fields(self, integrator: httpx.AsyncClient):
        body = {**SHOP, "settings": {"default_limit": {"kind": "none", "amount": "1.00", "currency": "EUR"}}}
        document = problem(await integrator.post("/v1/shops", json=body), 422, "request_invalid")
        assert document["errors"][0]["detail"].startswith("an amount and its currency belong to the kind")

    async def test_names_a_missing_field(self, integrator: httpx.AsyncClient):
        document = problem(await integrator.post("/v1/shops", json={"name": "Outlet"}), 422, "request_invalid")
        assert [(error["pointer"], error["code"]) for error in document["errors"]] == [("/code", "missing")]

    async def test_repeats_nothing_that_was_sent(self, integrator: httpx.AsyncClient):
        secret = "4111-1111-1111-1111"
        answer = await integrator.post(
            "/v1/shops", json={"code": secret + "/", "name": [secret], "settings": {"default_terms": {"x": secret}}}
        )
        problem(answer, 422, "request_invalid")
        assert secret not in answer.text

    async def test_shortens_a_field_name_and_lists_at_most_fifty(self, integrator: httpx.AsyncClient):
        body = {**SHOP, **{f"{number}{'x' * 1_000}": 1 for number in range(100)}}
        document = problem(await integrator.post("/v1/shops", json=body), 422, "request_invalid")
        assert len(document["errors"]) == 50
        assert max(len(error["pointer"]) for error in document["errors"]) <= 65

    async def test_refuses_a_lone_surrogate(self, integrator: httpx.AsyncClient):
        content = b'{"code": "outlet", "name": "Out\\ud800let"}'
        answer = await integrator.post("/v1/shops", content=content, headers={"Content-Type": "application/json"})
        problem(answer, 422, "request_invalid")

    async def test_refuses_a_name_of_a_megabyte_unread(self, integrator: httpx.AsyncClient):
        document = problem(
            await integrator.post("/v1/shops", json={**SHOP, "name": "x" * 1_000_000}), 413, "body_too_large"
        )
        assert document["max_bytes"] == 262_144

    async def test_counts_a_body_that_does_not_say_its_size(self, integrator: httpx.AsyncClient):
        async def chunks():
            for _ in range(300):
                yield b" " * 1_000

        answer = await integrator.post("/v1/shops", content=chunks(), headers={"Content-Type": "application/json"})
        problem(answer, 413, "body_too_large")

    @pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"nonsense", b'{"code": 1e400}', b"[" * 50_000])
    async def test_refuses_what_is_not_json(self, integrator: httpx.AsyncClient, content: bytes):
        answer = await integrator.post("/v1/shops", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}
        problem(answer, answer.status_code, "request_invalid" if answer.status_code == 422 else "request_malformed")

    async def test_refuses_a_number_with_too_many_digits(self, integrator: httpx.AsyncClient):
        content = b'{"code": "outlet", "name": ' + b"9" * 5_000 + b"}"
        answer = await integrator.post("/v1/shops", content=content, headers={"Content-Type": "application/json"})
        problem(answer, 400, "request_malformed")

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
    async def test_takes_json_only(self, integrator: httpx.AsyncClient, content_type: str):
        answer = await integrator.post("/v1/shops", content=json.dumps(SHOP), headers={"Content-Type": content_type})
        problem(answer, 415, "content_type_unsupported")


class TestBadAddresses:
    async def test_unknown_path(self, client: httpx.AsyncClient):
        problem(await client.get("/v1/nothing"), 404, "not_found")

    async def test_wrong_method(self, client: httpx.AsyncClient):
        answer = await client.put("/v1/merchant")
        problem(answer, 405, "method_not_allowed")
        assert "GET" in answer.headers["allow"]

    async def test_a_slash_too_many_is_another_path(self, client: httpx.AsyncClient):
        problem(await client.get("/v1/merchant/"), 404, "not_found")

    @pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=" + "x" * 65, f"limit={10**30}"])
    async def test_bad_paging(self, client: httpx.AsyncClient, query: str):
        document = problem(await client.get(f"/v1/shops?{query}"), 422, "request_invalid")
        assert document["errors"][0]["in"] == "query"

    async def test_a_cursor_of_somebody_else(self, client: httpx.AsyncClient):
        problem(await client.get("/v1/shops?cursor=abc"), 422, "cursor_invalid")

    async def test_an_id_that_is_none_is_not_repeated(self, integrator: httpx.AsyncClient):
        answer = await integrator.delete("/v1/keys/not-a-uuid")
        document = problem(answer, 422, "request_invalid")
        assert document["errors"][0]["in"] == "path"
        assert "not-a" not in answer.text

    async def test_a_nul_byte_in_a_path(self, client: httpx.AsyncClient):
        problem(await client.get("/v1/shops/a%00b"), 422, "request_invalid")


class TestBadKeys:
    @pytest.mark.parametrize(
        "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer \xe9\xe8", "Bearer a b"]
    )
    async def test_a_stranger_learns_only_that_a_key_is_needed(self, app: FastAPI, header: str | None):
        async with client_of(app, None) as client:
            headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
            answer = await client.get("/v1/merchant", headers=headers)
        problem(answer, 401, "key_invalid")
        assert answer.headers["www-authenticate"].startswith("Bearer ")

    async def test_a_revoked_key_is_refused_at_once(
        self, app: FastAPI, database: Database, tenant: Tenant, clock: FixedClock
    ):
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            key, secret = await create_key(work, name="short-lived", shop_code="main")
        async with client_of(app, secret) as client:
            assert (await client.get("/v1/merchant")).status_code == 200
            async with database.transaction() as session:
                await revoke_key(Work(session=session, caller=tenant.caller(), now=clock.now()), key.id)
            problem(await client.get("/v1/merchant"), 401, "key_invalid")

    async def test_an_expired_key_says_so(self, app: FastAPI, database: Database, tenant: Tenant, clock: FixedClock):
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            expires_at = clock.now() + timedelta(hours=1)
            _, secret = await create_key(work, name="temporary", shop_code="main", expires_at=expires_at)
        async with client_of(app, secret) as client:
            clock.advance(minutes=59, seconds=59)
            assert (await client.get("/v1/merchant")).status_code == 200
            clock.advance(seconds=1)
            problem(await client.get("/v1/merchant"), 401, "key_expired")

    async def test_a_key_without_the_scope_may_not(
        self, app: FastAPI, database: Database, tenant: Tenant, clock: FixedClock
    ):
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            _, secret = await create_key(work, name="reader", shop_code="main", scopes=["orders:read"])
        async with client_of(app, secret) as client:
            document = problem(await client.get("/v1/merchant"), 403, "scope_missing")
        assert document["scope"] == "policy:read"

    async def test_a_key_is_asked_for_before_the_body_is_judged(self, app: FastAPI):
        async with client_of(app, None) as client:
            problem(await client.post("/v1/shops", json={"colour": "red"}), 401, "key_invalid")


class TestIdempotencyKey:
    @pytest.mark.parametrize("key", ["", "x" * 256, "tab\tkey"])
    async def test_is_needed_and_bounded(self, integrator: httpx.AsyncClient, key: str):
        answer = await integrator.post("/v1/shops", json=SHOP, headers={"Idempotency-Key": key})
        problem(answer, 400, "idempotency_key_missing")

    async def test_may_have_255_characters(self, integrator: httpx.AsyncClient):
        answer = await integrator.post("/v1/shops", json=SHOP, headers={"Idempotency-Key": "x" * 255})
        assert answer.status_code == 201


class TestLostDatabase:
    async def test_is_said_with_the_time_to_come_back(self, app: FastAPI, client: httpx.AsyncClient):
        await app.state.context.database.close()
        answer = await client.get("/v1/merchant")
        problem(answer, 503, "database_unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await client.get("/healthz")).status_code == 200


class TestDatabaseErrors:
    """What a schema let through and the database refused is still no fault of the service."""

    @pytest.mark.parametrize(
        ("statement", "status", "code"),
        [
            ("SELECT CAST(:value AS bigint)", 422, "invalid_input"),
            ("SELECT CAST(CAST(:value AS text) AS integer)", 422, "invalid_input"),
            ("INSERT INTO merchants SELECT * FROM merchants WHERE CAST(:value AS text) <> ''", 409, "conflict"),
            ("SELECT nothing_of_the_kind, CAST(:value AS text)", 500, "internal_error"),
        ],
    )
    async def test_are_answered_by_their_kind(
        self, app: FastAPI, tenant: Tenant, statement: str, status: int, code: str
    ):
        @app.get("/statement")
        async def run_statement() -> None:
            async with app.state.context.database.transaction() as session:
                value: object = 2**70 if "bigint" in statement else "2147483648"
                await session.execute(text(statement), {"value": value})

        async with client_of(app, None) as client:
            answer = await client.get("/statement")
        problem(answer, status, code)
        assert "2147483648" not in answer.text

    @pytest.mark.parametrize(
        ("statement", "status", "code"),
        [
            ("SELECT $1::bigint", 422, "invalid_input"),
            ("SELECT 1 / $1::int", 422, "invalid_input"),
            ("SELECT $1::text", 422, "invalid_input"),
        ],
    )
    async def test_of_hot_statements_too(self, app: FastAPI, statement: str, status: int, code: str):
        values = {"SELECT $1::bigint": 2**70, "SELECT 1 / $1::int": 0, "SELECT $1::text": "a\x00b"}

        @app.get("/statement")
        async def run_statement() -> None:
            async with app.state.context.database.hot_connection() as connection:
                await connection.fetchval(statement, values[statement])

        async with client_of(app, None) as client:
            problem(await client.get("/statement"), status, code)
