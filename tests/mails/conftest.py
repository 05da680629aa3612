"""A world of mails with a server that takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.signing import SecretBox
from tests.app import Tenant
from tests.mails.smtp_server import ScriptedServer, serve_smtp
from tests.mails.world import MailWorld


@pytest.fixture
def secret_box() -> SecretBox:
    return SecretBox([Fernet.generate_key().decode()])


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serve_smtp(ScriptedServer()) as server:
        yield server


@pytest.fixture
async def world(
    database: Database, clock: FixedClock, secret_box: SecretBox, tenant: Tenant, server: ScriptedServer
) -> AsyncIterator[MailWorld]:
    world = MailWorld(database=database, clock=clock, secret_box=secret_box, tenant=tenant)
    world.use(server)
    yield world
    await world.office.close()
