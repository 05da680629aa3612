"""Webhooks and callbacks over the API."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.idempotency import IdempotencyKeyRow
from service.webhooks.catalogue import CATALOGUE
from service.webhooks.client import WebhookClient, build_webhook_client
from service.webhooks.jobs import run_deliver_once, run_fan_out_once
from service.webhooks.models import SubscriptionRow
from tests.app import Tenant, client_of
from tests.webhooks.receiver import BROKEN, OK, Receiver, verifying

URL = "https://erp.example/hooks"


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/webhooks", json={"url": URL, "event_types": ["*"]} | fields)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


@pytest.fixture
def own_sender(app: FastAPI) -> WebhookClient:
    """The worker's client with the keys of the application, which sealed the secrets."""
    return build_webhook_client(secret_box=app.state.context.secret_box, allow_private=True)


async def work_off(database: Database, sender: WebhookClient, clock: FixedClock) -> None:
    while await run_fan_out_once(database, clock.now()):
        pass
    await run_deliver_once(database, sender, clock)


class TestCreateWebhook:
    async def test_answers_with_the_secret_and_never_again(self, integrator: httpx.AsyncClient):
        created = await make(integrator, event_types=["order.settled", "order.settled"], description=" ERP ")
        assert created["secret"].startswith("whsec_")
        assert created | {"secret": None, "id": None, "created_at": None} == {
            "id": None,
            "kind": "webhook",
            "url": URL,
            "event_types": ["order.settled"],
            "description": "ERP",
            "shop": None,
            "created_at": None,
            "previous_secret_expires_at": None,
            "failing_since_at": None,
            "disabled_at": None,
            "disabled_reason": None,
            "secret": None,
        }
        shown = (await integrator.get(f"/v1/webhooks/{created['id']}")).json()
        assert shown == {name: value for name, value in created.items() if name != "secret"}

    async def test_keeps_the_secret_encrypted_and_out_of_repeated_answers(
        self, integrator: httpx.AsyncClient, database: Database
    ):
        body = {"url": URL, "event_types": ["*"]}
        headers = {"Idempotency-Key": "once"}
        first = await integrator.post("/v1/webhooks", json=body, headers=headers)
        again = await integrator.post("/v1/webhooks", json=body, headers=headers)
        secret = first.json()["secret"]
        assert again.json() == first.json() | {"secret": None}
        async with database.read() as session:
            kept = [*await session.scalars(select(SubscriptionRow.secret))]
            kept += [*await session.scalars(select(IdempotencyKeyRow.response))]
        assert len(kept) == 2
        assert not any(secret.removeprefix("whsec_").encode() in value for value in kept)

    async def test_a_shops_key_subscribes_for_its_shop(self, client: httpx.AsyncClient):
        assert (await make(client))["shop"] == "main"

    async def test_an_integrator_may_choose_one_shop(self, integrator: httpx.AsyncClient):
        assert (await make(integrator, shop="main"))["shop"] == "main"

    async def test_another_merchants_shop_is_not_there(self, integrator: httpx.AsyncClient, other_tenant: Tenant):
        answer = await integrator.post("/v1/webhooks", json={"url": URL, "event_types": ["*"], "shop": "other"})
        assert answer.status_code == 404

    @pytest.mark.parametrize(
        "url", ["http://93.184.216.34/", "https://u:p@erp.example/", "https://169.254.169.254/", "x"]
    )
    async def test_refuses_urls_it_will_not_send_to(self, integrator: httpx.AsyncClient, url: str):
        answer = await integrator.post("/v1/webhooks", json={"url": url, "event_types": ["*"]})
        assert answer.status_code == 422
        assert answer.json()["code"] == "webhook_url_refused"

    async def test_refuses_unknown_event_types_by_name(self, integrator: httpx.AsyncClient):
        body = {"url": URL, "event_types": ["order.settled", "order.exploded"]}
        answer = await integrator.post("/v1/webhooks", json=body)
        assert answer.status_code == 422
        assert answer.json()["code"] == "event_type_unknown"
        assert answer.json()["event_types"] == ["order.exploded"]

    async def test_refuses_a_fifty_first(self, integrator: httpx.AsyncClient):
        for _ in range(50):
            await make(integrator)
        answer = await integrator.post("/v1/webhooks", json={"url": URL, "event_types": ["*"]})
        assert answer.status_code == 409
        assert answer.json()["code"] == "too_many_webhooks"

    async def test_needs_its_scope(self, app: FastAPI, integrator: httpx.AsyncClient):
        key = (await integrator.post("/v1/keys", json={"name": "reader", "scopes": ["webhooks:read"]})).json()
        async with client_of(app, key["secret"]) as reader:
            assert (await reader.get("/v1/webhooks")).status_code == 200
            answer = await reader.post("/v1/webhooks", json={"url": URL, "event_types": ["*"]})
        assert answer.status_code == 403
        assert answer.json()["code"] == "scope_missing"


