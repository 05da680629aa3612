"""The guide says what the service does."""

from __future__ import annotations

from pathlib import Path

from service.merchants.settings import DEFAULT_PORTAL_LINK_DAYS
from service.portal.account_service import MOST_DOCUMENTS

GUIDE = " ".join((Path(__file__).parents[2] / "docs/portal.md").read_text(encoding="utf-8").split())


class TestGuide:
    def test_gives_the_numbers_that_hold(self) -> None:
        assert f"Beyond {MOST_DOCUMENTS}, the rest is summed up" in GUIDE
        assert f"after `portal_link_days`, {DEFAULT_PORTAL_LINK_DAYS} unless you set something else" in GUIDE
