"""Credit lines and holds as plain values, as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.core.money import format_amount
from service.credit.domain import (
    CreditLimit,
    CreditPosition,
    HeldAmount,
    HoldStatus,
    LimitKind,
    LimitSource,
    LineStatus,
    TemporaryLimit,
)
from service.credit.limits import LineAgreement

__all__ = ["AgreedLimit", "CreditLine", "Hold", "HoldFilter", "credit_facts"]


@dataclass(frozen=True, slots=True)
class AgreedLimit:
    """What is agreed with one company. A `limit` of None inherits from its groups, shop and merchant again."""

    limit: CreditLimit | None
    tolerance_minor: int = 0
    tolerance_bp: int = 0
    allow_exceed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLine:
    """The agreement with one company in one currency, for one shop or all (`shop_id` None)."""

    id: UUID
    company_id: UUID
    shop_id: UUID | None
    currency: str
    status: str
    status_reason: str | None
    limit_kind: str | None
    limit_minor: int | None
    temporary_limit_minor: int | None
    temporary_until: datetime | None
    tolerance_minor: int
    tolerance_bp: int
    allow_exceed: bool
    oldest_due_on: date | None
    unpaid_count: int
    settled_count: int
    settled_days_late: int
    created_at: datetime

    @property
    def is_closed(self) -> bool:
        return self.status == LineStatus.CLOSED

    @property
    def own_limit(self) -> CreditLimit | None:
        """The company's own limit; None inherits."""
        if self.limit_kind is None:
            return None
        return CreditLimit(LimitKind(self.limit_kind), self.limit_minor, LimitSource.COMPANY)

    def agreement(self, *, asking_shop_id: UUID | None) -> LineAgreement:
        """What was agreed, as the shop that asks has to see it."""
        temporary = None
        if self.temporary_limit_minor is not None and self.temporary_until is not None:
            temporary = TemporaryLimit(self.temporary_limit_minor, self.temporary_until)
        return LineAgreement(
            currency=self.currency, shop_id=self.shop_id or asking_shop_id, limit=self.own_limit, temporary=temporary
        )

    def describe_limit(self) -> dict[str, Any]:
        """The agreement as the log of changes keeps it."""

        def shown(amount_minor: int | None) -> str | None:
            return None if amount_minor is None else format_amount(amount_minor, self.currency)

        return {
            "kind": self.limit_kind or "inherit",
            "amount": shown(self.limit_minor),
            "temporary_amount": shown(self.temporary_limit_minor),
            "temporary_until": self.temporary_until.isoformat() if self.temporary_until else None,
            "tolerance": shown(self.tolerance_minor),
            "tolerance_bp": self.tolerance_bp,
            "allow_exceed": self.allow_exceed,
            "currency": self.currency,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A reservation, in the order's currency and (`line_*`) in the line's."""

    id: UUID
    shop_id: UUID
    company_id: UUID
    line_id: UUID
    status: str
    is_attached: bool
    currency: str
    amount_minor: int
    exchange_rate: str | None
    line_amount_minor: int
    line_captured_minor: int
    line_released_minor: int
    buyer_ref: str | None
    cart_ref: str | None
    cart_hash: str | None
    purchase_order_number: str | None
    terms: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    resolved_at: datetime | None
    release_reason: str | None

    @property
    def held(self) -> HeldAmount:
        """What became of the amount, for its arithmetic."""
        return HeldAmount(
            self.line_amount_minor, self.line_captured_minor, self.line_released_minor, HoldStatus(self.status)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldFilter:
    """What a list of holds may be narrowed to."""

    shop_id: UUID | None = None
    company_id: UUID | None = None
    line_id: UUID | None = None
    status: str | None = None


def credit_facts(line: CreditLine, position: CreditPosition) -> dict[str, Any]:
    """What others are told of a line when it changes."""
    available, limit = position.available_credit, position.limit
    return {
        "company_id": str(line.company_id),
        "credit_line_id": str(line.id),
        "currency": line.currency,
        "status": line.status,
        "limit_kind": limit.kind.value,
        "limit": None if limit.amount_minor is None else format_amount(limit.amount_minor, line.currency),
        "exposure": format_amount(position.exposure_minor, line.currency),
        "available_credit": None if available is None else format_amount(available, line.currency),
    }
