"""A shop with a company that owes, and a worker that sends mails to a server that takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from cryptography.fernet import Fernet

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.signing import SecretBox
from service.invoicing.mail_service import prepare_statements
from service.mails.domain import MailKind
from service.mails.queue_service import Preparers
from tests.app import Tenant
from tests.mails.smtp_server import ScriptedServer, serve_smtp
from tests.mails.world import MailWorld
from tests.orders.world import Debtor, offer_terms, open_company
from tests.payments.world import prove_books
from tests.reminders.world import give_address

BANK = {"holder": "Dupont Négoce SAS", "iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"}


class StatementWorld(MailWorld):
    """A worker that knows statements only."""

    @property
    def preparers(self) -> Preparers:
        return {MailKind.STATEMENT: prepare_statements}


@pytest.fixture
async def company(
    integrator: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock
) -> AsyncIterator[Debtor]:
    """A French company with a limit of 1,000.00 EUR and an address for invoices. The books are proved after each test."""
    await offer_terms(database, tenant, now=clock.now())
    answer = await integrator.patch("/v1/merchant", json={"settings": {"bank_account": BANK}})
    assert answer.is_success, answer.text
    debtor = await open_company(database, tenant, now=clock.now())
    await give_address(database, debtor)
    yield debtor
    await prove_books(database, tenant)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serve_smtp(ScriptedServer()) as server:
        yield server


@pytest.fixture
async def world(
    database: Database, clock: FixedClock, tenant: Tenant, server: ScriptedServer
) -> AsyncIterator[StatementWorld]:
    box = SecretBox([Fernet.generate_key().decode()])
    world = StatementWorld(database=database, clock=clock, secret_box=box, tenant=tenant)
    world.use(server)
    yield world
    await world.office.close()
