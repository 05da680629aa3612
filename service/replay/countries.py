"""Country names as people write them, as ISO 3166-1 codes."""

from __future__ import annotations

from functools import cache
from typing import Final

from babel import Locale

__all__ = ["country_code"]

# What the catalogue of names does not know, or writes otherwise.
_ALSO: Final = {
    "channel islands": "JE",
    "czech republic": "CZ",
    "eire": "IE",
    "hong kong": "HK",
    "rsa": "ZA",
    "uk": "GB",
    "usa": "US",
}


def country_code(name: str, *, otherwise: str) -> str:
    """The code of a country's English name or of a code itself; `otherwise` when it means no country."""
    return _codes().get(name.strip().lower(), otherwise)


@cache
def _codes() -> dict[str, str]:
    territories = {code: name for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()}
    # Groups of countries and the like have private codes, which ISO 3166-1 leaves free for that.
    real = {code: name for code, name in territories.items() if code not in {"EU", "EZ", "UN", "XA", "XB", "XK", "ZZ"}}
    return {code.lower(): code for code in real} | {name.lower(): code for code, name in real.items()} | _ALSO
