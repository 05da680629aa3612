"""Which terms a company may choose from: what is said closest to it counts (F40, S18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.merchants.settings import DEFAULT_TERMS, MerchantSettings, ShopSettings

__all__ = [
    "AllowedTerms", "DropReason", "DroppedTerms", "TermsLevel", "TermsStatement", "allowed_terms_for", "said_by_settings",
]  # fmt: skip


class TermsLevel(StrEnum):
    """Who can say something about terms, the narrowest first."""

    COMPANY = "company"
    GROUP = "group"
    SHOP = "shop"
    MERCHANT = "merchant"


class DropReason(StrEnum):
    """Why a code that somebody wrote down offers nothing."""

    UNKNOWN = "unknown"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsStatement:
    """What one company, group, shop or merchant says; None says nothing, an empty list allows nothing."""

    level: TermsLevel
    default: str | None
    allowed: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class DroppedTerms:
    """A code left out because no active terms have it."""

    code: str
    reason: DropReason


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedTerms:
    """The terms a company may choose from, in order of preference, and who said so.

    Without a `default` the buyer has to choose; with nothing `allowed` the payment method is not offered.
    """

    allowed: tuple[str, ...]
    default: str | None
    allowed_by: TermsLevel | None
    default_by: TermsLevel | None
    dropped: tuple[DroppedTerms, ...]


def allowed_terms_for(statements: Sequence[TermsStatement], *, known: Mapping[str, bool]) -> AllowedTerms:
    """Settle what company, groups, shop and merchant say. `known` tells of each code whether it is active.

    The list of the narrowest level that has one counts alone; of several groups, all lists together, in the order of
    the company's groups. A default from the same level or a narrower one is allowed even if not listed; one from a wider
    level counts only if it is listed, else the first of the list stands in. A code without active terms is left out and
    reported. Nothing takes its place: a stated default that is broken leaves none (G07).
    """
    allowed_by, listed = _narrowest_list(statements)
    default_by, default = _narrowest_default(statements)
    levels = list(TermsLevel)
    is_bound_by_list = (
        default_by is not None and allowed_by is not None and levels.index(default_by) > levels.index(allowed_by)
    )
    if default is not None and default not in listed and not is_bound_by_list:
        listed = [default, *listed]
    usable = tuple(code for code in listed if known.get(code, False))
    if default is None or default not in listed:
        default, default_by = (usable[0], allowed_by) if usable else (None, None)
    elif default not in usable:
        default, default_by = None, None
    dropped = tuple(
        DroppedTerms(code, DropReason.INACTIVE if code in known else DropReason.UNKNOWN)
        for code in listed
        if code not in usable
    )
    return AllowedTerms(
        allowed=usable, default=default, allowed_by=allowed_by or default_by, default_by=default_by, dropped=dropped
    )


def said_by_settings(shop: ShopSettings | None, merchant: MerchantSettings) -> tuple[TermsStatement, ...]:
    """What shop and merchant say; where the merchant chose no default, the product's own stands."""
    over_all = TermsStatement(
        level=TermsLevel.MERCHANT, default=merchant.default_terms or DEFAULT_TERMS, allowed=merchant.allowed_terms
    )
    if shop is None:
        return (over_all,)
    return TermsStatement(level=TermsLevel.SHOP, default=shop.default_terms, allowed=shop.allowed_terms), over_all


def _narrowest_list(statements: Iterable[TermsStatement]) -> tuple[TermsLevel | None, list[str]]:
    for level in TermsLevel:
        lists = [said.allowed for said in statements if said.level is level and said.allowed is not None]
        if lists:
            return level, list(dict.fromkeys(code for codes in lists for code in codes))
    return None, []


def _narrowest_default(statements: Iterable[TermsStatement]) -> tuple[TermsLevel | None, str | None]:
    for level in TermsLevel:
        for said in statements:
            if said.level is level and said.default is not None:
                return level, said.default
    return None, None
