"""Which documents money settles in which order, on whose books, and what is booked for it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from service.core.money import format_amount
from service.credit.lines import CreditLine
from service.ledger.domain import Account, Posting
from service.payments.domain import AllocationStrategy, Funds
from service.payments.errors import AllocationExceedsFunds, AllocationExceedsOpen
from service.receivables.domain import OpenItem

__all__ = [
    "Share", "allocation_postings", "choose_home_line", "plan_by_reference", "plan_named", "plan_oldest_due_first",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """How much of some funds goes to an item, and why there."""

    item: OpenItem
    amount_minor: int
    strategy: AllocationStrategy


def choose_home_line(
    lines: Iterable[CreditLine], *, currency: str, shop_id: UUID | None, first_line_id: UUID | None
) -> CreditLine | None:
    """The line that money belongs to: that of the first document it settles, else the shop's own, else that of all
    shops. Always one in the money's currency; None when the company has none.
    """

    def distance(line: CreditLine) -> tuple[bool, bool, bool, bool, UUID]:
        is_own = shop_id is not None and line.shop_id == shop_id
        return line.id != first_line_id, line.is_closed, not is_own, line.shop_id is not None, line.id

    return min((line for line in lines if line.currency == currency), key=distance, default=None)


def plan_oldest_due_first(items: Iterable[OpenItem], funds_minor: int) -> list[Share]:
    """Oldest due date first, then oldest document (S37). What is disputed comes last: nobody meant to pay it."""
    ordered = sorted(items, key=lambda item: (item.disputed_at is not None, item.due_on, item.issued_on, item.id))
    return _fill(ordered, funds_minor, AllocationStrategy.OLDEST_DUE_FIRST)


def plan_by_reference(items: Sequence[OpenItem], funds_minor: int, *, reference: str | None) -> list[Share]:
    """The documents that the reference names, in the order in which it does, then the others oldest due first.

    A document is named by its own reference or by its structured payment reference.
    """
    named = sorted(
        ((place, item) for item in items if (place := _place_of(item, reference)) is not None),
        key=lambda found: (found[0], found[1].due_on, found[1].id),
    )
    shares = _fill([item for _, item in named], funds_minor, AllocationStrategy.REFERENCE)
    chosen = {item.id for _, item in named}
    rest = funds_minor - sum(share.amount_minor for share in shares)
    return shares + plan_oldest_due_first((item for item in items if item.id not in chosen), rest)


def plan_named(
    named: Iterable[tuple[OpenItem, int | None]], funds_minor: int, *, strategy: AllocationStrategy
) -> list[Share]:
    """Exactly what was asked for; without an amount as much as is open and there.

    Raises AllocationExceedsOpen or AllocationExceedsFunds: an amount that was named is never silently another.
    """
    shares: list[Share] = []
    open_minor: dict[UUID, int] = {}
    left = funds_minor
    for item, wanted in named:
        still_open = open_minor.setdefault(item.id, item.open_minor)
        if wanted is not None and wanted > still_open:
            raise AllocationExceedsOpen(
                open_item_id=str(item.id),
                document=item.document_ref,
                open_amount=format_amount(still_open, item.currency),
            )
        if wanted is not None and wanted > left:
            raise AllocationExceedsFunds(unallocated_amount=format_amount(funds_minor, item.currency))
        amount = min(still_open, left) if wanted is None else wanted
        if amount:
            shares.append(Share(item, amount, strategy))
            open_minor[item.id] -= amount
            left -= amount
    return shares


def _fill(items: Iterable[OpenItem], funds_minor: int, strategy: AllocationStrategy) -> list[Share]:
    shares = []
    for item in items:
        amount = min(item.open_minor, funds_minor)
        if amount:
            shares.append(Share(item, amount, strategy))
            funds_minor -= amount
    return shares


_REFERENCE_BREAKS: Final = re.compile(r"[^A-Za-z0-9._:#@+-]+", re.ASCII)


def _place_of(item: OpenItem, reference: str | None) -> int | None:
    """Where a payment's reference names an item, by the item's structured reference or by the document's own.

    The structured one comes first: its check digits make it certain. Banks print it in groups of four.
    """
    if reference is None:
        return None
    structured = " ?".join(item.payment_reference)
    if re.search(rf"(?<![A-Z0-9]){structured}(?![A-Z0-9])", reference, re.ASCII | re.IGNORECASE):
        return 0
    return _place_in(reference, item.document_ref)


def _place_in(reference: str, document_ref: str) -> int | None:
    """Where a payment's reference names a document: as the whole of it, or as one of its words.

    Never as a part of a word: "1042" must not pay order 10421 (S39). Banks change the case of letters.
    """
    wanted = document_ref.casefold()
    if reference.strip().casefold() == wanted:
        return 0
    words = [word.strip(".:#").casefold() for word in _REFERENCE_BREAKS.split(reference)]
    return words.index(wanted) + 1 if wanted in words else None


def allocation_postings(
    funds: Funds, item: OpenItem, *, source_minor: int, item_minor: int
) -> dict[UUID, tuple[Posting, ...]]:
    """What settling an item with some funds books on the line of each.

    Between two lines the amount passes through the merchant's clearing account. There too stays what a different
    exchange rate makes of it: each line loses exactly what it carried, and nothing is lost or invented in between.
    """
    direct = min(source_minor, item_minor) if funds.line_id == item.line_id else 0
    postings: dict[UUID, tuple[Posting, ...]] = {funds.line_id: (), item.line_id: ()}
    if direct:
        postings[item.line_id] += (Posting(funds.account, Account.RECEIVABLE, direct),)
    if source_minor > direct:
        postings[funds.line_id] += (Posting(funds.account, Account.CLEARING, source_minor - direct),)
    if item_minor > direct:
        postings[item.line_id] += (Posting(Account.CLEARING, Account.RECEIVABLE, item_minor - direct),)
    return postings
