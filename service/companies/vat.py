"""VAT numbers: reading them, checking them offline, and when to ask the registry again. Pure.

A form check alone never says `valid`: it only tells numbers that cannot exist from numbers worth asking about.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, assert_never

from stdnum.ch import uid as swiss_uid
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.gb import vat as british_vat
from stdnum.no import orgnr as norwegian_orgnr
from stdnum.util import get_cc_module

__all__ = [
    "VIES_PREFIXES", "OfflineVatCheck", "VatCheckResult", "VatNumber", "VatReason", "VatRegistry", "VatSource",
    "VatStatus", "check_vat_offline", "compact_vat_text", "next_check_at", "standing_vat_check",
]  # fmt: skip

VIES_PREFIXES = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
})  # fmt: skip
"""What VIES answers for: the 27 member states, Greece under EL, and Northern Ireland under XI."""

_KNOWN_PREFIXES = VIES_PREFIXES | {"CH", "GB", "NO"}
_PREFIX_ALIASES = {"GR": "EL", "UK": "GB"}
# Territories whose businesses are registered under another country's prefix.
_PREFIX_BY_COUNTRY = {
    "GR": "EL", "UK": "GB", "IM": "GB", "LI": "CH", "MC": "FR",
    "GF": "FR", "GP": "FR", "MQ": "FR", "RE": "FR", "YT": "FR",
}  # fmt: skip
_COUNTRY_BY_PREFIX = {"EL": "GR", "XI": "GB"}
_SWISS_SUFFIX = re.compile(r"(MWST|TVA|IVA|TPV)$")
_MAX_TEXT = 64

_VALID_STANDS_FOR = timedelta(days=90)
_INVALID_STANDS_FOR = timedelta(days=30)
_FIRST_RETRY_AFTER = timedelta(minutes=15)
_LAST_RETRY_AFTER = timedelta(hours=24)
_CLEAR_ANSWER_OUTLIVES_OUTAGE_FOR = timedelta(days=180)


class VatStatus(StrEnum):
    """`unknown` is an answer of its own: an outage of the registry must not read as `invalid`."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    ABSENT = "absent"


class VatSource(StrEnum):
    """Whose answer it is: the registry's (or its failing to give one), or nobody's because it was not to be asked."""

    VIES = "vies"
    OFFLINE = "offline"


class VatReason(StrEnum):
    """Why an answer is not `valid`; stable codes for rules, traces and staff."""

    NUMBER_MALFORMED = "vat_number_malformed"
    NUMBER_CHECKSUM_WRONG = "vat_number_checksum_wrong"
    NOT_YET_CHECKED = "not_yet_checked"
    REGISTRY_NOT_COVERED = "registry_not_covered"
    REGISTRY_SWITCHED_OFF = "registry_switched_off"
    REGISTRY_PAUSED = "registry_paused"
    REGISTRY_UNREACHABLE = "registry_unreachable"
    REGISTRY_TIMEOUT = "registry_timeout"
    REGISTRY_UNAVAILABLE = "registry_unavailable"
    REGISTRY_BUSY = "registry_busy"
    REGISTRY_UNREADABLE = "registry_unreadable"
    REGISTRY_REFUSED_INPUT = "registry_refused_input"
    REGISTRY_REFUSED_REQUESTER = "registry_refused_requester"
    REGISTRY_BLOCKED_REQUESTER = "registry_blocked_requester"
    REGISTRY_BLOCKED_US = "registry_blocked_us"
    REGISTRY_ERROR = "registry_error"
    MEMBER_STATE_UNAVAILABLE = "member_state_unavailable"
    MEMBER_STATE_BUSY = "member_state_busy"
    MEMBER_STATE_TIMEOUT = "member_state_timeout"


@dataclass(frozen=True, slots=True)
class VatNumber:
    """A number in its canonical form: `prefix` as tax offices write it (EL, XI), `national` without separators."""

    prefix: str
    national: str

    def __str__(self) -> str:
        return f"{self.prefix}{self.national}"

    @property
    def country(self) -> str:
        """The ISO 3166 country of the tax office, where it differs from the prefix."""
        return _COUNTRY_BY_PREFIX.get(self.prefix, self.prefix)

    @property
    def is_in_vies(self) -> bool:
        return self.prefix in VIES_PREFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineVatCheck:
    """What the form alone tells: `absent`, `invalid`, or `unknown` until a registry is asked; never `valid`.

    `number` is there exactly when the text can be read as a number worth asking about.
    """

    status: VatStatus
    number: VatNumber | None = None
    reason_code: VatReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatCheckResult:
    """A registry's answer at one time. `consultation_number` is the proof that it was asked in a requester's name.

    Name and address may be a natural person's, so they stay out of `repr` and with it out of logs and tracebacks.
    """

    status: VatStatus
    checked_at: datetime
    source: VatSource
    consultation_number: str | None = None
    name: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    reason_code: VatReason | None = None

    def __post_init__(self) -> None:
        assert self.checked_at.tzinfo is not None, "checked_at must be aware"
        assert self.status is not VatStatus.UNKNOWN or self.reason_code is not None, "unknown needs a reason"

    @property
    def is_clear(self) -> bool:
        """True for a yes or a no; an outage is neither."""
        return self.status in {VatStatus.VALID, VatStatus.INVALID}


class VatRegistry(Protocol):
    """Whoever can be asked whether a number is registered. Never raises for an outage: that is `unknown`.

    `requester` is the VAT number of the merchant in whose name is asked; only then there is a consultation number.
    """

    async def check(self, number: VatNumber, *, requester: VatNumber | None = None) -> VatCheckResult: ...


