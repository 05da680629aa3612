"""The worker's loop: bounded ticks, errors that stay where they happen, and an end that finishes what is in hand."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
from prometheus_client import REGISTRY

from service.companies.vat import VatCheckResult, VatNumber, VatSource, VatStatus
from service.config import Settings
from service.core.clock import FixedClock
from service.factory import Context, open_context
from service.infra.idempotency import StoredAnswer, find_answer, keep_answer
from service.worker import Tick, open_ticks, run_forget_answers_once, run_tick, run_worker
from tests.app import Tenant
from tests.companies.api import VAT_NUMBER, get_company, put_company


@pytest.fixture
async def context(settings: Settings, clock: FixedClock):
    async with open_context(settings, clock=clock) as context:
        yield context


def failures_of(tick: str) -> float:
    return REGISTRY.get_sample_value("encours_worker_tick_failures_total", {"tick": tick}) or 0.0


def missed_of(tick: str) -> float:
    return REGISTRY.get_sample_value("encours_worker_ticks_missed_total", {"tick": tick}) or 0.0


class Queue:
    """A number of items to do; every step does one."""

    def __init__(self, items: int) -> None:
        self.left = items
        self.done: list[datetime] = []

    async def step(self, _: Context, now: datetime) -> bool:
        if self.left == 0:
            return False
        self.left -= 1
        self.done.append(now)
        return True


class TestRunTick:
    async def test_does_all_that_is_due(self, context: Context, clock: FixedClock):
        queue = Queue(3)
        assert await run_tick(context, Tick(name="t", every_s=1, run=queue.step)) == 3
        assert (queue.left, queue.done) == (0, [clock.now()] * 3)

    async def test_leaves_the_rest_for_the_next_one(self, context: Context):
        queue = Queue(10)
        assert await run_tick(context, Tick(name="t", every_s=1, run=queue.step, max_items=4)) == 4
        assert queue.left == 6

    async def test_ends_with_the_item_in_hand_when_told_to_stop(self, context: Context):
        stop = asyncio.Event()
        queue = Queue(10)

        async def step(context: Context, now: datetime) -> bool:
            if queue.left == 8:
                stop.set()
            return await queue.step(context, now)

        assert await run_tick(context, Tick(name="t", every_s=1, run=step), stop=stop) == 3

    async def test_counts_an_error_and_survives_it(self, context: Context):
        async def step(_: Context, __: datetime) -> bool:
            raise RuntimeError("the bank is closed")

        before = failures_of("broken")
        assert await run_tick(context, Tick(name="broken", every_s=1, run=step)) == 0
        assert failures_of("broken") == before + 1


class TestRunWorker:
    async def test_ticks_until_stopped_and_waits_for_what_runs(self, context: Context):
        stop = asyncio.Event()
        may_finish = asyncio.Event()
        log: list[str] = []

        async def slow(_: Context, __: datetime) -> bool:
            log.append("started")
            stop.set()
            await may_finish.wait()
            log.append("finished")
            return False

        async def let_it_finish() -> None:
            await stop.wait()
            may_finish.set()

        ticks = [Tick(name="slow", every_s=0.05, run=slow)]
        async with asyncio.timeout(30):
            await asyncio.gather(run_worker(context, ticks=ticks, stop=stop), let_it_finish())
        assert log == ["started", "finished"]

    async def test_a_tick_that_cannot_start_in_time_is_counted(self, context: Context):
        stop = asyncio.Event()
        before = missed_of("long")

        async def long(_: Context, __: datetime) -> bool:
            await stop.wait()
            return False

        async def watch(_: Context, __: datetime) -> bool:
            if missed_of("long") > before:
                stop.set()
            return False

        ticks = [Tick(name="long", every_s=0.02, run=long), Tick(name="watch", every_s=0.02, run=watch)]
        async with asyncio.timeout(30):
            await run_worker(context, ticks=ticks, stop=stop)
        assert missed_of("long") > before

    async def test_one_failing_tick_does_not_stop_the_others(self, context: Context):
        stop = asyncio.Event()
        runs = 0

        async def broken(_: Context, __: datetime) -> bool:
            raise RuntimeError("again")

        async def sound(_: Context, __: datetime) -> bool:
            nonlocal runs
            runs += 1
            if runs == 3:
                stop.set()
            return False

        ticks = [Tick(name="broken", every_s=0.02, run=broken), Tick(name="sound", every_s=0.05, run=sound)]
        async with asyncio.timeout(30):
            await run_worker(context, ticks=ticks, stop=stop)
        assert runs == 3

    async def test_all_ticks_find_nothing_on_an_empty_database(self, context: Context):
        async with open_ticks(context) as ticks:
            assert len({tick.name for tick in ticks}) == len(ticks) >= 4
            for tick in ticks:
                before = failures_of(tick.name)
                assert await run_tick(context, tick) == 0
                assert failures_of(tick.name) == before, tick.name


class TestOpenTicks:
    async def test_asks_the_registry_of_the_context(self, context: Context, client: httpx.AsyncClient):
        class Registry:
            """Says yes, and remembers in whose name it was asked."""

            def __init__(self) -> None:
                self.asked: list[tuple[VatNumber, VatNumber | None]] = []

            async def check(self, number: VatNumber, *, requester: VatNumber | None = None) -> VatCheckResult:
                self.asked.append((number, requester))
                return VatCheckResult(status=VatStatus.VALID, checked_at=context.clock.now(), source=VatSource.VIES)

        registry, requester = Registry(), VatNumber("BE", "0428759497")
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        given = replace(context, vat_registry=registry, vat_requester=requester)
        async with open_ticks(given) as ticks:
            (recheck_vat,) = (tick for tick in ticks if tick.name == "recheck_vat")
            assert await run_tick(given, recheck_vat) == 1
        assert [(str(number), asker) for number, asker in registry.asked] == [(VAT_NUMBER, requester)]
        assert (await get_company(client, "C-1"))["vat"]["status"] == "valid"


class TestForgetAnswers:
    async def test_forgets_only_what_is_older_than_the_retention(
        self, context: Context, clock: FixedClock, tenant: Tenant
    ):
        caller = tenant.shop_caller()
        answer = StoredAnswer(request_hash=b"h", status=200, response=b"{}")
        retention = timedelta(days=context.settings.idempotency_retention_days)
        async with context.database.transaction() as session:
            await keep_answer(session, caller, "old", answer=answer, now=clock.now() - retention - timedelta(seconds=1))
            await keep_answer(session, caller, "young", answer=answer, now=clock.now() - retention)
        assert await run_forget_answers_once(context, clock.now()) is False
        async with context.database.transaction() as session:
            assert await find_answer(session, caller, "old") is None
            assert await find_answer(session, caller, "young") == answer
