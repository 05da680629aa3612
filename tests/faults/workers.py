"""Real worker processes that a test stops at a point of their work, and kills there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from service.infra.database import Database
from tests.faults.processes import service_process
from tests.mails.smtp_server import HANG, ScriptedServer

_PATIENCE_S = 60
# Longer than any test holds a lock, so that a worker waits for it instead of giving up.
_PATIENT = {"ENCOURS_LOCK_TIMEOUT_MS": "60000", "ENCOURS_STATEMENT_TIMEOUT_MS": "60000"}


class Worker:
    """`encours worker` processes on a test's database that send to a test's server."""

    def __init__(self, *, database: Database, database_url: str, server: ScriptedServer, log: Path) -> None:
        self.database = database
        self.database_url = database_url
        self.server = server
        self.log = log

    async def killed_when(self, happened: asyncio.Event) -> None:
        """Start one, and kill it at that moment."""
        with self.process() as process:
            async with asyncio.timeout(_PATIENCE_S):
                await happened.wait()
            process.kill()

    async def killed_at(self, table: str) -> None:
        """Start one, and kill it where it waits for a table that is locked."""
        with self.process() as process:
            await self.wait_for_waiting(table)
            process.kill()

    async def until(self, query: str, *arguments: object) -> None:
        """Run another one until the database answers yes."""
        with self.process():
            await self.wait_for(query, *arguments)

    async def wait_for(self, query: str, *arguments: object) -> None:
        """Wait until the database answers yes."""
        async with asyncio.timeout(_PATIENCE_S):
            while not await self.ask(query, *arguments):
                # Every round asks the database, which takes its time.
                await asyncio.sleep(0)

    async def wait_for_waiting(self, table: str, workers: int = 1) -> None:
        """Wait until so many workers have come to a table that is locked."""
        await self.wait_for(
            """
            SELECT count(*) = $2 FROM pg_locks
            WHERE NOT granted AND relation = $1::text::regclass
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            table,
            workers,
        )

    @contextlib.asynccontextmanager
    async def locked(self, *statements: str) -> AsyncIterator[None]:
        """Hold what these statements lock."""
        async with self.database.hot_connection() as connection, connection.transaction():
            for statement in statements:
                await connection.execute(statement)
            yield

    def process(self) -> Any:
        also = {"ENCOURS_SMTP_URL": self.server.url, "ENCOURS_MAIL_FROM": "mail@operator.example", **_PATIENT}
        return service_process("worker", database_url=self.database_url, log=self.log, also=also)

    async def ask(self, query: str, *arguments: object) -> Any:
        async with self.database.hot_connection() as connection:
            return await connection.fetchval(query, *arguments)

    async def let_claims_end(self) -> None:
        """As time does."""
        await self.ask("UPDATE mails SET claimed_until = now() WHERE status = 'sending' RETURNING true")


def tell_when(server: ScriptedServer, is_it: Callable[[str], bool]) -> asyncio.Event:
    """The server falls silent at that moment, which the event tells."""
    happened = asyncio.Event()

    def answer(said: str) -> str | None:
        if is_it(said):
            happened.set()
            return HANG
        return None

    server.answer = answer
    return happened
