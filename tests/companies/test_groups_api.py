"""Groups over the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.infra.database import Database
from service.merchants.models import MerchantRow
from tests.app import Tenant
from tests.companies.api import put_company

WHOLESALE: dict[str, Any] = {
    "name": "Wholesale",
    "position": "allow",
    "limit": {"kind": "amount", "amount": "5000.00", "currency": "EUR"},
    "default_terms": "net_30",
    "allowed_terms": ["net_30", "net_60"],
}


async def settings_version(database: Database, tenant: Tenant) -> int:
    async with database.read() as session:
        version: int | None = await session.scalar(
            select(MerchantRow.settings_version).where(MerchantRow.id == tenant.merchant_id)
        )
        assert version is not None
        return version


class TestPutGroup:
    async def test_defines_a_group_and_shows_it(self, client: httpx.AsyncClient):
        answer = await client.put("/v1/groups/wholesale", json=WHOLESALE)
        assert answer.status_code == 200
        assert {name: answer.json()[name] for name in WHOLESALE} == WHOLESALE
        assert (await client.get("/v1/groups/wholesale")).json() == answer.json()

    @pytest.mark.parametrize("kind", ["none", "unlimited"])
    async def test_keeps_no_credit_and_no_ceiling_apart(self, client: httpx.AsyncClient, kind: str):
        answer = await client.put("/v1/groups/a", json={"name": "A", "limit": {"kind": kind}})
        assert answer.json()["limit"] == {"kind": kind, "amount": None, "currency": None}

    async def test_replaces_the_whole_definition(self, client: httpx.AsyncClient):
        await client.put("/v1/groups/wholesale", json=WHOLESALE)
        answer = await client.put("/v1/groups/wholesale", json={"name": "Wholesale"})
        assert (answer.json()["position"], answer.json()["limit"], answer.json()["allowed_terms"]) == (None, None, None)

    async def test_tells_processes_to_read_settings_again_only_when_something_changed(
        self, client: httpx.AsyncClient, database: Database, tenant: Tenant
    ):
        before = await settings_version(database, tenant)
        first = await client.put("/v1/groups/wholesale", json=WHOLESALE)
        changed = await settings_version(database, tenant)
        again = await client.put("/v1/groups/wholesale", json=WHOLESALE)
        assert changed == before + 1
        assert await settings_version(database, tenant) == changed
        assert again.json() == first.json()

    async def test_the_log_keeps_both_definitions_and_the_reason(self, client: httpx.AsyncClient):
        await client.put("/v1/groups/wholesale", json=WHOLESALE)
        await client.put("/v1/groups/wholesale", json={**WHOLESALE, "position": "deny", "reason": "Fraud wave"})
        changes = (await client.get("/v1/changes", params={"subject_kind": "company_group"})).json()["items"]
        assert [change["field"] for change in changes] == ["wholesale", "wholesale"]
        assert (changes[0]["before"]["position"], changes[0]["after"]["position"]) == ("allow", "deny")
        assert changes[0]["reason"] == "Fraud wave"
        assert changes[1]["before"] is None

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"position": "maybe"},
            {"limit": {"kind": "amount"}},
            {"limit": {"kind": "none", "amount": "1.00", "currency": "EUR"}},
            {"limit": {"kind": "amount", "amount": "-1.00", "currency": "EUR"}},
            {"limit": {"kind": "amount", "amount": "1.001", "currency": "EUR"}},
            {"limit": {"kind": "amount", "amount": "1.00", "currency": "EUX"}},
            {"allowed_terms": ["Net 30"]},
            {"colour": "red"},
        ],
    )
    async def test_refuses_what_makes_no_sense(self, client: httpx.AsyncClient, wrong: dict[str, Any]):
        answer = await client.put("/v1/groups/wholesale", json={**WHOLESALE, **wrong})
        assert answer.status_code == 422, answer.text


class TestDeleteGroup:
    async def test_an_empty_group_is_deleted(self, client: httpx.AsyncClient, database: Database, tenant: Tenant):
        await client.put("/v1/groups/wholesale", json=WHOLESALE)
        before = await settings_version(database, tenant)
        assert (await client.delete("/v1/groups/wholesale")).status_code == 204
        assert await settings_version(database, tenant) == before + 1
        for answer in (await client.get("/v1/groups/wholesale"), await client.delete("/v1/groups/wholesale")):
            assert (answer.status_code, answer.json()["code"]) == (404, "group_not_found")

    async def test_one_with_members_stays_until_they_left(self, client: httpx.AsyncClient):
        await client.put("/v1/groups/blocked", json={"name": "Blocked", "position": "deny"})
        await put_company(client, "C-1", groups=["other", "blocked"])
        refused = await client.delete("/v1/groups/blocked")
        assert (refused.status_code, refused.json()["code"]) == (409, "group_has_members")
        await put_company(client, "C-1", groups=["other"])
        assert (await client.delete("/v1/groups/blocked")).status_code == 204

    async def test_members_of_another_merchant_do_not_count(
        self, client: httpx.AsyncClient, stranger: httpx.AsyncClient
    ):
        await client.put("/v1/groups/a", json={"name": "A"})
        await put_company(stranger, "C-1", groups=["a"])
        assert (await stranger.get("/v1/groups/a")).status_code == 404
        assert (await stranger.delete("/v1/groups/a")).status_code == 404
        assert (await client.delete("/v1/groups/a")).status_code == 204


class TestListGroups:
    async def test_lists_the_merchants_own_newest_first(self, client: httpx.AsyncClient, stranger: httpx.AsyncClient):
        await stranger.put("/v1/groups/theirs", json={"name": "Theirs"})
        for code in ("a", "b", "c"):
            await client.put(f"/v1/groups/{code}", json={"name": code})
        first = (await client.get("/v1/groups", params={"limit": "2"})).json()
        rest = (await client.get("/v1/groups", params={"limit": "2", "cursor": first["next_cursor"]})).json()
        assert [group["code"] for group in [*first["items"], *rest["items"]]] == ["c", "b", "a"]
        assert rest["next_cursor"] is None
