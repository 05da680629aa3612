"""What the driver knows of one customer: which orders there are, what is owed, and what a cancellation belongs to."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

__all__ = ["Customer", "OrderOnTerms"]


@dataclass(slots=True)
class OrderOnTerms:
    """An order of the customer's. One that was declined is remembered, because a cancellation may be about it."""

    ref: str
    amount_minor: int
    is_on_terms: bool
    credited_minor: int = 0
    is_paid: bool = False

    @property
    def rest_minor(self) -> int:
        """What can still be credited; being paid does not matter."""
        return self.amount_minor - self.credited_minor


@dataclass(slots=True)
class Customer:
    """One company. Its events happen strictly one after the other."""

    ref: str
    is_known: bool = False
    orders: list[OrderOnTerms] = field(default_factory=list)
    _payments: list[tuple[date, int]] = field(default_factory=list)

    def add_order(self, ref: str, amount_minor: int, *, is_on_terms: bool) -> None:
        self.orders.append(OrderOnTerms(ref, amount_minor, is_on_terms))

    def expect_payment(self, on: date) -> None:
        """The latest order will be paid on that day."""
        heapq.heappush(self._payments, (on, len(self.orders) - 1))

    @property
    def next_payment_on(self) -> date | None:
        return self._payments[0][0] if self._payments else None

    def due_payments(self, today: date) -> list[OrderOnTerms]:
        """Orders whose money arrives by today, each once, in the order of its arrival."""
        due = []
        while self._payments and self._payments[0][0] <= today:
            due.append(self.orders[heapq.heappop(self._payments)[1]])
        return due

    def match_cancellation(self, amount_minor: int) -> list[tuple[OrderOnTerms, int]]:
        """What a cancellation that names no order is about: the latest order of exactly the amount, else the latest
        one it fits into, else all orders on terms from the latest backwards as far as it goes."""
        latest_first = list(reversed(self.orders))
        exact = (order for order in latest_first if order.rest_minor == amount_minor)
        larger = (order for order in latest_first if order.rest_minor > amount_minor)
        for order in chain(exact, larger):
            return [(order, amount_minor)]
        matched, left = [], amount_minor
        for order in latest_first:
            if order.is_on_terms and order.rest_minor and left:
                share = min(order.rest_minor, left)
                matched.append((order, share))
                left -= share
        return matched
