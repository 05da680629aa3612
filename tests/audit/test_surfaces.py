"""The audit as merchants ask for it over HTTP and operators on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import asyncpg
import httpx
import pytest
from cryptography.fernet import Fernet

from service.audit.service import INVARIANTS
from service.core.clock import FixedClock
from service.infra.database import Database
from tests.app import Tenant
from tests.audit.world import live
from tests.orders.world import Debtor


async def steal_a_cent(database_url: str, debtor: Debtor) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE balances SET held_minor = held_minor + 1 WHERE line_id = $1", debtor.line_id)
    await connection.close()


class TestRoute:
    async def test_lists_every_invariant_of_clean_books(
        self,
        integrator: httpx.AsyncClient,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ) -> None:
        await live(shop, company, database=database, clock=clock)
        report = (await integrator.get("/v1/audit")).json()
        assert (report["is_clean"], report["findings"]) == (True, 0)
        assert [one["name"] for one in report["invariants"]] == [invariant.name for invariant in INVARIANTS]
        assert all(one["description"].endswith(".") for one in report["invariants"])

    async def test_names_the_line_that_is_wrong(
        self, integrator: httpx.AsyncClient, company: Debtor, database_url: str
    ) -> None:
        await steal_a_cent(database_url, company)
        report = (await integrator.get("/v1/audit")).json()
        assert report["is_clean"] is False
        (broken,) = [one for one in report["invariants"] if one["found"]]
        assert (broken["name"], broken["found"]) == ("balances_equal_journal", 1)
        (finding,) = broken["findings"]
        assert finding["ids"] == {"line_id": str(company.line_id), "company_id": str(company.id)}
        assert (finding["figures"]["held_minor"], finding["figures"]["held_journal_minor"]) == (1, 0)

    async def test_shows_nothing_of_another_merchant(
        self, stranger: httpx.AsyncClient, company: Debtor, database_url: str
    ) -> None:
        await steal_a_cent(database_url, company)
        report = (await stranger.get("/v1/audit")).json()
        assert (report["is_clean"], report["counts"]["credit_lines"]) == (True, 0)

    async def test_is_not_for_the_key_of_one_shop(self, shop: httpx.AsyncClient) -> None:
        answer = await shop.get("/v1/audit")
        assert (answer.status_code, answer.json()["code"]) == (403, "integrator_key_required")


class TestCommand:
    @pytest.fixture
    def environment(self, database_url: str) -> dict[str, str]:
        key = Fernet.generate_key().decode()
        return {**os.environ, "ENCOURS_DATABASE_URL": database_url, "ENCOURS_SECRET_KEY": key, "COLUMNS": "200"}

    def audit(self, environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-m", "service.cli", "audit", *options)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    async def test_exits_with_nothing_on_clean_books(
        self, environment: dict[str, str], company: Debtor, tenant: Tenant
    ) -> None:
        finished = self.audit(environment, "--merchant", tenant.merchant.name)
        assert finished.returncode == 0, finished.stderr
        assert f"All {len(INVARIANTS)} invariants hold" in finished.stdout

    async def test_exits_with_one_and_names_what_it_found(
        self, environment: dict[str, str], company: Debtor, database_url: str
    ) -> None:
        await steal_a_cent(database_url, company)
        finished = self.audit(environment)
        assert finished.returncode == 1, finished.stderr
        assert "balances_equal_journal" in finished.stdout
        assert str(company.line_id) in finished.stdout

    async def test_prints_json_for_programs(
        self, environment: dict[str, str], company: Debtor, database_url: str
    ) -> None:
        await steal_a_cent(database_url, company)
        finished = self.audit(environment, "--json")
        report = json.loads(finished.stdout)
        assert (finished.returncode, report["is_clean"], report["findings"]) == (1, False, 1)

    async def test_unknown_merchant_is_refused(self, environment: dict[str, str], company: Debtor) -> None:
        finished = self.audit(environment, "--merchant", "Nobody")
        assert finished.returncode == 1
        assert "not_found" in finished.stderr