class TestCallback:
    async def test_a_shop_has_one_and_setting_it_again_moves_it(self, client: httpx.AsyncClient):
        first = await client.put("/v1/callback", json={"url": "https://shop.example/a"})
        moved = await client.put(
            "/v1/callback", json={"url": "https://shop.example/b", "event_types": ["order.settled"]}
        )
        assert first.status_code == moved.status_code == 200
        assert first.json()["kind"] == "callback"
        assert first.json()["secret"].startswith("whsec_")
        assert first.json()["event_types"] == ["*"]
        assert moved.json()["id"] == first.json()["id"]
        assert moved.json()["secret"] is None
        listed = (await client.get("/v1/webhooks")).json()["items"]
        assert [(item["kind"], item["url"]) for item in listed] == [("callback", "https://shop.example/b")]

    async def test_setting_it_switches_it_on_again(self, client: httpx.AsyncClient):
        created = (await client.put("/v1/callback", json={"url": URL})).json()
        await client.patch(f"/v1/webhooks/{created['id']}", json={"is_enabled": False})
        again = (await client.put("/v1/callback", json={"url": URL})).json()
        assert again["disabled_at"] is None

    async def test_after_deleting_it_a_new_one_has_a_new_secret(self, client: httpx.AsyncClient):
        created = (await client.put("/v1/callback", json={"url": URL})).json()
        assert (await client.delete(f"/v1/webhooks/{created['id']}")).status_code == 204
        again = (await client.put("/v1/callback", json={"url": URL})).json()
        assert again["id"] != created["id"]
        assert again["secret"] not in {None, created["secret"]}

    async def test_an_integrator_has_none(self, integrator: httpx.AsyncClient):
        answer = await integrator.put("/v1/callback", json={"url": URL})
        assert answer.status_code == 409
        assert answer.json()["code"] == "callback_needs_shop_key"


class TestVisibility:
    async def test_a_shops_key_does_not_see_the_integrators(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient
    ):
        theirs, own = await make(integrator), await make(client)
        assert [item["id"] for item in (await client.get("/v1/webhooks")).json()["items"]] == [own["id"]]
        assert (await client.get(f"/v1/webhooks/{theirs['id']}")).status_code == 404
        assert {item["id"] for item in (await integrator.get("/v1/webhooks")).json()["items"]} == {
            own["id"],
            theirs["id"],
        }

    async def test_another_merchant_finds_nothing(
        self,
        client: httpx.AsyncClient,
        stranger: httpx.AsyncClient,
        database: Database,
        clock: FixedClock,
        own_sender: WebhookClient,
        receiver: Receiver,
    ):
        webhook_id = (await make(client, url=receiver.url))["id"]
        await client.post(f"/v1/webhooks/{webhook_id}/test", json={})
        await work_off(database, own_sender, clock)
        delivery_id = (await client.get(f"/v1/webhooks/{webhook_id}/deliveries")).json()["items"][0]["id"]
        answers = [
            await stranger.get(f"/v1/webhooks/{webhook_id}"),
            await stranger.patch(f"/v1/webhooks/{webhook_id}", json={"is_enabled": False}),
            await stranger.delete(f"/v1/webhooks/{webhook_id}"),
            await stranger.post(f"/v1/webhooks/{webhook_id}/rotate-secret", json={}),
            await stranger.post(f"/v1/webhooks/{webhook_id}/test", json={}),
            await stranger.get(f"/v1/webhooks/{webhook_id}/deliveries"),
            await stranger.post(f"/v1/webhooks/{webhook_id}/replay", json={"since": "2026-01-01T00:00:00Z"}),
            await stranger.post(f"/v1/deliveries/{delivery_id}/replay", json={}),
        ]
        assert [answer.status_code for answer in answers] == [404] * 8
        assert (await stranger.get("/v1/webhooks")).json()["items"] == []
        assert (await client.get(f"/v1/webhooks/{webhook_id}")).json()["disabled_at"] is None
        await own_sender.close()


