"""Micro-batches: what arrives while a batch is in flight forms the next one. No timer, so nobody waits for company.

A transaction that commits thirty reservations costs hardly more than one that commits a single one, and callers of
the same credit line no longer queue behind each other's commits. Each caller is answered by itself.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, NamedTuple, TypeVar, cast

from service.core.errors import ServiceError

__all__ = ["MicroBatcher", "Overloaded", "ShuttingDown"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Overloaded(ServiceError):
    """More requests are waiting than can be answered in reasonable time; nothing was done."""

    code = "overloaded"
    status = 503
    title = "Too many requests are waiting; please repeat this one in a moment"

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


class ShuttingDown(ServiceError):
    """The process is about to stop and takes nothing new; nothing was done."""

    code = "shutting_down"
    status = 503
    title = "This server is being restarted; please repeat the request"

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


class _Waiting(NamedTuple, Generic[Item, Answer]):
    item: Item
    answered: asyncio.Future[Answer]


class MicroBatcher(Generic[Item, Answer]):
    """Runs `run` on what has gathered, `max_in_flight` batches at a time.

    `run` gives an answer for each item in order; an answer that is an exception is raised to its own caller only.
    When `run` itself raises, nothing of the batch took effect: if `is_shared(error)` says that it would hit anyone
    (the database is gone), all callers get it; otherwise each item is run alone, so that the one bad item harms no
    other. `run` must therefore be atomic.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | BaseException]]],
        *,
        max_batch: int,
        max_in_flight: int,
        max_waiting: int,
        is_shared: Callable[[Exception], bool],
    ) -> None:
        assert 0 < max_batch <= max_waiting, "a batch fits into the queue"
        assert max_in_flight > 0, "somebody works"
        self._run = run
        self._max_batch = max_batch
        self._max_in_flight = max_in_flight
        self._max_waiting = max_waiting
        self._is_shared = is_shared
        self._waiting: deque[_Waiting[Item, Answer]] = deque()
        self._workers: set[asyncio.Task[None]] = set()
        self._is_closing = False

    async def submit(self, item: Item) -> Answer:
        """Wait for this item's answer. A caller who gives up before its batch has begun is left out of it.

        Raises Overloaded, ShuttingDown, or what became of the item.
        """
        if self._is_closing:
            raise ShuttingDown
        if len(self._waiting) >= self._max_waiting:
            raise Overloaded
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(item, answered))
        if len(self._workers) < self._max_in_flight:
            # What a worker logs belongs to no single request, so it takes over nothing of the one that started it.
            worker = asyncio.create_task(self._work(), name="micro-batch", context=Context())
            self._workers.add(worker)
        return await answered

    async def drain(self) -> None:
        """Take nothing new, and answer everybody who is already waiting."""
        self._is_closing = True
        if self._workers:
            await asyncio.wait(self._workers)

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch: list[_Waiting[Item, Answer]] = []
                while self._waiting and len(batch) < self._max_batch:
                    waiting = self._waiting.popleft()
                    if not waiting.answered.done():
                        batch.append(waiting)
                if batch:
                    await self._answer(batch)
        finally:
            # At once, not when the task is done: whoever comes in between would wait for a worker that has left.
            self._workers.discard(cast(asyncio.Task[None], asyncio.current_task()))

    async def _answer(self, batch: list[_Waiting[Item, Answer]]) -> None:
        try:
            answers = await self._run([waiting.item for waiting in batch])
            assert len(answers) == len(batch), "every item of a batch has an answer"
        except Exception as error:  # the edge of the loop: whatever it is belongs to the callers
            if len(batch) == 1 or self._is_shared(error):
                answers = [error] * len(batch)
            else:
                for waiting in batch:
                    await self._answer([waiting])
                return
        except BaseException:
            for waiting in batch:
                waiting.answered.cancel()
            raise
        for waiting, answer in zip(batch, answers, strict=True):
            if waiting.answered.done():
                continue
            if isinstance(answer, BaseException):
                waiting.answered.set_exception(answer)
            else:
                waiting.answered.set_result(answer)
