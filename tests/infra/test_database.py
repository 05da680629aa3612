"""Connections: what commits, what rolls back, and how a lost or crowded database is told to the caller."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from service.infra.database import Database, DatabaseBusy, DatabaseUnavailable, PoolOptions, asyncpg_dsn


@pytest.fixture
async def notes(database: Database) -> Database:
    """A database with one table of notes."""
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE note (id int PRIMARY KEY, facts jsonb)"))
    return database


async def count_notes(database: Database) -> int:
    async with database.read() as session:
        return int(await session.scalar(text("SELECT count(*) FROM note")) or 0)


class TestTransaction:
    async def test_commits_when_the_block_ends(self, notes: Database) -> None:
        async with notes.transaction() as session:
            await session.execute(text("INSERT INTO note VALUES (1)"))
        assert await count_notes(notes) == 1

    async def test_rolls_back_when_the_block_raises(self, notes: Database) -> None:
        with pytest.raises(LookupError):
            async with notes.transaction() as session:
                await session.execute(text("INSERT INTO note VALUES (1)"))
                raise LookupError
        assert await count_notes(notes) == 0

    async def test_lets_a_violated_constraint_pass_with_its_name(self, notes: Database) -> None:
        with pytest.raises(IntegrityError, match="note_pkey"):
            async with notes.transaction() as session:
                await session.execute(text("INSERT INTO note VALUES (1), (1)"))

    async def test_answers_busy_when_a_lock_is_not_to_be_had(self, database_url: str, notes: Database) -> None:
        hurried = await Database.open(database_url, options=PoolOptions(lock_timeout_ms=50))
        try:
            async with notes.transaction() as holder:
                await holder.execute(text("LOCK TABLE note"))
                with pytest.raises(DatabaseBusy) as raised:
                    async with hurried.transaction() as session:
                        await session.execute(text("INSERT INTO note VALUES (1)"))
            assert raised.value.facts == {"retry_after_s": 1}
        finally:
            await hurried.close()

    async def test_answers_busy_when_a_statement_takes_too_long(self, database_url: str) -> None:
        hurried = await Database.open(database_url, options=PoolOptions(statement_timeout_ms=50))
        try:
            with pytest.raises(DatabaseBusy):
                async with hurried.transaction() as session:
                    await session.execute(text("SELECT pg_sleep(30)"))
        finally:
            await hurried.close()

    async def test_answers_busy_when_all_connections_are_taken(self, database_url: str) -> None:
        crowded = await Database.open(database_url, options=PoolOptions(session_pool_size=1, acquire_timeout_s=0.05))
        try:
            async with crowded.transaction():
                with pytest.raises(DatabaseBusy):
                    async with crowded.transaction():
                        pytest.fail("there was no connection to be had")
        finally:
            await crowded.close()


class TestRead:
    async def test_cannot_write(self, notes: Database) -> None:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            async with notes.read() as session:
                await session.execute(text("INSERT INTO note VALUES (1)"))

    async def test_leaves_connections_that_can_write_again(self, database_url: str, notes: Database) -> None:
        single = await Database.open(database_url, options=PoolOptions(session_pool_size=1))
        try:
            async with single.read(snapshot=True) as session:
                await session.execute(text("SELECT 1"))
            async with single.transaction() as session:
                await session.execute(text("INSERT INTO note VALUES (1)"))
                assert await session.scalar(text("SHOW transaction_isolation")) == "read committed"
        finally:
            await single.close()

    @pytest.mark.parametrize(("snapshot", "seen_later"), [(True, 0), (False, 1)])
    async def test_a_snapshot_sees_one_instant(self, notes: Database, snapshot: bool, seen_later: int) -> None:
        async with notes.read(snapshot=snapshot) as reader:
            assert await reader.scalar(text("SELECT count(*) FROM note")) == 0
            async with notes.transaction() as writer:
                await writer.execute(text("INSERT INTO note VALUES (1)"))
            assert await reader.scalar(text("SELECT count(*) FROM note")) == seen_later


class TestHotConnection:
    async def test_gives_and_takes_json_as_objects(self, notes: Database) -> None:
        facts = {"reasons": ["over_limit"], "amount_minor": 10**12, "nested": {"é": None}}
        async with notes.hot_connection() as connection:
            await connection.execute("INSERT INTO note VALUES (1, $1)", facts)
            assert await connection.fetchval("SELECT facts FROM note") == facts
            assert await connection.fetchval("SELECT array_agg(facts) FROM note") == [facts]
            assert await connection.fetchval("SELECT $1::json", facts) == facts

    async def test_sessions_read_the_same_json(self, notes: Database) -> None:
        async with notes.hot_connection() as connection:
            await connection.execute("INSERT INTO note VALUES (1, $1)", {"a": [1, "2"]})
        async with notes.read() as session:
            assert await session.scalar(text("SELECT facts FROM note")) == {"a": [1, "2"]}

    async def test_answers_busy_when_a_statement_takes_too_long(self, database_url: str) -> None:
        hurried = await Database.open(database_url, options=PoolOptions(statement_timeout_ms=50))
        try:
            with pytest.raises(DatabaseBusy):
                async with hurried.hot_connection() as connection:
                    await connection.execute("SELECT pg_sleep(30)")
        finally:
            await hurried.close()

    async def test_wrong_use_is_not_mistaken_for_a_lost_connection(self, notes: Database) -> None:
        with pytest.raises(asyncpg.DataError):
            async with notes.hot_connection() as connection:
                await connection.execute("INSERT INTO note VALUES ($1)", "not a number")


class TestLostConnection:
    async def test_is_told_and_then_forgotten(self, notes: Database, server_url: str) -> None:
        async with notes.read() as session:
            name = await session.scalar(text("SELECT current_database()"))
        other = await asyncpg.connect(server_url)
        try:
            with pytest.raises(DatabaseUnavailable) as raised:
                async with notes.transaction() as session:
                    await other.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
                    )
                    await session.execute(text("INSERT INTO note VALUES (1)"))
            assert raised.value.facts == {"retry_after_s": 2}
        finally:
            await other.close()
        assert await count_notes(notes) == 0
        async with notes.hot_connection() as connection:
            assert await connection.fetchval("SELECT 1") == 1

    async def test_is_told_on_a_hot_connection(self, notes: Database) -> None:
        with pytest.raises(DatabaseUnavailable):
            async with notes.hot_connection() as connection:
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    async def test_nobody_listening_is_told_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseUnavailable):
            await Database.open(f"postgresql://postgres@/encours?host={tmp_path}")


class TestDsn:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
    def test_forgets_the_driver(self, scheme: str) -> None:
        assert (
            asyncpg_dsn(f"{scheme}://user@host/name?sslmode=require") == "postgresql://user@host/name?sslmode=require"
        )

    @pytest.mark.parametrize("url", ["mysql://host/name", "host/name", ""])
    def test_refuses_other_databases(self, url: str) -> None:
        with pytest.raises(ValueError, match="postgresql://"):
            asyncpg_dsn(url)
