"""How late customers pay: drawn from a real history of invoices when there is one, else from a plain distribution."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from service.replay.history import HistoryUnreadable

__all__ = ["Lateness", "built_in_lateness", "read_lateness"]

# Days after the due date and how many of a hundred invoices: two thirds come in time, a few very late.
_BUILT_IN: Final = ((-14, 6), (-7, 12), (-3, 16), (0, 32), (2, 10), (5, 9), (9, 7), (16, 5), (30, 2), (45, 1))


@dataclass(frozen=True, slots=True)
class Lateness:
    """A pool of days from the due date to the money; negative is early. What an order draws depends only on the seed
    and its reference, so neither concurrency nor another file changes it."""

    days: Sequence[int]
    seed: int

    def of(self, order_ref: str) -> int:
        """Days from the due date of this order to its payment."""
        return random.Random(f"{self.seed}:{order_ref}").choice(self.days)  # noqa: S311 - a simulation, not a secret


def built_in_lateness(seed: int) -> Lateness:
    """Used when no history of invoices is given."""
    return Lateness([days for days, count in _BUILT_IN for _ in range(count)], seed)


def read_lateness(path: Path, *, seed: int) -> Lateness:
    """From the columns `due_on` and `settled_on`, or `days_late` where one of the two is missing.

    Raises HistoryUnreadable.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            days = [_days(record) for record in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, KeyError) as error:
        raise HistoryUnreadable(f"{path} needs the columns due_on and settled_on, or days_late: {error}") from None
    known = [each for each in days if each is not None]
    if not known:
        raise HistoryUnreadable(f"{path} has no settled invoice")
    return Lateness(known, seed)


def _days(record: dict[str, str]) -> int | None:
    due_on, settled_on = record.get("due_on"), record.get("settled_on")
    if due_on and settled_on:
        return (date.fromisoformat(settled_on) - date.fromisoformat(due_on)).days
    if "due_on" in record and "settled_on" in record:
        return None
    return int(record["days_late"])
