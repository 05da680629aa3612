"""Due items one by one: a bad one is left alone for a while, and keeps nobody waiting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.core.clock import FixedClock
from service.core.ids import new_id
from service.infra import worklist as worklists
from service.infra.database import Database, DatabaseUnavailable
from service.infra.outbox import OutboxMessageRow, announce
from service.infra.work import Work
from service.infra.worklist import LEFT_ALONE_FOR, DueItem, TooManyFailures, Worklist
from tests.app import Tenant


class Due:
    """Items that stay due until they are done, in their order. Each is announced, and the bad ones then fail."""

    def __init__(self, database: Database, tenant: Tenant, clock: FixedClock, *, items: int) -> None:
        self.database = database
        self.clock = clock
        self.merchant_id = tenant.merchant_id
        self.waiting = [new_id() for _ in range(items)]
        self.problems: dict[UUID, Exception] = {}
        self.without_effect: set[UUID] = set()
        self.tried: list[UUID] = []
        self.worklist = Worklist()

    async def find(self, _: AsyncSession, besides: Sequence[UUID]) -> DueItem | None:
        return next(((self.merchant_id, item_id) for item_id in self.waiting if item_id not in besides), None)

    async def act(self, work: Work, item_id: UUID) -> bool:
        self.tried.append(item_id)
        await announce(work, "order.settled", subject_id=item_id, shop_id=None, payload={})
        if item_id in self.problems:
            raise self.problems[item_id]
        if item_id in self.without_effect:
            return False
        self.waiting.remove(item_id)
        return True

    async def do_next(self) -> bool:
        return await self.worklist.do_next(self.database, self.clock.now(), kind="test", find=self.find, act=self.act)

    async def do_all(self) -> int:
        done = 0
        while await self.do_next():
            done += 1
        return done


@pytest.fixture
def due(database: Database, tenant: Tenant, clock: FixedClock) -> Due:
    return Due(database, tenant, clock, items=3)


def failures() -> float:
    return REGISTRY.get_sample_value("encours_worker_item_failures_total", {"kind": "test"}) or 0.0


class TestDoNext:
    async def test_does_one_item_at_a_time(self, due: Due):
        first, *others = due.waiting
        assert await due.do_next()
        assert (due.tried, due.waiting) == ([first], others)

    async def test_ends_when_nothing_is_due(self, due: Due):
        assert await due.do_all() == 3
        assert not await due.do_next()

    async def test_the_others_go_on_when_one_fails(self, due: Due):
        bad, *good = due.waiting
        due.problems[bad] = ValueError("bad data")
        before = failures()
        with structlog.testing.capture_logs() as logs:
            assert await due.do_all() == 2
        assert due.tried == [bad, *good]
        assert due.waiting == [bad]
        assert [(entry["event"], entry["kind"], entry["merchant_id"], entry["item_id"]) for entry in logs] == [
            ("worker.item_failed", "test", str(due.merchant_id), str(bad))
        ]
        assert failures() == before + 1

    async def test_nothing_stays_of_what_failed(self, due: Due, database: Database):
        due.problems[due.waiting[0]] = ValueError("bad data")
        await due.do_all()
        async with database.read() as session:
            assert await session.scalar(select(func.count()).select_from(OutboxMessageRow)) == 2

    async def test_what_failed_is_tried_again_after_a_while(self, due: Due, clock: FixedClock):
        bad = due.waiting[0]
        due.problems[bad] = ValueError("bad data")
        await due.do_all()
        clock.advance(seconds=(LEFT_ALONE_FOR - timedelta(microseconds=1)).total_seconds())
        assert not await due.do_next()
        assert due.tried.count(bad) == 1
        clock.instant += timedelta(microseconds=1)
        assert not await due.do_next()
        assert due.tried.count(bad) == 2
        due.problems.clear()
        clock.instant += LEFT_ALONE_FOR
        assert await due.do_next()
        assert due.waiting == []

    async def test_an_item_that_nothing_can_be_done_about_is_no_progress(self, due: Due):
        due.without_effect.add(due.waiting[0])
        before = failures()
        assert await due.do_all() == 2
        assert not await due.do_next()
        assert len(due.tried) == 3
        assert failures() == before

    async def test_a_database_that_is_gone_is_no_fault_of_the_item(self, due: Due):
        first = due.waiting[0]
        due.problems[first] = DatabaseUnavailable(retry_after_s=2)
        with pytest.raises(DatabaseUnavailable):
            await due.do_next()
        due.problems.clear()
        assert await due.do_all() == 3

    async def test_when_nearly_all_fail_it_says_so(self, due: Due, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(worklists, "MAX_LEFT_ALONE", 2)
        due.problems = dict.fromkeys(due.waiting, ValueError("bad data"))
        with pytest.raises(TooManyFailures):
            await due.do_next()
        assert len(due.tried) == 2
