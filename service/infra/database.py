"""Connections to PostgreSQL: SQLAlchemy sessions for ordinary use cases, bare asyncpg for the hot paths."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg
import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from service.core.errors import ServiceError
from service.infra.memory import SettingsMemory, give_memory
from service.infra.statements import json_text, remember_connection

__all__ = [
    "Database",
    "DatabaseBusy",
    "DatabaseUnavailable",
    "PoolOptions",
    "asyncpg_dsn",
    "default_hot_pool_size",
]

_CONNECT_TIMEOUT_S: Final = 5.0


class DatabaseUnavailable(ServiceError):
    """The connection was refused or lost. Whether a commit in flight took effect is unknown: repeat with the key."""

    code = "database_unavailable"
    status = 503
    title = "The database cannot be reached at the moment; please repeat the request"


class DatabaseBusy(ServiceError):
    """A lock or statement took longer than a caller should wait; nothing was changed."""

    code = "database_busy"
    status = 503
    title = "The database is too busy at the moment; please repeat the request"


def default_hot_pool_size() -> int:
    """Four connections a core and at most eight: more of them only wait for each other's row locks."""
    return min(8, 4 * (os.cpu_count() or 1))


@dataclass(frozen=True, kw_only=True)
class PoolOptions:
    """How many connections one process holds, and how long any statement may take or wait for a lock."""

    session_pool_size: int = 5
    hot_pool_size: int = 8
    acquire_timeout_s: float = 5.0
    statement_timeout_ms: int = 15_000
    lock_timeout_ms: int = 3_000
    application_name: str = "encours"


