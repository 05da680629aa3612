"""Everything a merchant has decided that a checkout depends on, read once and kept until it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias
from uuid import UUID

from service.core.calendar import IsHoliday
from service.core.errors import NotFound, ServiceError
from service.credit.limits import LimitLevels
from service.eligibility.policy import Policy
from service.merchants.domain import EffectiveSettings, Shop
from service.merchants.errors import ShopRequired
from service.terms.choice import TermsLevel, TermsStatement, allowed_terms_for
from service.terms.definition import to_json
from service.terms.domain import PaymentTerms, due_date

__all__ = ["GroupPolicy", "MerchantPolicy", "OfferedTerms", "ShopPolicy"]

_OFFERS_KEPT: Final = 4096

# What a company says about terms (its default, its list, its groups), and the day.
_OfferKey: TypeAlias = tuple[str | None, tuple[str, ...] | None, tuple[str, ...], date]


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """What belonging to a group means: where it stands in the precedence, and its terms."""

    position: str | None
    default_terms: str | None
    allowed_terms: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class OfferedTerms:
    """Terms a buyer may choose. `snapshot` is what an order keeps of them, `shown` what an answer says: with the day an
    order of today would be due.

    That day is an estimate; `shows_due_date` is whether the shop shows it to buyers.
    """

    terms: PaymentTerms
    is_default: bool
    shows_due_date: bool
    snapshot: dict[str, str | int | None]
    shown: Mapping[str, str | bool | date]


@dataclass(slots=True)
class ShopPolicy:
    """One shop's part. `broken` is why the method is withheld there (G07): a setting that cannot be read."""

    shop: Shop
    settings: EffectiveSettings | None
    policy: Policy
    is_holiday: IsHoliday
    broken: ServiceError | None = None
    terms_said: tuple[TermsStatement, ...] = ()
    offers: dict[_OfferKey, tuple[OfferedTerms, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MerchantPolicy:
    """A snapshot of one merchant's decisions. `version` is `merchants.settings_version` at that moment."""

    version: int
    currency: str
    shops: Mapping[UUID, ShopPolicy]
    groups: Mapping[str, GroupPolicy]
    levels: LimitLevels
    terms: Mapping[str, tuple[PaymentTerms, str]]

    def find_shop(self, shop_id: UUID | None, shop_code: str | None) -> ShopPolicy:
        """The caller's own shop, or for an integrator the one he names. Raises ShopRequired or NotFound."""
        if shop_id is not None:
            own = self.shops.get(shop_id)
            if own is None or (shop_code is not None and own.shop.code != shop_code):
                raise NotFound
            return own
        if shop_code is None:
            raise ShopRequired
        for candidate in self.shops.values():
            if candidate.shop.code == shop_code:
                return candidate
        raise NotFound

    def offered_terms(
        self,
        shop: ShopPolicy,
        *,
        company_default: str | None,
        company_allowed: Sequence[str] | None,
        groups: Sequence[str],
        today: date,
    ) -> tuple[OfferedTerms, ...]:
        """The terms a company may choose from, its default first if it has one.

        Settled once a day for each way of saying it: every checkout asks for the same few.
        """
        key = (company_default, None if company_allowed is None else tuple(company_allowed), tuple(groups), today)
        offered = shop.offers.get(key)
        if offered is None:
            if len(shop.offers) >= _OFFERS_KEPT:
                shop.offers.clear()
            offered = shop.offers[key] = self._offer_terms(shop, key)
        return offered

    def _offer_terms(self, shop: ShopPolicy, key: _OfferKey) -> tuple[OfferedTerms, ...]:
        company_default, company_allowed, groups, today = key
        said = [TermsStatement(level=TermsLevel.COMPANY, default=company_default, allowed=company_allowed)]
        said.extend(
            TermsStatement(level=TermsLevel.GROUP, default=group.default_terms, allowed=group.allowed_terms)
            for code in groups
            if (group := self.groups.get(code)) is not None
        )
        choice = allowed_terms_for([*said, *shop.terms_said], known=dict.fromkeys(self.terms, True))
        offered = [
            OfferedTerms(
                terms=terms,
                is_default=terms.code == choice.default,
                shows_due_date=shop.settings is not None and shop.settings.show_due_estimates,
                snapshot={**to_json(terms), "label": label},
                shown={
                    "code": terms.code,
                    "label": label,
                    "due_on": due_date(terms, today, shop.is_holiday).due_on,
                    "is_default": terms.code == choice.default,
                },
            )
            for terms, label in (self.terms[code] for code in choice.allowed)
        ]
        return tuple(sorted(offered, key=lambda one: not one.is_default))
