"""What a company owes, in parts that add up, and the list behind each part. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from service.credit.domain import CreditPosition
from service.credit.lines import CreditLine
from service.credit.views import LineView
from service.ledger.domain import Balances
from service.receivables.domain import AgingBucket

__all__ = ["DUE_SOON_DAYS", "Account", "AccountLine", "Bucket", "CurrencyTotal", "Figure", "LineSums", "account_line"]


class Bucket(StrEnum):
    """The parts of a line's exposure. Each document is in exactly one (S9)."""

    HELD = "held"
    UNINVOICED = "uninvoiced"
    NOT_DUE = "not_due"
    OVERDUE_0_30 = "overdue_0_30"
    OVERDUE_31_60 = "overdue_31_60"
    OVERDUE_61_90 = "overdue_61_90"
    OVERDUE_90 = "overdue_90"
    ON_ACCOUNT = "on_account"
    CREDIT_NOTES = "credit_notes"

    @classmethod
    def of_aging(cls, aging: AgingBucket) -> Bucket:
        return _OF_AGING[aging]

    @property
    def reduces_exposure(self) -> bool:
        return self in {Bucket.ON_ACCOUNT, Bucket.CREDIT_NOTES}

    @property
    def query(self) -> str:
        """The list whose rows add up to it, apart from the company and the credit line."""
        return _LISTS[self]


_OF_AGING: Final = {
    AgingBucket.UP_TO_30: Bucket.OVERDUE_0_30,
    AgingBucket.UP_TO_60: Bucket.OVERDUE_31_60,
    AgingBucket.UP_TO_90: Bucket.OVERDUE_61_90,
    AgingBucket.OVER_90: Bucket.OVERDUE_90,
}
# How far ahead a buyer is told of what has to be paid next, today included.
DUE_SOON_DAYS: Final = 7

_LISTS: Final = {
    Bucket.HELD: "/v1/holds?status=pending",
    Bucket.UNINVOICED: "/v1/orders?status=uninvoiced",
    Bucket.NOT_DUE: "/v1/open-items?open=true&overdue=false",
    **{bucket: f"/v1/open-items?aging={aging.value.replace('+', '%2B')}" for aging, bucket in _OF_AGING.items()},
    Bucket.ON_ACCOUNT: "/v1/payments?unallocated=true",
    Bucket.CREDIT_NOTES: "/v1/credit-notes?unallocated=true",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """What some documents add up to, and how many they are."""

    amount_minor: int = 0
    count: int = 0


@dataclass(slots=True)
class LineSums:
    """One credit line: its balances by account, and what the documents that the caller may see add up to."""

    kept: dict[str, int]
    figures: dict[Bucket, Figure]
    due_soon: Figure = Figure()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """A credit line with its exposure in parts. `elsewhere` is what documents that the caller may not see add to it.

    `due_soon` is the part of what is not due yet that will be within `DUE_SOON_DAYS`.
    """

    line: CreditLine
    shop_code: str | None
    position: CreditPosition
    figures: Mapping[Bucket, Figure]
    due_soon: Figure

    @property
    def elsewhere_minor(self) -> int:
        seen = sum(
            -figure.amount_minor if bucket.reduces_exposure else figure.amount_minor
            for bucket, figure in self.figures.items()
        )
        return self.position.exposure_minor - seen


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyTotal:
    """What was paid and is still to come in one currency, and the most days that a document is or was late."""

    currency: str
    paid_minor: int
    expected_minor: int
    max_days_late: int


@dataclass(frozen=True, slots=True)
class Account:
    """All that a company owes and has paid, as far as the caller may see it."""

    company_id: UUID
    lines: list[AccountLine]
    totals: list[CurrencyTotal]


def account_line(view: LineView, line: CreditLine, sums: LineSums | None) -> AccountLine:
    """A line with every bucket, empty ones too. The balances are of the same moment as the sums."""
    sums = sums or LineSums({}, {})
    return AccountLine(
        line=line,
        shop_code=view.shop_code,
        position=view.position._replace(balances=Balances(**sums.kept)),
        figures={bucket: sums.figures.get(bucket, Figure()) for bucket in Bucket},
        due_soon=sums.due_soon,
    )
