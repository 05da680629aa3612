"""Settle open items with money or credit, and take it back: the one place where allocations are booked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from service.core.ids import new_id
from service.credit.service import LockedLine, announce_credit, lock_line
from service.infra.work import Work
from service.ledger.domain import EntryKind, Posting
from service.orders.order import Order
from service.orders.repository import read_order
from service.orders.settlement_service import change_item
from service.payments import repository
from service.payments.domain import Allocation, Funds, FundsKind
from service.payments.spreading import Share, allocation_postings
from service.receivables.domain import OpenItem
from service.receivables.repository import read_items

__all__ = ["Desk", "open_desk"]


@dataclass
class Desk:
    """Credit lines that are locked, for money to move between them and on them."""

    work: Work
    lines: Mapping[UUID, LockedLine]
    _exposures: dict[UUID, int] = field(init=False)
    _items: dict[UUID, OpenItem] = field(init=False, default_factory=dict)
    _orders: dict[UUID, Order] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._exposures = {line_id: locked.books.balances.exposure for line_id, locked in self.lines.items()}

    async def read_items(self, item_ids: Sequence[UUID]) -> list[OpenItem]:
        """Items on the locked lines, as they are now; in the order asked for."""
        found = await read_items(self.work, item_ids)
        self._items.update(found)
        return [found[item_id] for item_id in item_ids]

    async def read_order(self, order_id: UUID) -> Order:
        """An order on a locked line, as it is now."""
        if order_id not in self._orders:
            self._orders[order_id] = await read_order(self.work, order_id)
        return self._orders[order_id]

    async def allocate(self, funds: Funds, shares: Sequence[Share]) -> Funds:
        """Settle each item with its share. The items were read under the lock."""
        for share in shares:
            funds = await self._settle(funds, share)
        if shares:
            await repository.save_funds(self.work, funds)
        return funds

    async def take_back(self, funds: Funds, allocations: Sequence[Allocation], *, reason: str) -> Funds:
        """Undo allocations: the items are open again, and the funds have what they gave."""
        await self.read_items([allocation.open_item_id for allocation in allocations])
        for allocation in allocations:
            funds = await self._take_back(funds, allocation, reason=reason)
        if allocations:
            await repository.save_funds(self.work, funds)
        return funds

    async def announce_credit(self) -> None:
        """Tell of each line on which more or less is used than before."""
        for line_id, locked in self.lines.items():
            if locked.books.balances.exposure != self._exposures[line_id]:
                await announce_credit(self.work, locked, changed="used")

    async def _settle(self, funds: Funds, share: Share) -> Funds:
        before = self._items.get(share.item.id, share.item)
        # Money that came before the document was issued settles it on that day, and so is never late.
        after = before.allocated(share.amount_minor, on=max(funds.usable_on, before.issued_on))
        rest = funds.changed(-share.amount_minor)
        is_payment = funds.kind is FundsKind.PAYMENT
        allocation = Allocation(
            id=new_id(),
            payment_id=funds.id if is_payment else None,
            credit_note_id=None if is_payment else funds.id,
            open_item_id=before.id,
            amount_minor=share.amount_minor,
            currency=funds.currency,
            line_amount_minor=before.line_open_minor - after.line_open_minor,
            source_line_amount_minor=funds.line_unallocated_minor - rest.line_unallocated_minor,
            strategy=share.strategy,
            author=self.work.author,
            allocated_at=self.work.now,
        )
        await repository.insert_allocation(self.work, allocation)
        postings = allocation_postings(
            funds,
            before,
            source_minor=allocation.source_line_amount_minor,
            item_minor=allocation.line_amount_minor,
        )
        kind = EntryKind.PAYMENT_ALLOCATED if is_payment else EntryKind.CREDIT_NOTE_ALLOCATED
        await self._book(kind, postings, reference=f"allocation:{allocation.id}", subject_id=funds.id)
        await self._change(before, after)
        return rest

    async def _take_back(self, funds: Funds, allocation: Allocation, *, reason: str) -> Funds:
        before = self._items[allocation.open_item_id]
        after = before.allocated(-allocation.amount_minor, on=funds.usable_on)
        more = funds.changed(allocation.amount_minor)
        # What the lines carry is a share of the running total, so it may come back one unit rounder than it went.
        postings = allocation_postings(
            funds,
            before,
            source_minor=more.line_unallocated_minor - funds.line_unallocated_minor,
            item_minor=after.line_open_minor - before.line_open_minor,
        )
        reversals = {line_id: tuple(posting.reversed() for posting in on_line) for line_id, on_line in postings.items()}
        await repository.reverse_allocation(self.work, allocation.id, at=self.work.now, reason=reason)
        reference = f"allocation:{allocation.id}:reversed"
        await self._book(EntryKind.ALLOCATION_REVERSED, reversals, reference=reference, subject_id=funds.id)
        await self._change(before, after)
        return more

    async def _change(self, before: OpenItem, after: OpenItem) -> None:
        self._items[after.id] = after
        known = None if after.order_id is None else self._orders.get(after.order_id)
        order = await change_item(self.work, before, after, order=known)
        if order is not None:
            self._orders[order.id] = order

    async def _book(
        self, kind: EntryKind, postings: Mapping[UUID, tuple[Posting, ...]], *, reference: str, subject_id: UUID
    ) -> None:
        for line_id, on_line in postings.items():
            if on_line:
                await self.lines[line_id].books.book(
                    kind, *on_line, reference=f"{reference}:{line_id}", subject_id=subject_id
                )


async def open_desk(work: Work, line_ids: Iterable[UUID]) -> Desk:
    """Lock some credit lines, in the order of their ids, so that two desks never wait for each other in a circle."""
    return Desk(work, {line_id: await lock_line(work, line_id) for line_id in sorted(set(line_ids))})
