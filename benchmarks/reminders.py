"""`python -m benchmarks.reminders`: how fast reminders are found, queued and sent; a table and one line of JSON."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final
from uuid import UUID

import asyncpg
import psutil
import typer
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from benchmarks.mails import run_sink
from benchmarks.reminders_world import DUE, NOW, ItemsWorld, begin_again, make_all_late, open_items_world
from service.commands.shell import error_console
from service.config import Settings
from service.core.clock import FixedClock
from service.factory import open_context
from service.infra.collector import OF_A_WORKER, settle_collector
from service.infra.database import Database
from service.infra.embedded import embedded_postgres
from service.infra.logging import configure_logging
from service.infra.work import Caller, Work
from service.reminders.due_repository import claim_debtors
from service.reminders.engine_service import remind_some
from service.reminders.jobs import run_remind_once
from service.worker import open_ticks, run_tick

_WORKERS: Final = 4
_REMINDERS: Final = "SELECT count(*), count(DISTINCT open_item_id) FROM reminders WHERE decided_at >= $1"
_SENT: Final = "SELECT count(*), count(*) FILTER (WHERE status = 'sent') FROM mails WHERE created_at >= $1"
_TIMEOUT_S: Final = 600
# Name, what it should reach, and whether more is better.
_TARGETS: Final = (
    ("find_million_to_hundred_thousand", 1.2, False),
    ("enqueued_per_s", 15_000.0, True),
    ("doubled", 0.0, False),
    ("mails_per_s", 1_500.0, True),
    ("growth_over_all_mb", 20.0, False),
)


def main(
    quick: Annotated[bool, typer.Option("--quick", help="A short look: fewer items, one round.")] = False,  # noqa: FBT002 - typer's way of a flag
    repeats: Annotated[int, typer.Option(help="How many rounds.")] = 5,
    items: Annotated[int, typer.Option(help="How many open items the larger database has.")] = 1_000_000,
) -> None:
    """Measure what a worker does about reminders."""
    if quick:
        repeats, items = 1, min(items, 200_000)
    say = error_console().print
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="encours-bench-")))
        # As root the server runs as another user, who has to get there.
        folder.chmod(0o755)
        # A server that has run for a while: it writes over old segments of its log instead of making new ones, and no
        # checkpoint falls into a round.
        settings = {
            "shared_buffers": "2GB", "min_wal_size": "4GB", "max_wal_size": "8GB", "checkpoint_timeout": "15min",
        }  # fmt: skip
        server_url = stack.enter_context(embedded_postgres(folder / "postgres", extra_settings=settings))
        say(f"Loading 100,000 and {items:,} open items ...")
        few, many = (asyncio.run(open_items_world(server_url, items=count)) for count in (100_000, items))
        port = stack.enter_context(run_sink())
        rounds = [_round(few, many, port, number=number, say=say) for number in range(1, repeats + 1)]
        say(f"Reminding of all {items:,} ...")
        once = _remind_of_all(many)
    _report(rounds, once)


def _round(
    few: ItemsWorld, many: ItemsWorld, port: int, *, number: int, say: Callable[[str], None]
) -> dict[str, float]:
    found: dict[str, float] = {}
    times: dict[str, list[float]] = {"few": [], "many": []}
    for _ in range(5):
        for name, world in (("few", few), ("many", many)):
            times[name].append(asyncio.run(_find(world)))
    found["find_few_ms"], found["find_ms"] = (1_000 * median(times[name]) for name in ("few", "many"))
    found["find_million_to_hundred_thousand"] = found["find_ms"] / found["find_few_ms"]
    seconds = _enqueue(many)
    found["doubled"] = asyncio.run(_require_once(many))
    found["enqueued_per_s"] = DUE / seconds
    asyncio.run(begin_again(many))
    found |= _run_worker(many, port)
    asyncio.run(_require_sent(many))
    asyncio.run(begin_again(many))
    say(f"round {number}: " + ", ".join(f"{name} {value:,.2f}" for name, value in found.items()))
    return found


async def _find(world: ItemsWorld) -> float:
    """Find and claim everything that is due, and let it go again."""
    database = await Database.open(world.url)
    try:
        async with database.transaction() as session:
            work = Work(session=session, caller=Caller.system(world.merchant_id, "benchmarks"), now=NOW)
            started_s = time.perf_counter()
            claimed = await claim_debtors(work, limit=DUE)
            seconds = time.perf_counter() - started_s
            assert len(claimed) == DUE
            await session.rollback()
    finally:
        await database.close()
    return seconds


def _enqueue(world: ItemsWorld) -> float:
    """How long several workers, started before, need for everything that is due."""
    processes = multiprocessing.get_context("spawn")
    ready, go = processes.Barrier(_WORKERS + 1), processes.Event()
    ended: Any = processes.Queue()
    started = [processes.Process(target=_remind, args=(world, ready, go, ended), daemon=True) for _ in range(_WORKERS)]
    for process in started:
        process.start()
    ready.wait(_TIMEOUT_S)
    started_s = time.monotonic()
    go.set()
    last_s = max(ended.get(timeout=_TIMEOUT_S) for _ in started)
    for process in started:
        process.join(_TIMEOUT_S)
    return float(last_s - started_s)


def _remind(world: ItemsWorld, ready: Any, go: Any, ended: Any) -> None:
    async def work() -> None:
        database = await Database.open(world.url)
        try:
            await _warm_up(database, world.merchant_id)
            settle_collector(OF_A_WORKER)
            await asyncio.to_thread(ready.wait, _TIMEOUT_S)
            await asyncio.to_thread(go.wait, _TIMEOUT_S)
            last_s = time.monotonic()
            while await run_remind_once(database, NOW):
                last_s = time.monotonic()
            ended.put(last_s)
        finally:
            await database.close()

    asyncio.run(work())


async def _warm_up(database: Database, merchant_id: UUID) -> None:
    """As a worker that has run for a while: modules are loaded, statements are known. Nothing is kept of it."""
    for _ in range(2):
        async with database.transaction() as session:
            work = Work(session=session, caller=Caller.system(merchant_id, "benchmarks"), now=NOW)
            assert await remind_some(work, limit=100)
            await session.rollback()


def _run_worker(world: ItemsWorld, port: int) -> dict[str, float]:
    """One worker from the scan to the mark that a mail was sent."""
    processes = multiprocessing.get_context("spawn")
    answers: Any = processes.Queue()
    process = processes.Process(target=_scan_to_sent, args=(world, port, answers), daemon=True)
    return _answer_of(process, answers)


def _answer_of(process: Any, answers: Any) -> dict[str, float]:
    process.start()
    answer: dict[str, float] = answers.get(timeout=_TIMEOUT_S)
    process.join(_TIMEOUT_S)
    return answer


def _scan_to_sent(world: ItemsWorld, port: int, answers: Any) -> None:
    configure_logging(level="error", log_format="console", to_errors=True)
    settings = Settings(
        database_url=world.url,
        secret_key=Fernet.generate_key().decode(),  # type: ignore[arg-type]
        smtp_url=f"smtp://127.0.0.1:{port}",  # type: ignore[arg-type]
        mail_from="accounts@encours.example",
        allow_private_callbacks=True,
    )

    async def work() -> dict[str, float]:
        async with open_context(settings, clock=FixedClock(NOW)) as context, open_ticks(context) as ticks:
            by_name = {tick.name: tick for tick in ticks}
            await _warm_up(context.database, world.merchant_id)
            settle_collector(OF_A_WORKER)
            started_s = time.perf_counter()
            await run_tick(context, by_name["remind"])
            reminded_s = time.perf_counter()
            await run_tick(context, by_name["send_mails"])
            ended_s = time.perf_counter()
            return {
                "mails_per_s": DUE / (ended_s - started_s),
                "one_worker_enqueued_per_s": DUE / (reminded_s - started_s),
                "worker_mb": _memory_mb(),
            }

    answers.put(asyncio.run(work()))


def _remind_of_all(world: ItemsWorld) -> dict[str, float]:
    """One worker, when every open item has a reminder to come: ten of each company, in one mail."""
    asyncio.run(make_all_late(world))
    processes = multiprocessing.get_context("spawn")
    answers: Any = processes.Queue()
    process = processes.Process(target=_all_of_them, args=(world, answers), daemon=True)
    answer = _answer_of(process, answers)
    reminders, items, _ = asyncio.run(_counts(world, _REMINDERS))
    assert (reminders, items) == (world.items, world.items), (reminders, items)
    return answer


def _all_of_them(world: ItemsWorld, answers: Any) -> None:
    async def work() -> dict[str, float]:
        database = await Database.open(world.url)
        try:
            await _warm_up(database, world.merchant_id)
            settle_collector(OF_A_WORKER)
            started_s = time.perf_counter()
            used_mb = []
            while await run_remind_once(database, NOW):
                used_mb.append(_memory_mb())
            # The first batches bring it to the size that one of them takes.
            settled_mb, most_mb = used_mb[len(used_mb) // 10], max(used_mb)
            seconds = time.perf_counter() - started_s
            return {"growth_over_all_mb": most_mb - settled_mb, "all_enqueued_per_s": world.items / seconds}
        finally:
            await database.close()

    answers.put(asyncio.run(work()))


def _memory_mb() -> float:
    return float(psutil.Process(os.getpid()).memory_info().rss / 2**20)


async def _require_once(world: ItemsWorld) -> float:
    """Every due item has one reminder in one mail; gives how many have more."""
    reminders, items, mails = await _counts(world, _REMINDERS)
    assert (items, mails) == (DUE, DUE), (items, mails)
    return reminders - items


async def _require_sent(world: ItemsWorld) -> None:
    _, sent, mails = await _counts(world, _SENT)
    assert (sent, mails) == (DUE, DUE), (sent, mails)


async def _counts(world: ItemsWorld, query: str) -> tuple[int, int, int]:
    """What the query counts of what was made since, and how many mails were."""
    connection = await asyncpg.connect(world.url)
    try:
        first, second = await connection.fetchrow(query, NOW)
        return first, second, await connection.fetchval("SELECT count(*) FROM mails WHERE created_at >= $1", NOW)
    finally:
        await connection.close()


def _report(rounds: list[dict[str, float]], once: dict[str, float]) -> None:
    """The medians of all rounds, and what was measured once."""
    rounds = [one | once for one in rounds]
    values = {name: median(one[name] for one in rounds) for name in rounds[0]}
    table = Table("", "median", "lowest", "highest", "wanted", "")
    wanted = {name: (target, more) for name, target, more in _TARGETS}
    for name, value in values.items():
        target, is_more_better = wanted.get(name, (None, True))
        reached = target is None or (value >= target if is_more_better else value <= target)
        seen = [one[name] for one in rounds]
        shown = "" if target is None else f"{'>=' if is_more_better else '<='} {target:,.1f}"
        table.add_row(
            name, *(f"{each:,.2f}" for each in (value, min(seen), max(seen))), shown, "" if reached else "missed"
        )
    Console(file=sys.stdout).print(table)
    print(json.dumps({name: round(value, 3) for name, value in values.items()}))


if __name__ == "__main__":
    typer.run(main)
