"""Amounts, days and counts as people write them in each language. Pure, and remembered: Babel is slow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_percent

from service.core.money import currency_exponent

__all__ = ["LANGUAGES", "Formats", "formats_for", "known_language", "nearest_language"]

# Languages that every shipped mail is written in.
LANGUAGES: Final = ("en", "fr", "it", "de", "es")
_FALLBACK: Final = "en"
# Plain "en" is American to Babel, which puts the month first; businesses in Europe read the day first.
_LOCALES: Final = {"en": "en_GB"}
_FIRST_OF_MONTH: Final = {"fr": "1er", "it": "1º"}
_KNOWN_REGIONS: Final = frozenset({"en-US", "en-IE", "fr-BE", "fr-CH", "fr-LU", "fr-CA", "it-CH", "de-AT", "de-CH", "es-MX"})  # fmt: skip


def nearest_language(*wanted: str | None) -> str:
    """The first of these languages (BCP 47) that mails are written in, with its region; else English."""
    return next((each for each in wanted if each and each[:2].lower() in LANGUAGES), _FALLBACK)


def known_language(*wanted: str | None) -> str:
    """The first of these languages (BCP 47) that mails are written in; else English."""
    return nearest_language(*wanted)[:2].lower()


@cache
def formats_for(language: str) -> Formats:
    """Formats of a language as BCP 47 names it; an unknown one reads English."""
    if language in _KNOWN_REGIONS:
        return Formats(Locale.parse(language, sep="-"))
    base = known_language(language)
    return Formats(Locale.parse(_LOCALES.get(base, base)))


class Formats:
    """How one language writes amounts, days and counts."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale
        self.day = lru_cache(maxsize=4096)(self._day)
        self.money = lru_cache(maxsize=4096)(self._money)
        self._is_one = lru_cache(maxsize=1024)(lambda count: locale.plural_form(count) == "one")

    def _day(self, day: date) -> str:
        """`31 March 2026`, `31 mars 2026`, `31. März 2026`."""
        text = format_date(day, format="long", locale=self._locale)
        # Some languages write the first of a month as an ordinal, which the locale data cannot say.
        ordinal = _FIRST_OF_MONTH.get(self._locale.language)
        return f"{ordinal}{text[1:]}" if ordinal is not None and day.day == 1 else text

    def _money(self, amount_minor: int, currency: str) -> str:
        """`€1,234.50`, `1 234,50 €`: by the currency's own decimals."""
        amount = Decimal(amount_minor).scaleb(-currency_exponent(currency))
        return format_currency(amount, currency, locale=self._locale)

    def percent(self, rate_bp: int) -> str:
        """`12.15%`, `12,15 %`."""
        return format_percent(Decimal(rate_bp).scaleb(-4), format=None, locale=self._locale, decimal_quantization=False)

    def plural(self, count: int, one: str, other: str) -> str:
        """The form that goes with a count, with `{n}` replaced by it: French says 0 and 1 alike, the others only 1."""
        form = one if self._is_one(count) else other
        return form.replace("{n}", str(count))
