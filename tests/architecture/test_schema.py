"""The migrations build exactly the tables that the models declare, and the service knows when they have not run."""

from __future__ import annotations

import asyncio
import sys

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from service.infra.database import Database
from service.infra.migrations import SchemaBehind, alembic_config, require_current_schema


class TestMigrations:
    async def test_leave_no_difference_to_the_models(self, database_url: str) -> None:
        # Raises with the list of differences.
        await asyncio.to_thread(command.check, alembic_config(database_url))

    def test_form_one_line(self) -> None:
        assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1

    async def test_may_be_asked_for_twice_at_once(self, database_url: str) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            assert await asyncio.gather(*(migrate_in_own_process(database_url) for _ in range(2))) == [0, 0]
            assert await connection.fetchval("SELECT count(*) FROM alembic_version") == 1
        finally:
            await connection.close()


async def migrate_in_own_process(database_url: str) -> int:
    program = "import asyncio, sys; from service.infra.migrations import migrate; asyncio.run(migrate(sys.argv[1]))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, database_url)
    return await process.wait()


class TestRequireCurrentSchema:
    async def test_accepts_a_migrated_database(self, database: Database) -> None:
        await require_current_schema(database)

    async def test_refuses_an_empty_database_and_names_the_command(self, database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(text("DROP TABLE alembic_version"))
        with pytest.raises(SchemaBehind, match="encours migrate"):
            await require_current_schema(database)

    async def test_refuses_a_database_without_its_last_migration(self, database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(text("DELETE FROM alembic_version"))
        with pytest.raises(SchemaBehind, match="encours migrate"):
            await require_current_schema(database)

    async def test_accepts_a_database_that_is_ahead(self, database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = 'from_the_next_version'"))
        await require_current_schema(database)
