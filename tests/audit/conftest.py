"""Fixtures of the audit."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from service.core.clock import FixedClock
from service.infra.database import Database
from tests.app import Tenant, client_of
from tests.orders.world import Debtor, offer_terms, open_company


@pytest.fixture
async def shop(app: FastAPI, database: Database, tenant: Tenant, clock: FixedClock) -> AsyncIterator[httpx.AsyncClient]:
    """The shop of a merchant that offers terms, as it calls the service."""
    await offer_terms(database, tenant, now=clock.now())
    async with client_of(app, tenant.shop_key) as client:
        yield client


@pytest.fixture
async def company(shop: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock) -> Debtor:
    """A company with a limit of 1,000.00 EUR."""
    return await open_company(database, tenant, now=clock.now())
