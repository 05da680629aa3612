"""Reminders whose mail reaches nobody: the step is not spent, nothing harsher follows, and no mail goes twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.signing import SecretBox
from service.mails.domain import RETRY_DELAYS
from service.mails.jobs import MailSending, run_send_once
from service.mails.post_office_client import PostOffice
from service.reminders.jobs import run_act_once, run_digest_once, run_notice_changes_once
from service.webhooks.jobs import run_fan_out_once
from service.worker import MAIL_PREPARERS, tell_domains
from tests.app import Tenant
from tests.mails.smtp_server import DROP, ScriptedServer, serve_smtp
from tests.mails.test_mails_api import REPORT
from tests.mails.world import TYPESETTER, transport_to
from tests.orders.world import Debtor
from tests.reminders.test_engine import late
from tests.reminders.world import choose_policy, give_address, item_of, mails, remind, reminders

DEAD = "accounts@company.example"
GOOD = "new@company.example"
POLICY: dict[str, Any] = {
    "name": "Two",
    "steps": [
        {"code": "late_1", "level": 1, "anchor": "after_due", "offset_days": 6, "template": "late_1",
         "actions": ["notify", "freeze_line"]},
        {"code": "late_2", "level": 2, "anchor": "previous_step", "offset_days": 7, "template": "late_2"},
    ],
}  # fmt: skip


@dataclass
class Post:
    """A worker that sends to a server which refuses what a test says."""

    database: Database
    clock: FixedClock
    server: ScriptedServer
    sending: MailSending
    refuses: dict[str, str] = field(default_factory=dict)

    async def work(self, *, days: float = 0) -> None:
        """All that a worker does about reminders, now or after some days, day by day."""
        for _ in range(max(1, int(days))):
            if days:
                self.clock.advance(days=1)
            while await run_notice_changes_once(self.database, self.clock.now()):
                pass
            await self.once()
            await self.once()

    async def once(self) -> None:
        await remind(self.database, self.clock.now())
        await run_send_once(self.sending)
        while await run_fan_out_once(self.database, self.clock.now(), also=tell_domains):
            pass
        while await run_act_once(self.database, self.clock.now()):
            pass

    def answer(self, said: str) -> str | None:
        return next((answer for address, answer in self.refuses.items() if said == f"RCPT TO:<{address}>"), None)

    @property
    def delivered(self) -> list[str]:
        return [recipient for mail in self.server.received for recipient in mail.recipients]


@pytest.fixture
async def post(
    database: Database, clock: FixedClock, tenant: Tenant, integrator: httpx.AsyncClient, shop: httpx.AsyncClient
) -> AsyncIterator[Post]:
    answer = await integrator.put("/v1/reminder-policies/two", json=POLICY)
    assert answer.is_success, answer.text
    await choose_policy(integrator, "two")
    await integrator.patch("/v1/merchant", json={"settings": {"automatic_mails": []}})
    async with serve_smtp(ScriptedServer()) as server:
        office = PostOffice(operator=transport_to(server), operator_sender="mail@operator.example")
        sending = MailSending(
            database=database,
            clock=clock,
            office=office,
            preparers=MAIL_PREPARERS,
            typesetter=TYPESETTER,
            secret_box=SecretBox([Fernet.generate_key().decode()]),
        )
        post = Post(database, clock, server, sending)
        server.answer = post.answer
        yield post
        await office.close()


async def why_not(shop: httpx.AsyncClient, ref: str) -> str | None:
    state: dict[str, Any] = (await shop.get(f"/v1/orders/{ref}/reminders")).json()
    return str(state["why_not"]) if state["why_not"] else None


async def line_status(shop: httpx.AsyncClient, company: Debtor) -> str:
    (line,) = (await shop.get(f"/v1/companies/{company.ref}/credit")).json()["lines"]
    return str(line["status"])


async def history(database: Database) -> list[tuple[str, str, str | None]]:
    return [(one.step, one.status, one.reason) for one in await reminders(database, counting=False)]


class TestDeadAddress:
    async def test_waits_and_the_step_goes_once_when_there_is_another(
        self, post: Post, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        post.refuses[DEAD] = "550 5.1.1 no such user"
        (ref,) = await late(shop, company, clock, "100.00")
        await post.work()
        assert await history(database) == [("late_1", "withdrawn", "refused")]
        assert await why_not(shop, ref) == "no_address"
        assert await line_status(shop, company) == "active", "nobody was told, so nothing is done"
        await post.work(days=60)
        assert len(await mails(database)) == 1, "nothing is repeated, and nothing harsher follows"
        await give_address(database, company, GOOD)
        await post.work(days=5)
        assert post.delivered == [GOOD]
        assert await history(database) == [("late_1", "withdrawn", "refused"), ("late_1", "issued", None)]
        assert await line_status(shop, company) == "frozen"

    async def test_that_is_known_sends_nothing_until_it_is_cleared(
        self, post: Post, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await mark_dead(database, company, DEAD, clock)
        (ref,) = await late(shop, company, clock, "100.00")
        await post.work(days=7)
        assert (await history(database), await mails(database)) == ([], [])
        assert await why_not(shop, ref) == "no_address"
        item = await item_of(shop, ref)
        refused = await shop.post(f"/v1/open-items/{item['id']}/reminders/send-now", json={})
        assert (refused.status_code, refused.json()["reason"]) == (409, "no_address")
        assert (await shop.delete(f"/v1/undeliverable-addresses/{DEAD}")).is_success
        await post.work(days=2)
        assert post.delivered == [DEAD]

    async def test_who_ordered_is_told_instead(
        self, post: Post, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await mark_dead(database, company, DEAD, clock)
        body = {"name": "Ann", "email": "ann@company.example", "may_use_credit": True}
        answer = await shop.put(f"/v1/companies/{company.ref}/buyers/1", json=body)
        assert answer.is_success, answer.text
        (ref,) = await late(shop, company, clock, "100.00")
        async with database.transaction() as session:
            await session.execute(text("UPDATE orders SET buyer_ref = '1' WHERE ref = :ref"), {"ref": ref})
        await post.work()
        assert post.delivered == ["ann@company.example"]

    async def test_that_comes_to_light_while_the_mail_waits_withdraws_it(
        self, post: Post, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        await mark_dead(database, company, DEAD, clock)
        await post.work()
        assert await history(database) == [("late_1", "withdrawn", "no_address")]
        assert [(mail.status, mail.skip_reason) for mail in await mails(database)] == [("skipped", "no_address")]
        assert await why_not(shop, ref) == "no_address"

    async def test_that_a_report_tells_of_later_takes_the_step_back(
        self, post: Post, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        await post.work()
        assert await line_status(shop, company) == "frozen"
        (mail,) = await mails(database)
        facts = {"message_id": mail.message_id, "recipient": DEAD, "headers_type": "text/rfc822-headers"}
        report = REPORT.format(action="failed", status="5.1.1", **facts)
        assert (await shop.post("/v1/mail-bounces", json={"message": report})).is_success
        await post.work(days=30)
        assert await history(database) == [("late_1", "withdrawn", "refused")]
        assert await why_not(shop, ref) == "no_address"
        await give_address(database, company, GOOD)
        await post.work(days=5)
        assert post.delivered == [DEAD, GOOD]
        # The old mail cannot come a second time, whoever asks.
        assert (await shop.post(f"/v1/mails/{mail.id}/resend", json={})).is_success
        await post.work()
        assert [(one.status, one.skip_reason) for one in await mails(database)] == [
            ("skipped", "decided_anew"),
            ("sent", None),
        ]
        assert post.delivered == [DEAD, GOOD]


class TestNotTaken:
    """The address may be good: a person decides about the mail."""

    async def test_for_a_reason_of_policy_holds_the_document_until_it_is_sent_again(
        self, post: Post, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        post.refuses[DEAD] = "550 5.7.1 your network is listed"
        (ref,) = await late(shop, company, clock, "100.00")
        await post.work(days=30)
        assert await history(database) == [("late_1", "undelivered", "refused")]
        assert await why_not(shop, ref) == "undelivered"
        assert await line_status(shop, company) == "active"
        (mail,) = await mails(database)
        assert mail.status == "refused"
        post.refuses.clear()
        assert (await shop.post(f"/v1/mails/{mail.id}/resend", json={"reason": "not listed any more"})).is_success
        await post.work()
        assert await history(database) == [("late_1", "issued", None)]
        assert await line_status(shop, company) == "frozen"
        # Seven days from when it really went.
        await post.work(days=6)
        assert len(post.delivered) == 1
        await post.work(days=3)
        assert len(post.delivered) == 2
        assert [step for step, *_ in await history(database)] == ["late_1", "late_2"]

    async def test_for_three_days_holds_the_document_until_the_mail_is_cancelled(
        self, post: Post, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        post.refuses[DEAD] = "452 4.2.2 mailbox full"
        (ref,) = await late(shop, company, clock, "100.00")
        for delay in (timedelta(0), *RETRY_DELAYS):
            clock.instant += delay * 1.25
            await post.once()
        (mail,) = await mails(database)
        assert mail.status == "failed"
        assert await history(database) == [("late_1", "undelivered", "failed")]
        assert await why_not(shop, ref) == "undelivered"
        assert (await shop.post(f"/v1/mails/{mail.id}/cancel", json={"reason": "called them"})).is_success
        await post.work()
        assert await history(database) == [("late_1", "skipped", "cancelled")]
        assert await line_status(shop, company) == "active"
        post.refuses.clear()
        clock.instant = clock.now().replace(hour=9)
        await post.work(days=14)
        assert [step for step, *_ in await history(database)] == ["late_1", "late_2"]
        assert len(post.delivered) == 1

    async def test_by_the_company_although_staff_got_a_copy(
        self,
        post: Post,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ):
        await integrator.patch("/v1/merchant", json={"settings": {"mail_staff_address": "staff@dupont.example"}})
        copied = [step | {"recipients": ["invoice_address", "staff_copy"]} for step in POLICY["steps"]]
        await integrator.put("/v1/reminder-policies/two", json=POLICY | {"steps": copied})
        post.refuses[DEAD] = "550 5.1.1 no such user"
        await late(shop, company, clock, "100.00")
        await post.work()
        assert post.delivered == ["staff@dupont.example"]
        assert await history(database) == [("late_1", "withdrawn", "refused")]


class TestUnknown:
    async def test_does_nothing_beside_its_mail_until_a_person_knows_that_it_arrived(
        self, post: Post, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        post.server.answer = lambda said: DROP if said == "message" else None
        await late(shop, company, clock, "100.00")
        await post.work(days=2)
        (mail,) = await mails(database)
        assert (mail.status, await history(database)) == ("unknown", [("late_1", "issued", None)])
        assert await line_status(shop, company) == "active"
        post.server.answer = post.answer
        assert (await shop.post(f"/v1/mails/{mail.id}/mark-sent", json={"reason": "They answered it"})).is_success
        await post.work()
        assert await line_status(shop, company) == "frozen"
        assert (len(await mails(database)), post.delivered) == (1, [])


class TestDigest:
    async def test_names_what_nobody_can_be_told_of(
        self,
        post: Post,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ):
        await integrator.patch("/v1/merchant", json={"settings": {"mail_staff_address": "staff@dupont.example"}})
        post.refuses[DEAD] = "550 5.1.1 no such user"
        (ref,) = await late(shop, company, clock, "100.00")
        await post.work()
        for _ in range(2):
            clock.advance(days=1)
            assert await run_digest_once(database, clock.now())
            await post.work()
            mail = message_from_bytes(post.server.received[-1].message)
            body = mail.get_payload()[0].get_payload(decode=True).decode()  # type: ignore[union-attr, index]
            assert f"Relances qui n’atteignent personne (1)\n\n* {ref}" in body.replace("\r\n", "\n"), body


async def mark_dead(database: Database, company: Debtor, address: str, clock: FixedClock) -> None:
    """A server said so about another mail."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO undeliverable_addresses (merchant_id, id, address, source, reason, found_at) "
                "SELECT merchant_id, gen_random_uuid(), :address, 'refused', '550 5.1.1', :now FROM companies WHERE id = :id"
            ),
            {"address": address, "now": clock.now(), "id": company.id},
        )
