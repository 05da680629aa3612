"""Bodies about late interest and the fixed recovery sum."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from service.core.money import format_amount
from service.infra.schemas import AmountText, CurrencyCode, Day, FreeText, InstantText, Schema, Text
from service.reminders.charge import ChargeKind, ChargeStatus, LateCharge, LateClaim
from service.reminders.interest import DAY_COUNT
from service.reminders.rates import DatedRate, RateBase

__all__ = [
    "ChargeLateIn", "InterestRateIn", "InterestRateList", "InterestRateOut", "LateChargesOut", "LateClaimOut", "WaiveLateIn",
]  # fmt: skip


class InterestPartOut(Schema):
    """Days with one balance and one rate, both ends included."""

    from_on: Day
    until_on: Day
    days: int
    open_amount: AmountText
    rate_bp: int = Field(description="Basis points a year: 1215 is 12.15 %.")


class LateChargeOut(Schema):
    """What was charged or waived. `charge_item_id` is the open item that a charge became."""

    id: UUID
    kind: ChargeKind
    status: ChargeStatus
    currency: CurrencyCode
    amount: AmountText
    from_on: Day
    until_on: Day
    charge_item_id: UUID | None
    reason: str | None
    author: str
    decided_at: InstantText

    @classmethod
    def of(cls, charge: LateCharge) -> LateChargeOut:
        return cls(
            id=charge.id,
            kind=charge.kind,
            status=charge.status,
            currency=charge.currency,
            amount=format_amount(charge.amount_minor, charge.currency),
            from_on=charge.from_on,
            until_on=charge.until_on,
            charge_item_id=charge.charge_item_id,
            reason=charge.reason,
            author=charge.author,
            decided_at=charge.decided_at,
        )


class LateClaimOut(Schema):
    """What the law gives for a document on a day, beyond what was decided before. Without a known law, nothing."""

    open_item_id: UUID
    document: str
    currency: CurrencyCode
    country: str | None = Field(description="Whose law it is: the merchant's.")
    article: str | None
    day_count: str
    from_on: Day
    until_on: Day
    late_interest: AmountText
    parts: list[InterestPartOut]
    rate_missing_from: Day | None = Field(
        description="The first half-year whose reference rate is not known. Record it before interest is charged."
    )
    recovery_sum: AmountText
    decided: list[LateChargeOut]

    @classmethod
    def of(cls, claim: LateClaim, decided: list[LateCharge]) -> LateClaimOut:
        return cls(
            open_item_id=claim.open_item_id,
            document=claim.document,
            currency=claim.currency,
            country=claim.law.country if claim.law else None,
            article=claim.law.article if claim.law else None,
            day_count=DAY_COUNT,
            from_on=claim.from_on,
            until_on=claim.until_on,
            late_interest=format_amount(claim.interest.amount_minor, claim.currency),
            parts=[
                InterestPartOut(
                    from_on=part.from_on,
                    until_on=part.until_on,
                    days=part.days,
                    open_amount=format_amount(part.open_minor, claim.currency),
                    rate_bp=part.rate_bp,
                )
                for part in claim.interest.parts
            ],
            rate_missing_from=claim.interest.missing_on,
            recovery_sum=format_amount(claim.recovery_minor, claim.currency),
            decided=[LateChargeOut.of(charge) for charge in decided],
        )


Kinds = Annotated[list[Annotated[ChargeKind, Field(strict=False)]], Field(min_length=1, max_length=2)]


class ChargeLateIn(Schema):
    """What is charged, and up to which day interest runs."""

    kinds: Kinds = Field(default=list(ChargeKind))
    until: Day | None = Field(default=None, description="Today unless said; never later.")
    reason: FreeText | None = None


class WaiveLateIn(Schema):
    """What is given up on purpose, and why."""

    kinds: Kinds = Field(default=list(ChargeKind))
    until: Day | None = None
    reason: FreeText = Field(examples=["First delay in three years"])


class LateChargesOut(Schema):
    """What was decided by this request."""

    items: list[LateChargeOut]


class InterestRateIn(Schema):
    """A published reference rate, and where it was read."""

    base: Annotated[RateBase, Field(strict=False)] = Field(description="Which published rate.", examples=["ecb"])
    from_on: Day = Field(description="The first day of its half-year: 1 January or 1 July.", examples=["2026-07-01"])
    rate_bp: int = Field(ge=-1_000, le=10_000, description="Basis points: 215 is 2.15 %.", examples=[215])
    source: Text = Field(examples=["OJ C, 2 July 2026"])


class InterestRateOut(Schema):
    """A reference rate that the merchant recorded."""

    base: RateBase
    from_on: Day
    rate_bp: int
    source: str

    @classmethod
    def of(cls, base: RateBase, rate: DatedRate) -> InterestRateOut:
        return cls(base=base, from_on=rate.from_on, rate_bp=rate.rate_bp, source=rate.source)


class InterestRateList(Schema):
    """What the merchant recorded beside the rates that come with the service."""

    items: list[InterestRateOut]
    next_cursor: None = None
