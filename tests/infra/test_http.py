"""What every outgoing call has in common."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
import structlog

from service import __version__
from service.infra.http import HttpTimeouts, ResponseTooLarge, build_http_client, read_bounded

TIMEOUTS = HttpTimeouts(connect_s=1, read_s=2, write_s=3, pool_s=4)


def echo_headers(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=dict(request.headers))


def client_answering(answer) -> httpx.AsyncClient:
    return build_http_client(timeouts=TIMEOUTS, max_connections=5, transport=httpx.MockTransport(answer))


class TestBuildHttpClient:
    async def test_says_who_is_calling(self):
        async with client_answering(echo_headers) as client:
            answer = await client.get("https://partner.example/")
        assert answer.json()["user-agent"] == f"Encours/{__version__}"

    async def test_passes_on_the_id_of_the_request_being_served(self):
        with structlog.contextvars.bound_contextvars(request_id="req-7"):
            async with client_answering(echo_headers) as client:
                answer = await client.get("https://partner.example/")
        assert answer.json()["x-request-id"] == "req-7"

    async def test_makes_a_new_id_for_each_call_outside_of_a_request(self):
        async with client_answering(echo_headers) as client:
            ids = [(await client.get("https://partner.example/")).json()["x-request-id"] for _ in range(2)]
        assert UUID(ids[0]) != UUID(ids[1])

    async def test_keeps_the_id_a_caller_chose(self):
        async with client_answering(echo_headers) as client:
            answer = await client.get("https://partner.example/", headers={"X-Request-Id": "mine"})
        assert answer.json()["x-request-id"] == "mine"

    async def test_does_not_go_where_an_answer_points(self):
        visited = []

        def redirect(request: httpx.Request) -> httpx.Response:
            visited.append(request.url.host)
            return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

        async with client_answering(redirect) as client:
            answer = await client.get("https://partner.example/")
        assert answer.status_code == 302
        assert visited == ["partner.example"]

    async def test_every_phase_has_its_own_limit(self):
        async with client_answering(echo_headers) as client:
            assert client.timeout == httpx.Timeout(connect=1, read=2, write=3, pool=4)


class TestReadBounded:
    @pytest.fixture
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with client_answering(lambda request: httpx.Response(200, content=b"x" * 100)) as client:
            yield client

    async def test_reads_a_body_of_exactly_the_limit(self, client):
        async with client.stream("GET", "https://partner.example/") as response:
            assert await read_bounded(response, max_bytes=100) == b"x" * 100

    async def test_refuses_one_byte_more(self, client):
        async with client.stream("GET", "https://partner.example/") as response:
            with pytest.raises(ResponseTooLarge):
                await read_bounded(response, max_bytes=99)

    async def test_counts_what_a_compressed_body_unfolds_to(self):
        packed = gzip.compress(b"x" * 100)
        assert len(packed) < 99
        answer = httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})
        async with (
            client_answering(lambda request: answer) as client,
            client.stream("GET", "https://partner.example/") as response,
        ):
            with pytest.raises(ResponseTooLarge):
                await read_bounded(response, max_bytes=99)
