"""One log line and one request id for each request, and nobody's data in either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from structlog.testing import LogCapture

from tests.app import Tenant, client_of

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    """What is logged during the test, with what is bound to the context."""
    before = structlog.get_config()
    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.configure(**before)


class TestRequestId:
    async def test_is_made_for_each_request(self, client: httpx.AsyncClient):
        ids = {(await client.get("/healthz")).headers["x-request-id"] for _ in range(3)}
        assert len(ids) == 3
        assert all(UUID.fullmatch(value) for value in ids)

    async def test_of_the_caller_is_kept(self, client: httpx.AsyncClient, lines: list[Any]):
        answer = await client.get("/v1/nothing", headers={"X-Request-Id": "shop-42/checkout:7"})
        assert answer.headers["x-request-id"] == "shop-42/checkout:7"
        assert answer.json()["request_id"] == "shop-42/checkout:7"
        assert lines[-1]["request_id"] == "shop-42/checkout:7"

    @pytest.mark.parametrize("value", ["short", "x" * 129, "with space", "line%0abreak", 'quo"te--', "caf\xe9-caf\xe9"])
    async def test_that_could_harm_a_log_is_replaced(self, client: httpx.AsyncClient, value: str):
        answer = await client.get("/healthz", headers={b"X-Request-Id": value.encode("latin-1")})
        assert UUID.fullmatch(answer.headers["x-request-id"])


class TestLogLine:
    async def test_says_what_was_asked_by_whom_and_how_it_ended(
        self, client: httpx.AsyncClient, tenant: Tenant, lines: list[Any]
    ):
        await client.get("/v1/shops/main?shop=secret-value")
        (line,) = lines
        assert line.pop("duration_ms") > 0
        assert re.fullmatch(UUID, line.pop("key_id"))
        assert re.fullmatch(UUID, line.pop("request_id"))
        assert line == {
            "event": "http.answered",
            "log_level": "info",
            "method": "GET",
            "route": "/v1/shops/{code}",
            "status": 200,
            "merchant_id": str(tenant.merchant_id),
            "code": None,
        }

    async def test_names_the_problem_and_repeats_no_input(self, integrator: httpx.AsyncClient, lines: list[Any]):
        secret = "Marie-Durand"
        await integrator.post(f"/v1/shops?{secret}={secret}", json={"code": secret, "name": [secret], secret: secret})
        (line,) = lines
        assert (line["status"], line["code"], line["route"]) == (422, "request_invalid", "/v1/shops")
        assert secret not in repr(lines)

    async def test_is_not_written_for_a_healthy_probe(self, client: httpx.AsyncClient, lines: list[Any]):
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await client.get(path)).status_code == 200
        assert lines == []


class TestUnexpectedError:
    async def test_is_answered_without_a_word_about_its_cause(self, app: FastAPI, lines: list[Any]):
        @app.get("/broken")
        async def break_down() -> None:
            raise RuntimeError("the password is hunter2")

        async with client_of(app, None) as client:
            answer = await client.get("/broken")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "hunter2" not in answer.text
        failed, answered = lines
        assert (failed["event"], failed["route"], failed["log_level"]) == ("http.failed", "/broken", "error")
        assert failed["request_id"] == answered["request_id"] == answer.json()["request_id"]
        assert (answered["event"], answered["status"]) == ("http.answered", 500)


class TestCaches:
    async def test_keep_no_answer(self, client: httpx.AsyncClient):
        for path in ("/v1/merchant", "/v1/nothing", "/healthz"):
            assert (await client.get(path)).headers["cache-control"] == "no-store"


class TestMetrics:
    async def test_count_by_template_and_never_by_path(self, client: httpx.AsyncClient):
        await client.get("/v1/shops/main")
        await client.get("/v1/nothing-of-the-kind")
        text = (await client.get("/metrics")).text
        assert 'encours_http_requests_total{method="GET",route="/v1/shops/{code}",status="200"}' in text
        assert 'route="(none)",status="404"' in text
        assert "nothing-of-the-kind" not in text
        assert "/v1/shops/main" not in text