class TestListWebhooks:
    async def test_pages_newest_first(self, integrator: httpx.AsyncClient):
        made = [(await make(integrator))["id"] for _ in range(5)]
        seen, cursor = [], None
        while True:
            page = (
                await integrator.get("/v1/webhooks", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
            ).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == sorted(made, reverse=True)


class TestChangeWebhook:
    async def test_changes_what_is_given(self, integrator: httpx.AsyncClient):
        webhook = await make(integrator)
        answer = await integrator.patch(f"/v1/webhooks/{webhook['id']}", json={"url": "https://new.example/"})
        assert answer.status_code == 200
        assert answer.json()["url"] == "https://new.example/"
        assert answer.json()["event_types"] == ["*"]

    async def test_switching_off_ends_what_is_pending(
        self, integrator: httpx.AsyncClient, database: Database, clock: FixedClock
    ):
        webhook = await make(integrator)
        await integrator.post(f"/v1/webhooks/{webhook['id']}/test", json={})
        await run_fan_out_once(database, clock.now())
        answer = await integrator.patch(f"/v1/webhooks/{webhook['id']}", json={"is_enabled": False})
        assert answer.json()["disabled_reason"] == "switched off over the API"
        (delivery,) = (await integrator.get(f"/v1/webhooks/{webhook['id']}/deliveries")).json()["items"]
        assert (delivery["status"], delivery["last_outcome"]) == ("dead", "switched off over the API")

    async def test_a_change_is_in_the_log_of_changes_and_no_secret_is(self, integrator: httpx.AsyncClient):
        webhook = await make(integrator)
        await integrator.patch(f"/v1/webhooks/{webhook['id']}", json={"url": "https://new.example/"})
        rotated = (await integrator.post(f"/v1/webhooks/{webhook['id']}/rotate-secret", json={})).json()
        await integrator.delete(f"/v1/webhooks/{webhook['id']}")
        answer = await integrator.get("/v1/changes", params={"subject_kind": "webhook", "subject_id": webhook["id"]})
        changes = [(change["field"], change["before"], change["after"]) for change in answer.json()["items"]]
        assert changes[::-1] == [
            ("url", None, URL),
            ("url", URL, "https://new.example/"),
            ("secret", None, "rotated, overlap 1 day, 0:00:00"),
            ("url", "https://new.example/", None),
        ]
        assert rotated["secret"] not in answer.text

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"url": "ftp://x/"}, "webhook_url_refused"),
            ({"event_types": ["nope"]}, "event_type_unknown"),
            ({"event_types": []}, "request_invalid"),
            ({"kind": "callback"}, "request_invalid"),
        ],
    )
    async def test_refuses_what_could_not_be_made(self, integrator: httpx.AsyncClient, body: Any, code: str):
        webhook = await make(integrator)
        answer = await integrator.patch(f"/v1/webhooks/{webhook['id']}", json=body)
        assert answer.status_code == 422
        assert answer.json()["code"] == code


class TestRotateSecret:
    async def test_gives_another_secret_and_says_until_when_the_old_one_signs(self, integrator: httpx.AsyncClient):
        webhook = await make(integrator)
        answer = await integrator.post(f"/v1/webhooks/{webhook['id']}/rotate-secret", json={"overlap_hours": 2})
        assert answer.json()["secret"] not in {None, webhook["secret"]}
        assert answer.json()["previous_secret_expires_at"] is not None

    async def test_without_overlap_the_old_one_ends_at_once(self, integrator: httpx.AsyncClient):
        webhook = await make(integrator)
        await integrator.post(f"/v1/webhooks/{webhook['id']}/rotate-secret", json={"overlap_hours": 2})
        answer = await integrator.post(f"/v1/webhooks/{webhook['id']}/rotate-secret", json={"overlap_hours": 0})
        assert answer.json()["previous_secret_expires_at"] is None


class TestSendTest:
    async def test_arrives_signed_under_the_id_it_was_promised(
        self,
        integrator: httpx.AsyncClient,
        database: Database,
        clock: FixedClock,
        own_sender: WebhookClient,
        receiver: Receiver,
    ):
        tested = await make(integrator, url=receiver.url, event_types=["order.settled"])
        await make(integrator, url=receiver.url)
        receiver.answer = verifying(tested["secret"])
        answer = await integrator.post(f"/v1/webhooks/{tested['id']}/test", json={})
        assert answer.status_code == 202
        await work_off(database, own_sender, clock)
        assert receiver.ids == [answer.json()["message_id"]]
        assert receiver.received[0].document["type"] == "webhook.test"
        (delivery,) = (await integrator.get(f"/v1/webhooks/{tested['id']}/deliveries")).json()["items"]
        assert delivery["status"] == "delivered"
        await own_sender.close()

    async def test_a_disabled_webhook_is_not_tested(self, integrator: httpx.AsyncClient):
        webhook = await make(integrator)
        await integrator.patch(f"/v1/webhooks/{webhook['id']}", json={"is_enabled": False})
        answer = await integrator.post(f"/v1/webhooks/{webhook['id']}/test", json={})
        assert answer.status_code == 409
        assert answer.json()["code"] == "webhook_disabled"


