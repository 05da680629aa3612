"""Routes that are documented like all others, but answered before routing, dependencies and response models.

Those cost more than everything a hot route does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.infra.problems import answer_problem

__all__ = ["HotRoutes", "describe_body", "read_body"]

Body = TypeVar("Body", bound=BaseModel)


class HotRoutes:
    """Pure ASGI: hands requests for exactly these paths to their endpoints, all others on.

    An endpoint takes the bare request and gives a response. The application includes the same router, which
    describes its routes and answers what is not exactly theirs, such as another method. `around` is the middleware
    that hot requests need too.
    """

    def __init__(self, app: ASGIApp, *, router: APIRouter, around: Callable[[ASGIApp], ASGIApp]) -> None:
        self._app = app
        self._hot = around(self._answer)
        self._routes = {
            (method, route.path): route
            for route in router.routes
            if isinstance(route, APIRoute)
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
        else:
            scope["route"] = route
            await self._hot(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HotRequest(scope, receive)
        try:
            response = await scope["route"].endpoint(request)
        except Exception as error:
            response = await answer_problem(request, error)
        await response(scope, receive, send)


class HotRequest(Request):
    """A request whose headers are found at once instead of searched for, and whose body is read once."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._indexed_headers = _IndexedHeaders(raw=scope["headers"])

    @property
    def headers(self) -> Headers:
        return self._indexed_headers

    async def body(self) -> bytes:
        parts: list[bytes] = []
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                return b"".join(parts)


class _IndexedHeaders(Headers):
    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self._list = raw
        # Of a header that occurs twice the first counts, as in any other request.
        self._values = dict(reversed(raw))

    def __getitem__(self, key: str) -> str:
        return self._values[key.lower().encode("latin-1")].decode("latin-1")

    def get(self, key: str, default: Any = None) -> Any:
        # A mapping's own `get` asks for the value and catches the error, which most requests would pay for several times.
        value = self._values.get(key.lower().encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower().encode("latin-1") in self._values


async def read_body(request: Request, schema: type[Body]) -> tuple[Body, bytes]:
    """The validated body and its bytes. Raises RequestValidationError, as FastAPI does."""
    raw = await request.body()
    try:
        return schema.model_validate_json(raw), raw
    except ValidationError as error:
        problems = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(problems) from None


def describe_body(schema: type[BaseModel]) -> dict[str, Any]:
    """The `requestBody` of a hot route, for the OpenAPI document. The schema itself is added by its name."""
    return {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema.__name__}"}}},
    }
