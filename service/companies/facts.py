"""Facts that shops report about a company: how they are kept and which report of one counts.

Here a fact is a value with its source and date. What a name means is eligibility's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from service.companies.errors import AmountFactMalformed, FactFromTheFuture, TooManyFacts
from service.core.errors import ServiceError
from service.core.money import Money

__all__ = ["MAX_FACTS", "CompanyFact", "FactValue", "fact_from_json", "fact_to_json", "merge_facts"]

MAX_FACTS: Final = 100

# Shops' clocks differ; a day is more than any honest difference.
_MAX_AHEAD: Final = timedelta(days=1)

FactValue = bool | int | str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFact:
    """One reported value. None says that the value is not known any more, and keeps older reports out.

    With a currency the value is a decimal string in it. Raises AmountFactMalformed.
    """

    value: FactValue
    source: str
    as_of: datetime
    currency: str | None = None

    def __post_init__(self) -> None:
        assert self.as_of.tzinfo is not None, "as_of must be aware"
        if self.currency is not None and self.value is not None:
            _require_amount(self.value, self.currency)


def _require_amount(value: FactValue, currency: str) -> None:
    if not isinstance(value, str):
        raise AmountFactMalformed
    try:
        Money.parse(value, currency)
    except ServiceError as error:
        raise AmountFactMalformed(error.detail) from None


def merge_facts(
    known: Mapping[str, CompanyFact], reported: Mapping[str, CompanyFact | None], *, now: datetime
) -> dict[str, CompanyFact]:
    """What is known after a report: per name the newer `as_of` wins, the report at a tie; None forgets the fact.

    Reports arrive late and out of order, so a fact that is older than the known one changes nothing. Raises
    FactFromTheFuture and TooManyFacts.
    """
    merged = dict(known)
    for name, fact in reported.items():
        if fact is None:
            merged.pop(name, None)
            continue
        if fact.as_of > now + _MAX_AHEAD:
            raise FactFromTheFuture(fact=name)
        current = merged.get(name)
        if current is None or fact.as_of >= current.as_of:
            merged[name] = fact
    if len(merged) > MAX_FACTS:
        raise TooManyFacts
    return dict(sorted(merged.items()))


def fact_to_json(fact: CompanyFact) -> dict[str, Any]:
    """As it is stored. `as_of` is in UTC, so that its first ten characters are the day that rules count from."""
    stored: dict[str, Any] = {
        "value": list(fact.value) if isinstance(fact.value, tuple) else fact.value,
        "source": fact.source,
        "as_of": fact.as_of.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
    }
    if fact.currency is not None:
        stored["currency"] = fact.currency
    return stored


def fact_from_json(stored: Mapping[str, Any]) -> CompanyFact:
    """The reverse of `fact_to_json`."""
    value = stored["value"]
    return CompanyFact(
        value=tuple(_texts(value)) if isinstance(value, list) else value,
        source=stored["source"],
        as_of=datetime.fromisoformat(stored["as_of"]),
        currency=stored.get("currency"),
    )


def _texts(values: list[Any]) -> Iterator[str]:
    for value in values:
        assert isinstance(value, str), "a list of a fact holds texts"
        yield value
