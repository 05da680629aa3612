"""Late charges as they are computed and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from service.reminders.interest import DAY_COUNT, LateInterest
from service.reminders.rates import LateLaw

__all__ = ["ChargeKind", "ChargeStatus", "LateCharge", "LateClaim"]


class ChargeKind(StrEnum):
    """What is charged."""

    LATE_INTEREST = "late_interest"
    RECOVERY_SUM = "recovery_sum"


class ChargeStatus(StrEnum):
    """Charged as an open item of its own, or waived on purpose."""

    CHARGED = "charged"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCharge:
    """A decision about a charge. `basis` is what it was computed from."""

    id: UUID
    open_item_id: UUID
    company_id: UUID
    shop_id: UUID
    charge_item_id: UUID | None
    kind: ChargeKind
    status: ChargeStatus
    cause: str
    currency: str
    amount_minor: int
    from_on: date
    until_on: date
    basis: Mapping[str, Any]
    reason: str | None
    author: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LateClaim:
    """What the law gives for one document that is late, up to a day, less what was decided before."""

    open_item_id: UUID
    document: str
    currency: str
    law: LateLaw | None
    from_on: date
    until_on: date
    interest: LateInterest
    recovery_minor: int

    def amount_of(self, kind: ChargeKind) -> int:
        return self.interest.amount_minor if kind is ChargeKind.LATE_INTEREST else self.recovery_minor

    def cause_of(self, kind: ChargeKind) -> str:
        """Names what is charged, so that nothing is charged twice, whoever asks."""
        if kind is ChargeKind.RECOVERY_SUM:
            return f"{kind}:{self.open_item_id}"
        return f"{kind}:{self.open_item_id}:{self.from_on.isoformat()}"

    def basis_of(self, kind: ChargeKind) -> dict[str, Any]:
        """What a person needs to check the amount."""
        article = self.law.article if self.law else ""
        if kind is ChargeKind.RECOVERY_SUM:
            return {"article": article}
        parts = [
            {
                "from_on": part.from_on.isoformat(),
                "until_on": part.until_on.isoformat(),
                "days": part.days,
                "open_minor": part.open_minor,
                "rate_bp": part.rate_bp,
            }
            for part in self.interest.parts
        ]
        return {"article": article, "day_count": DAY_COUNT, "parts": parts}
