"""The edge: how a request becomes a caller, a transaction, and an answer that is the same when repeated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import unquote
from uuid import UUID

from fastapi import Header, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from service.core.paging import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, decode_cursor
from service.factory import Context
from service.infra.idempotency import (
    MAX_KEY_LENGTH,
    IdempotencyKeyMissing,
    StoredAnswer,
    find_answer,
    hash_request,
    keep_answer,
)
from service.infra.problems import ContentTypeUnsupported
from service.infra.request_log import CALLER_KEY
from service.infra.work import AuthorInvalid, Caller, Scope, Work
from service.merchants.errors import MerchantError
from service.merchants.service import authenticate

__all__ = [
    "Changing", "Paging", "Reading", "ShopParam", "changing", "context_of", "idempotency_key_of", "identified", "person_of", "reading",
    "require_json", "secret_of", "stranger_at",
]  # fmt: skip

Result = TypeVar("Result")
Bearer: Final = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    description="A shop's or an integrator's key, as `encours key create` prints it.",
)
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(Bearer)]

ShopParam = Annotated[
    str | None,
    Query(
        alias="shop",
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Code of the shop. A shop's key means its own shop; an integrator's key has to name one.",
        examples=["main"],
    ),
]


class _Edge:
    """One authenticated request."""

    def __init__(self, *, context: Context, request: Request, caller: Caller) -> None:
        self.context = context
        self.request = request
        self.caller = caller

    async def read(self, use_case: Callable[[Work], Awaitable[Result]]) -> Result:
        """Run a use case that changes nothing."""
        async with self.context.database.read() as session:
            return await use_case(Work(session=session, caller=self.caller, now=self.context.clock.now()))


class Reading(_Edge):
    """The edge of a request that only reads."""


class Changing(_Edge):
    """The edge of a request that changes something; needs an Idempotency-Key."""

    def __init__(self, *, context: Context, request: Request, caller: Caller, idempotency_key: str) -> None:
        super().__init__(context=context, request=request, caller=caller)
        self.idempotency_key = idempotency_key

    async def change(
        self,
        use_case: Callable[[Work], Awaitable[BaseModel | None]],
        *,
        status: int = 200,
        shown_once: frozenset[str] = frozenset(),
    ) -> Response:
        """Run the use case and keep its answer, in one transaction committed before the answer is sent.

        A refusal rolls everything back and is not kept: the same key may be used again once its cause is gone.
        Fields named in `shown_once` are secrets: what is kept, and so what a repeat gets, has null instead.
        """
        url = self.request.url
        request_hash = hash_request(self.request.method, f"{url.path}?{url.query}", await self.request.body())
        now = self.context.clock.now()
        async with self.context.database.transaction() as session:
            stored = await find_answer(session, self.caller, self.idempotency_key)
            if stored is not None:
                stored.require_same_request(request_hash)
                return _respond(stored, is_replay=True)
            result = await use_case(Work(session=session, caller=self.caller, now=now))
            body = b"" if result is None else result.model_dump_json().encode()
            answer = StoredAnswer(request_hash=request_hash, status=status if body else 204, response=body)
            kept = answer
            if result is not None and shown_once:
                without_secrets = result.model_copy(update=dict.fromkeys(shown_once))
                kept = replace(answer, response=without_secrets.model_dump_json().encode())
            await keep_answer(session, self.caller, self.idempotency_key, answer=kept, now=now)
        return _respond(answer, is_replay=False)


def _respond(answer: StoredAnswer, *, is_replay: bool) -> Response:
    headers = {"Idempotency-Hit": "true"} if is_replay else {}
    media_type = "application/json" if answer.response else None
    return Response(answer.response, status_code=answer.status, headers=headers, media_type=media_type)


def context_of(request: Request) -> Context:
    """What this process holds."""
    context: Context = request.app.state.context
    return context


def secret_of(request: Request) -> str:
    """The bearer secret of a request, or nothing; for routes outside FastAPI's dependencies."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def stranger_at(request: Request) -> str:
    """Where a request without a valid key comes from."""
    return request.client.host if request.client else "unknown"


async def _caller_of(request: Request, secret: str, scope: Scope | None) -> Caller:
    context = context_of(request)
    try:
        caller = await authenticate(context.database, secret, now=context.clock.now())
    except MerchantError:
        context.rate_limiter.require_room_for_stranger(stranger_at(request))
        raise
    request.scope[CALLER_KEY] = caller
    context.rate_limiter.require_room(caller)
    if scope is not None:
        caller.require(scope)
    return caller


def reading(scope: Scope) -> Any:
    """Dependency of routes that read and need `scope`: `edge: Annotated[Reading, reading(Scope.ORDERS_READ)]`."""

    async def edge(request: Request, credentials: _Credentials) -> Reading:
        caller = await _caller_of(request, credentials.credentials if credentials else "", scope)
        return Reading(context=context_of(request), request=request, caller=caller)

    return Security(edge, scopes=[scope.value])


def identified() -> Any:
    """Dependency of routes that any key may ask, because they tell it only about itself."""

    async def edge(request: Request, credentials: _Credentials) -> Reading:
        caller = await _caller_of(request, credentials.credentials if credentials else "", None)
        return Reading(context=context_of(request), request=request, caller=caller)

    return Security(edge)


def changing(scope: Scope) -> Any:
    """Dependency of routes that change something and need `scope`."""

    async def edge(
        request: Request,
        credentials: _Credentials,
        idempotency_key: Annotated[
            str | None,
            Header(
                alias="Idempotency-Key",
                description="Chosen by the caller, one for each intention. Repeating a request with its key is safe: "
                "it takes effect once and is answered the same, then with `Idempotency-Hit: true`.",
                examples=["7f9c2ba4-e88f-4d1a-9c3e-0b1c5f0f7a11"],
            ),
        ] = None,
        author: Annotated[
            str | None,
            Header(
                alias="Encours-Author",
                description="The person for whom this is done, percent-encoded UTF-8. Histories name it beside the key.",
                examples=["Ana%C3%AFs%20Roy"],
            ),
        ] = None,
    ) -> Changing:
        caller = await _caller_of(request, credentials.credentials if credentials else "", scope)
        require_json(request)
        return Changing(
            context=context_of(request),
            request=request,
            caller=caller.on_behalf_of(person_of(author)),
            idempotency_key=idempotency_key_of(idempotency_key),
        )

    return Security(edge, scopes=[scope.value])


def idempotency_key_of(value: str | None) -> str:
    """A usable key; raises IdempotencyKeyMissing."""
    if not value or len(value) > MAX_KEY_LENGTH or not value.isascii() or not value.isprintable():
        raise IdempotencyKeyMissing
    return value


def person_of(author: str | None) -> str | None:
    """Who is named in an `Encours-Author` header. Raises AuthorInvalid."""
    if author is None:
        return None
    try:
        return unquote(author, errors="strict")
    except UnicodeDecodeError:
        raise AuthorInvalid from None


def require_json(request: Request) -> None:
    """Raises ContentTypeUnsupported for a body of another type; no body needs no type."""
    headers = request.headers
    media_type = headers.get("content-type", "")
    if media_type == "application/json" or media_type.partition(";")[0].strip().lower() == "application/json":
        return
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise ContentTypeUnsupported


class Paging:
    """`cursor` and `limit` of a list: where it goes on and how many rows it gives."""

    def __init__(
        self,
        cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = DEFAULT_PAGE_SIZE,
    ) -> None:
        self.before: UUID | None = decode_cursor(cursor) if cursor else None
        self.limit = limit
