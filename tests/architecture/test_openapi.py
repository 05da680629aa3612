"""The checked-in API description says what the routes do."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from service.config import Settings
from service.main import create_app
from service.openapi import render_openapi

CHECKED_IN = Path(__file__).parents[2] / "openapi.yaml"


class TestOpenApi:
    def test_the_file_is_what_the_routes_say(self) -> None:
        if CHECKED_IN.read_text(encoding="utf-8") != render_openapi(create_app(Settings())):
            pytest.fail("openapi.yaml is not what the routes say; run `make openapi` and look at the difference")

    def test_the_file_reads_back_as_the_application_answers_it(self) -> None:
        app = create_app(Settings())
        assert yaml.safe_load(render_openapi(app)) == app.openapi()
