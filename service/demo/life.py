"""The half-year of one company: what it orders, what goes wrong, and when its money comes."""

from __future__ import annotations

import heapq
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final, assert_never

from service.core.money import format_amount, parse_amount
from service.core.paging import MAX_PAGE_SIZE
from service.demo.cast import Character, Mishap, Paying
from service.demo.scenery import describe
from service.infra.api_client import ApiClient, path_of

__all__ = ["Life"]

_SATURDAY: Final = 5
_LAST_OF_INTRODUCTION: Final = 0.45

Deed = Callable[[date], Awaitable[None]]


@dataclass(slots=True)
class _Bill:
    """What one order still has to bring in."""

    ref: str
    currency: str
    open_minor: int


@dataclass
class Life:
    """What happens to one company, always the same for the same seed: nothing depends on anybody else's company.

    Every request has a key made of what it is about, so that a demo that was interrupted can be resumed.
    """

    character: Character
    api: ApiClient
    first_on: date
    last_on: date
    seed: int
    orders: int = 0
    declined: int = 0
    _rng: random.Random = field(init=False)
    _planned: list[tuple[date, int, Deed]] = field(default_factory=list)
    _tickets: count[int] = field(default_factory=count)
    _bills: list[_Bill] = field(default_factory=list)
    _mishaps: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed}:{self.character.ref}")  # noqa: S311 - a story, not a secret
        self._plan(self.first_on + timedelta(days=self._rng.randint(0, 6)), self._order)
        if self.character.frozen_after is not None:
            self._plan(self._day_at(self.character.frozen_after), self._freeze)
        if self.character.mishap is Mishap.INSOLVENT:
            self._plan(self._day_at(0.9), self._write_off)
        if self.character.completed_orders == 0 and not self.character.groups:
            self._plan(self._day_at(_LAST_OF_INTRODUCTION), self._gain_history)
        if self.character.paying is Paying.MONTHLY_FOR_ALL:
            self._plan(self.first_on + timedelta(days=40), self._pay_all)

    async def live(self, day: date) -> None:
        """Do what this day brings, one thing after the other."""
        while self._planned and self._planned[0][0] <= day:
            _, _, deed = heapq.heappop(self._planned)
            await deed(day)

    def _plan(self, on: date, deed: Deed) -> None:
        if on <= self.last_on:
            heapq.heappush(self._planned, (on, next(self._tickets), deed))

    def _day_at(self, share: float) -> date:
        return self.first_on + timedelta(days=int((self.last_on - self.first_on).days * share))

    # Ordering

    async def _order(self, day: date) -> None:
        self._plan(day + timedelta(days=self._rng.randint(*self.character.every_days)), self._order)
        ref = f"{self.character.ref}-{next(self._tickets):04}"
        # Drawn whatever happens next, so that one refusal does not change everything after it.
        cents = self._rng.randint(*self.character.euros) * 100 + self._rng.randrange(100)
        hour, shipping_days, luck = self._rng.randint(8, 16), self._rng.randint(0, 3), self._rng.random()
        if day.weekday() >= _SATURDAY and self.character.country == "FR":
            return
        cart = self._cart(cents)
        await self.api.send("POST", path_of("quotes"), cart)
        # Asked for whatever the quote said, as a buyer may who had the page open: a refusal is kept with its trace, for
        # staff to read. The story goes on from the hold's answer alone, which a resumed demo gets word for word again.
        hold = await self.api.send("POST", path_of("holds"), {**cart, "cart": f"cart-{ref}"}, key=f"{ref}:hold")
        if hold["hold_id"] is None:
            self.declined += 1
            return
        if self.character.mishap is Mishap.ABANDONS_CARTS and luck < 0.3:
            return
        placed_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        part = {"ref": ref, "amount": cart["amount"], "placed_at": placed_at.isoformat(), "status": "processing"}
        await self.api.send(
            "POST", path_of("holds", hold["hold_id"], "orders"), {"orders": [part]}, key=f"{ref}:attach"
        )
        self.orders += 1
        if self.character.mishap is Mishap.CANCELS and luck < 0.3:
            self._plan(day + timedelta(days=1), partial(self._cancel, ref))
        else:
            self._plan(day + timedelta(days=shipping_days), partial(self._ship, ref, cart))

    def _cart(self, cents: int) -> dict[str, Any]:
        """In euros, or for a company abroad in its own currency at the shop's rate of the day."""
        cart: dict[str, Any] = {"company": self.character.ref, "amount": format_amount(cents, "EUR"), "currency": "EUR"}
        if self.character.buyers:
            cart["buyer"] = f"{self.character.ref.lower()}-{1 + cents % len(self.character.buyers)}"
        if self.character.exchange_rate is not None:
            currency, rate = self.character.exchange_rate
            cart |= {"currency": currency, "exchange_rate": rate}
        return cart

    async def _report(self, ref: str, event: dict[str, Any], day: date) -> dict[str, Any] | None:
        kind = f"{event['kind']}-{next(self._tickets)}"
        occurred_at = datetime(day.year, day.month, day.day, 17, tzinfo=UTC).isoformat()
        body = {"event_id": f"{ref}:{kind}", "occurred_at": occurred_at, **event}
        answer = await self.api.send("POST", path_of("orders", ref, "events"), body, key=f"{ref}:{kind}")
        order: dict[str, Any] | None = answer["order"]
        return order

    async def _cancel(self, ref: str, day: date) -> None:
        await self._report(ref, {"kind": "cancelled"}, day)

    async def _ship(self, ref: str, cart: dict[str, Any], day: date) -> None:
        order = await self._report(ref, {"kind": "status", "status": "shipped"}, day)
        assert order is not None, "the order was attached before it was shipped"
        bill = _Bill(ref, cart["currency"], parse_amount(order["open_amount"], order["currency"]))
        self._bills.append(bill)
        due_on = date.fromisoformat(order["due_on"])
        self._mishaps += 1
        if self.character.mishap is Mishap.RETURNS_GOODS and self._mishaps % 3 == 0:
            self._plan(day + timedelta(days=6), partial(self._return_goods, bill))
        if self.character.mishap is Mishap.DISPUTES and self._mishaps % 4 == 0:
            self._plan(due_on + timedelta(days=1), partial(self._dispute, bill))
            due_on += timedelta(days=18)
        self._expect_money(bill, due_on)

    # After the goods

    async def _return_goods(self, bill: _Bill, day: date) -> None:
        amount = bill.open_minor // 4
        if amount == 0:
            return
        bill.open_minor -= amount
        slip = {"kind": "credit_slip", "amount": format_amount(amount, bill.currency), "currency": bill.currency}
        await self._report(bill.ref, slip, day)

    async def _freeze(self, _day: date) -> None:
        body = {"reason": "two reminders without an answer"}
        await self.api.send("POST", path_of("companies", self.character.ref, "credit", "freeze"), body)

    async def _gain_history(self, day: date) -> None:
        """A newcomer has paid in advance often enough by now for the rules to let it in."""
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        report = describe(self.character, at=at, completed_orders=9)
        await self.api.send("PUT", path_of("companies", self.character.ref), report)

    # Money

    def _expect_money(self, bill: _Bill, due_on: date) -> None:
        late = self._rng.randint(*self.character.days_from_due)
        match self.character.paying:
            case Paying.NEVER | Paying.MONTHLY_FOR_ALL:
                pass
            case Paying.IN_TWO_PARTS:
                self._plan(due_on, partial(self._pay, bill, 2))
                self._plan(due_on + timedelta(days=15), partial(self._pay, bill, 1))
            case Paying.ROUNDED_UP | Paying.EACH_ORDER:
                self._plan(due_on + timedelta(days=late), partial(self._pay, bill, 1))
            case _:
                assert_never(self.character.paying)

    async def _pay(self, bill: _Bill, parts: int, day: date) -> None:
        """A part of what is left of one order: with `parts` 1 all of it."""
        amount = bill.open_minor // parts
        if amount <= 0:
            return
        bill.open_minor -= amount
        if self.character.paying is Paying.ROUNDED_UP:
            amount = -(-amount // 1000) * 1000
        is_cheque = self.character.mishap is Mishap.CHEQUE_BOUNCES
        payment = await self._send_money(
            bill.ref, amount, day, currency=bill.currency, method="cheque" if is_cheque else "bank_transfer"
        )
        self._mishaps += is_cheque
        if is_cheque and self._mishaps % 9 == 0:
            self._plan(day + timedelta(days=5), partial(self._bounce, bill, payment))

    async def _send_money(
        self, reference: str, amount: int, day: date, *, currency: str, method: str
    ) -> dict[str, Any]:
        """The reference settles the order that it names; one that names none settles the oldest first."""
        body = {
            "company": self.character.ref,
            "amount": format_amount(amount, currency),
            "currency": currency,
            "received_on": day.isoformat(),
            "method": method,
            "reference": reference,
        }
        key = f"{self.character.ref}:{reference}:{day}:payment"
        payment: dict[str, Any] = await self.api.send("POST", path_of("payments"), body, key=key)
        return payment

    async def _bounce(self, bill: _Bill, payment: dict[str, Any], day: date) -> None:
        body = {"reason": "insufficient funds", "bounced_on": day.isoformat()}
        path = path_of("payments", payment["id"], "bounce")
        await self.api.send("POST", path, body, key=f"{bill.ref}:bounce:{day}")
        bill.open_minor += parse_amount(payment["amount"], bill.currency)
        self._plan(day + timedelta(days=7), partial(self._pay, bill, 1))

    async def _pay_all(self, day: date) -> None:
        """One transfer a month for everything delivered by then (F71)."""
        self._plan(day + timedelta(days=30), self._pay_all)
        total = sum(bill.open_minor for bill in self._bills)
        if total <= 0:
            return
        self._bills.clear()
        reference = f"{self.character.name} {day:%m/%Y}"
        await self._send_money(reference, total, day, currency="EUR", method="bank_transfer")

    # Trouble

    async def _open_items(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (
            await self.api.get(path_of("open-items"), company=self.character.ref, limit=MAX_PAGE_SIZE)
        )["items"]
        return items

    async def _dispute(self, bill: _Bill, day: date) -> None:
        for item in await self._open_items():
            if item["document"] == bill.ref:
                path = path_of("open-items", item["id"], "dispute")
                body = {"reason": "two of the boxes arrived damaged"}
                await self.api.send("POST", path, body, key=f"{bill.ref}:dispute")
                self._plan(day + timedelta(days=10), partial(self._settle_dispute, bill, path))

    async def _settle_dispute(self, bill: _Bill, path: str, day: date) -> None:
        """The shop gives in: a quarter is taken off, and the rest is paid."""
        await self.api.send("DELETE", path, key=f"{bill.ref}:dispute-settled")
        await self._return_goods(bill, day)

    async def _write_off(self, _day: date) -> None:
        for item in await self._open_items():
            if item["is_overdue"]:
                path = path_of("open-items", item["id"], "write-off")
                body = {"reason": "insolvency proceedings were opened"}
                await self.api.send("POST", path, body, key=f"{item['document']}:write-off")
