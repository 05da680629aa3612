"""The catalogue knows every message the code sends, and the integrator's guide says what is true."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.core.clock import SystemClock
from service.infra.signing import new_signing_secret, sign_message
from service.webhooks.catalogue import CATALOGUE, example_of
from service.webhooks.domain import RETRY_DELAYS, TEST_EVENT

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")


def announced_types(tree: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Line and possible event types of every call of `announce`. A name is not followed: types are written out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "announce":
            wanted = (
                node.args[1] if len(node.args) > 1 else next(k.value for k in node.keywords if k.arg == "event_type")
            )
            texts = {part.value for part in ast.walk(wanted) if isinstance(part, ast.Constant)}
            if isinstance(wanted, ast.Name) and wanted.id == "TEST_EVENT":
                texts = {TEST_EVENT}
            yield node.lineno, {text for text in texts if isinstance(text, str)}


def part_of_guide(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", GUIDE, re.DOTALL)
    assert found is not None, name
    return found[1].strip()


class TestCatalogue:
    def test_knows_every_announced_type(self):
        unknown = [
            f"{path.relative_to(ROOT)}:{line} announces {sorted(types) or 'a type that is not written out'}"
            for path in sorted((ROOT / "service").rglob("*.py"))
            for line, types in announced_types(ast.parse(path.read_text(encoding="utf-8")))
            if not types or not types <= CATALOGUE.keys()
        ]
        assert unknown == []

    @pytest.mark.parametrize(
        ("code", "types"),
        [
            ('announce(work, "a.b", subject_id=x)', {"a.b"}),
            ('announce(work, "a.b" if late else "c.d", subject_id=x)', {"a.b", "c.d"}),
            ('announce(work, event_type="a.b")', {"a.b"}),
            ("announce(work, name, subject_id=x)", set()),
        ],
    )
    def test_the_search_itself(self, code: str, types: set[str]):
        assert [found for _, found in announced_types(ast.parse(code))] == [types]

    @pytest.mark.parametrize("name", CATALOGUE)
    def test_names_have_two_parts_and_fit_the_column(self, name: str):
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", name)
        assert len(name) <= 64

    @pytest.mark.parametrize("name", CATALOGUE)
    def test_examples_are_json_with_amounts_as_text(self, name: str):
        example = example_of(CATALOGUE[name])
        assert json.loads(json.dumps(example)) == example
        assert not any(isinstance(value, float) for value in example["data"].values())


class TestGuide:
    def test_shows_a_message_as_it_is_sent(self):
        shown = json.loads(part_of_guide("message").removeprefix("```json").removesuffix("```"))
        assert shown == example_of(CATALOGUE["order.settled"])

    def test_lists_every_event_type(self):
        rows = [f"| `{name}` | {event_type.description} |" for name, event_type in CATALOGUE.items()]
        assert part_of_guide("event-types") == "\n".join(["| Type | Sent when |", "| --- | --- |", *rows])

    def test_names_the_waits_between_attempts(self):
        rows = [f"| {number} | {say(delay)} |" for number, delay in enumerate(RETRY_DELAYS, start=1)]
        rows.append(f"| {len(RETRY_DELAYS) + 1} | the delivery is dead |")
        assert part_of_guide("retries") == "\n".join(["| After attempt | Wait |", "| --- | --- |", *rows])

    def test_the_python_sample_verifies(self):
        namespace: dict[str, Any] = {}
        exec(sample("python"), namespace)  # noqa: S102 - the guide's own code
        secret, headers, body = signed()
        assert namespace["read_message"](secret, headers, body) == {"order": "Ü-1"}
        assert namespace["read_message"](secret, headers, body + b" ") is None

    def test_the_php_sample_verifies(self):
        script = (
            sample("php")
            + "[, $s, $i, $t, $g] = $argv; $b = stream_get_contents(STDIN);"
            + "echo json_encode([encours_is_genuine($s, $i, $t, $g, $b), encours_is_genuine($s, $i, $t, $g, $b . ' '),"
            + "encours_is_genuine($s, $i, (string) ($t - 301), $g, $b)]);"
        )
        secret, headers, body = signed(also=new_signing_secret())
        arguments = [secret, *(headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))]
        assert run(["php", "-r", script, "--", *arguments], body) == [True, False, False]

    def test_the_node_sample_verifies(self):
        script = (
            sample("javascript")
            + "const [secret, text] = process.argv.slice(1); const headers = JSON.parse(text);"
            + "const body = require('node:fs').readFileSync(0);"
            + "const late = {...headers, 'webhook-timestamp': String(headers['webhook-timestamp'] - 301)};"
            + "console.log(JSON.stringify([isGenuine(secret, headers, body),"
            + "isGenuine(secret, headers, Buffer.concat([body, Buffer.from(' ')])), isGenuine(secret, late, body)]));"
        )
        secret, headers, body = signed(also=new_signing_secret())
        assert run(["node", "-e", script, "--", secret, json.dumps(headers)], body) == [True, False, False]


def say(delay: timedelta) -> str:
    seconds = int(delay.total_seconds())
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    raise AssertionError


def sample(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(code)


def signed(also: str | None = None) -> tuple[str, dict[str, str], bytes]:
    secret, body = new_signing_secret(), '{"order": "Ü-1"}'.encode()
    secrets = [also, secret] if also else [secret]
    now = SystemClock().now()
    return secret, sign_message(body, message_id="m-1", sent_at=now, signing_secrets=secrets), body


def run(command: list[str], body: bytes) -> Any:
    done = subprocess.run(command, input=body, capture_output=True, timeout=30, check=True)
    return json.loads(done.stdout)
