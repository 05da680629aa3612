"""What the law says about late payment between businesses, by country, as dated data with its sources. Pure.

A rate that is not here is not guessed: a merchant records it. Reference rates hold for a half-year, from 1 January and
1 July (Directive 2011/7/EU, art. 2(7)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

__all__ = ["KNOWN_UNTIL", "LAWS", "PUBLISHED", "DatedRate", "LateLaw", "RateBase", "RecoverySum", "half_year_of"]


class RateBase(StrEnum):
    """A published rate that the law adds points to."""

    ECB = "ecb"
    FR_LEGAL = "fr_legal"
    DE_BASE = "de_base"
    BOE = "boe"


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A rate in basis points from a day on, until the next one."""

    from_on: date
    rate_bp: int
    source: str


@dataclass(frozen=True, slots=True)
class RecoverySum:
    """The fixed sum for the costs of recovery: by the amount of the debt, the lower bounds rising."""

    currency: str
    steps: tuple[tuple[int, int], ...]

    def of(self, amount_minor: int, currency: str) -> int | None:
        """None for a debt in another currency: which rate would convert it is not said."""
        if currency != self.currency:
            return None
        return max((sum_minor for bound, sum_minor in self.steps if amount_minor >= bound), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateLaw:
    """A country's rule. `margin_bp` is added to the base; without a base the margin is the rate.

    The rate is never below `floor_times` the floor's base. `rounds_up_to_bp` is Belgium's: up to the next half point.
    `is_fixed`: the rate of the half-year in which interest began to run holds until the debt is paid.
    """

    country: str
    article: str
    base: RateBase | None
    margin_bp: int
    floor_base: RateBase | None = None
    floor_times: int = 0
    rounds_up_to_bp: int | None = None
    is_fixed: bool = False
    recovery: RecoverySum | None = None


def half_year_of(day: date) -> date:
    """The first day of the half-year whose rate holds on a day."""
    return date(day.year, 1 if day.month <= 6 else 7, 1)


_EUR_40: Final = RecoverySum("EUR", ((0, 4_000),))
_GBP: Final = RecoverySum("GBP", ((0, 4_000), (100_000, 7_000), (1_000_000, 10_000)))

LAWS: Final[Mapping[str, LateLaw]] = {
    law.country: law
    for law in (
        LateLaw(
            country="FR",
            article="Code de commerce, art. L441-10, II and D441-5",
            base=RateBase.ECB,
            margin_bp=1_000,
            floor_base=RateBase.FR_LEGAL,
            floor_times=3,
            recovery=_EUR_40,
        ),
        LateLaw(
            country="IT",
            article="D.lgs. 9 ottobre 2002, n. 231, artt. 2, 5 e 6",
            base=RateBase.ECB,
            margin_bp=800,
            recovery=_EUR_40,
        ),
        LateLaw(
            country="ES",
            article="Ley 3/2004, de 29 de diciembre, arts. 7 y 8",
            base=RateBase.ECB,
            margin_bp=800,
            recovery=_EUR_40,
        ),
        LateLaw(
            country="DE",
            article="BGB §§ 247, 288 Abs. 2 und 5",
            base=RateBase.DE_BASE,
            margin_bp=900,
            recovery=_EUR_40,
        ),
        LateLaw(
            country="NL",
            article="Burgerlijk Wetboek, art. 6:119a, 6:120 and 6:96(4)",
            base=RateBase.ECB,
            margin_bp=800,
            recovery=_EUR_40,
        ),
        LateLaw(
            country="BE",
            article="Loi du 2 août 2002, art. 5 et 6",
            base=RateBase.ECB,
            margin_bp=800,
            rounds_up_to_bp=50,
            recovery=_EUR_40,
        ),
        LateLaw(
            country="LU",
            article="Loi du 18 avril 2004, art. 3 et 5",
            base=RateBase.ECB,
            margin_bp=800,
            recovery=_EUR_40,
        ),
        LateLaw(
            country="IE",
            article="S.I. No. 580/2012",
            base=RateBase.ECB,
            margin_bp=800,
            # The rate in force on the day by which it had to be paid, says the department that publishes it.
            is_fixed=True,
            recovery=RecoverySum("EUR", ((0, 4_000), (100_001, 7_000), (1_000_001, 10_000))),
        ),
        LateLaw(
            country="GB",
            article="Late Payment of Commercial Debts (Interest) Act 1998, ss. 1, 5A and 6; S.I. 2002/1675, art. 4",
            base=RateBase.BOE,
            margin_bp=800,
            is_fixed=True,
            recovery=_GBP,
        ),
        LateLaw(country="CH", article="Obligationenrecht, Art. 104 Abs. 1", base=None, margin_bp=500),
    )
}


def _rates(source: str, *changes: tuple[int, int, int]) -> tuple[DatedRate, ...]:
    """Year, half and rate, wherever it differs from the half-year before."""
    return tuple(DatedRate(date(year, 1 if half == 1 else 7, 1), rate, source) for year, half, rate in changes)


_ECB_SOURCE: Final = "European Central Bank, main refinancing operations, rate on the first day of the half-year"
_LEGAL_SOURCE: Final = "Arrêtés fixant le taux de l'intérêt légal, créances des professionnels"
_BASE_SOURCE: Final = "Deutsche Bundesbank, Basiszinssatz nach § 247 BGB"
_BOE_SOURCE: Final = "Bank of England, official Bank Rate on the last day before the half-year"

# Up to the half-year that a rate is known for: what comes after `KNOWN_UNTIL` has to be recorded.
PUBLISHED: Final[Mapping[RateBase, tuple[DatedRate, ...]]] = {
    RateBase.ECB: _rates(
        _ECB_SOURCE,
        (2012, 1, 100), (2013, 1, 75), (2013, 2, 50), (2014, 1, 25), (2014, 2, 15), (2015, 1, 5), (2016, 2, 0),
        (2023, 1, 250), (2023, 2, 400), (2024, 1, 450), (2024, 2, 425), (2025, 1, 315), (2025, 2, 215),
        (2026, 2, 240),
    ),
    RateBase.FR_LEGAL: _rates(
        _LEGAL_SOURCE,
        (2012, 1, 71), (2013, 1, 4), (2015, 1, 93), (2015, 2, 99), (2016, 1, 101), (2016, 2, 93), (2017, 1, 90),
        (2018, 1, 89), (2018, 2, 88), (2019, 1, 86), (2019, 2, 87), (2020, 2, 84), (2021, 1, 79), (2021, 2, 76),
        (2022, 2, 77), (2023, 1, 206), (2023, 2, 422), (2024, 1, 507), (2024, 2, 492), (2025, 1, 371), (2025, 2, 276),
        (2026, 1, 262),
    ),
    RateBase.DE_BASE: _rates(
        _BASE_SOURCE,
        (2012, 1, 12), (2013, 1, -13), (2013, 2, -38), (2014, 1, -63), (2014, 2, -73), (2015, 1, -83), (2016, 2, -88),
        (2023, 1, 162), (2023, 2, 312), (2024, 1, 362), (2024, 2, 337), (2025, 1, 227), (2025, 2, 127),
        (2026, 2, 152),
    ),
    RateBase.BOE: _rates(
        _BOE_SOURCE,
        (2012, 1, 50), (2017, 1, 25), (2018, 1, 50), (2019, 1, 75), (2020, 2, 10), (2022, 1, 25), (2022, 2, 125),
        (2023, 1, 350), (2023, 2, 500), (2024, 1, 525), (2025, 1, 475), (2025, 2, 425), (2026, 1, 375),
    ),
}  # fmt: skip
# The last half-year whose rates were published when this was written.
KNOWN_UNTIL: Final[Mapping[RateBase, date]] = {
    RateBase.ECB: date(2026, 7, 1),
    RateBase.FR_LEGAL: date(2026, 1, 1),
    RateBase.DE_BASE: date(2026, 7, 1),
    RateBase.BOE: date(2026, 7, 1),
}
