"""Bring the books from where an order stands to where its events say it stands: only the difference is booked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from service.core.ids import new_id
from service.core.money import split_by_weights
from service.credit.domain import HoldStatus
from service.credit.repository import note_items, read_hold, save_hold_amounts
from service.credit.service import LockedLine
from service.infra.work import Work
from service.ledger.domain import Account, EntryKind, Phase, Posting
from service.orders.domain import OrderState, OrderStatus
from service.orders.order import Order
from service.orders.settlement_service import keep_item, status_by
from service.receivables.domain import CreditNote, CreditNoteKind, OpenItem
from service.receivables.repository import find_item_of_order, insert_credit_note, insert_item, save_item

__all__ = ["DueDates", "OrderBooks", "issue_item"]


@dataclass(frozen=True, slots=True)
class DueDates:
    """Where an order's term counts from, when it is billed and when it is due."""

    base_on: date
    billing_on: date
    due_on: date


@dataclass
class OrderBooks:
    """One order with its locked line. `cause` names the event, so that each cause books once.

    `order` and its open `item` are what they come to; who calls writes the order back once everything is booked.
    """

    work: Work
    locked: LockedLine
    order: Order
    cause: str
    today: date
    item: OpenItem | None = None

    async def settle_to(self, state: OrderState, dates: DueDates | None) -> Order:
        """Book the difference between the order and its state. `dates` are given once the term has started."""
        owed = state.owed_minor
        if dates is None:
            await self._hold(owed)
            status = OrderStatus.CANCELLED if state.is_cancelled else OrderStatus.HELD
        else:
            if not self.order.is_captured:
                await self._capture(owed, dates)
            elif self.order.status == OrderStatus.UNINVOICED:
                await self._change_uninvoiced(owed)
            else:
                self.item = await find_item_of_order(self.work, self.order.id)
                dates = await self._move_due_date(dates)
                await self._change_billed(owed, dates)
            status = self._status(state)
            self._change(base_on=dates.base_on, billing_on=dates.billing_on, due_on=dates.due_on, due_is_estimate=False)
        self._change(owed_minor=owed, status=status, shop_status=state.shop_status or self.order.shop_status)
        return self.order

    def _change(self, **values: Any) -> None:
        self.order = replace(self.order, **values)

    def _status(self, state: OrderState) -> OrderStatus:
        if state.is_cancelled:
            return OrderStatus.CANCELLED
        if self.item is None:
            return OrderStatus.UNINVOICED if state.owed_minor else OrderStatus.SETTLED
        return status_by(self.item)

    # While the order is held

    async def _hold(self, owed_minor: int) -> None:
        target = self._to_line(owed_minor)
        change = target - self.order.line_held_minor
        if change == 0:
            return
        if change > 0:
            await self._book(EntryKind.HOLD_INCREASED, _pending(Account.HELD, Account.COMMITMENTS, change))
        else:
            await self._book(EntryKind.HOLD_RELEASED, _pending(Account.COMMITMENTS, Account.HELD, -change))
        await self._change_hold(increased=max(change, 0), released=max(-change, 0))
        self._change(line_held_minor=target)

    async def _change_hold(self, *, increased: int = 0, released: int = 0, captured: int = 0) -> None:
        hold = await read_hold(self.work, self.order.hold_id, for_update=True)
        assert hold is not None, "an order has a hold"
        amount = hold.line_amount_minor + increased
        captured += hold.line_captured_minor
        released += hold.line_released_minor
        is_pending = captured + released < amount
        resolved = HoldStatus.CAPTURED if captured else HoldStatus.RELEASED
        changed = replace(
            hold,
            line_amount_minor=amount,
            line_captured_minor=captured,
            line_released_minor=released,
            status=HoldStatus.PENDING if is_pending else resolved,
            resolved_at=None if is_pending else self.work.now,
        )
        await save_hold_amounts(self.work, changed)

    # When the term starts

    async def _capture(self, owed_minor: int, dates: DueDates) -> None:
        """Turn what is held into debt. What no hold covers is owed all the same: the goods have left."""
        amount = self._to_line(owed_minor)
        held = self.order.line_held_minor
        postings = []
        if held:
            postings.append(_pending(Account.COMMITMENTS, Account.HELD, held))
        if amount:
            postings.append(Posting(Account.UNINVOICED, Account.SALES, amount))
        if postings:
            await self._book(EntryKind.CAPTURE, *postings)
        if held:
            captured = min(held, amount)
            await self._change_hold(captured=captured, released=held - captured)
        self._change(line_held_minor=0, line_billed_minor=amount, owed_minor=owed_minor)
        if owed_minor and dates.billing_on <= dates.base_on:
            self.item = await issue_item(self.work, self.locked, self.order, dates=dates, cause=self.cause)

    # Before its period is invoiced

    async def _change_uninvoiced(self, owed_minor: int) -> None:
        target = self._to_line(owed_minor)
        change = target - self.order.line_billed_minor
        if change > 0:
            await self._book(EntryKind.CAPTURE_INCREASED, Posting(Account.UNINVOICED, Account.SALES, change))
        elif change < 0:
            await self._book(EntryKind.CREDIT_NOTE, Posting(Account.SALES, Account.UNINVOICED, -change))
        self._change(line_billed_minor=target)

    # Once it is invoiced

    async def _change_billed(self, owed_minor: int, dates: DueDates) -> None:
        change = owed_minor - self.order.owed_minor
        target = self._to_line(owed_minor)
        item = self.item
        if item is None:
            # It was cancelled before anything was billed, and now counts again.
            if change > 0:
                await self._book(EntryKind.CAPTURE_INCREASED, Posting(Account.UNINVOICED, Account.SALES, target))
                self._change(line_billed_minor=target, owed_minor=owed_minor)
                self.item = await issue_item(self.work, self.locked, self.order, dates=dates, cause=self.cause)
            return
        if change > 0:
            await self._increase(item, change, target - self.order.line_billed_minor)
        elif change < 0:
            await self._credit(item, -change, self.order.line_billed_minor - target)
        self._change(line_billed_minor=target)

    async def _increase(self, item: OpenItem, amount_minor: int, line_amount_minor: int) -> None:
        after = item.increased(amount_minor, line_amount_minor, on=self.today)
        carried = after.line_open_minor - item.line_open_minor
        if carried > 0:
            await self._book(EntryKind.CAPTURE_INCREASED, Posting(Account.RECEIVABLE, Account.SALES, carried))
        await keep_item(self.work, item, after)
        self.item = after

    async def _credit(self, item: OpenItem, amount_minor: int, line_amount_minor: int) -> None:
        """Credit what is still open first, then what was given up; the rest was paid and is the company's credit (S7)."""
        on_item = min(amount_minor, item.open_minor)
        given_up = min(amount_minor - on_item, item.written_off_minor)
        paid = amount_minor - on_item - given_up
        after = item.written_off(-given_up, on=self.today).credited(on_item + given_up, on=self.today)
        freed = item.line_open_minor - after.line_open_minor
        rest = max(line_amount_minor - freed, 0)
        line_given_up, line_paid = split_by_weights(rest, [given_up, paid]) if given_up + paid else (0, 0)
        postings = [
            Posting(Account.SALES, account, amount)
            for account, amount in (
                (Account.RECEIVABLE, freed),
                (Account.BAD_DEBT, line_given_up),
                (Account.CREDIT_NOTES, line_paid),
            )
            if amount
        ]
        if postings:
            await self._book(EntryKind.CREDIT_NOTE, *postings)
        await keep_item(self.work, item, after)
        self.item = after
        if line_paid:
            note = CreditNote(
                id=new_id(),
                company_id=self.order.company_id,
                line_id=self.order.line_id,
                order_id=self.order.id,
                kind=CreditNoteKind.CORRECTION,
                cause=self.cause,
                currency=self.order.currency,
                amount_minor=paid,
                unallocated_minor=paid,
                refunded_minor=0,
                line_amount_minor=line_paid,
                line_unallocated_minor=line_paid,
                issued_on=self.today,
            )
            await insert_credit_note(self.work, note)

    async def _move_due_date(self, dates: DueDates) -> DueDates:
        """A late report can tell that the term began earlier; an extension that was granted stays (S28, S31).

        Gives the dates as they hold for the order then.
        """
        item = self.item
        if item is None:
            return dates
        if dates.due_on == item.original_due_on:
            return replace(dates, due_on=item.due_on)
        is_extended = item.due_on != item.original_due_on
        after = item.dated(
            issued_on=dates.billing_on,
            due_on=max(item.due_on, dates.due_on) if is_extended else dates.due_on,
            original_due_on=dates.due_on,
        )
        await save_item(self.work, after)
        await note_items(self.work, after.line_id)
        self.item = after
        return replace(dates, due_on=after.due_on)

    def _to_line(self, amount_minor: int) -> int:
        return self.order.to_line(amount_minor, self.locked.line.currency)

    async def _book(self, kind: EntryKind, *postings: Posting) -> None:
        await self.locked.books.book(kind, *postings, reference=f"{self.cause}:{kind}", subject_id=self.order.id)


def _pending(debit: Account, credit: Account, amount_minor: int) -> Posting:
    return Posting(debit, credit, amount_minor, Phase.PENDING)


async def issue_item(work: Work, locked: LockedLine, order: Order, *, dates: DueDates, cause: str) -> OpenItem:
    """The order becomes an open item, due on its day."""
    item = OpenItem(
        id=new_id(),
        line_id=order.line_id,
        company_id=order.company_id,
        shop_id=order.shop_id,
        order_id=order.id,
        document_ref=order.ref,
        payment_number=order.payment_number,
        currency=order.currency,
        amount_minor=order.owed_minor,
        allocated_minor=0,
        credited_minor=0,
        written_off_minor=0,
        line_amount_minor=order.line_billed_minor,
        line_open_minor=order.line_billed_minor,
        issued_on=dates.billing_on,
        due_on=dates.due_on,
        original_due_on=dates.due_on,
    )
    if order.line_billed_minor:
        await locked.books.book(
            EntryKind.INVOICED,
            Posting(Account.RECEIVABLE, Account.UNINVOICED, order.line_billed_minor),
            reference=f"{cause}:{EntryKind.INVOICED}",
            subject_id=order.id,
        )
    await insert_item(work, item)
    await note_items(work, order.line_id)
    return item
