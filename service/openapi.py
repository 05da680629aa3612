"""What the OpenAPI document says beyond what the routes themselves say."""

from __future__ import annotations

import json
from typing import Any, Final

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from service.core.errors import NotFound, ServiceError
from service.core.paging import InvalidCursor
from service.infra.database import DatabaseBusy, DatabaseUnavailable
from service.infra.idempotency import MAX_KEY_LENGTH, IdempotencyKeyMissing, IdempotencyKeyReused
from service.infra.problems import (
    PROBLEM_MEDIA_TYPE,
    BodyTooLarge,
    ContentTypeUnsupported,
    Problem,
    RequestInvalid,
    RequestMalformed,
    describe_problems,
)
from service.infra.rate_limit import RateLimitExceeded
from service.infra.work import MissingScope
from service.merchants.errors import KeyExpired, KeyInvalid, ShopRequired
from service.orders.checkout_schemas import HoldRequest, QuoteRequest

__all__ = ["DESCRIPTION", "TAGS", "document_problems", "render_openapi"]

DESCRIPTION: Final = """
A shop asks whether a company may order on terms, reserves credit, attaches its orders, reports what happens to them
and what was paid. The service decides, keeps the books and says when which amount is due.

**Keys.** Send `Authorization: Bearer <key>`. A shop's key acts for its shop. An integrator's key acts for all shops of
its merchant and names one with `?shop=CODE` where it matters. Each route names the scope it needs.

**Repeating.** Every request that changes something carries an `Idempotency-Key`. The same key with the same request
takes effect once and gets the first answer again; with another request it is refused.

**Money** is a decimal string with its currency beside it, never a number. **Instants** are RFC 3339 with an offset,
**days** are `YYYY-MM-DD` in the shop's time zone.

**Lists** are newest first. Pass `next_cursor` as `cursor` until it is null.

**Problems** are `application/problem+json` (RFC 9457). Branch on `code`; `detail` is for people. A declined order is
not a problem: it is an answer with its reasons. On 503 wait for `Retry-After` and repeat with the same key.
""".strip()

TAGS: Final[list[dict[str, Any]]] = [
    {"name": "checkout", "description": "Ask, reserve and release credit while an order is placed."},
    {"name": "orders", "description": "Orders on terms and what happens to them."},
    {"name": "companies", "description": "The companies that owe, their buyers, groups and facts."},
    {"name": "credit", "description": "Credit lines, limits and the history of each."},
    {"name": "eligibility", "description": "Rules, decisions with their reasons, and simulation."},
    {"name": "terms", "description": "Payment terms and the days they lead to."},
    {"name": "receivables", "description": "What is due, when, and what is left of it."},
    {"name": "payments", "description": "Money received and what it settles."},
    {"name": "mails", "description": "Mails to companies: what was sent, their texts, and how they are sent."},
    {"name": "reminders", "description": "Which mail a company gets about what it owes, when, and why not."},
    {"name": "webhooks", "description": "Signed notifications to shops and other systems."},
    {"name": "merchants", "description": "The merchant, its shops, its keys and the log of changes."},
    {"name": "audit", "description": "Proof that the books are right."},
]

_EVERYWHERE: Final[tuple[type[ServiceError], ...]] = (
    KeyInvalid, KeyExpired, MissingScope, RequestInvalid, RateLimitExceeded, DatabaseUnavailable, DatabaseBusy,
    BodyTooLarge, RequestMalformed,
)  # fmt: skip
# The hot routes read their bodies by themselves, so FastAPI does not know these.
_HOT_BODIES: Final = (QuoteRequest, HoldRequest)
_CHANGES: Final = (IdempotencyKeyMissing, IdempotencyKeyReused, ContentTypeUnsupported)
_CHANGING_METHODS: Final = frozenset({"post", "put", "patch", "delete"})


