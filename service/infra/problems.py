"""Errors as RFC 9457 problem documents: the only place where an error becomes HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from service.core.errors import InvalidInput, NotFound, ServiceError
from service.infra.rate_limit import RateLimitExceeded

__all__ = [
    "PROBLEM_MEDIA_TYPE", "BodyTooLarge", "Conflict", "ContentTypeUnsupported", "MethodNotAllowed", "Problem",
    "RequestInvalid", "RequestMalformed", "answer_problem", "install_problem_handlers", "problem_response", "problems",
]  # fmt: skip

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
# The middleware reads here which problem it is about to log.
PROBLEM_CODE_KEY: Final = "encours.problem_code"
REQUEST_ID_KEY: Final = "encours.request_id"

_MAX_LISTED_FIELDS: Final = 50
_MAX_SEGMENT_LENGTH: Final = 64
_MAX_DETAIL_LENGTH: Final = 300
_log: Final = structlog.get_logger()


class RequestMalformed(ServiceError):
    """Not even readable: broken JSON framing, an impossible number, bytes that are no text."""

    code = "request_malformed"
    status = 400
    title = "The request cannot be read"


class RequestInvalid(ServiceError):
    """Readable, but not what this route takes; `errors` names each wrong field."""

    code = "request_invalid"
    status = 422
    title = "The request does not match what this route takes"


class MethodNotAllowed(ServiceError):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    title = "This path does not take this method"


class BodyTooLarge(ServiceError):
    """Larger than any request of this API is."""

    code = "body_too_large"
    status = 413
    title = "The request body is too large"


class ContentTypeUnsupported(ServiceError):
    """A body is JSON, and says so."""

    code = "content_type_unsupported"
    status = 415
    title = "The request body must be application/json"


class Conflict(ServiceError):
    """Two requests met on the same row, and a constraint let only one of them through."""

    code = "conflict"
    status = 409
    title = "Something else changed this at the same moment; please repeat the request"


class FieldError(BaseModel):
    """One wrong field."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    pointer: str = Field(description="JSON pointer to the field, within `in`.", examples=["/lines/0/amount"])
    code: str = Field(examples=["missing"])
    detail: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """A problem document (RFC 9457). Branch on `code`, show `detail` to people. Other members are facts of the case."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    type: str = Field(description="`urn:encours:problem:` and the code.", examples=["urn:encours:problem:not_found"])
    title: str = Field(description="The same sentence for every problem of this code.")
    status: int = Field(description="The HTTP status, repeated.", ge=400, le=599)
    code: str = Field(description="Stable, for machines.", examples=["not_found"])
    detail: str = Field(description="What is wrong this time.")
    request_id: str | None = Field(default=None, description="Name it when you report the problem.")
    errors: list[FieldError] = Field(default=[], description="Each wrong field, when the request did not match.")


def problems(*errors: type[ServiceError]) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: the problems it can answer with, grouped by status.

    Those that any route has (authentication, rate limit, validation, database) are added to all of them elsewhere.
    """
    by_status: dict[int | str, list[type[ServiceError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": describe_problems(same_status),
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, same_status in by_status.items()
    }


def describe_problems(errors: Iterable[type[ServiceError]]) -> str:
    """One line of Markdown for each code."""
    return "\n".join(f"- `{error.code}`: {error.title}." for error in sorted(set(errors), key=lambda error: error.code))


def problem_response(scope: Any, error: ServiceError, *, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that failed; `scope` is the ASGI scope, which learns the code for the log."""
    scope[PROBLEM_CODE_KEY] = error.code
    document: dict[str, Any] = {
        **error.facts,
        "type": f"urn:encours:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
    }
    if request_id := scope.get(REQUEST_ID_KEY):
        document["request_id"] = request_id
    # A fact may repeat what the caller sent, and a lone surrogate has no UTF-8 form.
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(
        body, status_code=error.status, headers={**_headers(error), **(headers or {})}, media_type=PROBLEM_MEDIA_TYPE
    )


def _headers(error: ServiceError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(retry_after_s := error.facts.get("retry_after_s"), int):
        headers["Retry-After"] = str(retry_after_s)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = f'Bearer realm="encours", error="invalid_token", error_description="{error.code}"'
    if isinstance(error, RateLimitExceeded):
        facts = error.facts
        headers["RateLimit-Policy"] = f'"requests";q={facts["limit"]};w={facts["window_s"]}'
        headers["RateLimit"] = f'"requests";r={facts["remaining"]};t={facts["retry_after_s"]}'
    return headers


def install_problem_handlers(app: FastAPI) -> None:
    """Every error that leaves a route becomes a problem document; what nobody expected is the middleware's."""
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)


async def answer_problem(request: Request, error: Exception) -> Response:
    """The same for routes that are answered outside the application's routing. Raises what nobody expected."""
    for kind in type(error).__mro__:
        answer = _ANSWERS.get(kind)
        if answer is not None:
            return await answer(request, error)
    raise error


async def _answer_service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    return problem_response(request.scope, error)


async def _answer_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    listed = [_field_error(each) for each in error.errors()[:_MAX_LISTED_FIELDS]]
    return problem_response(request.scope, RequestInvalid(errors=listed))


def _field_error(error: Mapping[str, Any]) -> dict[str, Any]:
    """Names the field and what it should be; what was sent stays out, because it may be anybody's data."""
    place, *path = error["loc"] or ("body",)
    detail = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "uuid_parsing":
        detail = "Input should be a valid UUID"
    elif error["type"] == "value_error" and repr(error.get("input"))[:40] in detail:
        detail = "Input is not a valid value"
    return {
        "in": place,
        "pointer": "".join(f"/{_segment(part)}" for part in path),
        "code": error["type"],
        "detail": detail[:_MAX_DETAIL_LENGTH],
    }


def _segment(part: object) -> str:
    text = "".join(character for character in str(part)[:_MAX_SEGMENT_LENGTH] if character.isprintable())
    return text.replace("~", "~0").replace("/", "~1")


_BY_STATUS: Final[Mapping[int, type[ServiceError]]] = {
    400: RequestMalformed,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: ContentTypeUnsupported,
}


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code, RequestMalformed if error.status_code < 500 else ServiceError)
    return problem_response(request.scope, kind(), headers=error.headers)


async def _answer_database_error(request: Request, error: Exception) -> Response:
    cause = (error.orig.__cause__ if error.orig else None) if isinstance(error, DBAPIError) else error
    if isinstance(cause, asyncpg.DataError):
        # A schema should have refused it: an integer beyond its column, a NUL byte in a reference.
        _log.warning("http.value_refused_by_database", sqlstate=cause.sqlstate, cause=type(cause).__name__)
        return problem_response(request.scope, InvalidInput())
    if isinstance(cause, asyncpg.UniqueViolationError | asyncpg.ExclusionViolationError):
        _log.warning("http.lost_a_race", constraint=cause.constraint_name)
        return problem_response(request.scope, Conflict())
    raise error


_ANSWERS: Final[Mapping[type[Any], Callable[[Request, Exception], Awaitable[Response]]]] = {
    ServiceError: _answer_service_error,
    RequestValidationError: _answer_validation_error,
    HTTPException: _answer_http_exception,
    DBAPIError: _answer_database_error,
    asyncpg.PostgresError: _answer_database_error,
    asyncpg.DataError: _answer_database_error,
}
