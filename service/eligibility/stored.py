"""Policies and decisions as they are kept: every version, every trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from service.eligibility.policy import is_withdrawn

__all__ = ["DecisionFilter", "PolicyInForce", "PolicySource", "StoredDecision", "StoredPolicy"]


class PolicySource(StrEnum):
    """Whose policy a shop follows. Without any, only people and groups let companies in."""

    SHOP = "shop"
    MERCHANT = "merchant"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicy:
    """One version of a shop's policy, or of the merchant's (`shop_id` None). `rules` None means that none are set."""

    id: UUID
    shop_id: UUID | None
    version: int
    rules: dict[str, Any] | None
    settings: dict[str, Any]
    author: str
    reason: str | None
    created_at: datetime

    @property
    def is_withdrawn(self) -> bool:
        """A version that ends the policy: from here on the next wider one holds."""
        return is_withdrawn(self.settings)


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """What holds at a shop, or for the merchant, and where it comes from."""

    source: PolicySource
    stored: StoredPolicy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision as it was made. `trace` is None in lists, where only its reasons are read."""

    id: UUID
    shop_id: UUID
    company_id: UUID
    outcome: str
    currency: str
    amount_minor: int
    policy_version: int
    author: str
    decided_at: datetime
    reasons: list[dict[str, str]]
    trace: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """What a list of decisions may be narrowed to."""

    company_id: UUID | None = None
    shop_id: UUID | None = None
    outcome: str | None = None
