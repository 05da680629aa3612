"""`encours demo`: the same story every time, told once, with books that are right."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select, update

from service.audit.service import audit_books
from service.config import Settings
from service.demo.cast import CAST, Mishap, Paying
from service.demo.keys import DemoKeys, read_keys
from service.demo.play import DEMO_NAME, DemoPlan, prepare_demo
from service.infra.database import Database
from service.ledger.models import JournalEntryRow
from service.main import create_app
from service.merchants.models import MerchantRow
from tests.app import client_of, running

NOW = datetime(2026, 6, 15, 10, 30, tzinfo=UTC)
# Long enough for the first invoices of the quickest payers to fall due.
SMALL = DemoPlan(
    days=45, cast=[one for one in CAST if one.ref in {"D-104", "D-302", "D-401", "D-403", "D-502", "D-503", "X-102"}]
)


@pytest.fixture
def settings(database_url: str, settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"data_dir": tmp_path / "data"})


async def story_of(settings: Settings, keys: DemoKeys) -> list[tuple[Any, ...]]:
    """Everything that was ordered, decided and paid, without what can never be the same: ids."""
    async with running(create_app(settings)) as app, client_of(app, keys.integrator) as client:
        orders = await every(client, "/v1/orders")
        payments = await every(client, "/v1/payments")
        decisions = await every(client, "/v1/decisions")
    return sorted(
        [
            *(("order", one["ref"], one["amount"], one["status"], one["due_on"], one["open_amount"]) for one in orders),
            *(("payment", one["reference"], one["amount"], one["received_on"], one["status"]) for one in payments),
            *(("decision", one["decided_at"], one["amount"], one["outcome"]) for one in decisions),
        ]
    )


async def every(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get(path, params={"limit": 100, **cursor})).raise_for_status().json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


async def forget_the_demo(database: Database) -> None:
    """Give the finished demo another name, so that the next one starts from nothing beside it."""
    async with database.transaction() as session:
        await session.execute(update(MerchantRow).where(MerchantRow.name == DEMO_NAME).values(name="An earlier demo"))


class TestDemo:
    async def test_tells_a_believable_story_with_clean_books(self, settings: Settings, database: Database):
        demo = await prepare_demo(settings, now=NOW, plan=SMALL)
        assert demo.orders is not None
        assert demo.orders > 20
        assert demo.declined
        story = await story_of(settings, demo.keys)
        assert {line[3] for line in story if line[0] == "order"} >= {"settled", "invoiced", "cancelled"}
        assert {line[3] for line in story if line[0] == "decision"} == {"approved", "declined"}
        report = await audit_books(database)
        assert report.findings == ()
        assert report.counts["orders"] == demo.orders

    async def test_lies_in_the_past_up_to_yesterday(self, settings: Settings):
        demo = await prepare_demo(settings, now=NOW, plan=SMALL)
        async with running(create_app(settings)) as app, client_of(app, demo.keys.integrator) as client:
            placed = [order["placed_at"][:10] for order in await every(client, "/v1/orders")]
        assert "2026-05-01" <= min(placed) <= "2026-05-09"
        assert "2026-06-08" <= max(placed) <= "2026-06-14"

    async def test_is_the_same_every_time(self, settings: Settings, database: Database):
        first = await story_of(settings, (await prepare_demo(settings, now=NOW, plan=SMALL)).keys)
        await forget_the_demo(database)
        second = await story_of(settings, (await prepare_demo(settings, now=NOW, plan=SMALL)).keys)
        assert first == second

    async def test_is_there_at_the_second_start(self, settings: Settings, database: Database):
        first = await prepare_demo(settings, now=NOW, plan=SMALL)
        async with database.read() as session:
            entries = await session.scalar(select(func.count()).select_from(JournalEntryRow))
        second = await prepare_demo(settings, now=NOW, plan=SMALL)
        assert second.orders is None
        assert second.keys == first.keys
        async with database.read() as session:
            assert await session.scalar(select(func.count()).select_from(JournalEntryRow)) == entries

    async def test_goes_on_where_it_was_interrupted(self, settings: Settings, database: Database):
        whole = await story_of(settings, (await prepare_demo(settings, now=NOW, plan=SMALL)).keys)
        await forget_the_demo(database)

        def interrupt(day: int, _days: int) -> None:
            if day == 20:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await prepare_demo(settings, now=NOW, plan=SMALL, report=interrupt)
        resumed = await prepare_demo(settings, now=NOW, plan=SMALL)
        assert await story_of(settings, resumed.keys) == whole
        assert (await audit_books(database)).findings == ()

    async def test_keeps_its_keys_to_the_user_who_runs_it(self, settings: Settings):
        demo = await prepare_demo(settings, now=NOW, plan=DemoPlan(days=1, cast=SMALL.cast[:1]))
        (path,) = settings.data_dir.glob("*keys*")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.unlink()
        again = await prepare_demo(settings, now=NOW, plan=DemoPlan(days=1, cast=SMALL.cast[:1]))
        assert again.keys.main != demo.keys.main
        async with running(create_app(settings)) as app, client_of(app, again.keys.main) as client:
            assert (await client.get("/v1/merchant")).json()["name"] == DEMO_NAME


class TestCast:
    def test_shows_every_way_to_pay_and_every_mishap(self):
        assert {one.paying for one in CAST} == set(Paying)
        assert {one.mishap for one in CAST} == {None, *Mishap}

    def test_names_everybody_once(self):
        assert len({one.ref for one in CAST}) == len({one.name for one in CAST}) == len(CAST)


class TestKeys:
    def test_of_another_database_are_not_taken_for_ours(self, tmp_path: Path):
        assert read_keys(tmp_path, uuid4()) is None
        (tmp_path / "demo-keys.json").write_text("{}")
        assert read_keys(tmp_path, uuid4()) is None