class TestDeliveries:
    async def test_show_every_attempt_and_filter_by_status(
        self,
        integrator: httpx.AsyncClient,
        database: Database,
        clock: FixedClock,
        own_sender: WebhookClient,
        receiver: Receiver,
    ):
        webhook = await make(integrator, url=receiver.url)
        path = f"/v1/webhooks/{webhook['id']}"
        await integrator.post(f"{path}/test", json={})
        receiver.answer = lambda _: BROKEN
        await work_off(database, own_sender, clock)
        (pending,) = (await integrator.get(f"{path}/deliveries", params={"status": "pending"})).json()["items"]
        assert pending["last_outcome"] == "HTTP 500: stack trace"
        assert pending["next_attempt_at"] is not None
        receiver.answer = lambda _: OK
        clock.advance(seconds=12)
        await work_off(database, own_sender, clock)
        assert (await integrator.get(f"{path}/deliveries", params={"status": "pending"})).json()["items"] == []
        (delivered,) = (await integrator.get(f"{path}/deliveries")).json()["items"]
        assert delivered["next_attempt_at"] is None
        assert [(attempt["number"], attempt["status_code"]) for attempt in delivered["attempts"]] == [
            (1, 500),
            (2, 204),
        ]
        await own_sender.close()

    async def test_page_newest_first(self, integrator: httpx.AsyncClient, database: Database, clock: FixedClock):
        webhook = await make(integrator)
        path = f"/v1/webhooks/{webhook['id']}"
        sent = {(await integrator.post(f"{path}/test", json={})).json()["message_id"] for _ in range(5)}
        await run_fan_out_once(database, clock.now())
        first = (await integrator.get(f"{path}/deliveries", params={"limit": 3})).json()
        second = (
            await integrator.get(f"{path}/deliveries", params={"limit": 3, "cursor": first["next_cursor"]})
        ).json()
        ids = [item["message_id"] for item in first["items"] + second["items"]]
        assert set(ids) == sent
        assert ids == sorted(ids, reverse=True)
        assert second["next_cursor"] is None


class TestReplay:
    async def test_a_delivered_message_is_sent_again_under_its_id(
        self,
        integrator: httpx.AsyncClient,
        database: Database,
        clock: FixedClock,
        own_sender: WebhookClient,
        receiver: Receiver,
    ):
        webhook = await make(integrator, url=receiver.url)
        await integrator.post(f"/v1/webhooks/{webhook['id']}/test", json={})
        await work_off(database, own_sender, clock)
        (delivery,) = (await integrator.get(f"/v1/webhooks/{webhook['id']}/deliveries")).json()["items"]
        answer = await integrator.post(f"/v1/deliveries/{delivery['id']}/replay", json={})
        assert answer.status_code == 202
        assert answer.json()["status"] == "pending"
        await work_off(database, own_sender, clock)
        assert receiver.ids == [delivery["message_id"]] * 2
        (again,) = (await integrator.get(f"/v1/webhooks/{webhook['id']}/deliveries")).json()["items"]
        assert [attempt["number"] for attempt in again["attempts"]] == [1, 2]
        await own_sender.close()

    async def test_nothing_is_replayed_to_a_disabled_webhook(
        self, integrator: httpx.AsyncClient, database: Database, clock: FixedClock
    ):
        webhook = await make(integrator)
        path = f"/v1/webhooks/{webhook['id']}"
        await integrator.post(f"{path}/test", json={})
        await run_fan_out_once(database, clock.now())
        await integrator.patch(path, json={"is_enabled": False})
        (delivery,) = (await integrator.get(f"{path}/deliveries")).json()["items"]
        for answer in (
            await integrator.post(f"/v1/deliveries/{delivery['id']}/replay", json={}),
            await integrator.post(f"{path}/replay", json={"since": "2026-01-01T00:00:00Z"}),
        ):
            assert answer.status_code == 409
            assert answer.json()["code"] == "webhook_disabled"

    async def test_an_unknown_delivery_is_not_there(self, integrator: httpx.AsyncClient):
        answer = await integrator.post(f"/v1/deliveries/{uuid4()}/replay", json={})
        assert answer.status_code == 404
        assert answer.json()["code"] == "delivery_not_found"


class TestEventTypes:
    async def test_lists_the_whole_catalogue_with_examples(self, client: httpx.AsyncClient):
        items = (await client.get("/v1/webhooks/event-types")).json()["items"]
        assert {item["type"] for item in items} == CATALOGUE.keys()
        assert all(item["description"] and item["example"]["type"] == item["type"] for item in items)