class Database:
    """One process's connections. Open it once at the edge, pass it on, close it at the end."""

    def __init__(self, *, engine: AsyncEngine, hot_pool: asyncpg.Pool, options: PoolOptions) -> None:
        self.engine = engine
        self._hot_pool = hot_pool
        self._options = options
        self._settings_memory = SettingsMemory()
        self._write_sessions = async_sessionmaker(engine, expire_on_commit=False)
        # Sessions share the engine's pool; only the BEGIN differs, so neither kind costs another round trip.
        self._read_sessions = async_sessionmaker(
            engine.execution_options(postgresql_readonly=True), expire_on_commit=False
        )
        self._snapshot_sessions = async_sessionmaker(
            engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ"),
            expire_on_commit=False,
        )

    @classmethod
    async def open(cls, url: str, *, options: PoolOptions | None = None) -> Database:
        """Connect; raises `DatabaseUnavailable` when nobody answers."""
        options = options or PoolOptions()
        connection_options = {
            "server_settings": _server_settings(options),
            "timeout": _CONNECT_TIMEOUT_S,
            # The server's own limit comes first; this one is for a server that has fallen silent.
            "command_timeout": options.statement_timeout_ms / 1000 + _CONNECT_TIMEOUT_S,
        }

        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(asyncpg_dsn(url), **connection_options)

        # Both pools connect through asyncpg's own reading of the URL, so that every libpq option in it means the same.
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            pool_size=options.session_pool_size,
            max_overflow=0,
            pool_timeout=options.acquire_timeout_s,
            json_serializer=json_text,
            json_deserializer=orjson.loads,
        )
        with _connecting():
            hot_pool = await asyncpg.create_pool(
                asyncpg_dsn(url),
                min_size=1,
                max_size=options.hot_pool_size,
                init=_use_json_codec,
                reset=_keep_as_is,
                **{**connection_options, "server_settings": _server_settings(options) | _LOOK_UP_BY_KEY},
            )
        return cls(engine=engine, hot_pool=hot_pool, options=options)

    async def close(self) -> None:
        """Let statements in flight finish, then close every connection."""
        await self._hot_pool.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends and rolls back when it raises."""
        async with self._session(self._write_sessions) as session:
            yield session

    @asynccontextmanager
    async def read(self, *, snapshot: bool = False) -> AsyncIterator[AsyncSession]:
        """A session that cannot write. A snapshot sees one instant in all its statements, as an audit needs."""
        async with self._session(self._snapshot_sessions if snapshot else self._read_sessions) as session:
            yield session

    @asynccontextmanager
    async def hot_connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A bare asyncpg connection, for statements that must cost one round trip and nothing else.

        It is in autocommit: one statement is one transaction. `json` and `jsonb` values are Python objects. Nothing is
        reset when it goes back, so leave no setting, lock or listener behind.
        """
        with _connecting():
            connection = await self._hot_pool.acquire(timeout=self._options.acquire_timeout_s)
        try:
            with _in_statement():
                yield connection
        finally:
            await self._hot_pool.release(connection)

    @asynccontextmanager
    async def _session(self, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
        with _in_statement():
            async with sessions() as session, session.begin():
                # Connect now rather than at the first statement: an OSError then is the database's for sure.
                with _connecting():
                    connection = await session.connection()
                give_memory(session, self._settings_memory)
                remember_connection(session, (await connection.get_raw_connection()).driver_connection)
                yield session


def asyncpg_dsn(url: str) -> str:
    """The URL as libpq and asyncpg write it, whether or not it names SQLAlchemy's driver."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("A database URL starts with postgresql://")
    return "postgresql://" + rest


def _server_settings(options: PoolOptions) -> dict[str, str]:
    return {
        "application_name": options.application_name,
        "timezone": "UTC",
        "statement_timeout": str(options.statement_timeout_ms),
        "lock_timeout": str(options.lock_timeout_ms),
        "idle_in_transaction_session_timeout": str(4 * options.statement_timeout_ms),
        # Compiling a plan to machine code pays for reports, not for statements of a millisecond.
        "jit": "off",
    }


# Hot statements find every row by its key. One plan is right for them whatever the tables hold; left to itself the
# planner plans large statements anew, and keeps scans that were cheap while a table was nearly empty.
_LOOK_UP_BY_KEY: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


# The binary form of jsonb is its text behind one version byte.
_JSONB_VERSION: Final = b"\x01"


async def _use_json_codec(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: _JSONB_VERSION + orjson.dumps(value),
        decoder=lambda data: orjson.loads(data[1:]),
    )
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=orjson.dumps, decoder=orjson.loads
    )


async def _keep_as_is(_connection: asyncpg.Connection) -> None:
    """The pool's usual reset costs a second round trip for each one that does work."""


_LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    ConnectionError,
)
_BUSY: Final = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    TimeoutError,
)


def _is_lost(error: BaseException | None) -> bool:
    if isinstance(error, asyncpg.InterfaceError):
        # One class for a closed connection and for wrong use of an open one; only the text tells them apart.
        return "closed" in str(error) or "closing" in str(error)
    return isinstance(error, _LOST)


@contextmanager
def _connecting() -> Iterator[None]:
    """Translate what can go wrong before a connection is at hand."""
    try:
        yield
    except (PoolTimeout, TimeoutError) as error:
        raise DatabaseBusy(retry_after_s=1) from error
    except (OSError, asyncpg.InterfaceError, *_LOST) as error:
        raise DatabaseUnavailable(retry_after_s=2) from error


@contextmanager
def _in_statement() -> Iterator[None]:
    """Translate what can go wrong on a connection; every other error, such as a violated constraint, passes."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig else None
        if error.connection_invalidated or _is_lost(cause):
            raise DatabaseUnavailable(retry_after_s=2) from error
        if isinstance(cause, _BUSY):
            raise DatabaseBusy(retry_after_s=1) from error
        raise
    except _BUSY as error:
        raise DatabaseBusy(retry_after_s=1) from error
    except (asyncpg.InterfaceError, *_LOST) as error:
        if _is_lost(error):
            raise DatabaseUnavailable(retry_after_s=2) from error
        raise
