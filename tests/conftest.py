"""What every test may ask for: a migrated database of its own, and a clock that stands still."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO, cast
from uuid import uuid4

import asyncpg
import httpx
import pytest
import structlog
from fastapi import FastAPI

from service.config import Settings
from service.core.clock import FixedClock
from service.infra.database import Database, PoolOptions, asyncpg_dsn
from service.infra.embedded import embedded_postgres
from service.infra.migrations import migrate, migrations_folder
from service.main import create_app
from tests.app import Tenant, app_settings, client_of, open_tenant, running, serve_on_loopback

# Tests give up durability for speed; nothing else differs from the server that users run.
_FAST_AND_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "autovacuum": "off",
}
# Any constant does: it lets one process build the template while the others wait for it.
_TEMPLATE_LOCK = 8_600_002


class _CapturedOutput:
    """Wherever output goes at this moment. A server in a thread may log while pytest closes what it has captured."""

    def write(self, text: str) -> None:
        with contextlib.suppress(ValueError):
            sys.stdout.write(text)

    def flush(self) -> None:
        with contextlib.suppress(ValueError):
            sys.stdout.flush()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Log lines of a test are shown when it fails; each run has a folder to itself, removed at its end.

    Runs would else share one folder of the user's, which pytest closes to everyone else whenever a run begins, and whose
    oldest part it removes. As root the database runs as another user, and would lose its files in the middle of a run.
    """
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _CapturedOutput())))
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="enc-tests-"))
        config.option.basetemp = folder / "run"
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`pytest -m "not database"` runs what needs no server, in milliseconds a test."""
    for item in items:
        if "server_url" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


@pytest.fixture
def clock() -> FixedClock:
    """Monday, the 2nd of March 2026, nine o'clock UTC."""
    return FixedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all test processes: the given one, or an embedded one that stops with the last of them."""
    given = os.environ.get("ENCOURS_TEST_DATABASE_URL")
    if given:
        yield asyncpg_dsn(given)
        return
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with embedded_postgres(folder / "postgres", extra_settings=_FAST_AND_FORGETFUL) as url:
        yield url


@pytest.fixture(scope="session")
async def template_database(server_url: str) -> str:
    """The name of a database that was migrated once, by the migrations themselves, and is only ever copied."""
    name = f"encours_template_{_fingerprint(migrations_folder())}"
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _TEMPLATE_LOCK)
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            # It gets its name when it is complete, so that one left half-built is never used.
            draft = f"{name}_draft"
            await connection.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
            await connection.execute(f'CREATE DATABASE "{draft}"')
            await migrate(_with_database(server_url, draft))
            await connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    finally:
        await connection.close()
    return name


@pytest.fixture
async def database_url(server_url: str, template_database: str) -> AsyncIterator[str]:
    """The URL of a fresh, migrated, empty database that belongs to this test alone."""
    name = f"encours_test_{uuid4().hex}"
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_database}"')
        yield _with_database(server_url, name)
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Open connections to this test's database."""
    database = await Database.open(database_url, options=PoolOptions(application_name="tests"))
    yield database
    await database.close()


def _with_database(url: str, name: str) -> str:
    address, _, options = url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}?{options}"


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted((folder / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings of an application on this test's database, without rate limits."""
    return app_settings(database_url)


@pytest.fixture
async def app(settings: Settings, clock: FixedClock) -> AsyncIterator[FastAPI]:
    """The whole application, started, on this test's database and clock."""
    async with running(create_app(settings, clock=clock)) as app:
        yield app


@pytest.fixture
async def tenant(database: Database, clock: FixedClock) -> Tenant:
    """A merchant with one shop and its keys."""
    return await open_tenant(database, now=clock.now())


@pytest.fixture
async def other_tenant(database: Database, clock: FixedClock) -> Tenant:
    """A merchant that must never notice the first one."""
    return await open_tenant(database, now=clock.now(), name="Martin SARL", shop="other")


@pytest.fixture
async def client(app: FastAPI, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the application with the shop's key; see `client_of`."""
    async with client_of(app, tenant.shop_key) as client:
        yield client


@pytest.fixture
async def integrator(app: FastAPI, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the application with the merchant's integrator key."""
    async with client_of(app, tenant.integrator_key) as client:
        yield client


@pytest.fixture
async def stranger(app: FastAPI, other_tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the application with another merchant's integrator key."""
    async with client_of(app, other_tenant.integrator_key) as client:
        yield client


@pytest.fixture
def live_server(settings: Settings, clock: FixedClock) -> Iterator[str]:
    """The address of a real server on this test's database and clock."""
    with serve_on_loopback(settings, clock=clock) as address:
        yield address
