"""The guide about money speaks of routes, problems and bodies that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from service.commands.document import render_errors
from service.config import Settings
from service.main import create_app
from service.payments.account import Bucket
from service.payments.domain import MarkPaidOutcome
from service.payments.schemas import MarkPaidIn, PaymentIn
from service.receivables.domain import AgingBucket

GUIDE = (Path(__file__).parents[2] / "docs" / "payments.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(database_url="postgresql://localhost/none")).openapi()


class TestGuide:
    def test_names_routes_that_exist(self, document: dict[str, Any]):
        known = {
            (method.upper(), re.sub(r"\{\w+\}", "*", path))
            for path, operations in document["paths"].items()
            for method in operations
        }
        named = {
            (method, re.sub(r"\{\w+\}|PS-\d+", "*", path))
            for method, path in re.findall(r"(GET|POST|DELETE) (/v1/[^\s`?]+)", GUIDE)
        }
        assert len(named) >= 8
        assert named <= known

    def test_names_problems_that_exist(self):
        codes = set(re.findall(r"refused\s+\(`(\w+)`\)", GUIDE))
        assert len(codes) >= 3
        assert all(f"`{code}`" in render_errors() for code in codes)

    def test_shows_bodies_that_are_accepted(self):
        bodies = [
            json.loads(body)
            for body in re.findall(r"^(?:POST \S+)?\s*(\{\"[^`]*?\})$", GUIDE, flags=re.MULTILINE | re.DOTALL)
        ]
        assert len(bodies) >= 2
        for body in bodies:
            schema = PaymentIn if "company" in body else MarkPaidIn
            schema.model_validate_json(json.dumps(body))

    def test_names_every_outcome_bucket_and_age(self):
        assert all(f"| `{outcome}` |" in GUIDE for outcome in MarkPaidOutcome)
        assert all(f"`{aging}`" in GUIDE for aging in AgingBucket)
        assert all(bucket in GUIDE for bucket in Bucket if not bucket.startswith("overdue"))
