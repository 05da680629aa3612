"""Late interest and the fixed recovery sum of one document, computed on a day. Pure.

Interest runs from the day after the due date, without a reminder (S33), on what was open on each day: act/365, every day
at the rate of its half-year, rounded once at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from service.core.money import round_half_up
from service.reminders.rates import KNOWN_UNTIL, LAWS, PUBLISHED, DatedRate, LateLaw, RateBase, half_year_of

__all__ = ["DAY_COUNT", "Balance", "InterestPart", "LateInterest", "Rates", "late_interest", "law_of", "yearly_rate_bp"]

DAY_COUNT: Final = "act/365"
_ONE_DAY: Final = timedelta(days=1)
_DAYS_AND_POINTS: Final = 365 * 10_000


@dataclass(frozen=True, slots=True)
class Balance:
    """What was open from a day on, that day included."""

    from_on: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class InterestPart:
    """Days with one balance and one rate. Both days are included."""

    from_on: date
    until_on: date
    open_minor: int
    rate_bp: int

    @property
    def days(self) -> int:
        return (self.until_on - self.from_on).days + 1


@dataclass(frozen=True, slots=True)
class LateInterest:
    """Interest of one document for some days. `missing_on` is the first half-year without a known rate."""

    parts: tuple[InterestPart, ...]
    missing_on: date | None = None

    @property
    def amount_minor(self) -> int:
        return round_half_up(sum(part.open_minor * part.rate_bp * part.days for part in self.parts), _DAYS_AND_POINTS)

    @property
    def days(self) -> int:
        return sum(part.days for part in self.parts)

    @property
    def last_rate_bp(self) -> int | None:
        return self.parts[-1].rate_bp if self.parts else None


class Rates:
    """The published reference rates with those that a merchant recorded, which outrank them."""

    def __init__(self, recorded: Mapping[RateBase, Sequence[DatedRate]]) -> None:
        self._recorded = recorded

    def base_bp(self, base: RateBase, half_year: date) -> int | None:
        """The rate of a half-year, or None where nobody has said it."""
        own = {rate.from_on: rate.rate_bp for rate in self._recorded.get(base, ())}
        if half_year in own:
            return own[half_year]
        published = PUBLISHED[base]
        if not published[0].from_on <= half_year <= KNOWN_UNTIL[base]:
            return None
        return [rate.rate_bp for rate in published if rate.from_on <= half_year][-1]


def yearly_rate_bp(law: LateLaw, half_year: date, rates: Rates) -> int | None:
    """What a law makes of the rates of a half-year."""
    if law.base is None:
        return law.margin_bp
    base = rates.base_bp(law.base, half_year)
    if base is None:
        return None
    rate = base + law.margin_bp
    if law.rounds_up_to_bp is not None:
        rate = -(-rate // law.rounds_up_to_bp) * law.rounds_up_to_bp
    if law.floor_base is not None:
        floor = rates.base_bp(law.floor_base, half_year)
        # A floor that is not known is no reason to ask for nothing; it has bound only when rates were high.
        rate = max(rate, law.floor_times * floor) if floor is not None else rate
    return rate


def late_interest(
    balances: Sequence[Balance], law: LateLaw, rates: Rates, *, began_on: date, from_on: date, until_on: date
) -> LateInterest:
    """Interest from one day to another, both included; `balances` are in the order of their days. It `began_on` the day
    after the due date, part of it may have been computed before."""
    parts: list[InterestPart] = []
    for first, last, open_minor in _stretches(balances, from_on=from_on, until_on=until_on):
        if open_minor <= 0:
            continue
        half_year = half_year_of(began_on if law.is_fixed else first)
        rate_bp = yearly_rate_bp(law, half_year, rates)
        if rate_bp is None:
            return LateInterest(tuple(parts), half_year)
        parts.append(InterestPart(first, last, open_minor, rate_bp))
    return LateInterest(tuple(parts))


def _stretches(balances: Sequence[Balance], *, from_on: date, until_on: date) -> Iterator[tuple[date, date, int]]:
    """The days cut where the balance changes and where a half-year begins."""
    cuts = {from_on, *(balance.from_on for balance in balances if from_on < balance.from_on <= until_on)}
    for year in range(from_on.year, until_on.year + 1):
        cuts |= {day for day in (date(year, 1, 1), date(year, 7, 1)) if from_on < day <= until_on}
    firsts = sorted(day for day in cuts if day <= until_on)
    for first, following in zip(firsts, [*firsts[1:], until_on + _ONE_DAY], strict=True):
        known = [balance.open_minor for balance in balances if balance.from_on <= first]
        yield first, following - _ONE_DAY, known[-1] if known else 0


def law_of(country: str) -> LateLaw | None:
    """The law of a merchant's country, where it is known."""
    return LAWS.get(country)
