"""The facts of one company at one checkout: what the shop reported, and what our own books say.

Our books win over a report of the same name: a shop cannot know better what is unpaid here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from service.core.errors import ServiceError
from service.core.money import parse_amount, round_half_up
from service.eligibility.facts import FACTS, Fact, FactType, make_fact
from service.orders.checkout import CheckoutRow
from service.receivables.domain import days_past_due

__all__ = ["HISTORY_FACTS", "gather_facts"]

# Costly to measure, so asked of the database only for policies that use them.
HISTORY_FACTS: Final = frozenset({"max_days_late", "written_off_amount"})

# Reported as a number of days on some day, and one more with every day since.
_AGEING: Final = frozenset({"account_age_days", "days_since_first_order", "days_since_last_order"})
# Our own books are measured; what the shop reported is read, given its currency and its age in days.
_Measure: TypeAlias = Callable[[CheckoutRow, date], Fact | None]
_Read: TypeAlias = Callable[[object, str | None, int], Any]

_LEDGER: Final = "ledger"
_COMPANY: Final = "company"


def gather_facts(row: CheckoutRow, *, today: date, names: frozenset[str]) -> dict[str, Fact]:
    """The named facts; one that nobody knows is left out, which rules read as unknown."""
    facts: dict[str, Fact] = {}
    reported = row["facts"] or {}
    for name, measure, read in _sources(names):
        fact = measure(row, today) if measure is not None else None
        if fact is None and name in reported:
            fact = _reported_fact(reported[name], today, read)
        if fact is not None:
            facts[name] = fact
    return facts


@lru_cache(maxsize=1024)
def _sources(names: frozenset[str]) -> tuple[tuple[str, _Measure | None, _Read | None], ...]:
    """How to come by each fact, looked up once for each set of names: every policy has one."""
    return tuple((name, _OWN_FACTS.get(name), _READERS.get(name)) for name in names)


def _reported_fact(stored: Mapping[str, Any], today: date, read: _Read | None) -> Fact | None:
    """A value that is not what the catalogue says it must be is unknown, never a guess."""
    as_of = date.fromisoformat(stored["as_of"][:10])
    currency = stored.get("currency")
    value = stored["value"]
    if read is not None and value is not None:
        value = read(value, currency, (today - as_of).days)
    return None if value is None else make_fact((value, stored["source"], as_of, currency))


def _read_amount(value: object, currency: str | None, _age_days: int) -> int | None:
    if not isinstance(value, str) or currency is None:
        return None
    try:
        return parse_amount(value, currency)
    except ServiceError:
        return None


def _read_days(value: object, _currency: str | None, age_days: int) -> object:
    return value + max(0, age_days) if type(value) is int else value


def _read_texts(value: object, _currency: str | None, _age_days: int) -> object:
    return frozenset(value) if isinstance(value, list) else value


# Of the others the value is what was reported.
_READERS: Final[Mapping[str, _Read]] = MappingProxyType(
    {
        **dict.fromkeys((name for name, fact in FACTS.items() if fact.type is FactType.AMOUNT), _read_amount),
        **dict.fromkeys((name for name, fact in FACTS.items() if fact.type is FactType.TEXT_SET), _read_texts),
        **dict.fromkeys(_AGEING, _read_days),
    }
)


def _vat_status(row: CheckoutRow, _today: date) -> Fact:
    checked_at = row["vat_checked_at"]
    return make_fact(
        (row["vat_status"], row["vat_source"] or _COMPANY, checked_at.date() if checked_at else None, None)
    )


def _average_days_late(row: CheckoutRow, today: date) -> Fact | None:
    count = row["settled_count"]
    return make_fact((round_half_up(row["settled_days_late"], count), _LEDGER, today, None)) if count else None


def _overdue_days(row: CheckoutRow, today: date) -> Fact | None:
    if row["line_id"] is None:
        return make_fact((0, _LEDGER, today, None))
    oldest = row["oldest_due_on"]
    return make_fact((0 if oldest is None else days_past_due(oldest, today), _LEDGER, today, None))


def _amount_on_line(column: str) -> _Measure:
    def measure(row: CheckoutRow, today: date) -> Fact | None:
        amount = row[column]
        return (
            None
            if amount is None or row["line_id"] is None
            else make_fact((amount, _LEDGER, today, row["line_currency"]))
        )

    return measure


_OWN_FACTS: Final[Mapping[str, _Measure]] = MappingProxyType(
    {
        "vat_status": _vat_status,
        "vat_number_present": lambda row, _today: make_fact((row["vat_number"] is not None, _COMPANY, None, None)),
        "registration_number_present": lambda row, _today: make_fact(
            (row["registration_number"] is not None, _COMPANY, None, None)
        ),
        "groups": lambda row, _today: make_fact((frozenset(row["groups"] or ()), _COMPANY, None, None)),
        "country": lambda row, _today: make_fact((row["country"], _COMPANY, None, None)),
        "language": lambda row, _today: make_fact((row["language"], _COMPANY, None, None)),
        "average_days_late": _average_days_late,
        "overdue_days": _overdue_days,
        "unpaid_orders": lambda row, today: make_fact((row["unpaid_count"] or 0, _LEDGER, today, None)),
        "overdue_amount": _amount_on_line("overdue_minor"),
        "written_off_amount": _amount_on_line("written_off_minor"),
        "max_days_late": lambda row, today: (
            None if row["max_days_late"] is None else make_fact((row["max_days_late"], _LEDGER, today, None))
        ),
    }
)
