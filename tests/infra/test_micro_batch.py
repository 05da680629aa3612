"""Micro-batches: everybody gets the own answer, whatever happens to the neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
import structlog

from service.infra.micro_batch import MicroBatcher, Overloaded, ShuttingDown


class Refused(Exception):
    """What is wrong with one item."""


class Unreachable(Exception):
    """What would hit anybody."""


class Desk:
    """Doubles numbers, batch by batch, and can be told to wait until the test lets it go on.

    13 is refused by itself, 666 makes a whole batch fail, 0 says that nothing can be reached.
    """

    def __init__(self, *, is_open: bool = True) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.most_at_once = 0
        self._at_once = 0
        if is_open:
            self.gate.set()

    async def run(self, items: Sequence[int]) -> Sequence[int | BaseException]:
        self.batches.append(list(items))
        self.begun.set()
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await self.gate.wait()
        self._at_once -= 1
        if 0 in items:
            raise Unreachable
        if 666 in items:
            raise ValueError(666)
        return [Refused(item) if item == 13 else 2 * item for item in items]

    def batcher(self, *, max_batch: int = 8, max_in_flight: int = 1, max_waiting: int = 100) -> MicroBatcher[int, int]:
        return MicroBatcher(
            self.run,
            max_batch=max_batch,
            max_in_flight=max_in_flight,
            max_waiting=max_waiting,
            is_shared=lambda error: isinstance(error, Unreachable),
        )


async def submit_all(batcher: MicroBatcher[int, int], items: Sequence[int]) -> list[int | BaseException]:
    return await asyncio.gather(*(batcher.submit(item) for item in items), return_exceptions=True)


async def let_others_run() -> None:
    """Enough turns of the loop for everything that waits for nothing."""
    for _ in range(10):
        await asyncio.sleep(0)


class TestBatches:
    async def test_what_comes_at_once_shares_a_batch(self):
        desk = Desk()
        assert await submit_all(desk.batcher(), [1, 2, 3]) == [2, 4, 6]
        assert desk.batches == [[1, 2, 3]]

    async def test_what_comes_meanwhile_forms_the_next_one(self):
        desk = Desk(is_open=False)
        batcher = desk.batcher()
        first = asyncio.create_task(batcher.submit(1))
        await desk.begun.wait()
        others = asyncio.create_task(submit_all(batcher, [2, 3, 4]))
        await let_others_run()
        desk.gate.set()
        assert await first == 2
        assert await others == [4, 6, 8]
        assert desk.batches == [[1], [2, 3, 4]]

    async def test_a_batch_is_no_larger_than_it_may_be(self):
        desk = Desk()
        assert await submit_all(desk.batcher(max_batch=2), [1, 2, 3, 4, 5]) == [2, 4, 6, 8, 10]
        assert desk.batches == [[1, 2], [3, 4], [5]]

    @pytest.mark.parametrize("in_flight", [1, 2, 3])
    async def test_no_more_batches_are_in_flight_than_may_be(self, in_flight: int):
        desk = Desk(is_open=False)
        batcher = desk.batcher(max_batch=1, max_in_flight=in_flight)
        answers = asyncio.create_task(submit_all(batcher, [1, 2, 3, 4, 5]))
        await let_others_run()
        assert len(desk.batches) == in_flight
        desk.gate.set()
        assert await answers == [2, 4, 6, 8, 10]
        assert desk.most_at_once == in_flight

    async def test_works_again_after_it_was_idle(self):
        desk = Desk()
        batcher = desk.batcher()
        for item in range(1, 10):
            assert await batcher.submit(item) == 2 * item

    async def test_a_batch_takes_over_nothing_from_the_request_that_started_it(self):
        seen: list[dict[str, object]] = []

        async def run(items: Sequence[int]) -> Sequence[int]:
            seen.append(structlog.contextvars.get_contextvars())
            return items

        batcher = MicroBatcher(run, max_batch=1, max_in_flight=1, max_waiting=1, is_shared=lambda _error: False)
        with structlog.contextvars.bound_contextvars(request_id="somebody's"):
            await batcher.submit(1)
        assert seen == [{}]


class TestErrors:
    async def test_one_refused_item_harms_no_other(self):
        desk = Desk()
        first, refused, last = await submit_all(desk.batcher(), [1, 13, 3])
        assert (first, last) == (2, 6)
        assert isinstance(refused, Refused)
        assert len(desk.batches) == 1

    async def test_when_a_batch_fails_each_item_is_run_alone(self):
        desk = Desk()
        first, bad, last = await submit_all(desk.batcher(), [1, 666, 3])
        assert (first, last) == (2, 6)
        assert isinstance(bad, ValueError)
        assert desk.batches == [[1, 666, 3], [1], [666], [3]]

    async def test_an_error_that_would_hit_anybody_is_everybodys_at_once(self):
        desk = Desk()
        answers = await submit_all(desk.batcher(), [1, 0, 3])
        assert [type(answer) for answer in answers] == [Unreachable] * 3
        assert desk.batches == [[1, 0, 3]]

    async def test_goes_on_after_an_error(self):
        desk = Desk()
        batcher = desk.batcher()
        await submit_all(batcher, [0, 666])
        assert await batcher.submit(4) == 8

    async def test_too_few_answers_leave_nobody_waiting(self):
        async def run(_items: Sequence[int]) -> Sequence[int]:
            return []

        batcher = MicroBatcher(run, max_batch=8, max_in_flight=1, max_waiting=8, is_shared=lambda _error: False)
        answers = await submit_all(batcher, [1, 2])
        assert [type(answer) for answer in answers] == [AssertionError] * 2


class TestCallers:
    async def test_a_caller_who_gives_up_in_time_is_left_out(self):
        desk = Desk(is_open=False)
        batcher = desk.batcher()
        first = asyncio.create_task(batcher.submit(1))
        await desk.begun.wait()
        impatient, patient = (asyncio.create_task(batcher.submit(item)) for item in (2, 3))
        await let_others_run()
        impatient.cancel()
        desk.gate.set()
        assert (await first, await patient) == (2, 6)
        assert desk.batches == [[1], [3]]

    async def test_a_caller_who_gives_up_in_flight_disturbs_nobody(self):
        desk = Desk(is_open=False)
        batcher = desk.batcher()
        impatient, patient = (asyncio.create_task(batcher.submit(item)) for item in (1, 2))
        await desk.begun.wait()
        impatient.cancel()
        desk.gate.set()
        assert await patient == 4
        with pytest.raises(asyncio.CancelledError):
            await impatient

    async def test_more_than_may_wait_are_turned_away_and_the_others_served(self):
        desk = Desk(is_open=False)
        batcher = desk.batcher(max_batch=1, max_waiting=2)
        served = [asyncio.create_task(batcher.submit(1))]
        await desk.begun.wait()
        served += [asyncio.create_task(batcher.submit(item)) for item in (2, 3)]
        await let_others_run()
        with pytest.raises(Overloaded):
            await batcher.submit(4)
        desk.gate.set()
        assert [await task for task in served] == [2, 4, 6]
        assert await batcher.submit(5) == 10


class TestDrain:
    async def test_answers_everybody_who_waits_and_takes_nobody_new(self):
        desk = Desk(is_open=False)
        batcher = desk.batcher(max_batch=1)
        waiting = asyncio.create_task(submit_all(batcher, [1, 2, 3]))
        await desk.begun.wait()
        drained = asyncio.create_task(batcher.drain())
        await let_others_run()
        with pytest.raises(ShuttingDown):
            await batcher.submit(4)
        assert not drained.done()
        desk.gate.set()
        await drained
        assert await waiting == [2, 4, 6]

    async def test_is_over_at_once_when_nobody_waits(self):
        batcher = Desk().batcher()
        await batcher.drain()
        with pytest.raises(ShuttingDown):
            await batcher.submit(1)
