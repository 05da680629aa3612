"""Processes killed and the database restarted in the middle of load: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.embedded import embedded_postgres, server_programs
from service.infra.migrations import migrate
from tests.app import Tenant, open_tenant
from tests.faults.processes import service_process
from tests.orders.world import Debtor, offer_terms, open_company

HOLDS = 240
AMOUNT = "10.00"
ENOUGH_MINOR = 10**9


@dataclass
class Load:
    """A shop that sends holds with keys of its own and remembers every answer it got."""

    key: str
    company: Debtor
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    failures: list[int | str] = field(default_factory=list)

    async def send(self, address: str, keys: list[str], *, at_once: int = 16) -> None:
        """Send one request for each key, whatever becomes of it."""
        waiting = iter(keys)
        async with httpx.AsyncClient(base_url=address, timeout=20, headers=self._headers) as client:
            await asyncio.gather(*(self._work(client, waiting) for _ in range(at_once)))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    async def _work(self, client: httpx.AsyncClient, waiting: Any) -> None:
        for key in waiting:
            body = {"company": self.company.ref, "amount": AMOUNT, "currency": "EUR", "cart": key}
            try:
                response = await client.post("/v1/holds", json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError as error:
                self.failures.append(type(error).__name__)
                continue
            if response.status_code == 201:
                first = self.answers.setdefault(key, response)
                assert first.content == response.content, "the same key always gets the same answer"
            else:
                self.failures.append(response.status_code)
                if response.status_code == 503:
                    assert int(response.headers["Retry-After"]) > 0


@pytest.fixture
async def load(database: Database, tenant: Tenant, clock: FixedClock) -> Load:
    await offer_terms(database, tenant, now=clock.now())
    company = await open_company(database, tenant, now=clock.now(), limit_minor=ENOUGH_MINOR)
    return Load(tenant.shop_key, company)


async def count(database: Database, query: str, *arguments: object) -> Any:
    async with database.hot_connection() as connection:
        return await connection.fetchval(query, *arguments)


async def assert_booked_once(database: Database, load: Load, keys: list[str]) -> None:
    assert set(load.answers) == set(keys), "every key was answered in the end"
    assert await count(database, "SELECT count(*) FROM holds") == len(keys)
    assert await count(database, "SELECT count(DISTINCT cart_ref) FROM holds") == len(keys)
    held = len(keys) * 1_000
    assert await count(database, "SELECT sum(held_minor)::bigint FROM balances") == held
    assert await count(database, "SELECT sum(amount_minor)::bigint FROM postings") == held


class TestKilledServer:
    async def test_repeating_the_keys_completes_what_was_cut_off(
        self, database: Database, database_url: str, load: Load, tmp_path: Path
    ) -> None:
        keys = [f"cart-{number}" for number in range(HOLDS)]
        log = tmp_path / "api.log"
        with service_process("serve", database_url=database_url, log=log) as server:
            sending = asyncio.create_task(load.send(server.address, keys))
            while await count(database, "SELECT count(*) FROM holds") < HOLDS // 8:
                await asyncio.sleep(0)
            server.kill()
            await sending
        assert load.failures, "the kill hit requests in flight"
        with service_process("serve", database_url=database_url, log=log) as server:
            await load.send(server.address, keys)
        await assert_booked_once(database, load, keys)


class TestKilledWorker:
    async def test_another_worker_expires_the_rest_and_nothing_twice(
        self, database: Database, database_url: str, load: Load, shop_of: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        keys = [f"cart-{number}" for number in range(HOLDS)]
        for key in keys:
            body = {"company": load.company.ref, "amount": AMOUNT, "currency": "EUR"}
            await shop_of.post("/v1/holds", json=body, headers={"Idempotency-Key": key})
        pending = "SELECT count(*) FROM holds WHERE status = 'pending'"
        log = tmp_path / "worker.log"
        # The holds were placed by a clock that stands in March: for the workers, who live now, all have expired.
        with service_process("worker", database_url=database_url, log=log) as worker:
            while await count(database, pending) > HOLDS - HOLDS // 8:
                await asyncio.sleep(0)
            worker.kill()
        assert await count(database, pending) > 0, "the kill came before the end"
        with (
            service_process("worker", database_url=database_url, log=log),
            service_process("worker", database_url=database_url, log=log),
        ):
            while await count(database, pending) > 0:
                await asyncio.sleep(0)
        assert await count(database, "SELECT sum(held_minor)::bigint FROM balances") == 0
        assert await count(database, "SELECT count(*) FROM journal_entries WHERE kind = 'hold_expired'") == HOLDS
        assert await count(database, "SELECT count(*) FROM outbox_messages WHERE event_type = 'hold.expired'") == HOLDS


class TestRestartedDatabase:
    async def test_callers_are_told_to_come_back_and_the_service_recovers_by_itself(
        self, clock: FixedClock, tmp_path: Path
    ) -> None:
        data = tmp_path / "postgres"
        with embedded_postgres(data) as url:
            await migrate(url)
            database = await Database.open(url)
            tenant = await open_tenant(database, now=clock.now())
            await offer_terms(database, tenant, now=clock.now())
            company = await open_company(database, tenant, now=clock.now(), limit_minor=ENOUGH_MINOR)
            load = Load(tenant.shop_key, company)
            await database.close()
            keys = [f"cart-{number}" for number in range(HOLDS)]
            with service_process("serve", database_url=url, log=tmp_path / "api.log") as server:
                await load.send(server.address, keys[: HOLDS // 8])
                restarting = asyncio.create_task(asyncio.to_thread(_restart_postgres, data))
                while not restarting.done():
                    await load.send(server.address, keys)
                await restarting
                assert 503 in load.failures
                assert set(load.failures) <= {503}, "nobody sees anything but 503"
                await load.send(server.address, keys)
            database = await Database.open(url)
            await assert_booked_once(database, load, keys)
            await database.close()


def _restart_postgres(data: Path) -> None:
    """As a crash would: no check point, connections cut."""
    folder = next(path.parent for path in data.rglob("PG_VERSION") if (path.parent / "postmaster.pid").exists())
    command = [str(server_programs() / "pg_ctl"), "restart", "-m", "immediate", "-w", "-D", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=_owner(folder))


def _owner(folder: Path) -> int:
    return folder.stat().st_uid


@pytest.fixture
async def shop_of(app: Any, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {tenant.shop_key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://encours.test", headers=headers) as client:
        yield client
