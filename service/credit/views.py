"""A company's credit as it is looked at: where, and which lines with what they allow."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from service.credit.domain import CreditPosition
from service.credit.lines import CreditLine
from service.merchants.domain import CreditScope, Shop

__all__ = ["CreditPlace", "LineView"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPlace:
    """A company at one shop, or at the merchant as a whole. `shop` None: nobody named one."""

    company_id: UUID
    shop: Shop | None
    scope: CreditScope
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A line with what it allows now. `line` None is one that the first order would open: it inherits everything."""

    line: CreditLine | None
    shop_code: str | None
    position: CreditPosition
    overdue_minor: int
