"""What a decision depends on, as the caller brings it: who asks, for how much, and what was set by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from service.credit.domain import CreditPosition
from service.eligibility.facts import Fact

__all__ = [
    "BLOCK_FACTS", "CompanyStanding", "DecisionInputs", "ManualOverride", "OverLimit", "OverridePosition", "PolicySettings",
    "StaffOverride",
]  # fmt: skip


# What the blocks of `PolicySettings` measure.
BLOCK_FACTS: Final = frozenset({"unpaid_orders", "overdue_days"})


class CompanyStanding(StrEnum):
    """Who is asking. A guest has no company, and an unknown company is one the shop has not told us about."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    GUEST = "guest"


class OverridePosition(StrEnum):
    """Which way a hand-made override goes."""

    ALLOW = "allow"
    DENY = "deny"


class OverLimit(StrEnum):
    """What happens to an order that does not fit."""

    DECLINE = "decline"
    REFER = "refer"


@dataclass(frozen=True, slots=True)
class ManualOverride:
    """A company let in or kept out by hand (F07). From `until` on it has no effect, and stays in the trace."""

    position: OverridePosition
    reason: str
    author: str
    until: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class StaffOverride:
    """One order approved by a person with the permission to do so, who says why (S17)."""

    author: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """What a policy asks besides its rules. None switches a check off; amounts are in the order's line's currency.

    `unpaid_orders_allowed` 0 blocks while any order is unpaid, due or not; `overdue_margin_days` 0 blocks from
    the first day after the due date. They are separate because the first forbids a second order inside the
    term of the first (F12).
    """

    unpaid_orders_allowed: int | None = None
    overdue_margin_days: int | None = None
    minimum_order_minor: int | None = None
    maximum_order_minor: int | None = None
    over_limit: OverLimit = OverLimit.DECLINE


_NO_CHECKS: Final = PolicySettings()


class DecisionInputs(NamedTuple):
    """All that a decision depends on. `amount_minor` is gross, in `currency`, which is that of `credit` if there is any.

    Facts about the order itself (`order_amount`, `is_guest`) are taken from here, whatever `facts` says.
    """

    amount_minor: int
    currency: str
    now: datetime
    credit: CreditPosition | None
    facts: Mapping[str, Fact]
    standing: CompanyStanding = CompanyStanding.KNOWN
    buyer_may_use_credit: bool = True
    overrides: tuple[ManualOverride, ...] = ()
    denied_by_groups: tuple[str, ...] = ()
    allowed_by_groups: tuple[str, ...] = ()
    settings: PolicySettings = _NO_CHECKS
    staff_override: StaffOverride | None = None
