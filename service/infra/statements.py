"""Statements that are built and compiled once, and run on the connection of the transaction they belong to.

SQLAlchemy takes several times longer to build, key and wrap a statement than its round trip costs. Where a use case
always asks the same, its repository says so once, and each call only fills in the values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, Final, TypeVar

import asyncpg
import orjson
from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects.postgresql import asyncpg as dialects
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import CompilerElement

from service.infra.orm import Base

__all__ = [
    "Statement", "columns_of", "insert_of", "json_text", "reader_of", "remember_connection", "save_of", "values_of",
]  # fmt: skip

Value = TypeVar("Value")
Row = Sequence[Any]

_CONNECTION: Final = "infra.connection"


def json_text(value: Any) -> str:
    return orjson.dumps(value).decode()


_DIALECT: Final = dialects.dialect(json_serializer=json_text)  # type: ignore[no-untyped-call]


class Statement:
    """A statement with a `bindparam` for each value that differs from call to call.

    Every value must be given, by its name. Rows are sequences in the order of the columns; the driver has made Python
    values of them already. What goes wrong is asyncpg's own error, not SQLAlchemy's wrapping of it.
    """

    def __init__(self, built: CompilerElement) -> None:
        self._built = built

    @cached_property
    def _compiled(self) -> tuple[str, list[tuple[str, Callable[[Any], Any] | None]], dict[str, Any]]:
        """The text, its parameters in order with what makes a driver's value of each, and the constants among them."""
        compiled = self._built.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler), "a statement, not the definition of a table"
        names = compiled.positiontup or []
        processors: list[tuple[str, Callable[[Any], Any] | None]] = [
            (name, compiled.binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for name in names
        ]
        constants = {name: compiled.params[name] for name in names if not compiled.binds[name].required}
        return str(compiled), processors, constants

    async def rows(self, session: AsyncSession, **values: Any) -> list[Row]:
        sql, parameters, constants = self._compiled
        if constants:
            values = {**constants, **values}
        arguments = [process(values[name]) if process else values[name] for name, process in parameters]
        connection: asyncpg.Connection = session.info[_CONNECTION]
        if connection.is_in_transaction() and not session.in_nested_transaction():
            return list(await connection.fetch(sql, *arguments))
        # SQLAlchemy begins a transaction, and sets a savepoint, with the first statement that it sends itself.
        begun = await session.connection()
        result = await begun.exec_driver_sql(sql, tuple(arguments))
        return list(result) if result.returns_rows else []

    async def execute(self, session: AsyncSession, **values: Any) -> None:
        """Run what gives no rows."""
        await self.rows(session, **values)

    async def row(self, session: AsyncSession, **values: Any) -> Row | None:
        """The first row; callers ask by a unique key."""
        rows = await self.rows(session, **values)
        return rows[0] if rows else None

    async def one(self, session: AsyncSession, **values: Any) -> Row:
        """The row of what is known to exist."""
        (row,) = await self.rows(session, **values)
        return row


def remember_connection(session: AsyncSession, connection: asyncpg.Connection) -> None:
    """Tell a session's statements which connection its transaction is on."""
    session.info[_CONNECTION] = connection


# A dataclass and the table that keeps it: its fields have the names of the table's columns.


def columns_of(kind: type[Value], table: type[Base]) -> tuple[Any, ...]:
    """The columns of a dataclass's fields, in their order."""
    return tuple(getattr(table, name) for name in _names_of(kind))


def reader_of(kind: type[Value]) -> Callable[[Row], Value]:
    """What makes values of rows with the columns in the order of the fields."""
    names = _names_of(kind)

    def read(row: Row) -> Value:
        return kind(**dict(zip(names, row, strict=True)))

    return read


def insert_of(kind: type[Any], table: type[Base], *beside: str) -> Statement:
    """Insert a dataclass, with columns of the table that it does not have itself."""
    return Statement(insert(table).values({name: bindparam(name) for name in (*beside, *_names_of(kind))}))


def save_of(kind: type[Any], table: type[Any], *beside: str) -> Statement:
    """Write a dataclass back as a whole, found by its merchant and id. `version` tells readers that it changed."""
    values: dict[str, Any] = {name: bindparam(name) for name in (*beside, *_names_of(kind)) if name != "id"}
    return Statement(
        update(table)
        .where(table.merchant_id == bindparam("merchant_id"), table.id == bindparam("id"))
        .values(version=table.version + 1, **values)
    )


def values_of(value: Any) -> dict[str, Any]:
    """The fields by name; not into depth, as `dataclasses.asdict` goes."""
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
