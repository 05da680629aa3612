"""The guide's example is a statement as the service would make it."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from service.invoicing.domain import MOST_DOCUMENTS
from service.invoicing.schemas import StatementOut
from tests.invoicing.cases import credit, item, state

GUIDE = (Path(__file__).parents[2] / "docs" / "statements.md").read_text(encoding="utf-8")


def without_ids(shown: dict[str, Any]) -> dict[str, Any]:
    for each in (*shown["documents"], *shown["credits"]):
        each.pop("open_item_id", None)
        each.pop("id", None)
    return shown


class TestGuide:
    def test_the_example_adds_up(self) -> None:
        (block,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
        documents = [
            item(1042, days_late=28, amount=123_450, issued_on=date(2026, 2, 1)),
            item(1057, days_late=-10, amount=90_000, paid=25_000, issued_on=date(2026, 3, 11)),
        ]
        (statement,) = state(documents, [credit(8_450, reference="VIR 7", given_on=date(2026, 3, 12))])
        made = StatementOut.of(statement).model_dump(mode="json")
        assert without_ids(made) == without_ids(json.loads(block))

    def test_names_the_limit(self) -> None:
        assert f"At most {MOST_DOCUMENTS:,} documents are listed" in GUIDE
