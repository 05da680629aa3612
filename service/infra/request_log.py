"""The one middleware: request id, size limit, last resort for errors, one log line and two metrics for each request."""

from __future__ import annotations

import re
import time
from typing import Final

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.core.errors import ServiceError
from service.core.ids import new_id
from service.infra.metrics import count_request
from service.infra.problems import PROBLEM_CODE_KEY, REQUEST_ID_KEY, BodyTooLarge, problem_response
from service.infra.work import Caller

__all__ = ["CALLER_KEY", "RequestLog"]

# Where authentication leaves the caller, for the log line.
CALLER_KEY: Final = "encours.caller"

# What a proxy or a shop may choose as request id: enough for every usual scheme, too little for a log injection.
_SANE_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:/=+-]{8,128}")
# Answers are one key's view of one moment, and some hold a secret.
_NOT_FOR_CACHES: Final = (b"cache-control", b"no-store")
_UNMATCHED: Final = "(none)"
# Probes ask every few seconds and say nothing when all is well.
_QUIET_ROUTES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_log: Final = structlog.get_logger()


class RequestLog:
    """Pure ASGI, around everything else of the application.

    It names no path, query value, body or header of a request: the route's template, the caller's ids and the code of
    the problem say what happened without anybody's data.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = time.perf_counter()
        request_id, declared_bytes = _read_headers(scope)
        scope[REQUEST_ID_KEY] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0
        header = (b"x-request-id", request_id.encode("ascii"))

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header, _NOT_FOR_CACHES]
            await send(message)

        if declared_bytes is None:
            receive = _bounded(receive, self._max_body_bytes)
        try:
            if declared_bytes is not None and declared_bytes > self._max_body_bytes:
                too_large = BodyTooLarge(max_bytes=self._max_body_bytes)
                await problem_response(scope, too_large)(scope, receive, send_with_id)
            else:
                await self._app(scope, receive, send_with_id)
        except Exception:
            _log.exception("http.failed", method=scope["method"], route=_route_of(scope))
            if status:
                # Half an answer is out: all that is left is to break the connection off, which the server does.
                raise
            await problem_response(scope, ServiceError())(scope, receive, send_with_id)
        finally:
            _record(scope, status=status, seconds=time.perf_counter() - started_s)


def _read_headers(scope: Scope) -> tuple[str, int | None]:
    """The request id to use, and the declared size of the body: 0 when there is none, None when it is streamed."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    request_id = headers.get(b"x-request-id", b"")
    is_sane = request_id and _SANE_REQUEST_ID.fullmatch(request_id)
    name = request_id.decode("ascii") if is_sane else str(new_id())
    # The server has checked that it is a number, and passes on no more than that.
    length = headers.get(b"content-length", b"0")
    return name, int(length) if length.isdigit() and b"transfer-encoding" not in headers else None


def _bounded(receive: Receive, max_bytes: int) -> Receive:
    """A body without a declared size is counted as it comes."""
    received_bytes = 0

    async def receive_bounded() -> Message:
        nonlocal received_bytes
        message = await receive()
        if message["type"] == "http.request":
            received_bytes += len(message.get("body", b""))
            if received_bytes > max_bytes:
                # FastAPI lets only this kind through from reading a body; its handler makes it BodyTooLarge.
                raise HTTPException(BodyTooLarge.status)
        return message

    return receive_bounded


def _route_of(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", _UNMATCHED))


def _record(scope: Scope, *, status: int, seconds: float) -> None:
    route, method = _route_of(scope), _known_method(scope["method"])
    # A client that hangs up leaves no status; 499 is what proxies write then.
    status = status or 499
    count_request(method=method, route=route, status=status, seconds=seconds)
    if route in _QUIET_ROUTES and status < 400:
        return
    caller: Caller | None = scope.get(CALLER_KEY)
    _log.info(
        "http.answered",
        method=method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 3),
        merchant_id=str(caller.merchant_id) if caller else None,
        key_id=str(caller.key_id) if caller else None,
        code=scope.get(PROBLEM_CODE_KEY),
    )


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _known_method(method: str) -> str:
    # The method is the client's free text; as a label it must not grow the number of series.
    return method if method in _METHODS else "OTHER"
