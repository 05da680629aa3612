"""Read an order history from CSV. Nothing in it stops a replay: a row that cannot be read says why instead."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from service.core.errors import ServiceError
from service.core.money import currency_exponent, parse_amount

__all__ = ["BLANK_CUSTOMERS", "History", "HistoryRow", "HistoryUnreadable", "read_history"]

# How exports write that nobody was signed in.
BLANK_CUSTOMERS: Final = frozenset({"", "(blank)", "null", "nan", "none", "n/a"})
_COLUMNS: Final = ("ordered_at", "order_ref", "customer_id", "country")
_AMOUNT_COLUMN: Final = re.compile(r"amount(_(?P<currency>[a-z]{3}))?")
_REF: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:#@+-]{0,127}")


class HistoryUnreadable(Exception):
    """The file is not an order history; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One order or cancellation. `customer` is None for a guest; `amount_minor` is as written, so it may be negative.

    `trouble` says why the row cannot be replayed; such a row has no other meaning.
    """

    line: int
    at: datetime
    ref: str = ""
    customer: str | None = None
    country: str = ""
    amount_minor: int = 0
    trouble: str | None = None

    @property
    def is_cancellation(self) -> bool:
        """Wholesalers write cancellations as negative orders, often with a reference that begins with C."""
        return self.amount_minor < 0 or self.ref[:1] in {"C", "c"}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All rows in the order of their time, of one currency."""

    currency: str
    time_zone: str
    rows: list[HistoryRow]

    def days(self) -> Iterator[tuple[date, list[HistoryRow]]]:
        """Each day on which something happened, where the shop is."""
        zone = ZoneInfo(self.time_zone)
        day: date | None = None
        rows: list[HistoryRow] = []
        for row in self.rows:
            on = row.at.astimezone(zone).date()
            if day is not None and on != day:
                yield day, rows
                rows = []
            day = on
            rows.append(row)
        if day is not None:
            yield day, rows


def read_history(path: Path, *, time_zone: str, currency: str | None = None) -> History:
    """Columns `ordered_at`, `order_ref`, `customer_id`, `country`, and `amount_<currency>` (or `amount`, then the
    currency is given). Raises HistoryUnreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            amount_column, currency = _amount_column(reader.fieldnames or [], currency)
            rows = [
                _read_row(record, line=reader.line_num, amount_column=amount_column, currency=currency, zone=time_zone)
                for record in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryUnreadable(f"{path} cannot be read: {error}") from None
    earliest = min((row.at for row in rows if row.trouble is None), default=None)
    if earliest is None:
        raise HistoryUnreadable(f"{path} has no row that can be read")
    # A row without a readable time comes first: it has to be counted, and nothing depends on when.
    placed = [
        row if row.trouble is None else HistoryRow(line=row.line, at=earliest, trouble=row.trouble) for row in rows
    ]
    return History(currency=currency, time_zone=time_zone, rows=sorted(placed, key=lambda row: (row.at, row.line)))


def _amount_column(columns: object, currency: str | None) -> tuple[str, str]:
    names = [str(name) for name in columns] if isinstance(columns, list | tuple) else []
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise HistoryUnreadable(f"The history has no column {', '.join(missing)}")
    for name in names:
        found = _AMOUNT_COLUMN.fullmatch(name)
        if found is not None:
            currency = currency or (found["currency"] or "").upper() or None
            if currency is None:
                raise HistoryUnreadable("Name the column amount_<currency>, or give the currency with --currency")
            try:
                currency_exponent(currency)
            except ServiceError as error:
                raise HistoryUnreadable(f"{currency}: {error.title}") from None
            return name, currency
    raise HistoryUnreadable("The history has no column amount or amount_<currency>, such as amount_gbp")


def _read_row(record: dict[str, str | None], *, line: int, amount_column: str, currency: str, zone: str) -> HistoryRow:
    customer = (record["customer_id"] or "").strip()
    is_guest = customer.lower() in BLANK_CUSTOMERS
    ref = (record["order_ref"] or "").strip()
    nowhere = datetime.min.replace(tzinfo=ZoneInfo(zone))
    try:
        at = datetime.fromisoformat((record["ordered_at"] or "").strip())
    except ValueError:
        return HistoryRow(line=line, at=nowhere, trouble="time_unreadable")
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(zone))
    try:
        amount_minor = parse_amount((record[amount_column] or "").strip(), currency)
    except ServiceError:
        return HistoryRow(line=line, at=at, trouble="amount_unreadable")
    if not _REF.fullmatch(ref) or (not is_guest and not _REF.fullmatch(customer)):
        return HistoryRow(line=line, at=at, trouble="reference_unusable")
    return HistoryRow(
        line=line,
        at=at,
        ref=ref,
        customer=None if is_guest else customer,
        country=(record["country"] or "").strip(),
        amount_minor=amount_minor,
    )
