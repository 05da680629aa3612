"""A client of the service's own API, as an integrator would write one: keyed requests, repeated while it is busy."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx
import orjson

from service.core.ids import new_id

__all__ = ["ApiClient", "ApiRefused", "ApiUnavailable", "path_of"]

_ATTEMPTS: Final = 6
_FIRST_PAUSE_S: Final = 0.2
_BUSY: Final = frozenset({429, 502, 503, 504})


class ApiRefused(Exception):
    """The service answered that it will not do this; repeating the request gets the same answer."""

    def __init__(self, *, status: int, code: str, detail: str, request: str) -> None:
        super().__init__(f"{request} was answered {status} {code}: {detail}")
        self.status = status
        self.code = code


class ApiUnavailable(Exception):
    """Nobody answered, or only to say that he is too busy, however often we asked."""


class ApiClient:
    """Calls the API with one key. Counts its requests, those repeated too; whoever opened `http` closes it."""

    def __init__(self, http: httpx.AsyncClient, *, key: str, shop: str | None = None) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._shop = shop
        self.requests = 0

    async def get(self, path: str, **query: str | int) -> Any:
        """Raises ApiRefused or ApiUnavailable."""
        return await self._send("GET", path, query=query)

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> Any:
        """A request that changes something. `key` makes it repeatable over several runs; else it has one of its own.

        Raises ApiRefused or ApiUnavailable.
        """
        return await self._send(method, path, body=body, key=key or str(new_id()))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Any:
        params = dict(query or {}) if self._shop is None else {"shop": self._shop, **(query or {})}
        headers = self._headers if key is None else {**self._headers, "Idempotency-Key": key}
        content = None if body is None else orjson.dumps(body)
        pause_s, trouble = _FIRST_PAUSE_S, ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                # The key makes repeating safe also when it is unknown whether the first attempt took effect.
                await asyncio.sleep(pause_s)
                pause_s *= 2
            self.requests += 1
            try:
                response = await self._http.request(method, path, params=params, headers=headers, content=content)
            except httpx.TransportError as error:
                trouble = type(error).__name__
            else:
                if response.status_code not in _BUSY:
                    return _read(response, f"{method} {path}")
                trouble = f"{response.status_code}"
                pause_s = max(pause_s, _asked_to_wait_s(response))
        raise ApiUnavailable(f"{method} {path} was tried {_ATTEMPTS} times; last: {trouble}")


def path_of(*parts: str) -> str:
    """A path of the API with each part quoted: references may contain `#` and `+`."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def _read(response: httpx.Response, request: str) -> Any:
    if response.is_success:
        return orjson.loads(response.content) if response.content else None
    try:
        problem = orjson.loads(response.content)
        code, detail = str(problem["code"]), str(problem.get("detail") or problem.get("title"))
        if problem.get("errors"):
            detail = f"{detail} {orjson.dumps(problem['errors']).decode()}"
    except (ValueError, KeyError, TypeError):
        code, detail = "not_encours", "The answer is not one of this service's."
    raise ApiRefused(status=response.status_code, code=code, detail=detail, request=request)


def _asked_to_wait_s(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), 30.0) if text.isdigit() else 0.0
