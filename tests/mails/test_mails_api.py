"""The routes about mails: who sees what, and what a person decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import httpx
import pytest

from service.core.ids import new_id
from service.infra.database import Database
from service.mails.domain import MailKind, MailStatus, Skipped
from service.mails.errors import MailServerRefused
from service.mails.server_jobs import run_notice_servers_once
from service.mails.server_service import ServerRules, WantedServer, set_server
from service.mails.servers import Security
from tests.app import Tenant
from tests.mails.smtp_server import DROP, ScriptedServer
from tests.mails.world import MailWorld

REPORT = """\
From: MAILER-DAEMON@mx.example.org
To: mail@operator.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} User unknown

--b
Content-Type: {headers_type}

Message-ID: <{message_id}>
Subject: Reminder

--b--
"""


async def sent(world: MailWorld, *recipients: str) -> dict[str, Any]:
    mail_id = await world.queue(*recipients)
    await world.send()
    mail = await world.show(mail_id)
    return {"id": str(mail_id), "message_id": mail.message_id or ""}


class TestLog:
    async def test_lists_and_shows_a_mail_as_it_was_sent(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        mail = await sent(world)
        (listed,) = (await client.get("/v1/mails")).json()["items"]
        assert (listed["id"], listed["status"], listed["kind"], listed["shop"]) == (
            mail["id"],
            "sent",
            "late_1",
            "main",
        )
        shown = (await client.get(f"/v1/mails/{mail['id']}")).json()
        assert shown["subject"] == "Reminder: invoice PS-1042 is overdue"
        assert "PS-1042" in shown["text"]
        assert shown["html"].startswith("<!DOCTYPE html>")

    async def test_a_mail_that_waits_has_no_text_yet(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        mail_id = await world.queue()
        shown = (await client.get(f"/v1/mails/{mail_id}")).json()
        assert (shown["status"], shown["text"]) == ("queued", None)

    async def test_filters_and_pages(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        company_id = new_id()
        await world.queue(company_id=company_id)
        await world.queue(kind=MailKind.LATE_2)
        for query, count in (
            (f"company_id={company_id}", 1),
            ("kind=late_2", 1),
            ("status=queued", 2),
            ("status=sent", 0),
            ("", 2),
        ):
            assert len((await client.get(f"/v1/mails?{query}")).json()["items"]) == count
        first = (await client.get("/v1/mails?limit=1")).json()
        second = (await client.get("/v1/mails", params={"limit": 1, "cursor": first["next_cursor"]})).json()
        assert {first["items"][0]["kind"], second["items"][0]["kind"]} == {"late_1", "late_2"}

    async def test_others_see_nothing(
        self, world: MailWorld, stranger: httpx.AsyncClient, client: httpx.AsyncClient
    ) -> None:
        mail = await sent(world)
        assert (await stranger.get("/v1/mails")).json()["items"] == []
        for path in ("", "/resend", "/mark-sent", "/cancel"):
            url = f"/v1/mails/{mail['id']}{path}"
            response = await (stranger.post(url, json={}) if path else stranger.get(url))
            assert (response.status_code, response.json()["code"]) == (404, "mail_not_found")
        no_shop = await world.queue(shop_id=None)
        assert (await client.get(f"/v1/mails/{no_shop}")).status_code == 404, "it is not the shop's"


class TestDeciding:
    async def unknown(self, world: MailWorld, server: ScriptedServer) -> UUID:
        server.answer = lambda said: DROP if said == "message" else None
        mail_id = await world.queue()
        await world.send()
        server.answer = lambda _said: None
        assert (await world.show(mail_id)).status is MailStatus.UNKNOWN
        return mail_id

    async def test_resends_an_unknown_one(
        self, world: MailWorld, server: ScriptedServer, client: httpx.AsyncClient
    ) -> None:
        mail_id = await self.unknown(world, server)
        first = (await world.show(mail_id)).message_id
        response = await client.post(f"/v1/mails/{mail_id}/resend", json={"reason": "They got nothing"})
        assert (response.status_code, response.json()["status"]) == (202, "queued")
        await world.send()
        mail = await world.show(mail_id)
        assert (mail.status, len(server.received)) == (MailStatus.SENT, 1)
        assert mail.message_id != first
        changes = (await client.get("/v1/changes?subject_kind=mail")).json()["items"]
        assert [(each["before"], each["after"], each["reason"]) for each in changes] == [
            ("unknown", "queued", "They got nothing")
        ]

    async def test_marks_an_unknown_one_as_sent(
        self, world: MailWorld, server: ScriptedServer, client: httpx.AsyncClient
    ) -> None:
        mail_id = await self.unknown(world, server)
        response = await client.post(f"/v1/mails/{mail_id}/mark-sent", json={})
        assert response.json()["status"] == "sent"
        assert response.json()["sent_at"] is not None
        again = await client.post(f"/v1/mails/{mail_id}/mark-sent", json={})
        assert (again.status_code, again.json()["code"]) == (409, "mail_status_wrong")

    async def test_cancels_one_that_waits(
        self, world: MailWorld, server: ScriptedServer, client: httpx.AsyncClient
    ) -> None:
        mail_id = await world.queue()
        response = await client.post(f"/v1/mails/{mail_id}/cancel", json={"reason": "Settled by phone"})
        assert (response.json()["status"], response.json()["skip_reason"]) == ("skipped", "cancelled")
        await world.send()
        assert server.received == []

    async def test_does_not_resend_what_arrived_or_waits(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        mail = await sent(world)
        waiting = await world.queue()
        for mail_id in (mail["id"], waiting):
            response = await client.post(f"/v1/mails/{mail_id}/resend", json={})
            assert (response.status_code, response.json()["code"]) == (409, "mail_status_wrong")
        assert (await client.post(f"/v1/mails/{mail['id']}/cancel", json={})).status_code == 409

    async def test_resends_a_skipped_one(
        self, world: MailWorld, server: ScriptedServer, client: httpx.AsyncClient
    ) -> None:
        world.preparing.answer = lambda _mail: Skipped("paused")
        mail_id = await world.queue()
        await world.send()
        world.preparing.answer = None
        await client.post(f"/v1/mails/{mail_id}/resend", json={})
        await world.send()
        mail = await world.show(mail_id)
        assert (mail.status, mail.skip_reason, len(server.received)) == (MailStatus.SENT, None, 1)


class TestBounces:
    async def report(self, client: httpx.AsyncClient, **facts: str) -> httpx.Response:
        facts = {"recipient": "martin@example.org", "action": "failed", "status": "5.1.1", "headers_type": "text/rfc822-headers"} | facts  # fmt: skip
        return await client.post("/v1/mail-bounces", json={"message": REPORT.format(**facts)})

    @pytest.mark.parametrize("headers_type", ["text/rfc822-headers", "message/rfc822"])
    async def test_the_mail_shows_it_and_the_address_gets_no_more(
        self, world: MailWorld, client: httpx.AsyncClient, headers_type: str
    ) -> None:
        mail = await sent(world)
        response = await self.report(client, message_id=mail["message_id"], headers_type=headers_type)
        body = response.json()
        assert (response.status_code, body["id"], body["status"], body["sent_at"]) == (200, mail["id"], "refused", None)
        assert body["refused_recipients"] == {"martin@example.org": "5.1.1 550 5.1.1 User unknown"}
        (listed,) = (await client.get("/v1/undeliverable-addresses")).json()["items"]
        assert (listed["address"], listed["source"], listed["mail_id"]) == ("martin@example.org", "bounced", mail["id"])
        again = await world.queue()
        await world.send()
        assert (await world.show(again)).skip_reason == "address_undeliverable"

    async def test_the_same_report_again_changes_nothing(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        mail = await sent(world)
        first = await self.report(client, message_id=mail["message_id"])
        second = await self.report(client, message_id=mail["message_id"])
        assert first.json() == second.json()

    async def test_one_of_two_recipients(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        mail = await sent(world, "martin@example.org", "other@example.org")
        body = (await self.report(client, message_id=mail["message_id"], recipient="Martin@EXAMPLE.org")).json()
        assert (body["status"], list(body["refused_recipients"])) == ("sent", ["martin@example.org"])

    async def test_a_forwarded_address_stands_for_the_only_recipient(
        self, world: MailWorld, client: httpx.AsyncClient
    ) -> None:
        mail = await sent(world)
        body = (await self.report(client, message_id=mail["message_id"], recipient="else@elsewhere.example")).json()
        assert list(body["refused_recipients"]) == ["martin@example.org"]

    @pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "5.7.1")])
    async def test_a_delay_or_a_policy_says_nothing_about_the_address(
        self, world: MailWorld, client: httpx.AsyncClient, action: str, status: str
    ) -> None:
        mail = await sent(world)
        await self.report(client, message_id=mail["message_id"], action=action, status=status)
        assert (await client.get("/v1/undeliverable-addresses")).json()["items"] == []

    async def test_others_reports_are_refused(
        self, world: MailWorld, client: httpx.AsyncClient, stranger: httpx.AsyncClient
    ) -> None:
        mail = await sent(world)
        for caller, message_id in ((stranger, mail["message_id"]), (client, f"{new_id().hex}.1@x.example"), (client, "abc@x.example")):  # fmt: skip
            response = await self.report(caller, message_id=message_id)
            assert (response.status_code, response.json()["code"]) == (404, "mail_not_found")
        assert (
            await client.post("/v1/mail-bounces", json={"message": "Subject: hello\n\nOut of office"})
        ).status_code == 422

    async def test_an_address_that_was_set_right_is_written_to_again(
        self, world: MailWorld, client: httpx.AsyncClient
    ) -> None:
        mail = await sent(world)
        await self.report(client, message_id=mail["message_id"])
        assert (await client.delete("/v1/undeliverable-addresses/martin@example.org")).status_code == 204
        again = await client.delete("/v1/undeliverable-addresses/martin@example.org")
        assert (again.status_code, again.json()["code"]) == (404, "mail_address_not_found")
        mail_id = await world.queue()
        await world.send()
        assert (await world.show(mail_id)).status is MailStatus.SENT


class TestServer:
    SERVER: ClassVar[dict[str, Any]] = {
        "host": "smtp.dupont.example",
        "port": 587,
        "username": "shop",
        "password": "s3cret",
    }

    async def test_is_set_shown_and_removed(self, integrator: httpx.AsyncClient, world: MailWorld) -> None:
        assert (await integrator.get("/v1/mail-server")).json() == {"own": None}
        assert (await integrator.delete("/v1/mail-server")).json()["code"] == "mail_server_missing"
        response = await integrator.put("/v1/mail-server", json=self.SERVER)
        assert response.status_code == 200
        assert "s3cret" not in response.text
        shown = (await integrator.get("/v1/mail-server")).json()["own"]
        assert (shown["host"], shown["security"], shown["has_password"]) == ("smtp.dupont.example", "starttls", True)
        assert (await integrator.delete("/v1/mail-server")).status_code == 204
        assert (await integrator.get("/v1/mail-server")).json() == {"own": None}

    @pytest.mark.parametrize(
        ("changes", "has_password"),
        [({}, True), ({"password": None}, False), ({"host": "other.example"}, False), ({"username": "other"}, False)],
    )
    async def test_a_password_goes_on_only_for_the_server_it_was_given_for(
        self, integrator: httpx.AsyncClient, changes: dict[str, Any], has_password: bool
    ) -> None:
        await integrator.put("/v1/mail-server", json=self.SERVER)
        without = {name: value for name, value in self.SERVER.items() if name != "password"}
        response = await integrator.put("/v1/mail-server", json=without | changes)
        assert response.json()["has_password"] == has_password

    @pytest.mark.parametrize(
        "changes",
        [
            {"security": "none"},
            {"host": "127.0.0.1"},
            {"host": "169.254.169.254"},
            {"security": "none", "password": None},
        ],
    )
    async def test_refuses_what_would_leak(self, integrator: httpx.AsyncClient, changes: dict[str, Any]) -> None:
        response = await integrator.put("/v1/mail-server", json=self.SERVER | changes)
        assert (response.status_code, response.json()["code"]) == (422, "mail_server_refused")

    async def test_a_known_password_never_goes_in_the_clear(self, world: MailWorld) -> None:
        rules = ServerRules(secret_box=world.secret_box, allow_private=True)
        wanted = WantedServer(
            host="mail.dupont.example",
            port=587,
            security=Security.STARTTLS,
            username="shop",
            password="s3cret",
            keeps_password=False,
        )
        plain = replace(wanted, security=Security.NONE, password=None)
        async with world.work() as work:
            await set_server(work, rules, wanted, reason=None)
        async with world.work() as work:
            with pytest.raises(MailServerRefused):
                await set_server(work, rules, replace(plain, keeps_password=True), reason=None)
        async with world.work() as work:
            after = await set_server(work, rules, plain, reason=None)
        assert (after.security, after.password) == ("none", None)

    async def test_a_test_is_refused_while_no_address_is_set_to_come_from(self, integrator: httpx.AsyncClient) -> None:
        test = {"recipient": "me@dupont.example"}
        await integrator.put("/v1/mail-server", json=self.SERVER)
        response = await integrator.post("/v1/mail-server/test", json=test)
        assert (response.status_code, response.json()["code"]) == (409, "mail_sender_missing")
        await integrator.patch("/v1/merchant", json={"settings": {"mail_sender_address": "accounts@dupont.example"}})
        assert (await integrator.post("/v1/mail-server/test", json=test)).status_code == 202

    async def test_what_waited_goes_at_once_when_it_is_set_right(
        self, integrator: httpx.AsyncClient, world: MailWorld, server: ScriptedServer, database: Database
    ) -> None:
        await integrator.patch("/v1/merchant", json={"settings": {"mail_sender_address": "accounts@dupont.example"}})
        world.office.allow_private = True
        wrong = self.SERVER | {"host": "nowhere.invalid", "password": None}
        await integrator.put("/v1/mail-server", json=wrong)
        mail_id = await world.queue()
        planned = await world.queue(not_before=world.clock.now() + timedelta(days=1))

        async def tick() -> MailStatus:
            await run_notice_servers_once(database, world.office, world.clock.now())
            await world.send()
            return (await world.show(mail_id)).status

        for _ in range(6):
            world.clock.advance(minutes=11)
            assert await tick() is MailStatus.QUEUED
        world.clock.advance(seconds=1)
        # Nothing was changed, so it is left alone.
        assert await tick() is MailStatus.QUEUED
        assert (await world.show(mail_id)).not_before == world.clock.now() + timedelta(minutes=10, seconds=-1)
        await integrator.delete("/v1/mail-server")
        assert await tick() is MailStatus.SENT
        assert len(server.received) == 1
        assert (await world.show(planned)).not_before > world.clock.now()

    async def test_a_server_that_was_set_anew_is_noticed_though_it_counts_from_one_again(
        self, integrator: httpx.AsyncClient, world: MailWorld, database: Database
    ) -> None:
        await integrator.patch("/v1/merchant", json={"settings": {"mail_sender_address": "accounts@dupont.example"}})
        await integrator.put("/v1/mail-server", json=self.SERVER | {"host": "nowhere.invalid", "password": None})
        await world.queue()
        await world.send()
        assert world.office.paused(world.clock.now()) == [world.tenant.merchant_id]
        world.clock.advance(seconds=1)
        await run_notice_servers_once(database, world.office, world.clock.now())
        assert world.office.paused(world.clock.now()) == [world.tenant.merchant_id]
        await integrator.delete("/v1/mail-server")
        await integrator.put("/v1/mail-server", json=self.SERVER | {"host": "elsewhere.invalid", "password": None})
        await run_notice_servers_once(database, world.office, world.clock.now())
        assert world.office.paused(world.clock.now()) == []
        await world.send()
        assert (await integrator.get("/v1/mail-server")).json()["own"]["failing_since_at"] is not None

    async def test_is_not_for_a_shops_key(self, client: httpx.AsyncClient) -> None:
        assert (await client.put("/v1/mail-server", json=self.SERVER)).json()["code"] == "integrator_key_required"
        assert (await client.get("/v1/mail-server")).status_code == 403

    async def test_a_test_goes_the_way_of_all_mails(
        self, integrator: httpx.AsyncClient, world: MailWorld, server: ScriptedServer
    ) -> None:
        response = await integrator.post("/v1/mail-server/test", json={"recipient": "me@dupont.example"})
        assert response.status_code == 202
        await world.send()
        assert (await world.show(UUID(response.json()["mail_id"]))).status is MailStatus.SENT
        assert server.received[0].recipients == ["me@dupont.example"]
        assert b"Subject: Un essai de Main shop" in server.received[0].message

    async def test_a_merchants_own_server_is_used_and_its_trouble_shown(
        self, integrator: httpx.AsyncClient, world: MailWorld, server: ScriptedServer, tenant: Tenant
    ) -> None:
        await integrator.put("/v1/mail-server", json=self.SERVER | {"host": "nowhere.invalid", "password": None})
        await integrator.patch("/v1/merchant", json={"settings": {"mail_sender_address": "accounts@dupont.example"}})
        world.office.allow_private = True
        world_id = await world.queue()
        await world.send()
        assert server.received == []
        assert (await world.show(world_id)).status is MailStatus.QUEUED
        shown = (await integrator.get("/v1/mail-server")).json()["own"]
        assert shown["failing_since_at"] is not None
        assert shown["last_error"]
