"""Statements that are compiled once: they belong to their session's transaction, and fail as any other statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import ARRAY, Column, Integer, MetaData, String, Table, any_, bindparam, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB

from service.infra.database import Database, DatabaseUnavailable
from service.infra.statements import Statement

_NOTES = Table(
    "note", MetaData(), Column("id", Integer, primary_key=True), Column("facts", JSONB), Column("kind", String)
)
WRITE = Statement(insert(_NOTES).values(id=bindparam("id"), facts=bindparam("facts"), kind="plain"))
READ = Statement(
    select(_NOTES).where(_NOTES.c.id == any_(bindparam("ids", type_=ARRAY(Integer)))).order_by(_NOTES.c.id)
)


@pytest.fixture
async def notes(database: Database) -> Database:
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE note (id int PRIMARY KEY, facts jsonb, kind text)"))
    return database


async def kept(database: Database) -> list[tuple[Any, ...]]:
    async with database.read() as session:
        return [tuple(row) for row in await READ.rows(session, ids=[1, 2, 3])]


class TestTransaction:
    @pytest.mark.parametrize("is_first", [True, False])
    async def test_a_statement_is_undone_with_its_transaction(self, notes: Database, is_first: bool) -> None:
        with pytest.raises(LookupError):
            async with notes.transaction() as session:
                if not is_first:
                    await session.execute(text("SELECT 1"))
                await WRITE.execute(session, id=1, facts={})
                await WRITE.execute(session, id=2, facts={})
                raise LookupError
        assert await kept(notes) == []

    async def test_both_kinds_of_statements_see_each_other(self, notes: Database) -> None:
        async with notes.transaction() as session:
            await WRITE.execute(session, id=1, facts={})
            await session.execute(text("""INSERT INTO note VALUES (2, '{}', 'text')"""))
            assert await session.scalar(text("SELECT count(*) FROM note")) == 2
            assert len(await READ.rows(session, ids=[1, 2])) == 2
        assert [row[2] for row in await kept(notes)] == ["plain", "text"]

    async def test_a_savepoint_undoes_what_came_after_it(self, notes: Database) -> None:
        async with notes.transaction() as session:
            await WRITE.execute(session, id=1, facts={})
            async with session.begin_nested() as savepoint:
                await WRITE.execute(session, id=2, facts={})
                await savepoint.rollback()
        assert [row[0] for row in await kept(notes)] == [1]

    async def test_a_reading_session_cannot_write(self, notes: Database) -> None:
        async def read_then_write(first: Callable[[Any], Any]) -> None:
            async with notes.read() as session:
                await first(session)
                await WRITE.execute(session, id=1, facts={})

        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await read_then_write(lambda session: READ.rows(session, ids=[]))


class TestValues:
    async def test_json_and_arrays_are_python_values(self, notes: Database) -> None:
        facts = {"é": [1, None], "amount_minor": 10**12}
        async with notes.transaction() as session:
            await WRITE.execute(session, id=1, facts=facts)
            await WRITE.execute(session, id=2, facts=[])
        assert await kept(notes) == [(1, facts, "plain"), (2, [], "plain")]

    async def test_none_is_the_null_of_json_as_everywhere(self, notes: Database) -> None:
        async with notes.transaction() as session:
            await WRITE.execute(session, id=1, facts=None)
            assert await session.scalar(text("SELECT facts::text FROM note")) == "null"

    async def test_every_value_has_to_be_given(self, notes: Database) -> None:
        with pytest.raises(KeyError, match="facts"):
            async with notes.transaction() as session:
                await WRITE.execute(session, id=1)

    async def test_one_row_or_none(self, notes: Database) -> None:
        async with notes.transaction() as session:
            await WRITE.execute(session, id=1, facts={})
            assert await READ.row(session, ids=[2]) is None
            assert (await READ.one(session, ids=[1]))[0] == 1
            with pytest.raises(ValueError, match="unpack"):
                await READ.one(session, ids=[2])


class TestFailure:
    async def test_a_violated_constraint_passes_with_its_name(self, notes: Database) -> None:
        with pytest.raises(asyncpg.UniqueViolationError) as raised:
            async with notes.transaction() as session:
                await session.execute(text("SELECT 1"))
                await WRITE.execute(session, id=1, facts={})
                await WRITE.execute(session, id=1, facts={})
        assert raised.value.constraint_name == "note_pkey"

    async def test_a_lost_connection_is_told_and_then_forgotten(self, notes: Database, server_url: str) -> None:
        other = await asyncpg.connect(server_url)
        try:
            with pytest.raises(DatabaseUnavailable):
                async with notes.transaction() as session:
                    pid = await session.scalar(text("SELECT pg_backend_pid()"))
                    await WRITE.execute(session, id=1, facts={})
                    await other.execute("SELECT pg_terminate_backend($1)", pid)
                    await WRITE.execute(session, id=2, facts={})
        finally:
            await other.close()
        assert await kept(notes) == []
