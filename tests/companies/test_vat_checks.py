"""Asking the VAT registry: now, over the API, and again by the worker. The registry is a server on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from service.companies.jobs import run_recheck_vat_once
from service.companies.vat import VatCheckResult, VatNumber
from service.config import Settings
from service.core.clock import FixedClock
from service.infra.database import Database
from service.integrations.vies.client import ViesClient, ViesSettings, build_vies_http_client
from service.integrations.vies.fake import Behaviour, FakeVies, serve_fake_vies
from tests.app import app_settings
from tests.companies.api import OTHER_VAT_NUMBER, VAT_NUMBER, announced, get_company, put_company


@pytest.fixture
def vies(clock: FixedClock) -> FakeVies:
    return FakeVies(clock=clock)


@pytest.fixture
async def vies_url(vies: FakeVies) -> AsyncIterator[str]:
    async with serve_fake_vies(vies) as url:
        yield url


@pytest.fixture
def settings(database_url: str, vies_url: str) -> Settings:
    """The application asks the registry of this test."""
    return app_settings(database_url).model_copy(update={"vies_base_url": vies_url})


@pytest.fixture
async def registry(vies_url: str, clock: FixedClock) -> AsyncIterator[ViesClient]:
    """A worker's own client of the same registry."""
    vies_settings = ViesSettings(base_url=vies_url)
    async with build_vies_http_client(vies_settings) as http:
        yield ViesClient(http, clock=clock, settings=vies_settings)


async def check(client: httpx.AsyncClient, ref: str = "C-1") -> dict[str, Any]:
    answer = await client.post(f"/v1/companies/{ref}/vat-check")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestCheckVatNow:
    async def test_a_registered_number_becomes_valid_and_is_announced(
        self, client: httpx.AsyncClient, database: Database
    ):
        company = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        checked = await check(client)
        assert checked["vat"]["status"] == "valid"
        assert checked["vat"]["source"] == "vies"
        assert checked["vat"]["reason"] is None
        assert checked["vat"]["next_check_at"] == "2026-05-31T09:00:00.000000Z"
        assert checked["version"] == 2
        events = await announced(database, company["id"])
        assert [name for name, _ in events] == ["company.updated", "company.updated", "company.vat_status_changed"]
        assert events[-1][1] == {
            "company_id": company["id"],
            "refs": [{"ref": "C-1", "shop": "main"}],
            "version": 2,
            "vat_status": "valid",
            "previous_vat_status": "unknown",
            "reason": None,
        }

    async def test_keeps_neither_name_nor_address_from_the_registry(self, client: httpx.AsyncClient, vies: FakeVies):
        company = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        checked = await check(client)
        assert vies.count_of(VAT_NUMBER) == 1
        assert (checked["legal_name"], checked["addresses"]) == (company["legal_name"], [])

    async def test_the_merchants_own_number_brings_a_consultation_number(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, vies: FakeVies
    ):
        await integrator.patch("/v1/merchant", json={"settings": {"requester_vat_number": "DE 136 695 976"}})
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        checked = await check(client)
        assert checked["vat"]["consultation_number"]
        assert vies.received[-1].body["requesterNumber"] == "136695976"

    async def test_an_outage_says_unknown_and_blocks_nobody(self, client: httpx.AsyncClient, vies: FakeVies):
        vies.script(VAT_NUMBER, Behaviour.UNAVAILABLE)
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        checked = await check(client)
        assert (checked["vat"]["status"], checked["vat"]["reason"]) == ("unknown", "member_state_unavailable")
        assert checked["vat"]["next_check_at"] == "2026-03-02T09:15:00.000000Z"

    async def test_an_outage_takes_no_clear_answer_away_but_is_asked_again_soon(
        self, client: httpx.AsyncClient, vies: FakeVies, clock: FixedClock
    ):
        vies.script(VAT_NUMBER, Behaviour.VALID, Behaviour.UNAVAILABLE)
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        first = await check(client)
        clock.advance(days=90)
        second = await check(client)
        assert second["vat"]["status"] == "valid"
        assert second["vat"]["checked_at"] == first["vat"]["checked_at"]
        assert second["vat"]["next_check_at"] == "2026-05-31T09:15:00.000000Z"
        assert second["version"] == first["version"]

    @pytest.mark.parametrize("number", [None, "FR41303265045"])
    async def test_without_a_number_to_ask_about_nobody_is_asked(
        self, client: httpx.AsyncClient, vies: FakeVies, number: str | None
    ):
        await put_company(client, "C-1", vat_number=number)
        answer = await client.post("/v1/companies/C-1/vat-check")
        assert (answer.status_code, answer.json()["code"]) == (409, "vat_number_not_checkable")
        assert not vies.received

    async def test_another_merchants_company_is_not_found(
        self, client: httpx.AsyncClient, stranger: httpx.AsyncClient, vies: FakeVies
    ):
        company = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        answer = await stranger.post(f"/v1/companies/{company['id']}/vat-check")
        assert answer.status_code == 404
        assert not vies.received

    async def test_no_transaction_is_open_while_the_registry_thinks(self, client: httpx.AsyncClient, vies: FakeVies):
        vies.script(VAT_NUMBER, Behaviour.SLOW)
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        checking = asyncio.create_task(check(client))
        await vies.wait_until_asked(VAT_NUMBER)
        changed = await put_company(client, "C-1", legal_name="Changed meanwhile")
        assert changed["version"] == 2
        vies.release.set()
        checked = await checking
        assert (checked["legal_name"], checked["vat"]["status"]) == ("Changed meanwhile", "valid")

    async def test_an_answer_about_a_number_that_changed_meanwhile_is_not_kept(
        self, client: httpx.AsyncClient, vies: FakeVies
    ):
        vies.script(VAT_NUMBER, Behaviour.SLOW)
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        checking = asyncio.create_task(check(client))
        await vies.wait_until_asked(VAT_NUMBER)
        await put_company(client, "C-1", vat_number=OTHER_VAT_NUMBER)
        vies.release.set()
        checked = await checking
        assert (checked["vat"]["number"], checked["vat"]["status"]) == (OTHER_VAT_NUMBER, "unknown")


