"""What the portal shows of a company, as it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from service.invoicing.domain import OpenCredit
from service.merchants.domain import EffectiveSettings, Shop

__all__ = ["Account", "CurrencySums", "OpenDocument", "OrderUnderWay", "ReminderStop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDocument:
    """A document of which something is open. `days_late` are days where its shop is; `charge` is the kind of a late charge."""

    id: UUID
    line_id: UUID
    shop_id: UUID
    reference: str
    currency: str
    amount_minor: int
    open_minor: int
    issued_on: date
    due_on: date
    days_late: int
    is_disputed: bool
    promised_on: date | None
    payment_number: int
    charge: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencySums:
    """Over all open documents in a currency, listed or not; what is disputed is no part of what is late."""

    count: int
    open_minor: int
    disputed_minor: int
    late_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnderWay:
    """An order that is owed for, but not yet due: its term has not begun, or its invoice is to come."""

    shop_id: UUID
    reference: str
    purchase_order: str
    currency: str
    owed_minor: int
    placed_on: date
    due_on: date
    due_is_estimate: bool


@dataclass(frozen=True, slots=True)
class ReminderStop:
    """That nobody is reminded for now. `until_on` None: until further notice."""

    until_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """All that is shown to a company at one instant. `documents` are the first of all there are, oldest due date first.

    `shop` is the one in whose name the link was given. `today` is the day there.
    """

    merchant_name: str
    company_name: str
    language: str
    shop: Shop
    shops: Mapping[UUID, EffectiveSettings]
    today: date
    valid_until: datetime
    documents: Sequence[OpenDocument]
    sums: Mapping[str, CurrencySums]
    credits: Sequence[OpenCredit]
    orders: Sequence[OrderUnderWay]
    stops: Mapping[UUID, ReminderStop]

    @property
    def settings(self) -> EffectiveSettings:
        return self.shops[self.shop.id]
