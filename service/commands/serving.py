"""`encours serve`, `worker`, `run` and `migrate`: the processes of the service."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final

import typer
import uvicorn

from service.commands.demo import demo_in_its_own_process
from service.commands.shell import console, error_console, run_async
from service.config import Settings
from service.factory import Context, open_context
from service.infra.collector import OF_A_SERVER, OF_A_WORKER, settle_collector
from service.infra.embedded import running_database
from service.infra.logging import configure_logging
from service.infra.migrations import migrate as migrate_database
from service.infra.migrations import require_current_schema
from service.main import create_app
from service.worker import run_worker

__all__ = ["register"]

_SHUTDOWN_S: Final = 30

Host = Annotated[str | None, typer.Option(help="Address to listen on; ENCOURS_HOST otherwise.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; ENCOURS_PORT otherwise.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(serve)
    app.command()(worker)
    app.command()(run)
    app.command()(migrate)


def serve(host: Host = None, port: Port = None) -> None:
    """Answer HTTP requests. One process; start more behind a load balancer."""
    settings = _start(host=host, port=port)

    async def process() -> None:
        async with open_context(settings, application_name="encours api") as context:
            await require_current_schema(context.database)
            await _Server(context).run_until_told_to_stop()

    run_async(process())


def worker() -> None:
    """Do what falls due: expire holds, deliver callbacks, check VAT numbers. Any number of workers may run."""
    settings = _start()

    async def process() -> None:
        async with open_context(settings, application_name="encours worker") as context:
            await require_current_schema(context.database)
            stop = asyncio.Event()
            _on_stop_signal(stop.set)
            settle_collector(OF_A_WORKER)
            await run_worker(context, stop=stop)

    run_async(process())


def run(
    host: Host = None,
    port: Port = None,
    *,
    demo: Annotated[
        bool | None, typer.Option(help="Produce a demo merchant first; unless said, only on the embedded database.")
    ] = None,
) -> None:
    """Migrate, then serve and work in one process: everything a first look or a small shop needs."""
    settings = _start(host=host, port=port)
    wants_demo = settings.database_url is None if demo is None else demo

    async def process() -> None:
        async with (
            open_context(settings, application_name="encours api") as api,
            open_context(settings, application_name="encours worker") as working,
        ):
            await serve_and_work(api, working)

    with running_database(database_url=settings.database_url, data_dir=settings.data_dir) as url:
        run_async(migrate_database(url))
        ended_with = run_async(demo_in_its_own_process(settings)) if wants_demo else 0
        if ended_with:
            # It has said why, unless it was told to stop; then we were told the same.
            raise typer.Exit(ended_with)
        if settings.mail_backend == "file":
            console().print(
                f"Mails are sent to nobody; look at them here: {settings.base_url}/mailbox\n", highlight=False
            )
        run_async(process())


async def serve_and_work(api: Context, working: Context) -> None:
    """Serve until told to stop, working beside it; if either fails, both end."""
    server = _Server(api)
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(working, stop=stop))
    task.add_done_callback(lambda _: setattr(server, "should_exit", True))
    try:
        await server.run_until_told_to_stop()
    finally:
        stop.set()
        await task


def migrate() -> None:
    """Bring the database up to date. Safe while the previous version is running."""
    settings = _start()
    with running_database(database_url=settings.database_url, data_dir=settings.data_dir) as url:
        run_async(migrate_database(url))
    error_console().print("[green]The database is up to date.[/green]")


def _start(*, host: str | None = None, port: int | None = None) -> Settings:
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings().model_copy(update=given)
    configure_logging(level=settings.log_level, log_format=settings.log_format)
    return settings


def _on_stop_signal(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


class _Server(uvicorn.Server):
    """uvicorn, without its way of ending: it would raise the signal again once it has shut down, and so kill the
    process before the worker has finished and the embedded database is stopped."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(context=context),
                host=context.settings.host,
                port=context.settings.port,
                http="httptools",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN_S,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def run_until_told_to_stop(self) -> None:
        """Requests in flight are finished first."""
        _on_stop_signal(self._stop)
        settle_collector(OF_A_SERVER)
        await self.serve()

    def _stop(self) -> None:
        # A second signal does not wait for requests in flight any more.
        self.force_exit = self.should_exit
        self.should_exit = True
