"""What the guide lists is what the code knows, in the same words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from service.eligibility.domain import Step
from service.eligibility.facts import FACTS, FactType
from service.eligibility.policy import parse_policy, settings_to_json
from service.eligibility.reasons import PUBLIC_REASON, PUBLIC_TEXT, REASON_TEXTS, ReasonCode
from service.eligibility.rules import MAX_DEPTH, MAX_NODES, OPERATORS, OnUnknown, parse_rules

GUIDE = (Path(__file__).parents[2] / "docs" / "eligibility.md").read_text(encoding="utf-8")


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def operators() -> str:
    rows = ([f"`{kind.value}`", ", ".join(f"`{op.value}`" for op in OPERATORS[kind])] for kind in FactType)
    return table(["Type", "Operators"], rows)


def facts() -> str:
    rows = ([f"`{fact.name}`", f"`{fact.type.value}`", fact.basis] for fact in FACTS.values())
    return table(["Fact", "Type", "Basis"], rows)


def reasons() -> str:
    rows = ([f"`{code.value}`", REASON_TEXTS[code].replace("{subject}", "…")] for code in ReasonCode)
    return table(["Code", "For staff"], rows)


def first_cells(heading: str) -> list[str]:
    """The words in backticks that open the rows of the tables below a heading."""
    section = GUIDE.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| (?:\d+ \| )?((?:`\w+`(?:, )?)+)", section, re.MULTILINE)


class TestGuide:
    @pytest.mark.parametrize("make", [operators, facts, reasons])
    def test_its_tables_are_what_the_code_knows(self, make: Callable[[], str]) -> None:
        found = re.search(rf"<!-- {make.__name__} -->\n(.*?)\n<!-- /{make.__name__} -->", GUIDE, re.DOTALL)
        assert found is not None
        assert found[1].strip() == make()

    def test_it_lists_the_steps_in_their_order(self) -> None:
        numbered = re.findall(r"^\| (\d+) \| `(\w+)`", GUIDE, re.MULTILINE)
        numbered += re.findall(r"\*\*(\d+)\*\* `(\w+)`", GUIDE)
        assert numbered == [(str(number), step.value) for number, step in enumerate(Step, start=1)]

    def test_it_names_every_setting_of_a_policy(self) -> None:
        settings = settings_to_json(parse_policy(None, {"currency": "EUR"}, version=1))
        named = [name for cell in first_cells("## The settings beside the rules") for name in re.findall(r"\w+", cell)]
        assert named == list(settings)

    def test_it_names_every_answer_to_the_unknown(self) -> None:
        # The table's own head is the setting's name.
        assert first_cells("### What is not known") == ["`on_unknown`", *(f"`{choice.value}`" for choice in OnUnknown)]

    def test_its_bounds_are_those_of_the_code(self) -> None:
        assert f"At most {MAX_DEPTH} levels and {MAX_NODES} rules and groups." in GUIDE

    def test_its_sentence_is_the_one_buyers_read(self) -> None:
        assert f"> {PUBLIC_TEXT}\n" in GUIDE
        assert f"`{PUBLIC_REASON}`" in GUIDE

    def test_its_rules_can_be_sent_as_they_stand(self) -> None:
        (document,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
        assert parse_rules(json.loads(document), currency="EUR") is not None


class TestReasons:
    def test_each_code_has_one_sentence(self) -> None:
        assert list(REASON_TEXTS) == list(ReasonCode)
        assert len(set(REASON_TEXTS.values())) == len(ReasonCode)
