"""Dun a history of invoices day by day, through the API and the worker, and judge every reminder that came of it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from service.core.money import format_amount
from service.infra.api_client import ApiClient, path_of
from service.replay.invoices import Invoice, Invoices
from service.replay.server import ReplayServer
from service.worker import Tick, open_ticks, run_tick

__all__ = ["DunningReplay", "DunningTally"]

_GROUP: Final = "replay"
_TERMS: Final = "replay_30"
# Money and news come in the morning, before anybody is written to.
_MORNING_HOUR: Final = 6
_WORK_HOURS: Final = (10, 15)
_ONE_DAY: Final = timedelta(days=1)
_AT_ONCE: Final = 16
# Two workers at a time, as a merchant with much to do has them.
_WORKERS: Final = 2
_TICKS: Final = ("notice_changes", "remind", "send_mails", "act_on_reminders", "flag_overdue", "digests")
_COUNTS: Final = frozenset({"queued", "issued", "done", "skipped"})


@dataclass(slots=True)
class DunningTally:
    """What came of it, and what of it must never be."""

    invoices: int = 0
    reminders: int = 0
    mails: int = 0
    days: int = 0
    after_settlement: int = 0
    while_disputed: int = 0
    doubled: int = 0
    level_regressions: int = 0
    before_due: int = 0
    unfrozen: int = 0
    by_policy: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    seconds: float = 0.0
    audit_findings: int | None = None

    @property
    def is_right(self) -> bool:
        wrong = (self.after_settlement, self.while_disputed, self.doubled, self.level_regressions, self.before_due)
        return not any(wrong) and not self.audit_findings

    def to_json(self) -> dict[str, Any]:
        return {
            "invoices": self.invoices,
            "reminders": self.reminders,
            "after_settlement": self.after_settlement,
            "while_disputed": self.while_disputed,
            "doubled": self.doubled,
            "level_regressions": self.level_regressions,
            "late_notice_before_due": self.before_due,
            "mails_sent": self.mails,
            "orders_on_frozen_lines": self.unfrozen,
            "reminders_by_policy": dict(sorted(self.by_policy.items())),
            "days": self.days,
            "requests": self.requests,
            "seconds": round(self.seconds, 1),
            "audit_findings": self.audit_findings,
        }


class DunningReplay:
    """The driver. Each policy has a shop of its own with all the invoices."""

    def __init__(
        self,
        invoices: Invoices,
        apis: Mapping[str, ApiClient],
        server: ReplayServer,
        *,
        time_zone: str,
        country: str,
        advance: Callable[[], None],
    ) -> None:
        self.invoices = invoices
        self.apis = apis
        self.server = server
        self.zone = ZoneInfo(time_zone)
        self.country = country
        self.advance = advance
        self.tally = DunningTally(invoices=len(invoices.rows))
        self._known: set[tuple[str, str]] = set()
        self._item_ids: dict[tuple[str, str], str] = {}

    async def run(self) -> DunningTally:
        started_s = time.perf_counter()
        for policy, api in self.apis.items():
            await self._prepare(policy, api)
        by_day = self._events()
        async with open_ticks(self.server.context) as ticks:
            wanted = [tick for name in _TICKS for tick in ticks if tick.name == name]
            day = self.invoices.first_on
            while day <= self.invoices.last_on:
                await self._replay_day(day, by_day.get(day, {}), wanted)
                self.tally.days += 1
                self.advance()
                day += _ONE_DAY
        for policy, api in self.apis.items():
            await self._judge(policy, api)
        self.tally.requests = sum(api.requests for api in self.apis.values())
        self.tally.seconds = time.perf_counter() - started_s
        return self.tally

    def _events(self) -> dict[date, dict[str, list[Invoice]]]:
        """What happens on each day, by what it is."""
        found: dict[date, dict[str, list[Invoice]]] = defaultdict(lambda: defaultdict(list))
        for row in self.invoices.rows:
            for kind, day in (
                ("issue", row.issued_on),
                ("dispute", row.disputed_on),
                ("resolve", row.resolved_on),
                ("settle", row.settled_on),
            ):
                if day is not None:
                    found[day][kind].append(row)
        return found

    async def _prepare(self, policy: str, api: ApiClient) -> None:
        """Terms, a group that lets everybody in, and the one setting that reminders need."""
        await api.send("PUT", path_of("terms", _TERMS), {"net_days": 30, "label": "30 days net"})
        group = {
            "name": "Replayed customers",
            "position": "allow",
            "limit": {"kind": "unlimited"},
            "default_terms": _TERMS,
        }
        await api.send("PUT", path_of("groups", _GROUP), group)
        settings = {"reminder_policy": policy, "automatic_mails": [], "mail_staff_address": "staff@replay.example"}
        await api.send("PATCH", path_of("shops", policy), {"settings": settings})

    async def _replay_day(self, day: date, events: Mapping[str, list[Invoice]], ticks: Iterable[Tick]) -> None:
        """What happened comes first, in its order; then the workers run, twice."""
        self._move_to(day, _MORNING_HOUR)
        for kind, act in (
            ("issue", self._issue),
            ("dispute", self._dispute),
            ("resolve", self._resolve),
            ("settle", self._settle),
        ):
            rows = events.get(kind, [])
            await self._all(act(policy, api, row) for policy, api in self.apis.items() for row in rows)
        for hour in _WORK_HOURS:
            self._move_to(day, hour)
            for tick in ticks:
                await asyncio.gather(*(run_tick(self.server.context, tick) for _ in range(_WORKERS)))

    def _move_to(self, day: date, hour: int) -> None:
        self.server.clock.move_to(datetime(day.year, day.month, day.day, hour, tzinfo=self.zone))

    async def _all(self, work: Iterable[Coroutine[Any, Any, None]]) -> None:
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(each: Coroutine[Any, Any, None]) -> None:
            async with room:
                await each

        await asyncio.gather(*(one(each) for each in work))

    async def _issue(self, policy: str, api: ApiClient, row: Invoice) -> None:
        if (policy, row.customer) not in self._known:
            self._known.add((policy, row.customer))
            company = {
                "legal_name": f"Customer {row.customer}",
                "country": self.country,
                "language": "en",
                "invoice_email": f"{row.customer.lower()}@{policy}.example",
                "groups": [_GROUP],
            }
            await api.send("PUT", path_of("companies", row.customer), company)
        amount = format_amount(row.amount_minor, self.invoices.currency)
        cart = {"company": row.customer, "amount": amount, "currency": self.invoices.currency}
        hold = await api.send("POST", path_of("holds"), cart)
        if hold["outcome"] != "approved" and hold["reasons"][0]["code"] == "line_frozen":
            # The policy froze the line, and in the history the goods were delivered all the same: a person decided so.
            self.tally.unfrozen += 1
            reason = {"reason": "The history delivered"}
            await api.send("POST", path_of("companies", row.customer, "credit", "unfreeze"), reason)
            hold = await api.send("POST", path_of("holds"), cart)
        assert hold["outcome"] == "approved", hold
        at = self.server.clock.now().isoformat()
        part = {"ref": row.ref, "amount": amount, "placed_at": at}
        await api.send("POST", path_of("holds", hold["hold_id"], "orders"), {"orders": [part]})
        shipped = {"event_id": f"{row.ref}:shipped", "kind": "status", "status": "shipped", "occurred_at": at}
        answer = await api.send("POST", path_of("orders", row.ref, "events"), shipped)
        assert answer["order"]["due_on"] == row.due_on.isoformat(), (row, answer["order"]["due_on"])

    async def _item_id(self, policy: str, api: ApiClient, row: Invoice) -> str:
        key = (policy, row.ref)
        if key not in self._item_ids:
            items = (await api.get("/v1/open-items", document=row.ref))["items"]
            self._item_ids[key] = items[0]["id"]
        return self._item_ids[key]

    async def _dispute(self, policy: str, api: ApiClient, row: Invoice) -> None:
        item_id = await self._item_id(policy, api, row)
        await api.send("POST", path_of("open-items", item_id, "dispute"), {"reason": "The history says so"})

    async def _resolve(self, policy: str, api: ApiClient, row: Invoice) -> None:
        await api.send("DELETE", path_of("open-items", await self._item_id(policy, api, row), "dispute"))

    async def _settle(self, _policy: str, api: ApiClient, row: Invoice) -> None:
        assert row.settled_on is not None, "asked for on the day it is settled"
        payment = {
            "company": row.customer,
            "amount": format_amount(row.amount_minor, self.invoices.currency),
            "currency": self.invoices.currency,
            "received_on": row.settled_on.isoformat(),
            "method": "bank_transfer",
            "reference": row.ref,
        }
        await api.send("POST", path_of("payments"), payment)

    async def _judge(self, policy: str, api: ApiClient) -> None:
        """Read every reminder back and hold it against the history."""
        rows = {row.ref: row for row in self.invoices.rows}
        by_document: dict[str, list[dict[str, Any]]] = defaultdict(list)
        cursor: str | None = None
        while True:
            query: dict[str, str | int] = {"limit": 200} if cursor is None else {"limit": 200, "cursor": cursor}
            page = await api.get("/v1/reminders", **query)
            for reminder in page["items"]:
                if reminder["status"] in _COUNTS:
                    by_document[reminder["document"]].append(reminder)
            cursor = page["next_cursor"]
            if cursor is None:
                break
        for document, reminders in by_document.items():
            reminders.sort(key=lambda one: (one["decided_at"], one["id"]))
            self.tally.reminders += len(reminders)
            self.tally.by_policy[policy] += len(reminders)
            self._judge_document(rows[document], reminders)
        mails = {one["mail_id"]: one["mail_status"] for each in by_document.values() for one in each if one["mail_id"]}
        self.tally.mails += sum(status == "sent" for status in mails.values())

    def _judge_document(self, row: Invoice, reminders: list[dict[str, Any]]) -> None:
        level = -1
        seen: set[tuple[Any, ...]] = set()
        for one in reminders:
            day = datetime.fromisoformat(one["decided_at"]).astimezone(self.zone).date()
            self.tally.after_settlement += row.settled_on is not None and day >= row.settled_on
            if row.disputed_on is not None and row.disputed_on <= day:
                self.tally.while_disputed += row.resolved_on is None or day < row.resolved_on
            self.tally.level_regressions += one["level"] < level
            level = max(level, one["level"])
            key = (one["step"], one["level"], one["occurrence"])
            self.tally.doubled += key in seen
            seen.add(key)
            self.tally.before_due += one["level"] > 0 and day <= row.due_on
