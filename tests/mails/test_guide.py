"""The guide says what the service does."""

from __future__ import annotations

import re
from pathlib import Path

from service.mails.domain import RETRY_DELAYS, MailKind, MailStatus

GUIDE = (Path(__file__).parents[2] / "docs/mails.md").read_text(encoding="utf-8")


def names_in_first_cells(table: str) -> list[str]:
    return [
        name
        for line in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`([a-z_0-9]+)`", line)
    ]


class TestGuide:
    def test_lists_every_kind_of_mail(self) -> None:
        table = GUIDE.partition("<!-- kinds -->")[2].partition("<!-- end -->")[0]
        assert sorted(names_in_first_cells(table)) == sorted(MailKind)

    def test_explains_every_status(self) -> None:
        table = GUIDE.partition("| Status | Meaning |")[2].partition("\n\n")[0]
        assert names_in_first_cells(table) == [
            "queued", "sending", "sent", "skipped", "refused", "failed", "unknown"
        ]  # fmt: skip
        assert len(MailStatus) == 7

    def test_says_when_it_tries_again(self) -> None:
        minutes, hours = re.search(r"after ([0-9, and]+) minutes, ([0-9, and]+) hours", GUIDE).groups()  # type: ignore[union-attr]
        said = [int(n) for n in re.findall(r"\d+", minutes)] + [60 * int(n) for n in re.findall(r"\d+", hours)]
        assert said == [delay.total_seconds() / 60 for delay in RETRY_DELAYS]
