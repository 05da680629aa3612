"""The readme and the guides say what the code does."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic_core import PydanticUndefined

from service.commands.importing import columns
from service.config import Settings
from service.demo.cast import CAST
from service.demo.play import DemoPlan, prepare_demo
from service.main import create_app
from service.replay.report import Tally
from tests.app import running

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def table_rows(guide: str, pattern: str) -> list[tuple[str, ...]]:
    return re.findall(pattern, (DOCS / guide).read_text(encoding="utf-8"), re.MULTILINE)


class TestOperatingGuide:
    def test_lists_every_setting_and_no_other(self):
        rows = table_rows("operating.md", r"^\| `ENCOURS_([A-Z_]+)` \| ")
        assert [str(name).lower() for name in rows] == list(Settings.model_fields)

    @pytest.mark.parametrize(
        ("name", "shown"), table_rows("operating.md", r"^\| `ENCOURS_([A-Z_]+)` \| (`[^`]*`|\*\([^)]*\)\*) \| ")
    )
    def test_shows_the_default(self, name: str, shown: str):
        default = Settings.model_fields[name.lower()].default
        is_computed = default is None or default is PydanticUndefined
        assert is_computed if shown.startswith("*") else shown == f"`{str(default).rstrip('/')}`"


class TestImportGuide:
    def test_lists_every_column_and_no_other(self):
        shown = {
            name
            for (cell,) in ((row,) for row in table_rows("import.md", r"^\| (`[a-z].*?) \| (?:needed|with|\|| )"))
            for name in re.findall(r"`([a-z_0-9]+)`", str(cell))
        }
        known = columns.COMPANY_COLUMNS | columns.LIMIT_COLUMNS | columns.ORDER_COLUMNS
        assert shown == known


class TestReplayGuide:
    def test_explains_every_field_of_the_last_line(self):
        text = (DOCS / "replay.md").read_text(encoding="utf-8").partition("## The last line")[2]
        fields = set(Tally(currency="EUR").to_json()) - {"currency"}
        assert {field for field in fields if f"`{field}`" not in text and not field.endswith("_amount")} == set()


class TestReadme:
    async def test_every_call_works_in_its_order(self, settings: Settings, tmp_path: Path):
        """As somebody types them, on the demo; only what the reader has to fill in is filled in."""
        plan = DemoPlan(days=1, cast=[one for one in CAST if one.ref == "D-101"])
        settings = settings.model_copy(update={"data_dir": tmp_path})
        demo = await prepare_demo(settings, now=datetime(2026, 6, 15, tzinfo=UTC), plan=plan)
        values, answers = {"KEY": demo.keys.main, "HOLD": ""}, []
        async with (
            running(create_app(settings)) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8600") as http,
        ):
            for call in curl_calls((ROOT / "README.md").read_text(encoding="utf-8")):
                answer = await http.send(request_of(call, values))
                assert answer.is_success, (call, answer.text)
                answers.append(answer.json())
                values["HOLD"] = answers[-1].get("hold_id") or values["HOLD"]
        assert [answer["outcome"] for answer in answers if "outcome" in answer] == ["approved", "approved", "settled"]
        assert answers[-1]["order"]["status"] == "settled"


def curl_calls(text: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("curl ")]


def request_of(call: str, values: dict[str, str]) -> httpx.Request:
    headers, url, body = {}, "", None
    words = iter(shlex.split(re.sub(r"\$([A-Z]+)", lambda found: values[found[1]], call))[1:])
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        else:
            url = word
    return httpx.Request("GET" if body is None else "POST", url, headers=headers, content=body)
