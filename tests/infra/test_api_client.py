"""The client of our own API: keyed, patient with a busy service, plain about refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from service.infra import api_client
from service.infra.api_client import ApiClient, ApiRefused, ApiUnavailable, path_of

PROBLEM = {"code": "over_limit", "title": "Over the limit", "status": 409, "detail": "By 5.00"}


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "_FIRST_PAUSE_S", 0.0)


def client(answers: Iterator[httpx.Response | Exception], seen: list[httpx.Request]) -> ApiClient:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://encours.test")
    return ApiClient(http, key="enc_shop_x", shop="main")


BUSY: list[Callable[[], httpx.Response | Exception]] = [
    lambda: httpx.Response(503),
    lambda: httpx.Response(429, headers={"Retry-After": "0"}),
    lambda: httpx.ReadTimeout("late"),
    lambda: httpx.ConnectError("refused"),
]


class TestApiClient:
    @pytest.mark.parametrize("busy", BUSY)
    async def test_repeats_with_the_same_key_while_the_service_is_busy(
        self, busy: Callable[[], httpx.Response | Exception]
    ):
        seen: list[httpx.Request] = []
        api = client(iter([busy(), busy(), httpx.Response(200, json={"ok": True})]), seen)
        assert await api.send("POST", path_of("holds"), {"amount": "5.00"}) == {"ok": True}
        assert len({request.headers["Idempotency-Key"] for request in seen}) == 1
        assert api.requests == len(seen) == 3

    async def test_gives_up_in_the_end(self):
        seen: list[httpx.Request] = []
        api = client(iter([httpx.Response(503) for _ in range(99)]), seen)
        with pytest.raises(ApiUnavailable, match="POST /v1/holds was tried 6 times; last: 503"):
            await api.send("POST", path_of("holds"), {})
        assert len(seen) == 6

    async def test_says_why_the_service_refuses_and_does_not_insist(self):
        seen: list[httpx.Request] = []
        api = client(iter([httpx.Response(409, json=PROBLEM)]), seen)
        with pytest.raises(ApiRefused, match=r"POST /v1/holds was answered 409 over_limit: By 5\.00") as refused:
            await api.send("POST", path_of("holds"), {})
        assert (refused.value.status, refused.value.code) == (409, "over_limit")
        assert len(seen) == 1

    async def test_knows_another_server_from_ours(self):
        api = client(iter([httpx.Response(404, text="<html>")]), [])
        with pytest.raises(ApiRefused) as refused:
            await api.get("/v1/orders")
        assert refused.value.code == "not_encours"

    async def test_names_the_shop_and_the_key(self):
        seen: list[httpx.Request] = []
        api = client(iter([httpx.Response(200, json={}), httpx.Response(204)]), seen)
        await api.get("/v1/orders", limit=5)
        assert await api.send("DELETE", "/v1/keys/1", key="mine") is None
        assert str(seen[0].url) == "http://encours.test/v1/orders?shop=main&limit=5"
        assert seen[0].headers["Authorization"] == "Bearer enc_shop_x"
        assert "Idempotency-Key" not in seen[0].headers
        assert seen[1].headers["Idempotency-Key"] == "mine"

    def test_quotes_each_part_of_a_path(self):
        assert path_of("orders", "A#1+2", "events") == "/v1/orders/A%231%2B2/events"
