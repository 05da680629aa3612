"""Every measurement, and the run that interleaves them."""

from __future__ import annotations

import asyncio
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg

from benchmarks.books import count_rows, require_right_books
from benchmarks.load import COMPANY, ORDER, Load, LoadResult
from benchmarks.processes import Server, run_load
from benchmarks.reservation import make_script, run_pgbench
from benchmarks.world import World, analyze

__all__ = ["PEER_PYTHON", "Bench", "Measured", "Options"]

PEER_PYTHON: Final = Path(__file__).parent / ".venv/bin/python"
_PEER: Final = Path(__file__).parent / "hordak_peer.py"
_QUOTE: Final[dict[str, Any]] = {"company": COMPANY, "amount": "4.80", "currency": "EUR", "explain": True}
_HOLD: Final[dict[str, Any]] = {"company": COMPANY, "amount": "4.80", "currency": "EUR", "cart": "4711"}
_ORDERS_AT_MOST: Final = 20_000
_PEER_TIMEOUT_S: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How long and how often."""

    seconds: float
    repeats: int
    companies: int


@dataclass(slots=True)
class Measured:
    """What the rounds of one measurement gave."""

    per_s: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.per_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    world: World
    server: Server
    script: Path


class Bench:
    """Worlds, servers and what was measured on them."""

    def __init__(self, options: Options, *, floor: Server, peer_url: str | None, folder: Path) -> None:
        self.measured: dict[str, Measured] = {}
        self._options = options
        self._floor = floor
        self._peer_url = peer_url
        self._folder = folder
        self._few: _Served | None = None
        self._many: _Served | None = None

    def serve(self, few: tuple[World, Server], many: tuple[World, Server]) -> None:
        """Say what is running. The first holds warm everything up and are the model of what pgbench writes."""
        self._few, self._many = (
            _Served(world=world, server=server, script=self._folder / f"reserve_{world.companies}.sql")
            for world, server in (few, many)
        )
        for served in (self._few, self._many):
            # The first of everything is slow, and so is a table that the planner knows nothing of yet.
            for path, body in (("/v1/quotes", _QUOTE), ("/v1/holds", _HOLD)):
                run_load(self._load(served, path, body, seconds=1))
            self._attach_and_capture(served)
            asyncio.run(analyze(served.world))
            served.script.write_text(asyncio.run(make_script(served.world)), encoding="utf-8")

    def run_rounds(self, say: Callable[[str], None]) -> None:
        """Each round takes every measurement once, in an order of its own, so that all share the machine's moods."""
        measurements = self._measurements()
        for number in range(1, self._options.repeats + 1):
            names = list(measurements)
            random.shuffle(names)
            for name in names:
                result = measurements[name]()
                measured = self.measured.setdefault(name, Measured())
                measured.per_s.append(result.per_s)
                measured.p99_ms.append(result.p99_ms)
                say(f"round {number} of {self._options.repeats}: {name} {result.per_s:,.0f}/s")

    def run_half_load(self, say: Callable[[str], None]) -> None:
        """Holds that come at half of what the service managed, whether or not the ones before are answered."""
        half = Measured()
        for _ in range(self._options.repeats):
            result = self._hold(self._served_few, rate_per_s=max(self.measured["hold"].per_s) / 2)
            half.per_s.append(result.per_s)
            half.p99_ms.append(result.p99_ms)
            say(f"half load: {result.per_s:,.0f}/s, p99 {result.p99_ms:.1f} ms")
        self.measured["hold_half_load"] = half

    @property
    def memory_mb(self) -> float:
        """Of the larger of both API processes."""
        return max(served.server.memory_mb for served in (self._served_few, self._served_many))

    @property
    def _served_few(self) -> _Served:
        assert self._few is not None, "serving"
        return self._few

    @property
    def _served_many(self) -> _Served:
        assert self._many is not None, "serving"
        return self._many

    def _measurements(self) -> dict[str, Callable[[], LoadResult]]:
        few, many = self._served_few, self._served_many
        measurements: dict[str, Callable[[], LoadResult]] = {
            "floor": lambda: run_load(
                Load(**self._common(few), port=self._floor.port, path="/v1/quotes", body=_QUOTE, companies=1_000)
            ),
            "quote": lambda: self._quote(few),
            "quote_many": lambda: self._quote(many),
            "hold": lambda: self._hold(few),
            "hold_many": lambda: self._hold(many),
            "hold_hot": lambda: self._hold(few, companies=1),
            "pgbench": lambda: self._pgbench(few),
            "pgbench_many": lambda: self._pgbench(many),
            "pgbench_hot": lambda: self._pgbench(few, companies=1),
            "attach_capture": lambda: self._attach_and_capture(few),
        }
        if self._peer_url is not None:
            peer_url = self._peer_url
            measurements["peer"] = lambda: self._peer(peer_url)
        return measurements

    def _common(self, served: _Served, *, seconds: float | None = None) -> dict[str, Any]:
        return {"key": served.world.key, "seconds": seconds or self._options.seconds}

    def _load(self, served: _Served, path: str, body: dict[str, Any], **changes: Any) -> Load:
        values = {
            **self._common(served, seconds=changes.pop("seconds", None)),
            "port": served.server.port,
            "path": path,
            "body": body,
            "companies": served.world.companies,
        }
        return Load(**{**values, **changes})

    def _quote(self, served: _Served) -> LoadResult:
        result = run_load(self._load(served, "/v1/quotes", _QUOTE))
        assert set(result.statuses) == {"200"}, result
        return result

    def _hold(self, served: _Served, **changes: Any) -> LoadResult:
        before = asyncio.run(count_rows(served.world))
        result = run_load(self._load(served, "/v1/holds", _HOLD, **changes))
        assert set(result.statuses) == {"201"}, result
        asyncio.run(require_right_books(served.world, before, answers=result.statuses))
        return result

    def _pgbench(self, served: _Served, *, companies: int | None = None) -> LoadResult:
        before = asyncio.run(count_rows(served.world))
        rate = run_pgbench(
            served.world,
            served.script,
            companies=companies or served.world.companies,
            seconds=self._options.seconds,
        )
        asyncio.run(require_right_books(served.world, before))
        return _only_rate(rate)

    def _attach_and_capture(self, served: _Served) -> LoadResult:
        """Both one after the other for the same orders, each with its own time: the rate is that of the pair."""
        before = asyncio.run(count_rows(served.world))
        now = datetime.now(UTC).isoformat()
        orders = asyncio.run(_unattached_holds(served.world))
        order = {"ref": f"O{ORDER}", "amount": "4.80", "placed_at": now}
        attached = run_load(self._load(served, f"/v1/holds/{ORDER}/orders", {"orders": [order]}, orders=orders))
        count = attached.statuses["200"]
        event = {"event_id": f"E{ORDER}", "kind": "status", "status": "shipped", "occurred_at": now}
        captured = run_load(self._load(served, f"/v1/orders/O{ORDER}/events", event, orders=orders[:count]))
        assert {*attached.statuses, *captured.statuses} == {"200"}, (attached, captured)
        answers = {"200": count + captured.statuses["200"]}
        asyncio.run(require_right_books(served.world, before, answers=answers))
        return LoadResult(
            per_s=1 / (1 / attached.per_s + 1 / captured.per_s),
            p50_ms=attached.p50_ms + captured.p50_ms,
            p99_ms=max(attached.p99_ms, captured.p99_ms),
            statuses=answers,
            last_answer=captured.last_answer,
        )

    def _peer(self, url: str) -> LoadResult:
        return _only_rate(float(run_peer("run", url, str(self._options.seconds))))


def run_peer(*arguments: str) -> str:
    """Run the peer's script in its own environment and give what it printed."""
    return subprocess.run(  # noqa: S603 - our own program
        [PEER_PYTHON, _PEER, *arguments], stdout=subprocess.PIPE, text=True, check=True, timeout=_PEER_TIMEOUT_S
    ).stdout


def _only_rate(per_s: float) -> LoadResult:
    return LoadResult(per_s=per_s, p50_ms=0, p99_ms=0, statuses={}, last_answer="")


async def _unattached_holds(world: World) -> list[str]:
    connection = await asyncpg.connect(world.url)
    try:
        rows = await connection.fetch(
            "SELECT id FROM holds WHERE status = 'pending' AND NOT is_attached ORDER BY id DESC LIMIT $1",
            _ORDERS_AT_MOST,
        )
    finally:
        await connection.close()
    return [str(row["id"]) for row in rows]
