"""Fixtures of faults: a mail server that falls silent when told, and workers that send to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.infra.database import Database
from tests.faults.workers import Worker
from tests.mails.smtp_server import ScriptedServer, serve_smtp


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serve_smtp(ScriptedServer()) as server:
        yield server


@pytest.fixture
def worker(database: Database, database_url: str, server: ScriptedServer, tmp_path: Path) -> Worker:
    return Worker(database=database, database_url=database_url, server=server, log=tmp_path / "worker.log")
