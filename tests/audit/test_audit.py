"""The audit finds nothing in books that were lived, and exactly what was broken on purpose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audit.domain import MAX_LISTED, AuditReport, AuditScope, Finding
from service.audit.repository import Books
from service.audit.service import INVARIANTS, audit_books, check_books
from service.core.clock import FixedClock
from service.core.ids import new_id
from service.infra.database import Database
from service.orders.domain import EventKind, OrderEvent, StatusMeaning, life_of
from tests.app import Tenant
from tests.audit.breaks import BREAKS, WORDS, Break
from tests.audit.world import Life, live
from tests.orders.world import Debtor


@pytest.fixture
async def life(shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock) -> Life:
    return await live(shop, company, database=database, clock=clock)


@pytest.fixture
async def vandal(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody with the rights of a superuser, whom neither triggers nor foreign keys stop."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


def listing(report: AuditReport) -> str:
    return "\n".join(str(finding) for finding in report.findings)


def is_about(finding: Finding, wanted: str) -> bool:
    return wanted in finding.ids.values()


class TestCleanBooks:
    async def test_nothing_is_found_after_a_whole_life(self, life: Life, database: Database, tenant: Tenant) -> None:
        report = await audit_books(database)
        assert report.is_clean, listing(report)
        assert report.counts["entries"] > 25
        assert (await audit_books(database, tenant.merchant_id)).counts == report.counts

    async def test_every_kind_of_row_is_there_to_be_looked_at(self, life: Life, database_url: str) -> None:
        """Otherwise clean would mean nothing."""
        connection = await asyncpg.connect(database_url)
        try:
            for table in ("postings", "holds", "orders", "order_events", "open_items", "payments", "allocations",
                          "credit_notes", "decisions", "webhook_deliveries"):  # fmt: skip
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") > 0, table  # noqa: S608
            statuses = await connection.fetch("SELECT DISTINCT status FROM orders")
            assert {row["status"] for row in statuses} >= {"held", "uninvoiced", "invoiced", "settled", "cancelled"}
        finally:
            await connection.close()


class TestShortCut:
    """Orders to which only plain statuses happened are judged by the database; that has to be the same judgement."""

    @given(
        secured=st.integers(min_value=0, max_value=10_000),
        meanings=st.lists(st.sampled_from((StatusMeaning.NOTHING, StatusMeaning.STARTS_TERM)), max_size=6),
    )
    def test_plain_statuses_change_no_amount(self, secured: int, meanings: list[StatusMeaning]) -> None:
        start = datetime(2026, 3, 2, tzinfo=UTC)
        events = [
            OrderEvent(f"e{hour}", EventKind.STATUS, start + timedelta(hours=hour), status="any", meaning=meaning)
            for hour, meaning in enumerate(meanings)
        ]
        state = life_of(secured, events)
        assert (state.owed_minor, state.is_cancelled) == (secured, False)
        assert (state.term_started_at is not None) == (StatusMeaning.STARTS_TERM in meanings)


class TestBrokenBooks:
    async def test_each_break_is_named_with_its_ids_and_nothing_else_is(
        self, life: Life, vandal: asyncpg.Connection, tenant: Tenant, subtests: pytest.Subtests
    ) -> None:
        for one in BREAKS:
            with subtests.test(broken=one.name):
                report = await self.audit_broken(vandal, one, life=life, tenant=tenant)
                assert {finding.invariant for finding in report.findings} == one.named, listing(report)
                about = str(asdict(life).get(one.about, one.about))
                for finding in report.findings:
                    assert finding.merchant_id == tenant.merchant_id
                    assert finding.ids
                    assert finding.figures
                assert not about or any(is_about(finding, about) for finding in report.findings), listing(report)

    @staticmethod
    async def audit_broken(vandal: asyncpg.Connection, one: Break, *, life: Life, tenant: Tenant) -> AuditReport:
        """Break, audit and undo in one transaction, so that each break meets whole books."""
        names = asdict(life)
        words = {word: sql.format(**names) for word, sql in WORDS.items()}
        transaction = vandal.transaction()
        await transaction.start()
        try:
            for statement in one.sql:
                done = await vandal.execute(statement.format(**names, **words))
                assert not done.endswith(" 0"), f"{statement} changed nothing"
            return await check_books(Books(vandal, AuditScope(merchant_id=tenant.merchant_id)))
        finally:
            await transaction.rollback()

    def test_every_invariant_is_broken_at_least_once(self) -> None:
        broken = set().union(*(one.named for one in BREAKS))
        assert broken == {invariant.name for invariant in INVARIANTS}

    async def test_of_many_findings_some_are_listed_and_all_are_counted(
        self, vandal: asyncpg.Connection, database: Database, tenant: Tenant
    ) -> None:
        lost = [(tenant.merchant_id, new_id(), "EUR") for _ in range(MAX_LISTED + 7)]
        await vandal.executemany("INSERT INTO balances (merchant_id, line_id, currency) VALUES ($1, $2, $3)", lost)
        report = await audit_books(database)
        assert (report.found, len(report.findings)) == (MAX_LISTED + 7, MAX_LISTED)

    async def test_another_merchants_books_are_not_looked_at(
        self, life: Life, vandal: asyncpg.Connection, database: Database, other_tenant: Tenant
    ) -> None:
        await vandal.execute("UPDATE balances SET held_minor = held_minor + 1")
        assert (await audit_books(database, other_tenant.merchant_id)).is_clean
        assert not (await audit_books(database)).is_clean

    async def test_nothing_is_repaired(self, life: Life, vandal: asyncpg.Connection, database: Database) -> None:
        await vandal.execute("UPDATE balances SET held_minor = held_minor + 1")
        first = await audit_books(database)
        assert await audit_books(database) == first
