"""The worker's share of the audit: a few companies at a time, all of them in the end."""

from __future__ import annotations

import asyncpg
import httpx
import pytest
import structlog
from prometheus_client import REGISTRY

from service.audit.jobs import SampleRotation, run_audit_sample_once
from service.core.clock import FixedClock
from service.infra.database import Database
from tests.app import Tenant
from tests.audit.world import live
from tests.orders.world import Debtor, open_company


@pytest.fixture
async def companies(
    shop: httpx.AsyncClient,
    company: Debtor,
    database: Database,
    tenant: Tenant,
    other_tenant: Tenant,
    clock: FixedClock,
) -> list[Debtor]:
    """Five companies of two merchants, one with a whole life."""
    await live(shop, company, database=database, clock=clock)
    more = [await open_company(database, tenant, now=clock.now(), ref=f"C-{number}") for number in (2, 3)]
    others = [await open_company(database, other_tenant, now=clock.now(), ref=f"C-{number}") for number in (4, 5)]
    return [company, *more, *others]


def lines_audited() -> float:
    return REGISTRY.get_sample_value("encours_audited_lines_total") or 0.0


def found(invariant: str) -> float:
    return REGISTRY.get_sample_value("encours_audit_findings_total", {"invariant": invariant}) or 0.0


class TestRunAuditSampleOnce:
    async def test_reaches_every_line_once_in_a_round_and_begins_again(
        self, companies: list[Debtor], database: Database
    ) -> None:
        rotation = SampleRotation(companies=2, is_started=True)
        for _ in range(2):
            before, samples = lines_audited(), 0
            while await run_audit_sample_once(database, rotation):
                samples += 1
            # Two merchants are never in one sample: three companies and two make three samples.
            assert (lines_audited() - before, samples) == (len(companies), 3)

    async def test_names_and_counts_what_is_wrong_and_goes_on(
        self, companies: list[Debtor], database: Database, database_url: str
    ) -> None:
        broken = companies[1]
        connection = await asyncpg.connect(database_url)
        await connection.execute("UPDATE balances SET held_minor = held_minor + 1 WHERE line_id = $1", broken.line_id)
        await connection.close()
        counted = found("balances_equal_journal")
        rotation = SampleRotation(companies=1, is_started=True)
        with structlog.testing.capture_logs() as logs:
            while await run_audit_sample_once(database, rotation):
                pass
        errors = [entry for entry in logs if entry["event"] == "audit.finding"]
        assert [(entry["log_level"], entry["invariant"], entry["line_id"]) for entry in errors] == [
            ("error", "balances_equal_journal", str(broken.line_id))
        ]
        assert found("balances_equal_journal") == counted + 1

    async def test_without_any_books_a_round_is_over_at_once(self, database: Database) -> None:
        assert not await run_audit_sample_once(database, SampleRotation())
