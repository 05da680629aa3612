"""What must hold for each documented route, also for those that are added later: who may call it, and how."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Scope, Work
from service.merchants.service import create_key
from tests.api.test_documents import READING_POSTS
from tests.api.test_tenancy import operations_of
from tests.app import Tenant, client_of

# A value that fits every kind of path parameter, and names nothing.
NOTHING = "00000000-0000-7000-8000-000000000000"
# The hot routes read the body before they know the key's scopes.
ORDER = {"company": "C-1", "amount": "1.00", "currency": "EUR"}
JUDGED_FIRST = {"POST /v1/quotes": ORDER, "POST /v1/holds": ORDER}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def url_of(path: str) -> str:
    return re.sub(r"\{\w+\}", NOTHING, path)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def bodies_of(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, operation) for method, path, operation in operations_of(app) if "requestBody" in operation]


class TestEveryRoute:
    async def test_needs_a_key(self, app: FastAPI, subtests: pytest.Subtests):
        async with client_of(app, None) as client:
            for method, path, _ in operations_of(app):
                with subtests.test(route=f"{method} {path}"):
                    assert code_of(await client.request(method, url_of(path), json={})) == (401, "key_invalid")

    async def test_needs_the_scope_it_documents(
        self, app: FastAPI, database: Database, tenant: Tenant, clock: FixedClock, subtests: pytest.Subtests
    ):
        for scope in Scope:
            async with database.transaction() as session:
                work = Work(session=session, caller=tenant.caller(), now=clock.now())
                _, secret = await create_key(work, name="all but one", shop_code=None, scopes=set(Scope) - {scope})
            async with client_of(app, secret) as client:
                for method, path, operation in operations_of(app):
                    if operation["security"] == [{"key": [scope.value]}]:
                        with subtests.test(route=f"{method} {path}"):
                            body = JUDGED_FIRST.get(f"{method} {path}", {})
                            answer = await client.request(method, url_of(path), json=body)
                            assert code_of(answer) == (403, "scope_missing")
                            assert answer.json()["scope"] == scope.value

    async def test_that_changes_something_needs_an_idempotency_key(
        self, app: FastAPI, tenant: Tenant, subtests: pytest.Subtests
    ):
        headers = {"Authorization": f"Bearer {tenant.integrator_key}"}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://encours.test", headers=headers) as client:
            for method, path, operation in operations_of(app):
                if method in CHANGING and operation["operationId"] not in READING_POSTS:
                    with subtests.test(route=f"{method} {path}"):
                        body: dict[str, str] | None = {} if "requestBody" in operation else None
                        answer = await client.request(method, url_of(path), json=body)
                        assert code_of(answer) == (400, "idempotency_key_missing")

    async def test_takes_no_field_it_does_not_know(
        self, app: FastAPI, integrator: httpx.AsyncClient, subtests: pytest.Subtests
    ):
        for method, path, _ in bodies_of(app):
            with subtests.test(route=f"{method} {path}"):
                answer = await integrator.request(method, url_of(path), params={"shop": "main"}, json={"colour": "red"})
                assert code_of(answer) == (422, "request_invalid")
                found = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
                assert ("/colour", "extra_forbidden") in found or any(
                    error["in"] == "path" for error in answer.json()["errors"]
                )

    @pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00", b"[]", b"nul", b"[" * 50_000, b'{"a":' + b"9" * 5_000])
    async def test_survives_a_body_that_is_none(
        self, app: FastAPI, integrator: httpx.AsyncClient, content: bytes, subtests: pytest.Subtests
    ):
        for method, path, _ in bodies_of(app):
            with subtests.test(route=f"{method} {path}"):
                headers = {"Content-Type": "application/json"}
                answer = await integrator.request(method, url_of(path), content=content, headers=headers)
                assert code_of(answer) in {(422, "request_invalid"), (400, "request_malformed")}

    async def test_that_changes_something_takes_json_only(
        self, app: FastAPI, integrator: httpx.AsyncClient, subtests: pytest.Subtests
    ):
        for method, path, operation in bodies_of(app):
            if operation["operationId"] in READING_POSTS:
                continue
            with subtests.test(route=f"{method} {path}"):
                answer = await integrator.request(
                    method, url_of(path), content=b"{}", headers={"Content-Type": "text/plain"}
                )
                assert code_of(answer) == (415, "content_type_unsupported")

    async def test_refuses_a_body_that_is_too_large(
        self, app: FastAPI, integrator: httpx.AsyncClient, subtests: pytest.Subtests
    ):
        for method, path, _ in bodies_of(app):
            with subtests.test(route=f"{method} {path}"):
                answer = await integrator.request(method, url_of(path), json={"name": "x" * 300_000})
                assert code_of(answer) == (413, "body_too_large")