def document_problems(app: FastAPI) -> None:
    """Let the document name, for every route, the problems that all routes of its kind share."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        servers=app.servers,
        license_info=app.license_info,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for model in (Problem, *_HOT_BODIES):
        _add_schema(schemas, model)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    _let_answers_grow(document)
    responses: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _describe_operation(path, method, operation, responses)
    document["components"]["responses"] = dict(sorted(responses.items()))
    return document


def _add_schema(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    described = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, schema in {**described.pop("$defs", {}), model.__name__: described}.items():
        # FastAPI tells two models of one name apart, but only among those it knows.
        assert schemas.get(name, schema) == schema, f"two different schemas are called {name}"
        schemas[name] = schema


def _let_answers_grow(document: dict[str, Any]) -> None:
    """Requests are closed. What is only ever answered is not: a strict client would break at the next field."""
    schemas = document["components"]["schemas"]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    taken: set[str] = set()
    found = _names_within([operation.get("requestBody") for operation in operations])
    while found:
        taken |= found
        found = _names_within([schemas[name] for name in found]) - taken
    for name, schema in schemas.items():
        if name not in taken and schema.get("additionalProperties") is False:
            del schema["additionalProperties"]


def _names_within(node: Any) -> set[str]:
    """The schemas that a part of the document refers to."""
    if isinstance(node, list):
        return {name for each in node for name in _names_within(each)}
    if not isinstance(node, dict):
        return set()
    names = {name for each in node.values() for name in _names_within(each)}
    reference = node.get("$ref")
    return names | {reference.rpartition("/")[2]} if isinstance(reference, str) else names


def _describe_operation(path: str, method: str, operation: dict[str, Any], shared: dict[str, Any]) -> None:
    errors = list(_EVERYWHERE)
    parameters = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
    for parameter in parameters.values():
        _tidy_parameter(parameter)
    is_repeatable = method in _CHANGING_METHODS and "Idempotency-Key" in parameters
    if is_repeatable:
        # Optional for FastAPI only, so that a missing one is our own problem and not a validation error.
        parameters["Idempotency-Key"]["required"] = True
        errors.extend(_CHANGES)
    if "{" in path or "shop" in parameters:
        errors.append(NotFound)
    if "shop" in parameters:
        errors.append(ShopRequired)
    if "cursor" in parameters:
        errors.append(InvalidCursor)
    responses = operation["responses"]
    for status, response in responses.items():
        if status.startswith("2"):
            _describe_success(status, response, is_repeatable=is_repeatable)
    # FastAPI describes its own validation answer, which never leaves this service.
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]
    by_status: dict[str, list[type[ServiceError]]] = {}
    for error in errors:
        by_status.setdefault(str(error.status), []).append(error)
    for status, same_status in by_status.items():
        if status in responses:
            own = responses[status]["description"]
            responses[status] = _problem_response(f"{own}\n{describe_problems(same_status)}")
        else:
            name = "_or_".join(sorted({error.code for error in same_status}))
            shared.setdefault(name, _problem_response(describe_problems(same_status)))
            responses[status] = {"$ref": f"#/components/responses/{name}"}
    operation["responses"] = dict(sorted(responses.items()))


def _tidy_parameter(parameter: dict[str, Any]) -> None:
    """A parameter that is left out is left out: unlike in a body, there is no null to send."""
    schema = parameter["schema"]
    if "anyOf" in schema:
        kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
        schema = {**kinds[0], **schema} if len(kinds) == 1 else {**schema, "anyOf": kinds}
        if len(kinds) == 1:
            del schema["anyOf"]
    # Said beside the schema already, and the title only repeats the name.
    parameter["schema"] = {name: value for name, value in schema.items() if name not in {"title", "description"}}
    if parameter["name"] == "Idempotency-Key":
        parameter["schema"] |= {"minLength": 1, "maxLength": MAX_KEY_LENGTH}


_DONE: Final = {
    "200": "The answer.",
    "201": "Created.",
    "202": "Accepted; it is done soon.",
    "204": "Done; nothing to say.",
}


def _describe_success(status: str, response: dict[str, Any], *, is_repeatable: bool) -> None:
    if response["description"] == "Successful Response":
        response["description"] = _DONE.get(status, "Done.")
    if is_repeatable:
        response.setdefault("headers", {})["Idempotency-Hit"] = {
            "description": "`true` when this is the answer to an earlier request with the same key.",
            "schema": {"type": "string", "enum": ["true"]},
        }


def _problem_response(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def render_openapi(app: FastAPI) -> str:
    """The document as `openapi.yaml` holds it: in the order of the routes, and texts as a person would lay them out."""
    # Through JSON, so that what YAML cannot know, such as an enum's member, becomes what a client would read.
    document = json.loads(json.dumps(app.openapi()))
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as such, and everything in full where it stands."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class calls it so
        return True

    def represent_text(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Dumper.add_representer(str, _Dumper.represent_text)
