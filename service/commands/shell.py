"""What all commands share: consoles, an event loop, and a transaction in the name of a merchant."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from service.config import Settings
from service.core.errors import NotFound
from service.factory import Context, open_context
from service.infra.logging import configure_logging
from service.infra.migrations import require_current_schema
from service.infra.work import Caller, Work
from service.merchants.models import MerchantRow

__all__ = [
    "console",
    "error_console",
    "find_merchant_id",
    "in_context",
    "in_transaction",
    "print_table",
    "run_async",
    "run_until_done_or_told_to_stop",
]

Result = TypeVar("Result")
AUTHOR = "command line"
_ID_LENGTH: Final = 36
# Wide enough for anything, since a table is only as wide as what is in it.
_NO_SCREEN: Final = 10_000


def console() -> Console:
    """Where results go."""
    return Console(soft_wrap=True)


def error_console() -> Console:
    """Where everything that is not a result goes, so that results can be piped."""
    return Console(stderr=True, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """An id is never cut, since the next command asks for it; nothing is, where it does not go to a screen."""
    out = console()
    if not out.is_terminal:
        out.width = _NO_SCREEN
    table = Table()
    for column in columns:
        table.add_column(column, min_width=_ID_LENGTH if column == "id" else None)
    for row in rows:
        table.add_row(*row)
    out.print(table)


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end on the event loop that the service uses too."""
    import uvloop  # noqa: PLC0415 -- not there on every platform, and only needed once something runs

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def run_until_done_or_told_to_stop(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end; on SIGTERM as on Ctrl-C what is open is closed first, and the command ends as one that was
    terminated."""

    async def run() -> Result:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return run_async(run())
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None


def in_context(use: Callable[[Context], Awaitable[Result]]) -> Result:
    """Open the context, check the schema, do it, close."""

    async def run() -> Result:
        settings = Settings()
        configure_logging(level="warning", log_format="console", to_errors=True)
        async with open_context(settings, application_name="encours command") as context:
            await require_current_schema(context.database)
            return await use(context)

    return run_async(run())


def in_transaction(merchant: str, use_case: Callable[[Work], Awaitable[Result]]) -> Result:
    """Run a use case for a merchant, given by id or name, in one transaction."""

    async def run(context: Context) -> Result:
        merchant_id = await find_merchant_id(context, merchant)
        async with context.database.transaction() as session:
            caller = Caller.system(merchant_id, AUTHOR)
            return await use_case(Work(session=session, caller=caller, now=context.clock.now()))

    return in_context(run)


async def find_merchant_id(context: Context, merchant: str) -> UUID:
    """A merchant by id or by its exact name, when only one has it. Raises NotFound."""
    try:
        condition = MerchantRow.id == UUID(merchant)
    except ValueError:
        condition = MerchantRow.name == merchant
    async with context.database.read() as session:
        found = list(await session.scalars(select(MerchantRow.id).where(condition).limit(2)))
    if len(found) != 1:
        raise NotFound(f"{'Several merchants are' if found else 'No merchant is'} called {merchant!r}; give its id")
    return found[0]
