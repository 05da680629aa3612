"""Fixtures of reminders: a shop whose companies owe, a policy that is chosen, and an address to write to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from service.core.clock import FixedClock
from service.infra.database import Database
from tests.app import Tenant, client_of
from tests.orders.world import Debtor, offer_terms, open_company
from tests.payments.world import prove_books
from tests.reminders.world import choose_policy, give_address


@pytest.fixture
async def shop(
    app: FastAPI, database: Database, tenant: Tenant, clock: FixedClock, integrator: httpx.AsyncClient
) -> AsyncIterator[httpx.AsyncClient]:
    """The shop of a merchant with the standard policy, as it calls the service. Its books are proved after every test."""
    await offer_terms(database, tenant, now=clock.now())
    await choose_policy(integrator, "standard")
    async with client_of(app, tenant.shop_key) as client:
        yield client
    await prove_books(database, tenant)


@pytest.fixture
async def company(shop: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock) -> Debtor:
    """A company with a limit of 1,000.00 EUR and an address for invoices."""
    debtor = await open_company(database, tenant, now=clock.now())
    await give_address(database, debtor)
    return debtor