def check_vat_offline(text: str | None, *, country: str) -> OfflineVatCheck:
    """Read what a shop sent, with or without prefix, for a company in `country` (ISO 3166).

    A prefix in the text wins over the country: a company may be registered abroad. Numbers of countries whose form
    is not known here are `unknown`, not `invalid`.
    """
    compact = compact_vat_text(text or "")
    if not compact:
        return OfflineVatCheck(status=VatStatus.ABSENT)
    home_prefix = _PREFIX_BY_COUNTRY.get(country.upper(), country.upper())
    first_reason: VatReason | None = None
    for prefix, rest in _readings(compact, home_prefix=home_prefix):
        try:
            number = VatNumber(prefix, _national_part(prefix, rest))
        except ValidationError as error:
            wrong_checksum = isinstance(error, InvalidChecksum)
            reason = VatReason.NUMBER_CHECKSUM_WRONG if wrong_checksum else VatReason.NUMBER_MALFORMED
            first_reason = first_reason or reason
        else:
            reason = VatReason.NOT_YET_CHECKED if number.is_in_vies else VatReason.REGISTRY_NOT_COVERED
            return OfflineVatCheck(status=VatStatus.UNKNOWN, number=number, reason_code=reason)
    # A tax id from elsewhere may begin with letters that look like a prefix, so only a covered country says no.
    if home_prefix not in _KNOWN_PREFIXES:
        return OfflineVatCheck(status=VatStatus.UNKNOWN, reason_code=VatReason.REGISTRY_NOT_COVERED)
    return OfflineVatCheck(status=VatStatus.INVALID, reason_code=first_reason)


def compact_vat_text(text: str) -> str:
    """Capital letters and digits only, whatever separators people typed; to compare and to store what was sent.

    `+` and `*` stay: old Irish numbers hold them. Cut at 64 characters, beyond which nothing is a VAT number.
    """
    folded = unicodedata.normalize("NFKC", text[:_MAX_TEXT]).upper()
    return "".join(character for character in folded if character.isalnum() or character in "+*")[:_MAX_TEXT]


def next_check_at(
    status: VatStatus, checked_at: datetime, attempts: int, *, reason_code: VatReason | None = None
) -> datetime | None:
    """When to ask again; None when there is nothing to ask.

    `attempts` counts the `unknown` answers in a row, this one included: 15 minutes, doubling up to a day. Where no
    registry covers the number, asking sooner than a valid number's re-check would only repeat the same answer.
    """
    match status:
        case VatStatus.VALID:
            return checked_at + _VALID_STANDS_FOR
        case VatStatus.INVALID:
            return checked_at + _INVALID_STANDS_FOR
        case VatStatus.UNKNOWN if reason_code is VatReason.REGISTRY_NOT_COVERED:
            return checked_at + _VALID_STANDS_FOR
        case VatStatus.UNKNOWN:
            assert attempts >= 1, "an unknown answer is at least one attempt"
            # The exponent is bounded so that a number unknown for years cannot overflow the span.
            doubled = _FIRST_RETRY_AFTER * (1 << min(attempts - 1, 16))
            return checked_at + min(doubled, _LAST_RETRY_AFTER)
        case VatStatus.ABSENT:
            return None
        case _:
            assert_never(status)


def standing_vat_check(previous: VatCheckResult | None, fresh: VatCheckResult) -> VatCheckResult:
    """The answer that counts after a re-check: an outage does not take a clear answer away.

    Otherwise every registered company would lose its status in the night its re-check meets a closed registry. After
    180 days without confirmation the old answer proves nothing any more and `unknown` stands.
    """
    if fresh.status is not VatStatus.UNKNOWN or previous is None or not previous.is_clear:
        return fresh
    is_recent = fresh.checked_at - previous.checked_at < _CLEAR_ANSWER_OUTLIVES_OUTAGE_FOR
    return previous if is_recent else fresh


def _readings(compact: str, *, home_prefix: str) -> Iterator[tuple[str, str]]:
    written_prefix = _PREFIX_ALIASES.get(compact[:2], compact[:2])
    if written_prefix in _KNOWN_PREFIXES:
        yield written_prefix, compact[2:]
    # Also when both are the same: what looks like the prefix may be the letters of a French key.
    if home_prefix in _KNOWN_PREFIXES:
        yield home_prefix, compact


def _national_part(prefix: str, rest: str) -> str:
    """The canonical part after the prefix; raises stdnum's ValidationError when the form or checksum is wrong."""
    if not rest.isascii():
        # Some checks read digits of other scripts as numbers; no tax office writes them.
        raise ValidationError
    match prefix:
        case "CH":
            # The suffix names the language, not the company: three spellings are one number.
            bare = _SWISS_SUFFIX.sub("", rest)
            return str(swiss_uid.validate(f"CH{bare}")).removeprefix("CH")
        case "NO":
            return f"{norwegian_orgnr.validate(rest.removesuffix('MVA'))}MVA"
        case "GB" | "XI":
            return str(british_vat.validate(prefix + rest))
        case _:
            module = get_cc_module("gr" if prefix == "EL" else prefix.lower(), "vat")
            assert module is not None, f"no check for {prefix}"
            # The prefix goes in too: modules strip their own once, and a French key may read FR itself. The Romanian
            # module alone leaves it on; digits follow there, so that nothing else can be stripped.
            national = str(module.validate(prefix + rest))
            return national.removeprefix("RO") if prefix == "RO" else national
