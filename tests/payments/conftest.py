"""Fixtures of money: a shop that sells on terms, a company that owes, and books that must be right afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from service.core.clock import FixedClock
from service.infra.database import Database
from service.ledger.domain import Balances
from tests.app import Tenant, client_of
from tests.orders.world import Debtor, offer_terms, open_company
from tests.payments.world import prove_books

Books = Callable[[], Awaitable[Balances]]


@pytest.fixture
async def shop(app: FastAPI, database: Database, tenant: Tenant, clock: FixedClock) -> AsyncIterator[httpx.AsyncClient]:
    """The shop of a merchant that offers terms, as it calls the service. Its books are proved after every test."""
    await offer_terms(database, tenant, now=clock.now())
    async with client_of(app, tenant.shop_key) as client:
        yield client
    await prove_books(database, tenant)


@pytest.fixture
async def company(shop: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock) -> Debtor:
    """A company with a limit of 1,000.00 EUR."""
    return await open_company(database, tenant, now=clock.now())


@pytest.fixture
def books(database: Database, tenant: Tenant, company: Debtor) -> Books:
    """Balances of the company's line, proved from the journal and the documents."""

    async def read() -> Balances:
        return (await prove_books(database, tenant))[company.line_id]

    return read
