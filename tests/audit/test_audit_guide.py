"""What the guide lists is what the audit checks, in the same words."""

from __future__ import annotations

from pathlib import Path

from service.audit.service import INVARIANTS
from service.ledger.domain import EntryKind

DOCS = Path(__file__).parents[2] / "docs"


def invariants() -> str:
    rows = [f"| `{invariant.name}` | {invariant.description} |" for invariant in INVARIANTS]
    return "\n".join(["| Invariant | What must hold |", "|---|---|", *rows])


class TestGuides:
    def test_lists_every_invariant(self) -> None:
        guide = (DOCS / "audit.md").read_text(encoding="utf-8")
        listed = guide.split("<!-- invariants -->\n", 1)[1].split("\n<!-- /invariants -->", 1)[0]
        assert listed == invariants()

    def test_the_history_names_every_kind_of_entry(self) -> None:
        guide = (DOCS / "credit.md").read_text(encoding="utf-8")
        assert [kind for kind in EntryKind if f"`{kind.value}`" not in guide] == []
