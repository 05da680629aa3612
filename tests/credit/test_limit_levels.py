"""Limits above the company are kept between transactions, and never outlive the settings they were made of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from service.core.clock import FixedClock
from service.credit.service import lock_line
from service.infra.database import Database
from service.infra.memory import SettingsMemory
from service.infra.work import Work
from service.merchants.service import update_merchant
from service.merchants.settings import MerchantSettings
from tests.app import Tenant
from tests.orders.world import open_company


def limit_of(amount: str) -> MerchantSettings:
    limit: dict[str, Any] = {"kind": "amount", "amount": amount, "currency": "EUR"}
    return MerchantSettings.model_validate({"default_limit": limit})


class Levels:
    """One company without a limit of its own: what its line may carry is what the merchant's settings say."""

    def __init__(self, database: Database, tenant: Tenant, clock: FixedClock, line_id: UUID) -> None:
        self.database, self._tenant, self._clock, self._line_id = database, tenant, clock, line_id

    def work(self, session: AsyncSession) -> Work:
        return Work(session=session, caller=self._tenant.caller(), now=self._clock.now())

    async def set(self, session: AsyncSession, amount: str) -> None:
        await update_merchant(self.work(session), fields={}, settings=limit_of(amount), reason=None)

    async def limit_minor(self, session: AsyncSession) -> int | None:
        return (await lock_line(self.work(session), self._line_id)).position.limit.amount_minor

    async def limit_now(self) -> int | None:
        async with self.database.transaction() as session:
            return await self.limit_minor(session)


@pytest.fixture
async def levels(database: Database, tenant: Tenant, clock: FixedClock) -> Levels:
    company = await open_company(database, tenant, now=clock.now(), limit_minor=None)
    levels = Levels(database, tenant, clock, company.line_id)
    async with database.transaction() as session:
        await levels.set(session, "100.00")
    return levels


class TestLimitLevels:
    async def test_a_change_counts_in_the_next_transaction(self, levels: Levels) -> None:
        assert [await levels.limit_now(), await levels.limit_now()] == [100_00, 100_00]
        async with levels.database.transaction() as session:
            await levels.set(session, "250.00")
        assert await levels.limit_now() == 250_00

    async def test_a_change_by_another_process_counts_too(self, levels: Levels, database_url: str) -> None:
        assert await levels.limit_now() == 100_00
        other = await Database.open(database_url)
        try:
            async with other.transaction() as session:
                await levels.set(session, "250.00")
        finally:
            await other.close()
        assert await levels.limit_now() == 250_00

    async def test_a_change_that_is_undone_is_not_remembered(self, levels: Levels) -> None:
        with pytest.raises(LookupError):
            async with levels.database.transaction() as session:
                await levels.set(session, "900.00")
                assert await levels.limit_minor(session) == 900_00
                raise LookupError
        # Comes to the version that the one before had come to.
        async with levels.database.transaction() as session:
            await levels.set(session, "250.00")
        assert await levels.limit_now() == 250_00


class TestSettingsMemory:
    def test_recalls_one_version_only(self) -> None:
        memory, merchant_id = SettingsMemory(), UUID(int=1)
        memory.keep(merchant_id, "old", version=1)
        assert memory.recall(merchant_id, version=1) == "old"
        assert memory.recall(merchant_id, version=2) is None

    def test_keeps_no_more_than_the_latest_merchants(self) -> None:
        memory = SettingsMemory()
        merchants = [UUID(int=number) for number in range(1_001)]
        for merchant_id in merchants:
            memory.keep(merchant_id, "known", version=1)
        assert memory.recall(merchants[0], version=1) is None
        assert memory.recall(merchants[1], version=1) == "known"
