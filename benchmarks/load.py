"""The load generator: a process of its own that sends prepared bytes over kept connections and costs little itself.

It shares the machine with what it measures, so it parses no more of an answer than its status and its length.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

import orjson
import uvloop

__all__ = ["COMPANY", "ORDER", "Load", "LoadResult"]

# Stand-ins in a body or path, of the length of what replaces them, so that the length of a request is known before.
COMPANY: Final = "C0000000"
ORDER: Final = "00000000-0000-0000-0000-000000000000"
_CONNECT_TIMEOUT_S: Final = 10
_ANSWER_TIMEOUT_S: Final = 30
_TICK_S: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send where. Without a rate each connection sends its next request when it has its answer.

    `companies` are drawn at random from as many; 1 means that all requests meet on one account. A `path` or `body`
    with ORDER in it takes its values from `orders`, each once.
    """

    port: int
    key: str
    path: str
    body: dict[str, Any]
    companies: int
    seconds: float
    connections: int = 32
    rate_per_s: float | None = None
    orders: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """The rate is that until the last answer, which comes shortly after the last request was sent."""

    per_s: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    last_answer: str


class _Requests:
    """Makes requests one after the other by filling the varying parts into prepared bytes."""

    def __init__(self, load: Load) -> None:
        body = orjson.dumps(load.body)
        head = (
            f"POST {load.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {load.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: "
        ).encode()
        self._template = head + b"%(key)b\r\n\r\n" + body.replace(b"%", b"%%")
        for stand_in, name in ((COMPANY, b"%(company)b"), (ORDER, b"%(order)b")):
            self._template = self._template.replace(stand_in.encode(), name)
        self._companies = [b"C%07d" % number for number in range(load.companies)]
        self._orders = deque(order.encode() for order in load.orders) if load.orders else None
        # Unique in every run, without looking at the clock for each request.
        self._run = b"%016x" % random.getrandbits(64)
        self._sent = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._sent += 1
        values = {b"key": b"%b-%d" % (self._run, self._sent), b"company": random.choice(self._companies)}
        if self._orders is not None:
            if not self._orders:
                raise StopIteration
            values[b"order"] = self._orders.popleft()
        return self._template % values


class _Connection(asyncio.Protocol):
    """One kept connection with at most one request in flight."""

    def __init__(self, on_answer: Callable[[_Connection, bytes], None], lost: asyncio.Event) -> None:
        self._on_answer = on_answer
        self._lost = lost
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.since_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._lost.set()

    def send(self, request: bytes, since_s: float) -> None:
        assert self._transport is not None, "connected before anything is sent"
        self.since_s = since_s
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        if self._received:
            data = self._received + data
        head_end = data.find(b"\r\n\r\n")
        if head_end < 0:
            self._received = data
            return
        length_at = data.index(b"content-length: ") + 16
        if len(data) < head_end + 4 + int(data[length_at : data.index(b"\r\n", length_at)]):
            self._received = data
            return
        self._received = b""
        self._on_answer(self, data)


class _Run:
    """One load from the first request to the last answer."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = _Requests(load)
        self._latencies_s: list[float] = []
        self._statuses: Counter[bytes] = Counter()
        self._last_answer = b""
        self._in_flight = 0
        self._ends_s = 0.0
        self._idle: list[_Connection] = []
        self._late: deque[float] = deque()
        self._over = asyncio.Event()
        self._lost = asyncio.Event()

    async def run(self) -> LoadResult:
        loop = asyncio.get_running_loop()
        on_answer = self._next_at_once if self._load.rate_per_s is None else self._next_when_due
        connections = []
        for _ in range(self._load.connections):
            _, connection = await asyncio.wait_for(
                loop.create_connection(lambda: _Connection(on_answer, self._lost), "127.0.0.1", self._load.port),
                _CONNECT_TIMEOUT_S,
            )
            connections.append(connection)
        started_s = time.perf_counter()
        self._ends_s = started_s + self._load.seconds
        if self._load.rate_per_s is None:
            for connection in connections:
                self._send_next(connection, started_s)
        else:
            self._idle = connections[:]
            await self._send_at_rate(started_s, self._load.rate_per_s)
        await self._wait_for_the_rest()
        elapsed_s = time.perf_counter() - started_s
        for connection in connections:
            connection.close()
        return self._result(elapsed_s)

    async def _wait_for_the_rest(self) -> None:
        limit_s = self._load.seconds + _ANSWER_TIMEOUT_S
        waits = [asyncio.create_task(event.wait()) for event in (self._over, self._lost)]
        done, pending = await asyncio.wait(waits, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if not done or self._lost.is_set():
            raise SystemExit(f"{self._in_flight} requests were left without an answer")

    def _send_next(self, connection: _Connection, now_s: float) -> None:
        request = next(self._requests, None) if now_s < self._ends_s else None
        if request is not None:
            self._in_flight += 1
            connection.send(request, now_s)
        elif self._in_flight == 0:
            self._over.set()

    def _next_at_once(self, connection: _Connection, data: bytes) -> None:
        now_s = time.perf_counter()
        self._count(connection, data, now_s)
        self._send_next(connection, now_s)

    async def _send_at_rate(self, started_s: float, rate_per_s: float) -> None:
        """An open loop: requests come when they come, and one that finds no free connection waits, which counts."""
        sent = 0
        while (now_s := time.perf_counter()) < self._ends_s:
            due = int((now_s - started_s) * rate_per_s)
            for number in range(sent, due):
                due_s = started_s + number / rate_per_s
                if self._idle:
                    self._in_flight += 1
                    self._idle.pop().send(next(self._requests), due_s)
                else:
                    self._late.append(due_s)
            sent = max(sent, due)
            await asyncio.sleep(_TICK_S)
        if self._in_flight == 0:
            self._over.set()

    def _next_when_due(self, connection: _Connection, data: bytes) -> None:
        now_s = time.perf_counter()
        self._count(connection, data, now_s)
        if self._late:
            self._in_flight += 1
            connection.send(next(self._requests), self._late.popleft())
        else:
            self._idle.append(connection)
            if self._in_flight == 0 and now_s >= self._ends_s:
                self._over.set()

    def _count(self, connection: _Connection, data: bytes, now_s: float) -> None:
        self._in_flight -= 1
        self._statuses[data[9:12]] += 1
        self._last_answer = data
        self._latencies_s.append(now_s - connection.since_s)

    def _result(self, elapsed_s: float) -> LoadResult:
        latencies_ms = sorted(1000 * latency_s for latency_s in self._latencies_s) or [0.0]
        return LoadResult(
            per_s=len(self._latencies_s) / elapsed_s,
            p50_ms=latencies_ms[len(latencies_ms) // 2],
            p99_ms=latencies_ms[len(latencies_ms) * 99 // 100],
            statuses={status.decode(): count for status, count in self._statuses.items()},
            last_answer=self._last_answer.partition(b"\r\n\r\n")[2].decode(),
        )


async def _main() -> None:
    load = Load(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(await _Run(load).run())))


if __name__ == "__main__":
    uvloop.run(_main())
