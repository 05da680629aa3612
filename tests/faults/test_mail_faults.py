"""Workers killed while they send mails: each goes out once where that can be known, and is shown as unknown where not."""

from __future__ import annotations

from uuid import UUID

import pytest

from service.core.clock import SystemClock
from service.core.ids import new_id
from service.infra.database import Database
from service.infra.work import Work
from service.mails.domain import MailKind, NewMail
from service.mails.queue_service import queue_mails
from tests.app import Tenant
from tests.faults.workers import Worker, tell_when
from tests.mails.smtp_server import ScriptedServer

MAILS = 20


async def queue(database: Database, tenant: Tenant, count: int) -> list[UUID]:
    mails = [
        NewMail(kind=MailKind.TEST, cause=f"test:{new_id()}", subject_ids={}, recipients=(f"c{n}@example.org",))
        for n in range(count)
    ]
    async with database.transaction() as session:
        work = Work(session=session, caller=tenant.caller(), now=SystemClock().now())
        return list((await queue_mails(work, mails)).values())


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
