"""Statements: all that is open between a company and the merchant on one day. They add no debt of their own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from service.companies.domain import Company
from service.merchants.domain import Shop
from service.payments.account import Bucket
from service.payments.domain import FundsKind
from service.receivables.domain import OpenItem

__all__ = ["AGING", "MOST_DOCUMENTS", "CompanyStatements", "OpenCredit", "Statement", "state_each"]

# More are not listed one by one, but counted and summed: nobody reads more, and few mail servers take more.
MOST_DOCUMENTS: Final = 1_000

# What is open on documents by how late it is, in the words of the company's account; each document is in one of them.
AGING: Final = (
    Bucket.NOT_DUE,
    Bucket.OVERDUE_0_30,
    Bucket.OVERDUE_31_60,
    Bucket.OVERDUE_61_90,
    Bucket.OVERDUE_90,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCredit:
    """Money on account or a credit note of which `left_minor` is not allocated yet. `reference` may be empty."""

    id: UUID
    kind: FundsKind
    reference: str
    currency: str
    given_on: date
    left_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is open in one currency on a day in the shop's zone, oldest due date first."""

    currency: str
    on: date
    items: tuple[OpenItem, ...] = ()
    credits: tuple[OpenCredit, ...] = ()

    def __post_init__(self) -> None:
        assert _currencies(self.items, self.credits) <= {self.currency}, "amounts of two currencies have no sum"
        assert sum(self.aging().values()) == self.open_minor, "each document is in exactly one part"

    @property
    def listed(self) -> tuple[OpenItem, ...]:
        """The documents that are shown one by one."""
        return self.items[:MOST_DOCUMENTS]

    @property
    def unlisted(self) -> tuple[OpenItem, ...]:
        """Those that are only counted and summed."""
        return self.items[MOST_DOCUMENTS:]

    @property
    def open_minor(self) -> int:
        return sum(item.open_minor for item in self.items)

    @property
    def late_minor(self) -> int:
        return sum(item.open_minor for item in self.items if item.is_overdue(self.on))

    @property
    def credit_minor(self) -> int:
        return sum(credit.left_minor for credit in self.credits)

    @property
    def balance_minor(self) -> int:
        """What is open less the credits; below zero it is in the company's favour."""
        return self.open_minor - self.credit_minor

    @property
    def due_minor(self) -> int:
        """What a transfer would have to carry to settle everything."""
        return max(0, self.balance_minor)

    @property
    def payment_reference(self) -> str:
        """What to quote when all is paid at once; empty where nothing is open.

        Money that quotes one document settles it first, the rest the others: the oldest is the one to quote.
        """
        return self.items[0].payment_reference if self.items else ""

    def aging(self) -> dict[Bucket, int]:
        """What is open by how late it is: every part, empty ones too."""
        sums = dict.fromkeys(AGING, 0)
        for item in self.items:
            late = item.aging(self.on)
            sums[Bucket.NOT_DUE if late is None else Bucket.of_aging(late)] += item.open_minor
        return sums


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyStatements:
    """What is open in each currency. Without a shop it is all that the merchant's shops have."""

    company: Company
    shop: Shop | None
    on: date
    statements: tuple[Statement, ...]


def state_each(
    items: Sequence[OpenItem],
    credits_left: Sequence[OpenCredit],
    *,
    on: date,
    home_currency: str,
    only: str | None = None,
) -> tuple[Statement, ...]:
    """One statement for each currency in which something is open, the home currency first.

    With `only` it is the one of that currency. Where nothing is open at all, it is an empty one.
    """
    found = _currencies(items, credits_left)
    currencies = (
        [only] if only is not None else sorted(found or {home_currency}, key=lambda each: (each != home_currency, each))
    )
    return tuple(
        Statement(
            currency=currency,
            on=on,
            items=tuple(sorted((item for item in items if item.currency == currency), key=_by_age)),
            credits=tuple(
                sorted((each for each in credits_left if each.currency == currency), key=lambda each: each.given_on)
            ),
        )
        for currency in currencies
    )


def _currencies(items: Sequence[OpenItem], credits_left: Sequence[OpenCredit]) -> set[str]:
    return {item.currency for item in items} | {credit.currency for credit in credits_left}


def _by_age(item: OpenItem) -> tuple[date, date, str]:
    return item.due_on, item.issued_on, item.document_ref
