"""Workers killed while they send mails: each goes out once where that can be known, and is shown as unknown where not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from service.core.clock import SystemClock
from service.core.ids import new_id
from service.infra.database import Database
from service.infra.work import Work
from service.mails.domain import MailKind, NewMail
from service.mails.queue_service import queue_mails
from tests.app import Tenant
from tests.faults.processes import service_process
from tests.mails.smtp_server import HANG, ScriptedServer, serve_smtp

MAILS = 20


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serve_smtp(ScriptedServer()) as server:
        yield server


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
            async with asyncio.timeout(60):
                await happened.wait()
            process.kill()

    async def until(self, query: str, *arguments: object) -> None:
        """Run another one until the database answers yes."""
        with self.process():
            async with asyncio.timeout(60):
                while not await self.ask(query, *arguments):
                    # Every round asks the database, which takes its time.
                    await asyncio.sleep(0)

    def process(self) -> Any:
        also = {"ENCOURS_SMTP_URL": self.server.url, "ENCOURS_MAIL_FROM": "mail@operator.example"}
        return service_process("worker", database_url=self.database_url, log=self.log, also=also)

    async def ask(self, query: str, *arguments: object) -> Any:
        async with self.database.hot_connection() as connection:
            return await connection.fetchval(query, *arguments)

    async def let_claims_end(self) -> None:
        """As time does."""
        await self.ask("UPDATE mails SET claimed_until = now() WHERE status = 'sending' RETURNING true")


@pytest.fixture
def worker(database: Database, database_url: str, server: ScriptedServer, tmp_path: Path) -> Worker:
    return Worker(database=database, database_url=database_url, server=server, log=tmp_path / "worker.log")


async def queue(database: Database, tenant: Tenant, count: int) -> list[UUID]:
    mails = [
        NewMail(kind=MailKind.TEST, cause=f"test:{new_id()}", subject_ids={}, recipients=(f"c{n}@example.org",))
        for n in range(count)
    ]
    async with database.transaction() as session:
        work = Work(session=session, caller=tenant.caller(), now=SystemClock().now())
        return list((await queue_mails(work, mails)).values())


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


@pytest.mark.slow
class TestKilledWorker:
    async def test_between_claim_and_send_every_mail_goes_out_once(
        self, database: Database, tenant: Tenant, server: ScriptedServer, worker: Worker
    ) -> None:
        happened = tell_when(server, lambda said: said == "connect")
        await queue(database, tenant, MAILS)
        await worker.killed_when(happened)
        assert await worker.ask("SELECT count(*) FROM mails WHERE step = 'claimed'") == MAILS
        server.answer = lambda _said: None
        await worker.let_claims_end()
        await worker.until("SELECT count(*) = $1 FROM mails WHERE status = 'sent'", MAILS)
        assert sorted(mail.recipients[0] for mail in server.received) == sorted(
            f"c{n}@example.org" for n in range(MAILS)
        )

    async def test_between_send_and_record_nothing_is_repeated(
        self, database: Database, tenant: Tenant, server: ScriptedServer, worker: Worker
    ) -> None:
        # The server has the whole message and does not come to say so.
        happened = tell_when(server, lambda said: said == "message")
        (mail_id,) = await queue(database, tenant, 1)
        await worker.killed_when(happened)
        assert await worker.ask("SELECT count(*) FROM mails WHERE step = 'calling'") == 1
        server.answer = lambda _said: None
        await worker.let_claims_end()
        (other_id,) = await queue(database, tenant, 1)
        await worker.until("SELECT count(*) = 1 FROM mails WHERE status = 'unknown'")
        await worker.until("SELECT status = 'sent' FROM mails WHERE id = $1", other_id)
        assert await worker.ask("SELECT status FROM mails WHERE id = $1", mail_id) == "unknown"
        assert len(server.received) == 1, "only the other one"
