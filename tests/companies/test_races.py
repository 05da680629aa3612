"""Many upserts at the same time make one debtor; a control shows what happens without their locks."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from service.companies import repository
from service.companies.domain import Company, CompanyReport, Position, revise_company
from service.companies.models import CompanyRefRow, CompanyRow
from service.companies.service import UpsertedCompany, expect_many_upserts, set_override, upsert_company
from service.core.clock import FixedClock
from service.core.ids import CompanyId, new_id
from service.infra.database import Database
from service.infra.work import Work
from tests.app import Tenant
from tests.companies.api import OTHER_VAT_NUMBER, SIREN, VAT_NUMBER


def report(**numbers: str) -> CompanyReport:
    return CompanyReport(
        legal_name="Moulin Vert SARL",
        country="FR",
        language="fr",
        given=frozenset(numbers),
        vat_number=numbers.get("vat_number"),
        registration_number=numbers.get("registration_number"),
    )


async def count_companies(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(CompanyRow)) or 0


@pytest.fixture
def upsert(database: Database, tenant: Tenant, clock: FixedClock):
    async def upsert_once(ref: str, said: CompanyReport) -> UpsertedCompany:
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.shop_caller(), now=clock.now())
            return await upsert_company(work, ref, report=said)

    return upsert_once


class TestUpsertsAtTheSameTime:
    @pytest.mark.parametrize(
        "numbers",
        [
            [{"vat_number": VAT_NUMBER}],
            [{"registration_number": SIREN}],
            [{"vat_number": VAT_NUMBER}, {"registration_number": SIREN}],
        ],
    )
    async def test_twenty_customers_with_one_number_are_one_debtor(
        self, database: Database, upsert, numbers: list[dict[str, str]]
    ):
        upserted = await asyncio.gather(
            *(upsert(f"C-{index}", report(**numbers[index % len(numbers)])) for index in range(20))
        )
        assert len({each.known.company.id for each in upserted}) == 1
        assert [each.matched_by for each in upserted].count(None) == 1
        assert await count_companies(database) == 1

    async def test_one_reference_reported_twenty_times_is_one_company(self, database: Database, upsert):
        upserted = await asyncio.gather(*(upsert("C-1", report()) for _ in range(20)))
        assert len({each.known.company.id for each in upserted}) == 1
        assert await count_companies(database) == 1

    async def test_crossing_numbers_neither_deadlock_nor_make_more_than_two_debtors(self, database: Database, upsert):
        await upsert("A", report(vat_number=VAT_NUMBER))
        await upsert("B", report(vat_number=OTHER_VAT_NUMBER))
        swapped = [
            upsert(ref, report(vat_number=number))
            for _ in range(10)
            for ref, number in (("A", OTHER_VAT_NUMBER), ("B", VAT_NUMBER), ("C", VAT_NUMBER), ("D", OTHER_VAT_NUMBER))
        ]
        outcomes = await asyncio.gather(*swapped, return_exceptions=True)
        codes = {getattr(outcome, "code", type(outcome).__name__) for outcome in outcomes}
        assert codes == {"company_conflict", "UpsertedCompany"}
        assert await count_companies(database) == 2

    async def test_versions_count_every_change(self, upsert, database: Database):
        created = await upsert("C-1", report())
        names = [f"Moulin {number}" for number in range(20)]
        await asyncio.gather(
            *(upsert("C-1", CompanyReport(legal_name=name, country="FR", language="fr")) for name in names)
        )
        async with database.read() as session:
            version = await session.scalar(select(CompanyRow.version).where(CompanyRow.id == created.known.company.id))
        assert version == 1 + len(names)

    async def test_a_report_and_a_decision_by_hand_lose_nothing_of_each_other(
        self, upsert, database: Database, tenant: Tenant, clock: FixedClock
    ):
        created = await upsert("C-1", report())

        async def override(number: int) -> None:
            async with database.transaction() as session:
                work = Work(session=session, caller=tenant.shop_caller(), now=clock.now())
                await set_override(work, "C-1", position=Position.ALLOW, reason=f"Reason {number}")

        async def rename(number: int) -> None:
            await upsert("C-1", CompanyReport(legal_name=f"Moulin {number}", country="FR", language="fr"))

        await asyncio.gather(*(change(number) for number in range(15) for change in (override, rename)))
        async with database.read() as session:
            row = (
                await session.execute(select(CompanyRow.__table__).where(CompanyRow.id == created.known.company.id))
            ).one()
        assert row.version == 31
        assert row.override_reason is not None
        assert row.legal_name != "Moulin Vert SARL"


class TestWithoutTheLocks:
    """The same steps without taking the names first: what the locks are for."""

    async def test_two_customers_with_one_number_become_two_debtors(
        self, database: Database, tenant: Tenant, clock: FixedClock
    ):
        both_looked = asyncio.Barrier(2)

        async def create_unlocked(ref: str) -> UUID:
            async with database.transaction() as session:
                work = Work(session=session, caller=tenant.shop_caller(), now=clock.now())
                company: Company = revise_company(
                    None, report(vat_number=VAT_NUMBER), company_id=CompanyId(new_id()), now=clock.now()
                )
                found = await repository.find_by_numbers(work, list(company.numbers.own_keys()))
                await both_looked.wait()
                assert found == []
                await repository.insert_company(work, company)
                await repository.point_ref(work, scope_id=tenant.shop.id, ref=ref, company_id=company.id)
                return company.id

        made = await asyncio.gather(create_unlocked("C-1"), create_unlocked("C-2"))
        assert len(set(made)) == 2
        async with database.read() as session:
            assert await session.scalar(select(func.count()).select_from(CompanyRefRow)) == 2


class TestManyNames:
    async def test_fit_into_one_transaction(self, database: Database, tenant: Tenant, clock: FixedClock):
        # Far more than the locks that PostgreSQL has room for, with its own settings and with those of the tests.
        names = [f"company/{number}" for number in range(100_000)]
        async with database.transaction() as session:
            await repository.lock_names(Work(session=session, caller=tenant.caller(), now=clock.now()), names)
            held = await session.scalar(
                text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            )
        assert held is not None
        assert 0 < held <= 1024

    async def test_of_one_merchant_do_not_hold_up_another(
        self, database: Database, tenant: Tenant, other_tenant: Tenant, clock: FixedClock
    ):
        async with database.transaction() as one, database.transaction() as other:
            await expect_many_upserts(Work(session=one, caller=tenant.caller(), now=clock.now()))
            # It would be refused after the time that anybody waits for a lock.
            await expect_many_upserts(Work(session=other, caller=other_tenant.caller(), now=clock.now()))
