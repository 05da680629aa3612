"""One factory for outgoing HTTP clients: explicit limits, our name, a request id, and no redirects."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import structlog

from service import __version__
from service.core.ids import new_id

__all__ = ["REQUEST_ID_HEADER", "HttpTimeouts", "ResponseTooLarge", "build_http_client", "read_bounded", "request_id"]

REQUEST_ID_HEADER = "X-Request-Id"
USER_AGENT = f"Encours/{__version__}"
_KEEP_IDLE_CONNECTIONS_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTimeouts:
    """Seconds for each phase. `read_s` bounds the wait between two pieces of an answer, not the whole of it."""

    connect_s: float
    read_s: float
    write_s: float
    pool_s: float


class ResponseTooLarge(Exception):
    """The other side sent more than was asked for; the rest was not read."""


def build_http_client(
    *, timeouts: HttpTimeouts, max_connections: int, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client for one integration; whoever builds it closes it.

    Redirects are never followed: the address was configured, and another one must not be chosen by an answer.
    Proxies are taken from the environment, because many operators let traffic out only through one; a given
    `transport` is used as it is.
    """
    return httpx.AsyncClient(
        timeout=httpx.Timeout(
            connect=timeouts.connect_s, read=timeouts.read_s, write=timeouts.write_s, pool=timeouts.pool_s
        ),
        limits=httpx.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=_KEEP_IDLE_CONNECTIONS_S,
        ),
        headers={"User-Agent": USER_AGENT},
        event_hooks={"request": [_add_request_id]},
        follow_redirects=False,
        trust_env=True,
        transport=transport,
    )


def request_id() -> str:
    """The id of the request being served, or a fresh one where work starts by itself, as in a job."""
    bound = structlog.contextvars.get_contextvars().get("request_id")
    return str(bound) if bound else str(new_id())


async def read_bounded(response: httpx.Response, *, max_bytes: int) -> bytes:
    """The body of a streamed response; raises `ResponseTooLarge` beyond `max_bytes`, counted after decompression."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise ResponseTooLarge
    return bytes(body)


async def _add_request_id(request: httpx.Request) -> None:
    # A caller that logs the id sets the header itself, so that both sides show the same one.
    request.headers.setdefault(REQUEST_ID_HEADER, request_id())
