"""A service of its own for a replay: a fresh embedded database, and a server process whose clock the driver moves."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import httpx
import uvicorn
from cryptography.fernet import Fernet

from service.config import Settings
from service.core.ids import new_id
from service.factory import Context, open_context
from service.infra.embedded import embedded_postgres
from service.infra.logging import configure_logging
from service.infra.migrations import migrate
from service.infra.work import Caller, Work
from service.main import create_app
from service.merchants.service import create_key, create_merchant, create_shop
from service.replay.clock import ReplayClock

__all__ = ["REPLAY_SHOP", "ReplayServer", "ServerDied", "own_server"]

_START_TIMEOUT_S: Final = 120
_STOP_TIMEOUT_S: Final = 30
REPLAY_SHOP: Final = "replay"
# Nothing of this database is kept, so it need not survive a power cut. Locks and transactions are what they always are.
_FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# The database and the driver want a core too.
_MOST_SERVERS: Final = 2


class ServerDied(RuntimeError):
    """The server process of the replay ended by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayServer:
    """Where it answers, to which key of each shop, and its database for the audit afterwards."""

    url: str
    keys: Mapping[str, str]
    clock: ReplayClock
    context: Context


@asynccontextmanager
async def own_server(
    start: datetime, *, currency: str, time_zone: str, country: str, shops: Sequence[str] = (REPLAY_SHOP,)
) -> AsyncIterator[ReplayServer]:
    """Start it with one merchant and its shops at that moment; afterwards nothing is left.

    Mails go nowhere but into files that are thrown away with everything else.
    """
    clock = ReplayClock(start)
    with _fresh_database() as (database_url, folder):
        await migrate(database_url)
        settings = Settings(
            data_dir=folder,
            mail_backend="file",
            database_url=database_url,
            secret_key=Fernet.generate_key().decode(),  # type: ignore[arg-type]
            rate_limit="",
            rate_limit_anonymous="",
            log_level="error",
        )
        async with open_context(settings, clock=clock, application_name="encours replay") as context:
            keys = await _open_shops(context, shops, currency=currency, time_zone=time_zone, country=country)
            with _server_processes(settings, clock) as url:
                yield ReplayServer(url=url, keys=keys, clock=clock, context=context)


@contextmanager
def _fresh_database() -> Iterator[tuple[str, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="encours-replay-"))
    # Started as root, the database runs as another user, who has to be able to reach its folder.
    folder.chmod(0o755)
    try:
        with embedded_postgres(folder / "postgres", extra_settings=_FORGETFUL) as url:
            yield url, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _open_shops(
    context: Context, shops: Sequence[str], *, currency: str, time_zone: str, country: str
) -> dict[str, str]:
    """What an operator does before the first request: a merchant, its shops and their keys."""
    keys = {}
    async with context.database.transaction() as session:
        work = Work(session=session, caller=Caller.system(new_id(), "replay"), now=context.clock.now())
        await create_merchant(work, name="Replay", country=country, currency=currency, time_zone=time_zone)
        for shop in shops:
            await create_shop(work, code=shop, name=shop.capitalize(), language="en", defaults={})
            _, keys[shop] = await create_key(work, name=shop, shop_code=shop)
    return keys


@contextmanager
def _server_processes(settings: Settings, clock: ReplayClock) -> Iterator[str]:
    """As many as there are cores for them; they share one listening socket, as behind a load balancer."""
    processes = multiprocessing.get_context("spawn")
    # With its protocol named, so that asyncio sends small answers at once instead of waiting for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        started = [
            processes.Process(target=_serve, args=(settings, clock, listener), name="encours replay", daemon=True)
            for _ in range(min(_MOST_SERVERS, os.cpu_count() or 1))
        ]
        try:
            for process in started:
                process.start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            _wait_until_ready(url, started)
            yield url
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.join(_STOP_TIMEOUT_S)
                if process.is_alive():
                    process.kill()
                    process.join()


def _wait_until_ready(url: str, processes: Sequence[BaseProcess]) -> None:
    """Connections wait in the listener's queue until a process accepts them, so one request with patience is enough,
    repeated only to notice that a process died."""
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        if not all(process.is_alive() for process in processes):
            raise ServerDied("A server process of the replay could not start")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", timeout=5, trust_env=False).is_success:
                return
    raise ServerDied("The server of the replay did not start in time")


def _serve(settings: Settings, clock: ReplayClock, listener: socket.socket) -> None:
    """A server process: answers until it is terminated."""
    # The terminal sends Ctrl-C to all processes; the driver decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configure_logging(level=settings.log_level, log_format="console", to_errors=True)
    config = uvicorn.Config(
        create_app(settings, clock=clock), http="httptools", log_config=None, access_log=False, lifespan="on"
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_end_with_driver, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


def _end_with_driver(server: uvicorn.Server) -> None:
    """However the driver ends, also killed, this process does not outlive it."""
    driver = multiprocessing.parent_process()
    assert driver is not None, "a server process is started by its driver"
    driver.join()
    server.should_exit = True
