"""Listing companies over the API: filters, pages, and how many statements it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import event

from service.companies.domain import CompanyFilters
from service.companies.service import list_companies
from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Work
from tests.app import Tenant
from tests.companies.api import VAT_NUMBER, put_company


async def listed(client: httpx.AsyncClient, **params: str) -> list[str]:
    answer = await client.get("/v1/companies", params=params)
    assert answer.status_code == 200, answer.text
    return [company["legal_name"] for company in answer.json()["items"]]


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", count)


class TestListCompanies:
    async def test_lists_the_merchants_own_newest_first_in_pages(
        self, client: httpx.AsyncClient, stranger: httpx.AsyncClient
    ):
        await put_company(stranger, "X", legal_name="Theirs")
        for name in ("A", "B", "C"):
            await put_company(client, name, legal_name=name)
        first = (await client.get("/v1/companies", params={"limit": "2"})).json()
        rest = (await client.get("/v1/companies", params={"limit": "2", "cursor": first["next_cursor"]})).json()
        assert [company["legal_name"] for company in [*first["items"], *rest["items"]]] == ["C", "B", "A"]
        assert rest["next_cursor"] is None
        assert first["items"][0]["refs"] == [{"ref": "C", "shop": "main"}]

    async def test_filters_by_the_beginning_of_the_name_in_any_case(self, client: httpx.AsyncClient):
        for name in ("Moulin Vert", "MOULIN BLEU", "Le Moulin", "100% Moulin", "100 Moulins"):
            await put_company(client, name.replace(" ", "").replace("%", "p"), legal_name=name)
        assert await listed(client, q="moulin") == ["MOULIN BLEU", "Moulin Vert"]
        assert await listed(client, q="100%") == ["100% Moulin"]
        assert await listed(client, q="_oulin") == []

    async def test_filters_by_group(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", legal_name="In both", groups=["a", "b"])
        await put_company(client, "C-2", legal_name="In none")
        assert await listed(client, group="b") == ["In both"]
        assert await listed(client, group="c") == []

    async def test_filters_by_vat_status(self, client: httpx.AsyncClient):
        await put_company(client, "C-1", legal_name="Unknown", vat_number=VAT_NUMBER)
        await put_company(client, "C-2", legal_name="Invalid", vat_number="FR1")
        await put_company(client, "C-3", legal_name="Absent")
        for status in ("unknown", "invalid", "absent"):
            assert await listed(client, vat_status=status) == [status.capitalize()]
        assert await listed(client, vat_status="valid") == []

    async def test_filters_by_the_override_that_is_in_force(self, client: httpx.AsyncClient, clock: FixedClock):
        for name, position in (("Allowed", "allow"), ("Denied", "deny")):
            await put_company(client, name, legal_name=name)
            body = {"position": position, "reason": "x", "until": "2026-03-02T10:00:00Z"}
            await client.put(f"/v1/companies/{name}/override", json=body)
        await put_company(client, "Plain", legal_name="Plain")
        assert await listed(client, override="allow") == ["Allowed"]
        assert await listed(client, override="deny") == ["Denied"]
        assert await listed(client, override="none") == ["Plain"]
        clock.advance(hours=1)
        assert await listed(client, override="allow") == []
        assert await listed(client, override="none") == ["Plain", "Denied", "Allowed"]

    @pytest.mark.parametrize(
        "params", [{"q": "\x00"}, {"q": ""}, {"vat_status": "maybe"}, {"override": "maybe"}, {"group": "a b"}]
    )
    async def test_refuses_filters_that_mean_nothing(self, client: httpx.AsyncClient, params: dict[str, str]):
        assert (await client.get("/v1/companies", params=params)).status_code == 422

    async def test_takes_two_statements_however_many_companies(
        self, client: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock
    ):
        for number in range(7):
            await put_company(client, f"C-{number}")
        async with database.read() as session:
            work = Work(session=session, caller=tenant.shop_caller(), now=clock.now())
            with counted_statements(database) as statements:
                companies = await list_companies(work, CompanyFilters(), before=None, limit=50)
        assert len(companies) == 7
        assert len(statements) == 2
