"""The two hot routes: quote and hold. See `HotRoutes` for how they are reached."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from service.dependencies import (
    context_of,
    idempotency_key_of,
    person_of,
    require_json,
    secret_of,
    stranger_at,
)
from service.infra.hot_route import describe_body, read_body
from service.infra.idempotency import hash_request
from service.infra.request_log import CALLER_KEY
from service.infra.work import Scope
from service.merchants.errors import MerchantError
from service.orders.checkout_schemas import HoldOut, HoldRequest, QuoteOut, QuoteRequest
from service.orders.checkout_service import Checkout, Identified

__all__ = ["router"]

router: Final = APIRouter(prefix="/v1", tags=["checkout"])
_SECURITY: Final[list[dict[str, list[str]]]] = [{"key": [Scope.CHECKOUT.value]}]
_SHOP: Final[dict[str, Any]] = {
    "name": "shop",
    "in": "query",
    "required": False,
    "schema": {"anyOf": [{"type": "string", "maxLength": 64}, {"type": "null"}]},
    "description": "Code of the shop. A shop's key means its own shop; an integrator's key has to name one.",
}
_KEY: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "maxLength": 255},
    "description": "Chosen by the caller, one for each attempt to order.",
}
_AUTHOR: Final[dict[str, Any]] = {
    "name": "Encours-Author",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The person for whom this is done, percent-encoded UTF-8. Histories name it beside the key.",
}


def _shop_code(request: Request) -> str | None:
    return request.query_params.get("shop") if request.scope["query_string"] else None


async def _authenticated(request: Request) -> tuple[Checkout, Identified]:
    context = context_of(request)
    try:
        who = await context.checkout.identify(secret_of(request))
    except MerchantError:
        context.rate_limiter.require_room_for_stranger(stranger_at(request))
        raise
    request.scope[CALLER_KEY] = who.caller
    context.rate_limiter.require_room(who.caller)
    require_json(request)
    return context.checkout, who


@router.post(
    "/quotes",
    response_model=QuoteOut,
    openapi_extra={"requestBody": describe_body(QuoteRequest), "parameters": [_SHOP], "security": _SECURITY},
)
async def quote(request: Request) -> Response:
    """May this company order this cart on terms now, and on which? Reads only; ask as often as needed."""
    checkout, who = await _authenticated(request)
    body, _raw = await read_body(request, QuoteRequest)
    answer = await checkout.quote(who, body.to_domain(_shop_code(request)))
    return Response(answer, media_type="application/json")


@router.post(
    "/holds",
    status_code=201,
    response_model=HoldOut,
    responses={200: {"model": HoldOut, "description": "Declined or referred to a person; nothing is reserved."}},
    openapi_extra={
        "requestBody": describe_body(HoldRequest),
        "parameters": [_SHOP, _KEY, _AUTHOR],
        "security": _SECURITY,
    },
)
async def place_hold(request: Request) -> Response:
    """Decide again and reserve the credit. The hold expires by itself unless an order is attached to it."""
    checkout, who = await _authenticated(request)
    key = idempotency_key_of(request.headers.get("idempotency-key"))
    body, raw = await read_body(request, HoldRequest)
    query: bytes = request.scope["query_string"]
    request_hash = hash_request("POST", f"{request.scope['path']}?{query.decode('latin-1')}", raw)
    author = person_of(request.headers.get("encours-author"))
    asked = body.to_hold(_shop_code(request), idempotency_key=key, request_hash=request_hash, author=author)
    held = await checkout.place_hold(who, asked)
    headers = {"Idempotency-Hit": "true"} if held.is_replay else None
    return Response(
        held.answer.response, status_code=held.answer.status, headers=headers, media_type="application/json"
    )
