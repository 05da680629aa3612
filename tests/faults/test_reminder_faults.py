"""Workers killed while they remind: every document gets its step once, every company its mail once, the books stay right."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI

from service.core.clock import FixedClock, SystemClock
from service.infra.database import Database
from tests.app import Tenant, client_of
from tests.faults.workers import Worker, tell_when
from tests.mails.smtp_server import ScriptedServer
from tests.orders.world import offer_terms, open_company
from tests.payments.world import owe, prove_books
from tests.reminders.world import give_address

DOCUMENTS_EACH = 2
REMINDERS = "LOCK TABLE reminders IN SHARE ROW EXCLUSIVE MODE"
SERVERS = "LOCK TABLE mail_servers IN ACCESS EXCLUSIVE MODE"
LATE = {
    "name": "Late",
    "steps": [
        {"code": "late_1", "level": 1, "anchor": "after_due", "offset_days": 1, "template": "late_1", "days": "any"}
    ],
}


def zone_where_it_is_ten(now: datetime) -> str:
    """Nothing goes at night, and these tests run at any hour."""
    east = (10 - now.hour + 12) % 24 - 12
    return f"Etc/GMT{-east:+d}"


@pytest.fixture
async def shop(
    app: FastAPI, database: Database, tenant: Tenant, clock: FixedClock, integrator: httpx.AsyncClient
) -> AsyncIterator[httpx.AsyncClient]:
    """A shop whose worker, whenever it runs, finds it late in the morning. The books are proved in the end."""
    await offer_terms(database, tenant, now=clock.now())
    for path, body in (
        ("/v1/shops/main", {"time_zone": zone_where_it_is_ten(SystemClock().now())}),
        ("/v1/merchant", {"settings": {"reminder_policy": "late"}}),
    ):
        assert (await integrator.put("/v1/reminder-policies/late", json=LATE)).is_success
        answer = await integrator.patch(path, json=body)
        assert answer.is_success, answer.text
    async with client_of(app, tenant.shop_key) as client:
        yield client
    await prove_books(database, tenant)


async def late_companies(
    shop: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock, count: int
) -> None:
    """Companies whose documents have been late since April; the workers live long after that."""
    for number in range(count):
        company = await open_company(database, tenant, now=clock.now(), ref=f"C-{number}")
        await give_address(database, company, f"c{number}@company.example")
        for _ in range(DOCUMENTS_EACH):
            await owe(shop, company.ref, "100.00")


async def assert_reminded_once(worker: Worker, server: ScriptedServer, companies: int) -> None:
    """Each document once, each company by one mail that the server has once."""
    documents = companies * DOCUMENTS_EACH
    assert await worker.ask("SELECT count(*) FROM reminders") == documents
    assert await worker.ask("SELECT count(DISTINCT open_item_id) FROM reminders WHERE status = 'issued'") == documents
    assert await worker.ask("SELECT count(*) FROM mails WHERE kind = 'late_1'") == companies
    assert await worker.ask("SELECT count(DISTINCT mail_id) FROM reminders") == companies
    received = Counter(mail.recipients[0] for mail in server.received)
    assert received == {f"c{number}@company.example": 1 for number in range(companies)}


@pytest.mark.slow
class TestKilledWorker:
    COMPANIES = 4
    SENT = "SELECT count(*) = $1 FROM mails WHERE status = 'sent'"

    @pytest.mark.parametrize("point", ["before it commits", "before it claims the mails", "before it sends them"])
    async def test_another_one_reminds_once(
        self,
        shop: httpx.AsyncClient,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        server: ScriptedServer,
        worker: Worker,
        point: str,
    ) -> None:
        await late_companies(shop, database, tenant, clock, self.COMPANIES)
        match point:
            case "before it commits":
                async with worker.locked(REMINDERS):
                    await worker.killed_at("reminders")
                assert await worker.ask("SELECT count(*) FROM mails") == 0, "a mail without its reminder is none"
                assert await worker.ask("SELECT count(*) FROM reminders") == 0
            case "before it claims the mails":
                async with worker.locked(SERVERS):
                    await worker.killed_at("mail_servers")
                assert await worker.ask("SELECT count(*) FROM mails WHERE status = 'queued'") == self.COMPANIES
            case _:
                await worker.killed_when(tell_when(server, lambda said: said == "connect"))
                assert await worker.ask("SELECT count(*) FROM mails WHERE step = 'claimed'") == self.COMPANIES
                server.answer = lambda _said: None
                await worker.let_claims_end()
        await worker.until(self.SENT, self.COMPANIES)
        await assert_reminded_once(worker, server, self.COMPANIES)

    async def test_between_send_and_record_the_step_is_not_repeated(
        self,
        shop: httpx.AsyncClient,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        server: ScriptedServer,
        worker: Worker,
    ) -> None:
        await late_companies(shop, database, tenant, clock, 1)
        # The server has the whole message and does not come to say so.
        await worker.killed_when(tell_when(server, lambda said: said == "message"))
        server.answer = lambda _said: None
        await worker.let_claims_end()
        # Somebody changes the documents: they are looked at again, and the step is known to have been done.
        await worker.ask("UPDATE open_items SET next_look_at = now(), version = version + 1 RETURNING true")
        with worker.process():
            await worker.wait_for("SELECT count(*) = 1 FROM mails WHERE status = 'unknown'")
            await worker.wait_for("SELECT count(*) = 0 FROM open_items WHERE next_look_at <= now()")
        assert await worker.ask("SELECT count(*) FROM reminders WHERE status = 'issued'") == DOCUMENTS_EACH
        assert await worker.ask("SELECT count(*) FROM reminders") == DOCUMENTS_EACH
        assert await worker.ask("SELECT count(*) FROM mails") == 1
        assert server.received == [], "what the server had when the worker died was never repeated"


@pytest.mark.slow
class TestTwoWorkers:
    COMPANIES = 20

    async def test_one_is_killed_and_the_other_does_its_part_too(
        self,
        shop: httpx.AsyncClient,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        server: ScriptedServer,
        worker: Worker,
    ) -> None:
        await late_companies(shop, database, tenant, clock, self.COMPANIES)
        half = f"SELECT FROM companies ORDER BY id LIMIT {self.COMPANIES // 2} FOR UPDATE"
        async with contextlib.AsyncExitStack() as processes:
            async with worker.locked(REMINDERS):
                # The first one finds half of the companies busy, and takes the others.
                async with worker.locked(half):
                    first = processes.enter_context(worker.process())
                    await worker.wait_for_waiting("reminders")
                processes.enter_context(worker.process())
                await worker.wait_for_waiting("reminders", workers=2)
                first.kill()
            await worker.wait_for("SELECT count(*) = $1 FROM mails WHERE status = 'sent'", self.COMPANIES)
        await assert_reminded_once(worker, server, self.COMPANIES)
