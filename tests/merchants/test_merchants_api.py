"""Merchants, shops, keys and the log of changes, over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Scope
from tests.app import Tenant, client_of, open_tenant


async def settings_version(database: Database, tenant: Tenant) -> int:
    async with database.hot_connection() as connection:
        version: int = await connection.fetchval(
            "SELECT settings_version FROM merchants WHERE id = $1", tenant.merchant_id
        )
    return version


async def changes(client: httpx.AsyncClient, **query: str) -> list[tuple[str, Any, Any]]:
    """Field, before and after of each change, oldest first."""
    items = (await client.get("/v1/changes", params=query)).json()["items"]
    return [(item["field"], item["before"], item["after"]) for item in reversed(items)]


class TestMerchant:
    async def test_is_the_one_of_the_key(self, client: httpx.AsyncClient, tenant: Tenant, other_tenant: Tenant):
        answer = await client.get("/v1/merchant")
        assert answer.json() == {
            "id": str(tenant.merchant_id),
            "name": "Dupont Négoce",
            "country": "FR",
            "currency": "EUR",
            "time_zone": "Europe/Paris",
            "settings": {},
            "created_at": "2026-03-02T09:00:00.000000Z",
        }

    async def test_changes_what_is_given_and_keeps_the_rest(
        self, integrator: httpx.AsyncClient, database: Database, tenant: Tenant
    ):
        version = await settings_version(database, tenant)
        await integrator.patch("/v1/merchant", json={"settings": {"hold_minutes": 90, "credit_scope": "shop"}})
        answer = await integrator.patch(
            "/v1/merchant", json={"name": "Dupont", "settings": {"hold_minutes": None}, "reason": "Merger"}
        )
        assert answer.status_code == 200
        assert (answer.json()["name"], answer.json()["settings"]) == ("Dupont", {"credit_scope": "shop"})
        assert await settings_version(database, tenant) == version + 2
        assert await changes(integrator, subject_kind="merchant") == [
            ("credit_scope", None, "shop"),
            ("hold_minutes", None, 90),
            ("hold_minutes", 90, None),
            ("name", "Dupont Négoce", "Dupont"),
        ]

    async def test_is_not_for_a_shops_key(self, client: httpx.AsyncClient):
        answer = await client.patch("/v1/merchant", json={"name": "Mine"})
        assert (answer.status_code, answer.json()["code"]) == (403, "integrator_key_required")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"time_zone": "Europe/Atlantis"}, "time_zone_unknown"),
            ({"time_zone": "../../etc/passwd"}, "time_zone_unknown"),
            ({"time_zone": "CET"}, "time_zone_unknown"),
            ({"time_zone": "localtime"}, "time_zone_unknown"),
            ({"time_zone": "posix/Europe/Paris"}, "time_zone_unknown"),
            ({"time_zone": "europe/paris"}, "time_zone_unknown"),
            ({"currency": "XXX"}, "currency_unknown"),
        ],
    )
    async def test_refuses_what_does_not_exist(self, integrator: httpx.AsyncClient, body: dict[str, str], code: str):
        answer = await integrator.patch("/v1/merchant", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)

    async def test_with_broken_settings_can_be_repaired_through_the_api(
        self, integrator: httpx.AsyncClient, database: Database
    ):
        async with database.hot_connection() as connection:
            await connection.execute("UPDATE merchants SET settings = '{\"hold_minutes\": 0}'::jsonb")
        refused = await integrator.patch("/v1/merchant", json={"settings": {"default_terms": "net_45"}})
        assert (refused.status_code, refused.json()["code"]) == (409, "settings_broken")
        assert refused.json()["fields"] == ["hold_minutes"]
        repaired = await integrator.patch("/v1/merchant", json={"settings": {"hold_minutes": 30}})
        assert repaired.json()["settings"] == {"hold_minutes": 30}


class TestShops:
    async def test_take_what_is_not_given_from_the_merchant(self, integrator: httpx.AsyncClient):
        answer = await integrator.post("/v1/shops", json={"code": "be", "name": "Belgique", "country": "BE"})
        assert answer.status_code == 201
        assert {name: answer.json()[name] for name in ("country", "currency", "time_zone", "language")} == {
            "country": "BE",
            "currency": "EUR",
            "time_zone": "Europe/Paris",
            "language": "en",
        }
        assert (await integrator.get("/v1/shops/be")).json() == answer.json()

    async def test_of_one_merchant_have_different_codes(
        self, integrator: httpx.AsyncClient, stranger: httpx.AsyncClient
    ):
        body = {"code": "main", "name": "Again"}
        refused = await integrator.post("/v1/shops", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "shop_code_taken")
        assert (await stranger.post("/v1/shops", json=body)).status_code == 201

    async def test_are_all_listed_for_an_integrator_page_by_page(self, integrator: httpx.AsyncClient):
        for number in range(4):
            await integrator.post("/v1/shops", json={"code": f"s{number}", "name": "Shop"})
        first = (await integrator.get("/v1/shops", params={"limit": "3"})).json()
        rest = (await integrator.get("/v1/shops", params={"limit": "3", "cursor": first["next_cursor"]})).json()
        assert [shop["code"] for shop in first["items"] + rest["items"]] == ["s3", "s2", "s1", "s0", "main"]
        assert rest["next_cursor"] is None

    async def test_other_than_its_own_do_not_exist_for_a_shops_key(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        await integrator.post("/v1/shops", json={"code": "outlet", "name": "Outlet"})
        assert [shop["code"] for shop in (await client.get("/v1/shops")).json()["items"]] == ["main"]
        assert (await client.get("/v1/shops/outlet")).status_code == 404
        assert (await client.patch("/v1/shops/outlet", json={"name": "Mine"})).status_code == 404
        assert (await client.post("/v1/shops", json={"code": "new", "name": "New"})).status_code == 403
        assert (await integrator.get("/v1/shops/outlet")).json()["name"] == "Outlet"

    async def test_change_and_tell_their_log(self, client: httpx.AsyncClient, database: Database, tenant: Tenant):
        version = await settings_version(database, tenant)
        answer = await client.patch(
            "/v1/shops/main", json={"name": "Boutique", "settings": {"start_statuses": ["paid"]}, "reason": "Faster"}
        )
        assert answer.json()["settings"] == {"start_statuses": ["paid"]}
        assert await settings_version(database, tenant) == version + 1
        log = (await client.get("/v1/changes", params={"subject_id": str(tenant.shop.id)})).json()["items"]
        assert [(item["field"], item["after"], item["author"], item["reason"]) for item in log] == [
            ("start_statuses", ["paid"], "shop key", "Faster"),
            ("name", "Boutique", "shop key", "Faster"),
            ("code", "main", "tests", None),
        ]

    async def test_leave_no_line_for_what_did_not_change(self, client: httpx.AsyncClient):
        await client.patch("/v1/shops/main", json={"name": "Main shop"})
        assert [change[0] for change in await changes(client, subject_kind="shop")] == ["code"]


class TestEffectiveSettings:
    async def test_are_the_shops_then_the_merchants_then_the_defaults(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        limit = {"kind": "amount", "amount": "500.00", "currency": "EUR"}
        await integrator.patch("/v1/merchant", json={"settings": {"default_limit": limit, "hold_minutes": 90}})
        await client.patch("/v1/shops/main", json={"settings": {"hold_minutes": 15}})
        settings = (await client.get("/v1/shops/main/settings")).json()
        assert (settings["hold_minutes"], settings["default_limit"], settings["default_terms"]) == (15, limit, "net_30")

    async def test_that_are_broken_are_named(self, client: httpx.AsyncClient, database: Database):
        async with database.hot_connection() as connection:
            await connection.execute('UPDATE shops SET settings = \'{"colour": "red"}\'::jsonb')
        answer = await client.get("/v1/shops/main/settings")
        assert (answer.status_code, answer.json()["code"]) == (409, "settings_broken")
        assert (answer.json()["settings_of"], answer.json()["fields"]) == ("shop", ["colour"])
        assert (await client.get("/v1/shops/main")).json()["settings"] == {"colour": "red"}
        # What is unknown can only be taken out by whoever put it there.
        assert (await client.patch("/v1/shops/main", json={"name": "Boutique"})).status_code == 409


class TestKeys:
    async def test_show_their_secret_once_and_keep_only_its_hash(
        self, integrator: httpx.AsyncClient, database: Database, tenant: Tenant
    ):
        made = (await integrator.post("/v1/keys", json={"name": "bridge", "shop": "main"})).json()
        secret = made.pop("secret")
        assert secret.startswith("enc_shop_")
        assert len(secret) == len("enc_shop_") + 43
        assert made["hint"] == secret[-4:]
        listed = (await integrator.get("/v1/keys")).json()["items"]
        assert listed[0] == made
        async with database.hot_connection() as connection:
            rows = await connection.fetch("SELECT to_jsonb(k)::text AS text FROM api_keys k")
            assert not [row for row in rows if secret in row["text"]]

    async def test_of_a_shop_have_all_rights_but_making_keys(self, integrator: httpx.AsyncClient):
        made = (await integrator.post("/v1/keys", json={"name": "bridge", "shop": "main"})).json()
        assert set(made["scopes"]) == {scope.value for scope in Scope} - {"keys:write"}

    @pytest.mark.parametrize(
        ("body", "refused"),
        [
            ({"shop": "main", "scopes": ["keys:write", "orders:read"]}, ["keys:write"]),
            ({"shop": "main", "scopes": ["keys:write"]}, ["keys:write"]),
        ],
    )
    async def test_get_no_right_they_cannot_have(
        self, integrator: httpx.AsyncClient, body: dict[str, Any], refused: list[str]
    ):
        answer = await integrator.post("/v1/keys", json={"name": "k", **body})
        assert (answer.status_code, answer.json()["code"]) == (422, "scopes_invalid")
        assert answer.json()["scopes"] == refused

    async def test_get_at_most_what_their_maker_has(self, app: FastAPI, integrator: httpx.AsyncClient):
        body = {"name": "office", "scopes": ["keys:write", "orders:read"]}
        limited = (await integrator.post("/v1/keys", json=body)).json()["secret"]
        async with client_of(app, limited) as office:
            allowed = (await office.post("/v1/keys", json={"name": "reader", "shop": "main"})).json()
            assert allowed["scopes"] == ["orders:read"]
            greedy = await office.post("/v1/keys", json={"name": "greedy", "scopes": ["payments:write"]})
            assert greedy.json()["code"] == "scopes_invalid"
            strongest = (await integrator.get("/v1/keys")).json()["items"][-1]
            stolen = await office.post(f"/v1/keys/{strongest['id']}/rotate", json={})
            assert (stolen.status_code, stolen.json()["code"]) == (403, "scope_missing")

    async def test_of_a_shop_are_not_for_administering_keys(self, client: httpx.AsyncClient):
        for answer in (await client.get("/v1/keys"), await client.post("/v1/keys", json={"name": "k"})):
            assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")

    async def test_rotate_with_overlap(
        self, app: FastAPI, integrator: httpx.AsyncClient, clock: FixedClock, tenant: Tenant
    ):
        old_id = next(
            key["id"] for key in (await integrator.get("/v1/keys")).json()["items"] if key["name"] == "shop key"
        )
        answer = await integrator.post(f"/v1/keys/{old_id}/rotate", json={"overlap_hours": 2})
        new = answer.json()
        assert (answer.status_code, new["shop"], new["expires_at"]) == (201, "main", None)
        async with client_of(app, tenant.shop_key) as old, client_of(app, new["secret"]) as successor:
            clock.advance(hours=2, microseconds=-1)
            assert (await old.get("/v1/merchant")).status_code == 200
            assert (await successor.get("/v1/merchant")).status_code == 200
            clock.advance(microseconds=1)
            assert (await old.get("/v1/merchant")).json()["code"] == "key_expired"
            assert (await successor.get("/v1/merchant")).status_code == 200

    async def test_that_rotated_find_the_answers_of_their_predecessor(
        self, app: FastAPI, integrator: httpx.AsyncClient, tenant: Tenant
    ):
        old_id = next(
            key["id"] for key in (await integrator.get("/v1/keys")).json()["items"] if key["name"] == "shop key"
        )
        new = (await integrator.post(f"/v1/keys/{old_id}/rotate", json={})).json()["secret"]
        headers = {"Idempotency-Key": "the-same-intention"}
        async with client_of(app, tenant.shop_key) as old, client_of(app, new) as successor:
            first = await old.patch("/v1/shops/main", json={"name": "Boutique"}, headers=headers)
            second = await successor.patch("/v1/shops/main", json={"name": "Boutique"}, headers=headers)
        assert (first.content, second.headers["idempotency-hit"]) == (second.content, "true")

    async def test_that_ended_get_no_successor(self, integrator: httpx.AsyncClient, clock: FixedClock):
        made = (await integrator.post("/v1/keys", json={"name": "gone"})).json()
        assert (await integrator.delete(f"/v1/keys/{made['id']}")).status_code == 204
        answer = await integrator.post(f"/v1/keys/{made['id']}/rotate", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "key_already_revoked")

    async def test_may_be_revoked_twice(self, integrator: httpx.AsyncClient, database: Database, tenant: Tenant):
        made = (await integrator.post("/v1/keys", json={"name": "gone"})).json()
        assert (await integrator.delete(f"/v1/keys/{made['id']}")).status_code == 204
        version = await settings_version(database, tenant)
        assert (await integrator.delete(f"/v1/keys/{made['id']}")).status_code == 204
        assert await settings_version(database, tenant) == version

    async def test_remember_their_last_use_once_a_minute(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, clock: FixedClock
    ):
        async def last_used_at() -> str:
            keys = (await integrator.get("/v1/keys")).json()["items"]
            return str(next(key["last_used_at"] for key in keys if key["name"] == "shop key"))

        await client.get("/v1/merchant")
        assert await last_used_at() == "2026-03-02T09:00:00.000000Z"
        clock.advance(seconds=59)
        await client.get("/v1/merchant")
        assert await last_used_at() == "2026-03-02T09:00:00.000000Z"
        clock.advance(seconds=1)
        await client.get("/v1/merchant")
        assert await last_used_at() == "2026-03-02T09:01:00.000000Z"

    async def test_bump_the_version_that_other_processes_look_at(
        self, integrator: httpx.AsyncClient, database: Database, tenant: Tenant
    ):
        version = await settings_version(database, tenant)
        made = (await integrator.post("/v1/keys", json={"name": "k"})).json()
        assert await settings_version(database, tenant) == version + 1
        await integrator.delete(f"/v1/keys/{made['id']}")
        assert await settings_version(database, tenant) == version + 2


class TestOwnKey:
    async def test_says_what_it_may_do_for_whom_and_what_time_it_is(self, client: httpx.AsyncClient, tenant: Tenant):
        seen = (await client.get("/v1/key")).json()
        assert (seen["merchant"], seen["shop"], seen["expires_at"]) == ("Dupont Négoce", "main", None)
        assert set(seen["scopes"]) == {scope.value for scope in Scope} - {"keys:write"}
        assert seen["now"] == "2026-03-02T09:00:00.000000Z"

    async def test_of_an_integrator_is_bound_to_no_shop(self, integrator: httpx.AsyncClient):
        assert (await integrator.get("/v1/key")).json()["shop"] is None

    async def test_may_be_asked_with_any_scope(self, app: FastAPI, integrator: httpx.AsyncClient):
        made = await integrator.post("/v1/keys", json={"name": "narrow", "scopes": ["orders:read"]})
        async with client_of(app, made.json()["secret"]) as narrow:
            seen = (await narrow.get("/v1/key")).json()
            assert (await narrow.get("/v1/keys")).status_code == 403
        assert (seen["id"], seen["name"], seen["scopes"]) == (made.json()["id"], "narrow", ["orders:read"])

    async def test_needs_a_valid_one(self, app: FastAPI):
        async with client_of(app, "enc_shop_wrong") as nobody:
            assert (await nobody.get("/v1/key")).status_code == 401


class TestChanges:
    async def test_of_other_shops_are_not_shown_to_a_shops_key(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, tenant: Tenant
    ):
        await integrator.post("/v1/shops", json={"code": "outlet", "name": "Outlet"})
        seen = (await client.get("/v1/changes")).json()["items"]
        assert {item["subject_id"] for item in seen if item["subject_kind"] == "shop"} == {str(tenant.shop.id)}
        assert not [item for item in seen if item["subject_kind"] == "key"]
        everything = (await integrator.get("/v1/changes")).json()["items"]
        assert len({item["subject_id"] for item in everything if item["subject_kind"] == "shop"}) == 2

    async def test_page_newest_first(self, integrator: httpx.AsyncClient):
        for name in ("A", "B", "C"):
            await integrator.patch("/v1/shops/main", json={"name": name})
        page = (await integrator.get("/v1/changes", params={"subject_kind": "shop", "limit": "2"})).json()
        rest = (
            await integrator.get(
                "/v1/changes", params={"subject_kind": "shop", "limit": "2", "cursor": page["next_cursor"]}
            )
        ).json()
        assert [item["after"] for item in page["items"] + rest["items"]] == ["C", "B", "A", "main"]


class TestOpenTenant:
    async def test_merchants_of_one_name_stay_apart(self, app: FastAPI, database: Database, clock: FixedClock):
        first = await open_tenant(database, now=clock.now(), name="Same")
        second = await open_tenant(database, now=clock.now() + timedelta(days=1), name="Same")
        async with client_of(app, first.shop_key) as one, client_of(app, second.shop_key) as two:
            ids = {(await client.get("/v1/merchant")).json()["id"] for client in (one, two)}
        assert ids == {str(first.merchant_id), str(second.merchant_id)}


class TestAuthor:
    """`Encours-Author`: who did it with a key that several people use."""

    async def change(self, client: httpx.AsyncClient, author: str) -> httpx.Response:
        return await client.patch(
            "/v1/shops/main", json={"settings": {"hold_minutes": 5}}, headers={"Encours-Author": author}
        )

    @pytest.mark.parametrize(
        ("header", "author"),
        [
            ("Ana%C3%AFs%20Roy", "Anaïs Roy (shop key)"),
            ("Roy", "Roy (shop key)"),
            ("x" * 100, f"{'x' * 100} (shop key)"),
        ],
    )
    async def test_is_named_beside_the_key(self, client: httpx.AsyncClient, header: str, author: str):
        assert (await self.change(client, header)).status_code == 200
        newest, *_ = (await client.get("/v1/changes")).json()["items"]
        assert (newest["field"], newest["author"]) == ("hold_minutes", author)

    @pytest.mark.parametrize("header", ["", "%20", "x" * 101, "Roy%0A", "Roy%00", "%FF"])
    async def test_that_cannot_be_kept_is_refused_and_changes_nothing(self, client: httpx.AsyncClient, header: str):
        known = (await client.get("/v1/changes")).json()
        answer = await self.change(client, header)
        assert (answer.status_code, answer.json()["code"]) == (422, "author_invalid")
        assert (await client.get("/v1/changes")).json() == known
