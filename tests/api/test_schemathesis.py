"""Requests that a machine made up from the OpenAPI document: none breaks the service, every answer is documented."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.infra.database import Database
from tests.api.test_tenancy import PARAMETER
from tests.api.world import MAKERS, open_world
from tests.app import Tenant

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES_PER_ROUTE_AND_MODE = 15


@pytest.fixture
async def known_rows(
    tenant: Tenant, client: httpx.AsyncClient, integrator: httpx.AsyncClient, database: Database
) -> dict[str, dict[str, str]]:
    """Path values that exist, by the path up to the last parameter: made-up ones alone would only ever be unknown."""
    world = await open_world(tenant, client=client, integrator=integrator, database=database)
    known: dict[str, dict[str, str]] = {}
    for prefix, make in MAKERS.items():
        *outer, name = [match[1] for match in PARAMETER.finditer(prefix)]
        values = dict(known[prefix[: prefix.index("}") + 1]]) if outer else {}
        values[name] = await make(world, values)
        known[prefix] = values
    return known


class TestMadeUpRequests:
    @pytest.mark.slow
    @pytest.mark.timeout(600)
    def test_are_answered_as_documented(
        self,
        live_server: str,
        tenant: Tenant,
        known_rows: dict[str, dict[str, str]],
        subtests: pytest.Subtests,
    ):
        schema = schemathesis.openapi.from_url(f"{live_server}/openapi.json")
        operations = []
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            operations.append(result.ok())
        assert len(operations) > 30
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {tenant.integrator_key}"
            for operation in operations:
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    with subtests.test(route=operation.label, mode=mode.value):
                        try_operation(operation, mode, session=session, known=known_rows)


def try_operation(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    *,
    session: requests.Session,
    known: dict[str, dict[str, str]],
) -> None:
    """Send what can be made up for one route, half of it aimed at rows that exist."""
    authorization = {"Authorization": str(session.headers["Authorization"])}
    last = operation.path.rfind("}") + 1
    values = known.get(operation.path[:last], {})

    @settings(
        max_examples=EXAMPLES_PER_ROUTE_AND_MODE,
        # The gate tries the same requests every time; what they find does not come and go.
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_aimed=st.booleans())
    def send(case: Case[Any], is_aimed: bool) -> None:
        if is_aimed:
            case.path_parameters = {**(case.path_parameters or {}), **values}
            if any(parameter.name == "shop" for parameter in operation.query):
                case.query = {**(case.query or {}), "shop": "main"}
            case.headers.update({"Idempotency-Key": str(uuid4()), **authorization})
        response = case.call(session=session, timeout=30)
        case.validate_response(response, checks=CHECKS)

    send()
