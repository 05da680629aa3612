"""Replay a history: what the shop would have asked and reported, as requests, day by day."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from service.core.money import format_amount, parse_amount
from service.infra.api_client import ApiClient, ApiRefused, path_of
from service.replay.countries import country_code
from service.replay.customer import Customer, OrderOnTerms
from service.replay.history import History, HistoryRow
from service.replay.lateness import Lateness
from service.replay.report import Tally

__all__ = ["GROUP", "Options", "Replay"]

GROUP: Final = "replay"
_TERMS: Final = "net_30"
# The default start status of a shop: the goods have left.
_START_STATUS: Final = "shipped"
_END_OF_DAY: Final = time_of_day(23, 59, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to replay. `advance` is called once for each row that is done with."""

    limit_minor: int
    concurrency: int
    lateness: Lateness
    country: str
    advance: Callable[[], None] = lambda: None


@dataclass
class Replay:
    """One run. Requests about one customer follow one another; different customers are served side by side."""

    api: ApiClient
    history: History
    options: Options
    # Moves the service's clock, where it can be moved.
    move_clock: Callable[[datetime], None] | None = None
    tally: Tally = field(init=False)
    _customers: dict[str, Customer] = field(default_factory=dict)
    _seen_refs: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tally = Tally(currency=self.history.currency)

    async def run(self) -> Tally:
        """Prepare the shop, go through the days, and add up what the service says is owed at the end."""
        started_s = time.perf_counter()
        requests_before = self.api.requests
        await self._prepare()
        for day, rows in self._every_day():
            await self._replay_day(day, rows)
        self.tally.requests = self.api.requests - requests_before
        self.tally.seconds = time.perf_counter() - started_s
        self.tally.final_exposure_minor = await self._read_exposure()
        return self.tally

    def _every_day(self) -> Iterator[tuple[date, list[HistoryRow]]]:
        """Days without orders too: money arrives on them."""
        expected: date | None = None
        for day, rows in self.history.days():
            while expected is not None and expected < day:
                yield expected, []
                expected += timedelta(days=1)
            yield day, rows
            expected = day + timedelta(days=1)

    async def _prepare(self) -> None:
        """Terms, and a group that lets its companies in and gives each of them the limit."""
        try:
            await self.api.get(path_of("terms", _TERMS))
        except ApiRefused as refused:
            if refused.status != 404:
                raise
            await self.api.send("PUT", path_of("terms", _TERMS), {"net_days": 30, "label": "30 days net"})
        limit = {"kind": "amount", "amount": self._shown(self.options.limit_minor), "currency": self.history.currency}
        group = {"name": "Replayed customers", "position": "allow", "limit": limit, "default_terms": _TERMS}
        await self.api.send("PUT", path_of("groups", GROUP), group)

    async def _replay_day(self, day: date, rows: Sequence[HistoryRow]) -> None:
        """Everything is reported by the end of the day, so that is what the service's clock shows."""
        if self.move_clock is not None:
            self.move_clock(datetime.combine(day, _END_OF_DAY, ZoneInfo(self.history.time_zone)))
        by_customer: dict[str, list[HistoryRow]] = defaultdict(list)
        guests: list[HistoryRow] = []
        for row in rows:
            if not self._is_skipped(row):
                (guests if row.customer is None else by_customer[row.customer]).append(row)
        for customer in self._customers.values():
            if customer.next_payment_on is not None and customer.next_payment_on <= day:
                by_customer.setdefault(customer.ref, [])
        room = asyncio.Semaphore(self.options.concurrency)

        async def serve(work: Callable[[], Awaitable[None]]) -> None:
            async with room:
                await work()

        customers = {ref: self._customers.setdefault(ref, Customer(ref)) for ref in by_customer}
        try:
            async with asyncio.TaskGroup() as tasks:
                for ref, own in by_customer.items():
                    tasks.create_task(serve(partial(self._serve, customers[ref], own, day)))
                for row in guests:
                    tasks.create_task(serve(partial(self._serve_guest, row)))
        except ExceptionGroup as group:
            # One cause ends the replay; what the others died of follows from it.
            raise group.exceptions[0] from None
        self.tally.note_peak()

    def _is_skipped(self, row: HistoryRow) -> bool:
        """Count the row, and whether it can be replayed at all."""
        self.tally.rows += 1
        reason = row.trouble
        if reason is None and row.ref in self._seen_refs:
            reason = "doubled_ref"
        self._seen_refs.add(row.ref)
        if row.trouble is None:
            self.tally.orders += not row.is_cancellation
            self.tally.cancellations += row.is_cancellation
        if reason is not None:
            self.tally.skipped[reason] += 1
            self.options.advance()
        return reason is not None

    async def _serve_guest(self, row: HistoryRow) -> None:
        if row.is_cancellation:
            # A guest never bought on terms, so there is nothing on terms to credit.
            self.tally.skipped["guest_cancellation"] += 1
        else:
            await self._ask(row)
        self.options.advance()

    async def _serve(self, customer: Customer, rows: Sequence[HistoryRow], day: date) -> None:
        for order in customer.due_payments(day):
            await self._pay(customer, order, day)
        for row in rows:
            try:
                await (self._credit(customer, row) if row.is_cancellation else self._order(customer, row))
            except ApiRefused as refused:
                self.tally.skipped[f"refused_{refused.code}"] += 1
            self.options.advance()

    # Orders

    async def _order(self, customer: Customer, row: HistoryRow) -> None:
        if not customer.is_known:
            company = {
                "legal_name": f"Customer {customer.ref}",
                "country": country_code(row.country, otherwise=self.options.country),
                "language": "en",
                "groups": [GROUP],
            }
            await self.api.send("PUT", path_of("companies", customer.ref), company)
            customer.is_known = True
        if not await self._ask(row):
            customer.add_order(row.ref, row.amount_minor, is_on_terms=False)
            return
        hold = await self.api.send(
            "POST", path_of("holds"), {**self._cart(row), "cart": row.ref}, key=_key(row, "hold")
        )
        if hold["outcome"] != "approved":
            self._count_decline(hold)
            customer.add_order(row.ref, row.amount_minor, is_on_terms=False)
            return
        await self._attach_and_ship(customer, row, hold["hold_id"])

    async def _ask(self, row: HistoryRow) -> bool:
        quote = await self.api.send("POST", path_of("quotes"), self._cart(row))
        if quote["outcome"] != "approved":
            self._count_decline(quote)
        return bool(quote["outcome"] == "approved")

    def _cart(self, row: HistoryRow) -> dict[str, Any]:
        return {"company": row.customer, "amount": self._shown(row.amount_minor), "currency": self.history.currency}

    def _count_decline(self, decision: dict[str, Any]) -> None:
        self.tally.declined[decision["reasons"][0]["code"]] += 1

    async def _attach_and_ship(self, customer: Customer, row: HistoryRow, hold_id: str) -> None:
        placed_at = row.at.isoformat()
        part = {"ref": row.ref, "amount": self._shown(row.amount_minor), "placed_at": placed_at}
        await self.api.send("POST", path_of("holds", hold_id, "orders"), {"orders": [part]}, key=_key(row, "attach"))
        self.tally.approved += 1
        self.tally.approved_minor += row.amount_minor
        customer.add_order(row.ref, row.amount_minor, is_on_terms=True)
        shipped = {
            "event_id": f"{row.ref}:shipped",
            "kind": "status",
            "status": _START_STATUS,
            "occurred_at": placed_at,
        }
        answer = await self._report(path_of("orders", row.ref, "events"), shipped, key=_key(row, "ship"))
        if answer is None:
            return
        due_on = date.fromisoformat(answer["order"]["due_on"])
        placed_on = row.at.astimezone(ZoneInfo(self.history.time_zone)).date()
        customer.expect_payment(max(placed_on, due_on + timedelta(days=self.options.lateness.of(row.ref))))

    # Cancellations

    async def _credit(self, customer: Customer, row: HistoryRow) -> None:
        amount = abs(row.amount_minor)
        if amount == 0:
            self.tally.skipped["nothing_to_credit"] += 1
            return
        matched = customer.match_cancellation(amount)
        if matched and not matched[0][0].is_on_terms:
            self.tally.skipped["cancels_declined_order"] += 1
            matched[0][0].credited_minor += amount
            return
        credited_minor = 0
        for order, share in matched:
            slip = {
                "event_id": f"{row.ref}:{order.ref}",
                "kind": "credit_slip",
                "occurred_at": row.at.isoformat(),
                "amount": self._shown(share),
                "currency": self.history.currency,
            }
            key = f"{_key(row, 'slip')}:{order.ref}"
            if await self._report(path_of("orders", order.ref, "events"), slip, key=key) is not None:
                order.credited_minor += share
                credited_minor += share
        self.tally.credited_minor += credited_minor
        self.tally.unmatched_minor += amount - credited_minor
        if credited_minor:
            self.tally.credited += 1
        else:
            self.tally.credited_unmatched += 1

    # Payments

    async def _pay(self, customer: Customer, order: OrderOnTerms, day: date) -> None:
        """Pay what is left of an order. One that was credited in full has nothing left."""
        if order.rest_minor == 0:
            return
        payment = {
            "company": customer.ref,
            "amount": self._shown(order.rest_minor),
            "currency": self.history.currency,
            "received_on": day.isoformat(),
            "method": "bank_transfer",
            "reference": order.ref,
        }
        if await self._report(path_of("payments"), payment, key=f"replay:{order.ref}:payment") is None:
            return
        order.is_paid = True
        self.tally.paid += 1
        self.tally.paid_minor += order.rest_minor

    async def _report(self, path: str, body: dict[str, Any], *, key: str) -> Any:
        """Report something that has happened; None when the service refuses it, which is counted."""
        try:
            return await self.api.send("POST", path, body, key=key)
        except ApiRefused as refused:
            self.tally.refused[refused.code] += 1
            return None

    async def _read_exposure(self) -> int:
        """What the service says all replayed companies owe and have reserved."""
        room = asyncio.Semaphore(self.options.concurrency)

        async def read(customer: Customer) -> int:
            async with room:
                credit = await self.api.get(path_of("companies", customer.ref, "credit"))
            return sum(
                parse_amount(line["exposure"]["total"], line["currency"])
                for line in credit["lines"]
                if line["currency"] == self.history.currency
            )

        known = [customer for customer in self._customers.values() if customer.is_known]
        return sum(await asyncio.gather(*(read(customer) for customer in known)))

    def _shown(self, amount_minor: int) -> str:
        return format_amount(amount_minor, self.history.currency)


def _key(row: HistoryRow, step: str) -> str:
    """The same in every run, so that replaying a history into the same shop again changes nothing."""
    return f"replay:{row.ref}:{step}"
