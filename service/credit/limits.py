"""Which limits stand above a company: its groups', its shop's, its merchant's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from service.credit.domain import CreditLimit, LimitKind, LimitSource, TemporaryLimit, effective_limit
from service.merchants.domain import DefaultLimit, EffectiveSettings, Shop

__all__ = ["GroupLimit", "LimitInCurrency", "LimitLevels", "LineAgreement"]


@dataclass(frozen=True, slots=True)
class LimitInCurrency:
    """A limit binds lines of its own currency; "none" and "unlimited" name no currency and bind all."""

    limit: CreditLimit
    currency: str | None


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """A group's limit as it is stored; `kind` None sets none and leaves the question to wider levels."""

    code: str
    kind: str | None
    amount_minor: int | None
    currency: str | None


class LineAgreement(NamedTuple):
    """What was agreed for one line, apart from what it inherits; `shop_id` is the line's, or the shop that asks."""

    currency: str
    shop_id: UUID | None
    limit: CreditLimit | None = None
    temporary: TemporaryLimit | None = None


@dataclass(frozen=True, slots=True)
class LimitLevels:
    """The limits of one merchant by level. Read once and kept as long as the merchant's settings stay the same."""

    groups: Mapping[str, LimitInCurrency] = field(default_factory=dict)
    shops: Mapping[UUID, LimitInCurrency] = field(default_factory=dict)
    merchant: LimitInCurrency | None = None
    only_shop: UUID | None = None

    @classmethod
    def build(cls, groups: Iterable[GroupLimit], shops: Iterable[tuple[Shop, EffectiveSettings]]) -> LimitLevels:
        """From what groups and shops say. Every shop carries its merchant's setting, so any of them names it."""
        by_group = {
            group.code: _level(
                LimitKind(group.kind), group.amount_minor, group.currency, (LimitSource.GROUP, group.code)
            )
            for group in groups
            if group.kind is not None
        }
        by_shop: dict[UUID, LimitInCurrency] = {}
        shop_ids: list[UUID] = []
        over_all: LimitInCurrency | None = None
        for shop, settings in shops:
            shop_ids.append(shop.id)
            over_all = _from_default(settings.merchant_default_limit, (LimitSource.MERCHANT, None))
            own = _from_default(settings.shop_default_limit, (LimitSource.SHOP, shop.code))
            if own is not None:
                by_shop[shop.id] = own
        only_shop = shop_ids[0] if len(shop_ids) == 1 else None
        return cls(groups=by_group, shops=by_shop, merchant=over_all, only_shop=only_shop)

    def effective(self, line: LineAgreement, *, groups: Iterable[str], now: datetime) -> CreditLimit:
        """The limit that binds a line (S18: company, group, shop, merchant); other currencies' limits do not count.

        A line over all shops is bound by the limit of the shop that asks; where there is one shop only, always.
        """
        if line.limit is not None and line.temporary is None:
            return line.limit
        shop_id = line.shop_id or self.only_shop
        return effective_limit(
            line.limit,
            groups=[
                level.limit
                for code in groups
                if (level := self.groups.get(code)) is not None and _binds(level, line.currency)
            ],
            shop=_limit_of(self.shops.get(shop_id) if shop_id else None, line.currency),
            merchant=_limit_of(self.merchant, line.currency),
            temporary=line.temporary,
            now=now,
        )


def _from_default(default: DefaultLimit | None, origin: tuple[LimitSource, str | None]) -> LimitInCurrency | None:
    if default is None:
        return None
    return _level(LimitKind(default.kind), default.amount_minor, default.currency, origin)


def _level(
    kind: LimitKind, amount_minor: int | None, currency: str | None, origin: tuple[LimitSource, str | None]
) -> LimitInCurrency:
    if kind is not LimitKind.AMOUNT:
        return LimitInCurrency(CreditLimit(kind, None, *origin), None)
    return LimitInCurrency(CreditLimit(kind, amount_minor, *origin), currency)


def _binds(level: LimitInCurrency, currency: str) -> bool:
    return level.currency is None or level.currency == currency


def _limit_of(level: LimitInCurrency | None, currency: str) -> CreditLimit | None:
    return level.limit if level is not None and _binds(level, currency) else None
