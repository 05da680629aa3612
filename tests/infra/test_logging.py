"""Log lines are JSON, and tell of an error without the data that its message may repeat."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.infra.database import Database
from service.infra.logging import describe_exception

SECRET = "marie.durand@example.com"


def describe(error: BaseException) -> str:
    return describe_exception((type(error), error, error.__traceback__))


class TestDescribeException:
    async def test_names_what_the_database_refused_and_repeats_no_row(self, database: Database):
        statement = text("INSERT INTO merchants (id, name) VALUES (gen_random_uuid(), :name)")
        with pytest.raises(DBAPIError) as caught:
            async with database.transaction() as session:
                await session.execute(statement, {"name": SECRET})
        assert SECRET in str(caught.value)
        described = describe(caught.value)
        assert SECRET not in described
        assert "sqlstate 23502" in described
        assert "table merchants" in described
        assert "test_logging.py" in described

    def test_repeats_no_input_of_a_validation(self):
        class Body(BaseModel):
            age: int

        with pytest.raises(ValidationError) as caught:
            Body.model_validate({"age": SECRET})
        assert SECRET in str(caught.value)
        assert SECRET not in describe(caught.value)

    def test_tells_causes_first_and_hides_what_was_suppressed(self):
        nothing: dict[str, str] = {}

        def fail() -> None:
            try:
                nothing["first"]
            except KeyError as error:
                raise RuntimeError("second") from error

        with pytest.raises(RuntimeError) as caught:
            fail()
        described = describe(caught.value)
        assert described.index("KeyError: 'first'") < described.index("RuntimeError: second")
        caught.value.__cause__ = None
        caught.value.__suppress_context__ = True
        assert "KeyError" not in describe(caught.value)


class TestLines:
    @pytest.mark.parametrize("log_format", ["json", "console"])
    def test_of_our_own_and_of_libraries_look_alike(self, log_format: str):
        program = f"""
import logging, structlog
from service.infra.logging import configure_logging
configure_logging(level="info", log_format={log_format!r})
structlog.contextvars.bind_contextvars(request_id="r-1")
log = structlog.get_logger()
log.debug("not.shown")
log.info("thing.done", amount_minor=1200)
logging.getLogger("library").warning("careful: %s", 7)
try:
    raise ValueError("wrong")
except ValueError:
    log.exception("thing.failed")
"""
        finished = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
        )
        assert finished.stderr == ""
        assert "not.shown" not in finished.stdout
        if log_format == "json":
            done, careful, failed = (parse(line) for line in finished.stdout.splitlines())
            assert done == {"event": "thing.done", "amount_minor": 1200, "level": "info", "request_id": "r-1"}
            assert careful["event"] == "careful: 7"
            assert (careful["logger"], careful["level"], careful["request_id"]) == ("library", "warning", "r-1")
            assert failed["exception"].endswith("ValueError: wrong")
        else:
            assert "thing.done" in finished.stdout
            assert "ValueError: wrong" in finished.stdout


def parse(line: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(line)
    assert fields.pop("at").endswith("Z")
    return fields
