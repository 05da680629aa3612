"""The documents that are written from the code say what the code does."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app as command_line
from service.commands.document import render_errors
from service.config import Settings
from service.core.errors import ServiceError
from service.infra.problems import PROBLEM_MEDIA_TYPE
from service.infra.work import Scope
from service.main import create_app

ROOT = Path(__file__).parents[2]
CHANGING = {"post", "put", "patch", "delete"}
# It tells a key only about itself.
WITHOUT_SCOPE = {"/v1/key"}
# Asking what would be changes nothing.
READING_POSTS = {"quote", "preview_mail_template", "preview_terms", "simulate_policy"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(database_url="postgresql://localhost/none")).openapi()


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method, path, operation


def references_of(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references_of(value)
    elif isinstance(node, list):
        for value in node:
            yield from references_of(value)


def taken_schemas(document: dict[str, Any]) -> set[str]:
    """The names of the schemas that bodies of requests are made of."""
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    pending = [operation["requestBody"] for _, _, operation in operations_of(document) if "requestBody" in operation]
    while pending:
        names = {reference.rpartition("/")[2] for reference in references_of(pending.pop())} - found
        found |= names
        pending.extend(schemas[name] for name in names)
    return found


class TestOpenApi:
    def test_operation_ids_are_words_and_unique(self, document: dict[str, Any]):
        ids = [operation["operationId"] for _, _, operation in operations_of(document)]
        assert [name for name in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
        assert len(ids) == len(set(ids))

    def test_every_route_is_described_tagged_and_guarded(self, document: dict[str, Any]):
        tags = {tag["name"] for tag in document["tags"]}
        known_scopes = {scope.value for scope in Scope}
        for method, path, operation in operations_of(document):
            assert operation.get("description"), (method, path)
            assert set(operation["tags"]) <= tags, (method, path)
            (requirement,) = operation["security"]
            assert len(requirement["key"]) == (0 if path in WITHOUT_SCOPE else 1), (method, path)
            assert set(requirement["key"]) <= known_scopes, (method, path)

    def test_every_change_needs_an_idempotency_key(self, document: dict[str, Any]):
        for method, path, operation in operations_of(document):
            if method not in CHANGING or operation["operationId"] in READING_POSTS:
                continue
            keys = [p for p in operation.get("parameters", ()) if p["name"] == "Idempotency-Key"]
            assert [key["required"] for key in keys] == [True], (method, path)

    def test_every_route_documents_its_problems(self, document: dict[str, Any]):
        for method, path, operation in operations_of(document):
            responses = {
                status: document["components"]["responses"][response["$ref"].rpartition("/")[2]]
                if "$ref" in response
                else response
                for status, response in operation["responses"].items()
            }
            assert {"400", "401", "403", "413", "422", "429", "503"} <= set(responses), (method, path)
            for status, response in responses.items():
                if int(status) >= 400:
                    assert list(response["content"]) == [PROBLEM_MEDIA_TYPE], (method, path, status)

    def test_generated_clients_get_names_to_speak_of(self, document: dict[str, Any]):
        schemas = document["components"]["schemas"]
        assert [name for name in schemas if not re.fullmatch(r"([A-Z][a-z]+)+", name)] == []
        words = [tuple(schema["enum"]) for schema in schemas.values() if "enum" in schema]
        assert len(words) == len(set(words)), "the same words have two names"
        in_place = {
            f"{name}.{field}"
            for name, schema in schemas.items()
            for field, described in schema.get("properties", {}).items()
            for part in [described, *described.get("anyOf", ()), described.get("items", {})]
            if "enum" in part or "properties" in part
        }
        # Written by hand for speed, like the answers that they describe.
        assert in_place <= {"HoldOut.outcome", "QuoteOut.outcome"}

    def test_instants_say_that_they_are(self, document: dict[str, Any]):
        for name, schema in document["components"]["schemas"].items():
            for field, described in schema.get("properties", {}).items():
                if field.endswith("_at"):
                    kinds = [kind for kind in described.get("anyOf", [described]) if kind != {"type": "null"}]
                    assert [kind.get("format") for kind in kinds] == ["date-time"], (name, field)

    def test_requests_are_closed_and_answers_may_grow(self, document: dict[str, Any]):
        taken = taken_schemas(document)
        assert {"HoldRequest", "HoldOverride", "AddressBody"} <= taken
        objects = {name: each for name, each in document["components"]["schemas"].items() if "properties" in each}
        closed = {name for name, schema in objects.items() if schema.get("additionalProperties") is False}
        assert closed == taken & set(objects)

    def test_every_reference_leads_somewhere(self, document: dict[str, Any]):
        for reference in set(references_of(document)):
            node: Any = document
            for part in reference.removeprefix("#/").split("/"):
                assert part in node, reference
                node = node[part]

    def test_command_fails_when_a_file_drifts(self, tmp_path: Path):
        path = tmp_path / "openapi.yaml"
        runner = CliRunner()
        assert runner.invoke(command_line, ["openapi", "--output", str(path)]).exit_code == 0
        assert runner.invoke(command_line, ["openapi", "--output", str(path), "--check"]).exit_code == 0
        path.write_text(path.read_text(encoding="utf-8") + "x: 1\n", encoding="utf-8")
        assert runner.invoke(command_line, ["openapi", "--output", str(path), "--check"]).exit_code == 1


class TestErrors:
    def test_document_lists_every_code(self):
        if (ROOT / "docs" / "errors.md").read_text(encoding="utf-8") != render_errors():
            pytest.fail("docs/errors.md is not up to date; run `encours errors --output docs/errors.md`")

    def test_a_code_means_one_thing(self):
        render_errors()
        classes: dict[str, set[type[ServiceError]]] = defaultdict(set)
        pending: list[type[ServiceError]] = [ServiceError]
        while pending:
            error = pending.pop()
            pending.extend(error.__subclasses__())
            # Only what is declared in the class itself: leaves may share their base's status, never its code.
            if "code" in vars(error):
                classes[error.code].add(error)
        assert {code: names for code, names in classes.items() if len(names) > 1} == {}
        assert [code for code in classes if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", code)] == []
