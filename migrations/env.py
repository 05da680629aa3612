"""How migrations run: one at a time across all processes, each in its own transaction, never waiting long for a lock."""

from __future__ import annotations

import asyncio
import importlib
import os
import pkgutil
import time
from pathlib import Path

import asyncpg
from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

import service
from service.infra.database import asyncpg_dsn
from service.infra.embedded import running_database
from service.infra.orm import Base

# Any constant does, as long as nothing else takes the same advisory lock.
_MIGRATION_LOCK = 8_600_001
_WAIT_FOR_OTHER_MIGRATOR_S = 120


def import_models() -> None:
    """Every table is declared in some domain's `models.py` or in `service.infra`; importing is enough to know it."""
    for module in pkgutil.walk_packages(service.__path__, "service."):
        if module.name.startswith("service.infra.") or module.name.rpartition(".")[2] == "models":
            importlib.import_module(module.name)


def wait_for_other_migrator(connection: Connection) -> None:
    """Take the lock of migrations. Asked for again and again, between transactions: an index that the other one makes
    concurrently waits for every transaction that is open, and so for one that waits for a lock."""
    deadline_s = time.monotonic() + _WAIT_FOR_OTHER_MIGRATOR_S
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _MIGRATION_LOCK}):
        connection.commit()
        if time.monotonic() > deadline_s:
            raise SystemExit("Another migration has been running for a long time; try again when it has ended.")
        time.sleep(0.1)
    connection.commit()


def run_migrations(connection: Connection) -> None:
    wait_for_other_migrator(connection)
    # The service goes on working meanwhile: a migration that cannot have its lock soon must give up and be repeated,
    # since everyone else queues behind it.
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '10min'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=True,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
        connection.commit()


async def connect_and_run(url: str) -> None:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(asyncpg_dsn(url), server_settings={"application_name": "encours migrate"})

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run_migrations)
    await engine.dispose()


if context.is_offline_mode():
    raise SystemExit("Migrations need a database; to read their SQL, look at PostgreSQL's log of statements.")

import_models()
with running_database(
    database_url=context.config.attributes.get("database_url") or os.environ.get("ENCOURS_DATABASE_URL"),
    data_dir=Path(os.environ.get("ENCOURS_DATA_DIR", ".data")),
) as database_url:
    asyncio.run(connect_and_run(database_url))
