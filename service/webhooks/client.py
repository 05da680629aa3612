"""Sends one signed message to one receiver, and to no address that it must not reach."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

import httpx
import orjson

from service.core.addresses import IpAddress, find_address_problem
from service.infra.http import HttpTimeouts, build_http_client
from service.infra.names import Resolve, resolve_host
from service.infra.signing import SecretBox, SecretUnreadable, sign_message
from service.webhooks.domain import OutgoingMessage, SendResult, parse_retry_after

__all__ = [
    "MAX_CONCURRENT_SENDS", "SEND_TIMEOUT_S", "GuardedTransport", "WebhookClient", "build_webhook_client",
]  # fmt: skip

MAX_CONCURRENT_SENDS: Final = 32
_TIMEOUTS: Final = HttpTimeouts(connect_s=5, read_s=10, write_s=10, pool_s=10)
# Bounds all phases together: a receiver that sends one byte every nine seconds would never run into the others.
SEND_TIMEOUT_S: Final = 20.0
_MAX_ANSWER_BYTES: Final = 1024
_MAX_ERROR_LENGTH: Final = 200


class AddressRefused(httpx.TransportError):
    """The name leads to an address that nothing may be sent to."""


def build_webhook_client(*, secret_box: SecretBox, allow_private: bool) -> WebhookClient:
    """The client of a worker; whoever builds it closes it."""
    return WebhookClient(secret_box=secret_box, transport=GuardedTransport(allow_private=allow_private))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Looks a name up once, refuses it if any of its addresses is out of bounds, and connects to that very address.

    Checking the name and letting the library look it up again would let a name server answer differently the second
    time. No connection is kept: one pooled under its address would be reused for another name at the same address.
    """

    def __init__(
        self, *, allow_private: bool, resolve: Resolve = resolve_host, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        # No proxy either: it would look the name up by itself, beyond the guard.
        self._inner = httpx.AsyncHTTPTransport(
            verify=ssl_context or httpx.create_ssl_context(),
            limits=httpx.Limits(max_connections=2 * MAX_CONCURRENT_SENDS, max_keepalive_connections=0),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        unreachable: httpx.ConnectError | None = None
        for address in await self._allowed_addresses(request.url, host):
            attempt = httpx.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._inner.handle_async_request(attempt)
            except httpx.ConnectError as error:
                unreachable = error
        raise unreachable or httpx.ConnectError("the name has no address")

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _allowed_addresses(self, url: httpx.URL, host: str) -> Sequence[IpAddress]:
        is_plain = url.scheme == "http"
        try:
            addresses = await self._resolve(host, url.port or (80 if is_plain else 443))
        except (OSError, UnicodeError):
            raise httpx.ConnectError("the name cannot be resolved") from None
        for address in addresses:
            problem = find_address_problem(address, is_plain=is_plain, allow_private=self._allow_private)
            if problem is not None:
                raise AddressRefused(problem)
        return list(dict.fromkeys(addresses))


class WebhookClient:
    """Signs and sends. Whatever goes wrong at the receiver's comes back as a value, never as an exception."""

    def __init__(
        self, *, secret_box: SecretBox, transport: httpx.AsyncBaseTransport, send_timeout_s: float = SEND_TIMEOUT_S
    ) -> None:
        self._secret_box = secret_box
        self._send_timeout_s = send_timeout_s
        self._http = build_http_client(timeouts=_TIMEOUTS, max_connections=MAX_CONCURRENT_SENDS, transport=transport)

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, message: OutgoingMessage, *, now: datetime) -> SendResult:
        """One attempt. The same message always goes out under the same `webhook-id`."""
        started = time.perf_counter()

        def result(error: str | None, response: httpx.Response | None = None) -> SendResult:
            return SendResult(
                status_code=response.status_code if response else None,
                duration_ms=round((time.perf_counter() - started) * 1000),
                error=_tidy(error),
                retry_after=parse_retry_after(response.headers.get("retry-after"), now=now) if response else None,
            )

        try:
            signing_secrets = [self._secret_box.open(sealed) for sealed in message.sealed_secrets]
        except SecretUnreadable as error:
            return result(str(error))
        body = orjson.dumps(message.document)
        headers = sign_message(body, message_id=str(message.id), sent_at=now, signing_secrets=signing_secrets)
        # An answer is never unpacked: a small compressed one could fill the memory.
        headers |= {"content-type": "application/json", "accept-encoding": "identity"}
        try:
            async with (
                asyncio.timeout(self._send_timeout_s),
                self._http.stream("POST", message.url, content=body, headers=headers) as response,
            ):
                return result(None if response.is_success else await _describe_refusal(response), response)
        except (TimeoutError, httpx.TimeoutException):
            return result("the receiver did not answer in time")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return result(f"{type(error).__name__}: {error}")


async def _describe_refusal(response: httpx.Response) -> str:
    """The status and the beginning of what came with it: most receivers say there what went wrong with them."""
    if response.is_redirect:
        return f"HTTP {response.status_code}: redirects are not followed"
    try:
        beginning = await anext(response.aiter_raw(chunk_size=_MAX_ANSWER_BYTES), b"")
    except httpx.HTTPError:
        beginning = b""
    text = beginning.decode("utf-8", errors="replace")
    return f"HTTP {response.status_code}: {text or _phrase(response.status_code)}"


def _phrase(status_code: int) -> str:
    try:
        return HTTPStatus(status_code).phrase
    except ValueError:
        return "unknown status"


def _tidy(error: str | None) -> str | None:
    """Fit for a database column and a terminal: one line of printable characters, not too long."""
    if error is None:
        return None
    line = " ".join("".join(char if char.isprintable() else " " for char in error).split())
    return line[:_MAX_ERROR_LENGTH]
