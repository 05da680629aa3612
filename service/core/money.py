"""Money: integer minor units of one currency. Decimal only at the edge, float never."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from service.core.errors import ServiceError

__all__ = [
    "MAX_AMOUNT_MINOR",
    "CurrencyMismatch",
    "InvalidAmount",
    "Money",
    "UnknownCurrency",
    "apply_basis_points",
    "convert_minor",
    "currency_exponent",
    "format_amount",
    "parse_amount",
    "round_half_up",
    "split_by_weights",
]

# Well inside a signed 64-bit column even after summing half a million of them.
MAX_AMOUNT_MINOR: Final = 10**13

# ISO 4217, list one: active currencies by number of decimals. Two is by far the most common.
_TWO_DECIMALS: Final = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD
    SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG
    YER ZAR ZMW ZWG""".split()
)
_EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(_TWO_DECIMALS, 2),
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
_AMOUNT: Final = re.compile(r"-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,3})?", re.ASCII)
_RATE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)


class UnknownCurrency(ServiceError):
    """Not an active ISO 4217 code."""

    code = "currency_unknown"
    status = 422
    title = "The currency is not an active ISO 4217 code"


class InvalidAmount(ServiceError):
    """Not a decimal string of the currency's precision and of a sane size."""

    code = "amount_invalid"
    status = 422
    title = "The amount is not a decimal string of this currency's precision"


class CurrencyMismatch(ServiceError):
    """Two currencies met where only one can be: nothing is ever converted silently."""

    code = "currency_mismatch"
    status = 422
    title = "The amounts are in different currencies"


def currency_exponent(currency: str) -> int:
    """Number of decimals of an ISO 4217 currency: 0 for JPY, 2 for EUR, 3 for KWD."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency[:8]) from None


def parse_amount(text: str, currency: str) -> int:
    """Minor units of a decimal string; more decimals than the currency has are refused, not rounded."""
    exponent = currency_exponent(currency)
    if not _AMOUNT.fullmatch(text):
        raise InvalidAmount(amount=text[:40], currency=currency)
    whole, _, fraction = text.partition(".")
    if len(fraction) > exponent:
        if fraction[exponent:].strip("0"):
            raise InvalidAmount(amount=text[:40], currency=currency)
        fraction = fraction[:exponent]
    minor = int(whole + fraction.ljust(exponent, "0"))
    if abs(minor) > MAX_AMOUNT_MINOR:
        raise InvalidAmount(f"The amount is larger than {MAX_AMOUNT_MINOR} minor units", amount=text[:40])
    return minor


def format_amount(amount_minor: int, currency: str) -> str:
    """The decimal string of minor units, as JSON carries it: `format_amount(123450, "EUR") == "1234.50"`."""
    if amount_minor >= 100 and currency in _TWO_DECIMALS:  # nearly all there are, and several in every answer
        digits = str(amount_minor)
        return f"{digits[:-2]}.{digits[-2:]}"
    exponent = currency_exponent(currency)
    if exponent == 0:
        return str(amount_minor)
    sign = "-" if amount_minor < 0 else ""
    digits = str(abs(amount_minor)).rjust(exponent + 1, "0")
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"


def round_half_up(numerator: int, denominator: int) -> int:
    """The one rounding of the product: to the nearest, halves away from zero."""
    assert denominator > 0, "denominators are positive"
    quotient, remainder = divmod(abs(numerator), denominator)
    if remainder * 2 >= denominator:
        quotient += 1
    return quotient if numerator >= 0 else -quotient


def apply_basis_points(amount_minor: int, rate_bp: int) -> int:
    """A share of an amount; 10_000 basis points are the whole."""
    return round_half_up(amount_minor * rate_bp, 10_000)


def convert_minor(amount_minor: int, *, rate: str, source: str, target: str) -> int:
    """Convert by a frozen rate: units of `target` for one unit of `source`, as a decimal string.

    Raises InvalidAmount when the rate is not a positive decimal number.
    """
    # `Decimal` reads far more than decimal strings: `1_000`, other scripts' digits, and `1e999999999` for minutes.
    if not _RATE.fullmatch(rate) or not (factor := Decimal(rate)):
        raise InvalidAmount("The exchange rate is not a positive decimal number", rate=rate[:40])
    numerator, denominator = factor.as_integer_ratio()
    scale = currency_exponent(target) - currency_exponent(source)
    if scale >= 0:
        numerator *= 10**scale
    else:
        denominator *= 10**-scale
    return round_half_up(amount_minor * numerator, denominator)


def split_by_weights(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights so that the parts add up exactly (largest remainder, earlier part first)."""
    total = sum(weights)
    assert total > 0, "weights add up to something"
    assert all(weight >= 0 for weight in weights), "weights are not negative"
    assert amount_minor >= 0, "only amounts that are not negative are split"
    parts = [amount_minor * weight // total for weight in weights]
    remainders = [amount_minor * weight % total for weight in weights]
    left = amount_minor - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left]:
        parts[index] += 1
    assert sum(parts) == amount_minor, "nothing is lost in a split"
    return parts


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units with its currency. Adding two currencies raises CurrencyMismatch."""

    amount_minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        return cls(parse_amount(text, currency), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(0, currency)

    def __str__(self) -> str:
        return f"{format_amount(self.amount_minor, self.currency)} {self.currency}"

    @property
    def decimal(self) -> str:
        """The decimal string without the currency, as JSON carries it."""
        return format_amount(self.amount_minor, self.currency)

    def __add__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same_currency(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def _require_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(currencies=[self.currency, other.currency])
