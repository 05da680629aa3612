"""Read a history of invoices from CSV: when each was issued, due, disputed and settled."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from service.core.money import parse_amount
from service.replay.history import HistoryUnreadable

__all__ = ["Invoice", "Invoices", "read_invoices"]

# The file says that an invoice was disputed, not when: two weeks after it was issued, until a week before the money came.
_DISPUTED_AFTER: Final = timedelta(days=14)
_RESOLVED_BEFORE: Final = timedelta(days=7)
_DISPUTED: Final = frozenset({"yes", "true", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice. A day that is None did not come within the history."""

    ref: str
    customer: str
    amount_minor: int
    issued_on: date
    due_on: date
    settled_on: date | None
    disputed_on: date | None
    resolved_on: date | None


@dataclass(frozen=True, slots=True)
class Invoices:
    """All of them, in the order of their days, of one currency."""

    currency: str
    rows: tuple[Invoice, ...]

    @property
    def first_on(self) -> date:
        return self.rows[0].issued_on

    @property
    def last_on(self) -> date:
        """Some weeks longer than anything happens, for reminders that should not come any more."""
        ends = [day for row in self.rows for day in (row.due_on, row.settled_on) if day is not None]
        return max(ends) + timedelta(days=30)

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1


def read_invoices(path: Path, *, currency: str) -> Invoices:
    """Raises HistoryUnreadable for a file that is none, InvalidAmount or UnknownCurrency for amounts that are none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [_invoice(record, currency) for record in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, KeyError) as error:
        needed = "invoice_ref, customer_id, invoiced_on, due_on, settled_on, amount and disputed"
        raise HistoryUnreadable(f"{path} needs the columns {needed}: {error}") from None
    if not rows:
        raise HistoryUnreadable(f"{path} has no invoice")
    return Invoices(currency, tuple(sorted(_first_of_each_ref(rows), key=lambda row: (row.issued_on, row.ref))))


def _first_of_each_ref(rows: Iterable[Invoice]) -> list[Invoice]:
    return list({row.ref: row for row in reversed(list(rows))}.values())


def _invoice(record: dict[str, str], currency: str) -> Invoice:
    issued_on = date.fromisoformat(record["invoiced_on"])
    settled_on = date.fromisoformat(record["settled_on"]) if record["settled_on"] else None
    disputed_on = issued_on + _DISPUTED_AFTER if record["disputed"].strip().lower() in _DISPUTED else None
    if disputed_on is not None and settled_on is not None and settled_on <= disputed_on:
        disputed_on = None
    resolved_on = None
    if disputed_on is not None and settled_on is not None and settled_on - _RESOLVED_BEFORE > disputed_on:
        resolved_on = settled_on - _RESOLVED_BEFORE
    return Invoice(
        ref=record["invoice_ref"].strip(),
        customer=record["customer_id"].strip(),
        amount_minor=parse_amount(record["amount"].strip(), currency),
        issued_on=issued_on,
        due_on=date.fromisoformat(record["due_on"]),
        settled_on=settled_on,
        disputed_on=disputed_on,
        resolved_on=resolved_on,
    )