class TestVatNumberOnUpsert:
    async def test_a_new_number_is_asked_about_afresh(self, client: httpx.AsyncClient, database: Database):
        company = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        await check(client)
        changed = await put_company(client, "C-1", vat_number=OTHER_VAT_NUMBER)
        assert (changed["vat"]["status"], changed["vat"]["reason"]) == ("unknown", "not_yet_checked")
        assert changed["vat"]["next_check_at"] == "2026-03-02T09:00:00.000000Z"
        assert (await announced(database, company["id"]))[-1][1]["previous_vat_status"] == "valid"

    async def test_the_same_number_keeps_its_answer(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        checked = await check(client)
        again = await put_company(client, "C-1", vat_number="FR 40 303265045")
        assert again["vat"] == checked["vat"]

    async def test_a_removed_number_leaves_nothing_to_ask(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        await check(client)
        removed = await put_company(client, "C-1", vat_number=None)
        assert removed["vat"] == {
            "number": None, "status": "absent", "reason": None, "source": None, "checked_at": None,
            "next_check_at": None, "consultation_number": None,
        }  # fmt: skip

    async def test_a_number_outside_the_registry_is_unknown_and_seldom_asked(self, client: httpx.AsyncClient):
        company = await put_company(client, "C-1", country="GB", vat_number="GB980780684")
        assert (company["vat"]["status"], company["vat"]["reason"]) == ("unknown", "registry_not_covered")
        assert company["vat"]["next_check_at"] == "2026-05-31T09:00:00.000000Z"


class TestRecheckVat:
    async def test_asks_about_what_is_due_once(
        self, client: httpx.AsyncClient, database: Database, registry: ViesClient, vies: FakeVies, clock: FixedClock
    ):
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        assert await run_recheck_vat_once(database, registry, clock.now())
        assert (await get_company(client, "C-1"))["vat"]["status"] == "valid"
        assert not await run_recheck_vat_once(database, registry, clock.now())
        assert vies.count_of(VAT_NUMBER) == 1

    async def test_the_boundary_is_the_instant_itself(
        self, client: httpx.AsyncClient, database: Database, registry: ViesClient, clock: FixedClock
    ):
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        await run_recheck_vat_once(database, registry, clock.now())
        due_at = clock.now() + timedelta(days=90)
        assert not await run_recheck_vat_once(database, registry, due_at - timedelta(microseconds=1))
        assert await run_recheck_vat_once(database, registry, due_at)

    async def test_a_confirmation_moves_dates_only(
        self, client: httpx.AsyncClient, database: Database, registry: ViesClient, clock: FixedClock
    ):
        company = await put_company(client, "C-1", vat_number=VAT_NUMBER)
        await run_recheck_vat_once(database, registry, clock.now())
        told = len(await announced(database, company["id"]))
        clock.advance(days=90)
        assert await run_recheck_vat_once(database, registry, clock.now())
        confirmed = await get_company(client, "C-1")
        assert confirmed["vat"]["checked_at"] == "2026-05-31T09:00:00.000000Z"
        assert confirmed["version"] == 2
        assert len(await announced(database, company["id"])) == told

    async def test_two_workers_never_ask_about_the_same_number(
        self, client: httpx.AsyncClient, database: Database, registry: ViesClient, vies: FakeVies, clock: FixedClock
    ):
        vies.script(VAT_NUMBER, Behaviour.SLOW)
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        first = asyncio.create_task(run_recheck_vat_once(database, registry, clock.now()))
        await vies.wait_until_asked(VAT_NUMBER)
        assert not await run_recheck_vat_once(database, registry, clock.now())
        vies.release.set()
        assert await first
        assert vies.count_of(VAT_NUMBER) == 1

    async def test_of_many_workers_at_once_each_gets_another_number(
        self, client: httpx.AsyncClient, database: Database, registry: ViesClient, vies: FakeVies, clock: FixedClock
    ):
        numbers = [VAT_NUMBER, OTHER_VAT_NUMBER, "BE0428759497", "ATU13585627"]
        for position, number in enumerate(numbers):
            await put_company(client, f"C-{position}", vat_number=number)
        done = await asyncio.gather(*(run_recheck_vat_once(database, registry, clock.now()) for _ in range(8)))
        assert sum(done) == 4
        assert [vies.count_of(number) for number in numbers] == [1, 1, 1, 1]

    async def test_a_worker_killed_in_the_middle_leaves_the_number_to_the_next_after_a_while(
        self, client: httpx.AsyncClient, database: Database, registry: ViesClient, vies: FakeVies, clock: FixedClock
    ):
        vies.script(VAT_NUMBER, Behaviour.SLOW, Behaviour.VALID)
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        killed = asyncio.create_task(run_recheck_vat_once(database, registry, clock.now()))
        await vies.wait_until_asked(VAT_NUMBER)
        killed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await killed
        assert not await run_recheck_vat_once(database, registry, clock.now() + timedelta(minutes=14))
        clock.advance(minutes=15)
        assert await run_recheck_vat_once(database, registry, clock.now())
        assert (await get_company(client, "C-1"))["vat"]["status"] == "valid"

    async def test_a_number_that_breaks_the_worker_does_not_keep_the_others_waiting(
        self, client: httpx.AsyncClient, database: Database, registry: ViesClient, clock: FixedClock
    ):
        class BrokenFor:
            """A registry with a bug that one number meets."""

            async def check(self, number: VatNumber, *, requester: VatNumber | None = None) -> VatCheckResult:
                if str(number) == VAT_NUMBER:
                    raise RuntimeError("a bug")
                return await registry.check(number, requester=requester)

        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        clock.advance(seconds=1)
        await put_company(client, "C-2", vat_number=OTHER_VAT_NUMBER)
        with pytest.raises(RuntimeError, match="a bug"):
            await run_recheck_vat_once(database, BrokenFor(), clock.now())
        assert await run_recheck_vat_once(database, BrokenFor(), clock.now())
        assert (await get_company(client, "C-2"))["vat"]["status"] == "valid"
        assert not await run_recheck_vat_once(database, BrokenFor(), clock.now())

    async def test_an_outage_is_asked_ever_more_seldom(
        self, client: httpx.AsyncClient, database: Database, registry: ViesClient, vies: FakeVies, clock: FixedClock
    ):
        vies.script(VAT_NUMBER, Behaviour.UNAVAILABLE)
        await put_company(client, "C-1", vat_number=VAT_NUMBER)
        waits = []
        for _ in range(4):
            assert await run_recheck_vat_once(database, registry, clock.now())
            due_at = datetime.fromisoformat((await get_company(client, "C-1"))["vat"]["next_check_at"])
            waits.append(due_at - clock.now())
            clock.instant = due_at
        assert waits == [timedelta(minutes=minutes) for minutes in (15, 30, 60, 120)]
