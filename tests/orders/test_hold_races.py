"""Holds at the same time in two processes on one database: never above the limit, never twice, never in a circle."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeAlias

import httpx
import orjson
import pytest
from sqlalchemy import delete, func, select

from service.core.clock import FixedClock
from service.credit.models import CreditLineRow, HoldRow
from service.infra.database import Database
from service.infra.idempotency import IdempotencyKeyReused, IdempotencyKeyRow, hash_request
from service.ledger.repository import read_balances, sum_postings
from service.orders import checkout_service
from service.orders.checkout_repository import look_up
from service.orders.checkout_schemas import HoldRequest
from service.orders.checkout_service import Checkout
from service.orders.hold_service import HoldAnswer
from tests.app import Tenant
from tests.orders.world import Debtor, offer_terms, open_company

Instances: TypeAlias = tuple[Checkout, Checkout]


@pytest.fixture
async def instances(
    database_url: str, database: Database, tenant: Tenant, clock: FixedClock
) -> AsyncIterator[Instances]:
    """Two of what a process has one of, each with connections of its own."""
    await offer_terms(database, tenant, now=clock.now())
    first, second = [await Database.open(database_url) for _ in range(2)]
    checkouts = Checkout(first, clock), Checkout(second, clock)
    yield checkouts
    for checkout in checkouts:
        await checkout.drain()
    for opened in (first, second):
        await opened.close()


async def place(checkout: Checkout, tenant: Tenant, company: Debtor, amount: str, *, key: str) -> HoldAnswer:
    body = {"company": company.ref, "amount": amount, "currency": "EUR"}
    request_hash = hash_request("POST", "/v1/holds?", orjson.dumps(body))
    asked = HoldRequest.model_validate(body).to_hold(None, idempotency_key=key, request_hash=request_hash)
    return await checkout.place_hold(await checkout.identify(tenant.shop_key), asked)


def outcome(held: HoldAnswer) -> Any:
    return orjson.loads(held.answer.response)["outcome"]


async def require_right_books(database: Database, tenant: Tenant, companies: Sequence[Debtor], *, limit: int) -> int:
    """Balances equal their postings and keep the limit; gives what is held in all."""
    total = 0
    async with database.read() as session:
        for company in companies:
            posted = await sum_postings(session, merchant_id=tenant.merchant_id, line_id=company.line_id)
            found = await read_balances(session, merchant_id=tenant.merchant_id, line_ids=[company.line_id])
            assert found[company.line_id] == posted
            assert posted.held <= limit
            total += posted.held
    return total


async def count(database: Database, table: type[HoldRow | IdempotencyKeyRow | CreditLineRow]) -> int | None:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(table))


class TestLimits:
    async def test_hundreds_of_holds_never_exceed_the_limit(
        self, instances: Instances, database: Database, tenant: Tenant, clock: FixedClock
    ):
        companies = [await open_company(database, tenant, now=clock.now(), ref=f"C-{n}") for n in range(3)]
        placed = await asyncio.gather(
            *(place(instances[n % 2], tenant, companies[n % 3], "30.00", key=f"cart-{n}") for n in range(360))
        )
        assert Counter(outcome(held) for held in placed) == {"approved": 3 * 33, "declined": 360 - 3 * 33}
        assert await require_right_books(database, tenant, companies, limit=100_000) == 3 * 99_000

    async def test_batches_that_meet_on_many_lines_do_not_wait_in_a_circle(
        self, instances: Instances, database: Database, tenant: Tenant, clock: FixedClock
    ):
        companies = [await open_company(database, tenant, now=clock.now(), ref=f"C-{n}") for n in range(12)]
        # One instance comes from the front, the other from behind.
        orders = [(instances[0], company) for company in companies] + [
            (instances[1], company) for company in reversed(companies)
        ]
        for repeat in range(10):
            placed = await asyncio.gather(
                *(
                    place(checkout, tenant, company, "1.00", key=f"cart-{repeat}-{n}")
                    for n, (checkout, company) in enumerate(orders)
                )
            )
            assert {outcome(held) for held in placed} == {"approved"}
        assert await require_right_books(database, tenant, companies, limit=100_000) == 240 * 100

    async def test_first_orders_at_once_open_one_line(
        self, instances: Instances, client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock
    ):
        unlimited = {"settings": {"default_limit": {"kind": "unlimited"}}}
        (await client.patch("/v1/shops/main", json=unlimited)).raise_for_status()
        company = await open_company(database, tenant, now=clock.now(), limit_minor=None)
        async with database.transaction() as session:
            await session.execute(delete(CreditLineRow))
        placed = await asyncio.gather(
            *(place(instances[n % 2], tenant, company, "5.00", key=f"cart-{n}") for n in range(20))
        )
        assert {outcome(held) for held in placed} == {"approved"}
        assert await count(database, CreditLineRow) == 1
        assert await count(database, HoldRow) == 20


class TestKeys:
    async def test_one_key_at_once_on_both_gives_one_hold_and_the_same_answer(
        self, instances: Instances, database: Database, tenant: Tenant, clock: FixedClock
    ):
        company = await open_company(database, tenant, now=clock.now())
        for n in range(20):
            placed = await asyncio.gather(
                *(place(checkout, tenant, company, "10.00", key=f"cart-{n}") for checkout in (*instances, *instances))
            )
            assert len({held.answer.response for held in placed}) == 1
            assert [held.is_replay for held in placed].count(False) == 1
        assert await count(database, HoldRow) == await count(database, IdempotencyKeyRow) == 20
        assert await require_right_books(database, tenant, [company], limit=100_000) == 20_000

    async def test_one_key_for_two_requests_at_once_serves_one_and_refuses_the_other(
        self, instances: Instances, database: Database, tenant: Tenant, clock: FixedClock
    ):
        company = await open_company(database, tenant, now=clock.now())
        for n in range(20):
            answers = await asyncio.gather(
                *(
                    place(checkout, tenant, company, amount, key=f"cart-{n}")
                    for checkout, amount in zip(instances, ("10.00", "11.00"), strict=True)
                ),
                return_exceptions=True,
            )
            assert {type(answer) for answer in answers} == {HoldAnswer, IdempotencyKeyReused}
        assert await count(database, HoldRow) == 20

    async def test_keys_that_cross_over_lines_do_not_wait_in_a_circle(
        self, instances: Instances, database: Database, tenant: Tenant, clock: FixedClock
    ):
        companies = [await open_company(database, tenant, now=clock.now(), ref=f"C-{n}") for n in range(2)]
        for n in range(20):
            keys = [f"a-{n}", f"b-{n}"]
            answers = await asyncio.gather(
                *(
                    place(checkout, tenant, company, "1.00", key=key)
                    for checkout, mine in zip(instances, (companies, companies[::-1]), strict=True)
                    for company, key in zip(mine, keys, strict=True)
                ),
                return_exceptions=True,
            )
            kinds = Counter(type(answer) for answer in answers)
            assert kinds == {HoldAnswer: 2, IdempotencyKeyReused: 2}
        assert await count(database, HoldRow) == 40

    async def test_a_bad_neighbour_harms_no_other(
        self, instances: Instances, database: Database, tenant: Tenant, clock: FixedClock
    ):
        company = await open_company(database, tenant, now=clock.now())
        await place(instances[0], tenant, company, "1.00", key="used")
        answers = await asyncio.gather(
            place(instances[1], tenant, company, "2.00", key="fresh-1"),
            place(instances[1], tenant, company, "2.00", key="used"),
            place(instances[1], tenant, company, "2.00", key="fresh-2"),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers] == [HoldAnswer, IdempotencyKeyReused, HoldAnswer]
        assert await require_right_books(database, tenant, [company], limit=100_000) == 500


class TestWithoutTheLock:
    """The control: what these tests would see if balances were read without locking them."""

    async def test_two_holds_are_given_the_same_credit(
        self,
        instances: Instances,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
        monkeypatch: pytest.MonkeyPatch,
    ):
        company = await open_company(database, tenant, now=clock.now())
        both_have_read = asyncio.Barrier(2)

        async def read_together(connection: Any, lookups: Any) -> Any:
            rows = await look_up(connection, lookups)
            await both_have_read.wait()
            return rows

        monkeypatch.setattr(checkout_service, "lock_for_holds", read_together)
        placed = await asyncio.gather(
            *(place(checkout, tenant, company, "600.00", key=f"cart-{n}") for n, checkout in enumerate(instances))
        )
        assert [outcome(held) for held in placed] == ["approved", "approved"]
        async with database.read() as session:
            posted = await sum_postings(session, merchant_id=tenant.merchant_id, line_id=company.line_id)
        assert posted.held == 120_000, "above the limit of 1,000.00"
