"""`encours demo`: half a year of believable trading of an invented merchant."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from functools import partial
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from service.commands.shell import console, error_console, run_async, run_until_done_or_told_to_stop
from service.config import Settings
from service.core.clock import SystemClock
from service.demo.play import Demo, DemoBroken, DemoPlan, prepare_demo
from service.infra.api_client import ApiUnavailable
from service.infra.embedded import running_database
from service.infra.logging import configure_logging
from service.infra.migrations import migrate

__all__ = ["demo_in_its_own_process", "register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(demo)


def demo(
    days: Annotated[int, typer.Option(min=1, max=366, help="How long the merchant has been trading.")] = 182,
    seed: Annotated[int, typer.Option(help="Another one tells another story.")] = 1,
) -> None:
    """Produce a demo merchant through the API, or show the one that is there. Touches no other merchant."""
    settings = Settings()
    configure_logging(level="warning", log_format="console", to_errors=True)
    with running_database(database_url=settings.database_url, data_dir=settings.data_dir) as url:
        run_async(migrate(url))
        made = _make_demo(settings, DemoPlan(days=days, seed=seed))
    _show_demo(settings, made)


async def demo_in_its_own_process(settings: Settings) -> int:
    """Produce or show the demo in a process that ends before the service starts; gives its exit code.

    A process of its own keeps the demo's thousands of requests out of the service's memory, counters and log.
    """
    environment = {**os.environ, "ENCOURS_HOST": settings.host, "ENCOURS_PORT": str(settings.port)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "service.cli", "demo", env=environment)
    # From a terminal Ctrl-C reaches both processes; a service manager tells only this one.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, partial(_forward, process, signal.SIGTERM))
    return await process.wait()


def _forward(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


def _make_demo(settings: Settings, plan: DemoPlan) -> Demo:
    """Produce the demo with a progress bar, or find it. Ends the command when it cannot be produced."""
    if not error_console().is_terminal:
        # Nobody sees a bar move there, and a minute is long without a word.
        error_console().print("Looking for the demo merchant; producing it takes about a minute.")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=error_console(), transient=True) as progress:
        task = progress.add_task("Half a year of demo trading", total=None)

        preparing = prepare_demo(
            settings,
            now=SystemClock().now(),
            plan=plan,
            report=lambda day, of: progress.update(task, completed=day, total=of),
        )
        try:
            return run_until_done_or_told_to_stop(preparing)
        except (DemoBroken, ApiUnavailable) as error:
            progress.stop()
            error_console().print(f"[red]{error}[/red]")
            raise typer.Exit(1) from None


def _show_demo(settings: Settings, made: Demo) -> None:
    """Where to look, and with which key."""
    address = settings.base_url
    say = console().print
    if made.orders is not None:
        say(f"The demo merchant took {made.orders} orders on terms and declined {made.declined}.")
    say(
        f"""
The API is at {address}/v1, its description at {address}/openapi.json. Try:

  KEY={made.keys.main}
  curl -H "Authorization: Bearer $KEY" {address}/v1/companies/D-101/credit
  curl -H "Authorization: Bearer $KEY" "{address}/v1/orders?company=D-203&limit=5"
  curl -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" {address}/v1/quotes \\
    -d '{{"company": "D-301", "amount": "900.00", "currency": "EUR", "explain": true}}'

This is the key of the demo's shop "main". It is kept in {settings.data_dir / "demo-keys.json"}, with those of the shop
"export" and of an integrator, so that it can be shown again; keys of real merchants are shown once and kept nowhere.
""",
        highlight=False,
        markup=False,
    )
