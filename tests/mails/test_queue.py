"""From the queue to the server: once, in order of their time, with what is known afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import text

from service.core.clock import FixedClock
from service.infra.database import Database
from service.mails import queue_repository
from service.mails.address_repository import find_undeliverable
from service.mails.domain import LEASE, RETRY_DELAYS, MailKind, MailStatus, NewMail, QueuedMail, Skipped
from service.mails.jobs import run_end_lost_claims_once, run_forget_contents_once, run_send_once
from service.mails.log_repository import read_content
from service.mails.outcomes import FinishedMail
from service.mails.post_office_client import PostOffice
from service.mails.queue_service import queue_mails
from service.mails.samples import sample_views
from service.merchants.service import update_merchant
from service.merchants.settings import MerchantSettings
from tests.app import Tenant, open_tenant
from tests.mails.smtp_server import DROP, HANG, ScriptedServer
from tests.mails.world import MailWorld, prepared


class TestQueueing:
    async def test_a_cause_is_queued_once(self, world: MailWorld) -> None:
        mail = NewMail(kind=MailKind.LATE_1, cause="item:1:step:2", subject_ids={})
        async with world.work() as work:
            first = await queue_mails(work, [mail])
        async with world.work() as work:
            assert await queue_mails(work, [mail]) == {}
        assert [row["id"] for row in await world.all()] == list(first.values())

    async def test_a_cause_is_each_merchants_own(self, world: MailWorld, other_tenant: Tenant) -> None:
        mail = NewMail(kind=MailKind.LATE_1, cause="item:1", subject_ids={})
        for caller in (world.tenant.caller(), other_tenant.caller()):
            async with world.work(caller) as work:
                assert len(await queue_mails(work, [mail])) == 1

    async def test_two_at_once_queue_one(self, world: MailWorld) -> None:
        mail = NewMail(kind=MailKind.LATE_1, cause="item:1", subject_ids={})

        async def queue() -> int:
            async with world.work() as work:
                return len(await queue_mails(work, [mail]))

        assert sum(await asyncio.gather(*(queue() for _ in range(4)))) == 1

    async def test_goes_with_the_transaction_it_belongs_to(self, world: MailWorld) -> None:
        with pytest.raises(RuntimeError):
            async with world.work() as work:
                await queue_mails(work, [NewMail(kind=MailKind.LATE_1, cause="item:1", subject_ids={})])
                raise RuntimeError
        assert await world.all() == []

    async def test_nothing_is_nothing(self, world: MailWorld) -> None:
        async with world.work() as work:
            assert await queue_mails(work, []) == {}


class TestSending:
    async def test_a_mail_goes_out_and_is_kept_as_it_went(self, world: MailWorld, server: ScriptedServer) -> None:
        mail_id = await world.queue("martin@example.org", "second@example.org")
        assert await world.send()
        mail = await world.show(mail_id)
        assert (mail.status, mail.attempts, mail.sent_at) == (MailStatus.SENT, 1, world.clock.now())
        (received,) = server.received
        assert received.recipients == ["martin@example.org", "second@example.org"]
        assert received.sender == "mail@operator.example"
        message = message_from_bytes(received.message, policy=policy.default)
        assert message["message-id"] == f"<{mail.message_id}>"
        assert message["auto-submitted"] == "auto-generated"
        assert message["list-id"] == "<accounts.main.operator.example>"
        assert message["content-language"] == "en"
        async with world.work() as work:
            content = await read_content(work, mail_id)
        assert content is not None
        assert content.subject == message["subject"] == "Reminder: invoice PS-1042 is overdue"
        assert content.sender == "Main shop <mail@operator.example>"
        part = message.get_body(("plain",))
        assert part is not None
        assert part.get_content().replace("\r\n", "\n") == content.text
        assert "PS-1042" in content.html

    async def test_nothing_due_is_nothing_done(self, world: MailWorld, server: ScriptedServer) -> None:
        assert not await world.send()
        assert server.connections == 0

    async def test_not_before_its_time(self, world: MailWorld, server: ScriptedServer) -> None:
        await world.queue(not_before=world.clock.now() + timedelta(minutes=1))
        assert not await world.send()
        world.clock.advance(minutes=1)
        assert await world.send()
        assert len(server.received) == 1

    async def test_a_mail_that_is_not_right_any_more_is_skipped(self, world: MailWorld, server: ScriptedServer) -> None:
        world.preparing.answer = lambda _mail: Skipped("settled", "nothing is open any more")
        mail_id = await world.queue()
        await world.send()
        mail = await world.show(mail_id)
        assert (mail.status, mail.skip_reason, mail.last_error) == (
            MailStatus.SKIPPED,
            "settled",
            "nothing is open any more",
        )
        assert server.received == []

    async def test_says_what_is_true_when_it_goes(self, world: MailWorld, server: ScriptedServer) -> None:
        server.answer = lambda said: "451 later" if said.startswith("RCPT") else None
        mail_id = await world.queue()
        await world.send()
        assert (await world.show(mail_id)).status is MailStatus.QUEUED
        server.answer = lambda _said: None
        world.preparing.answer = lambda mail: prepared(mail, language="de")
        world.clock.advance(hours=1)
        await world.send()
        assert b"Subject: =?utf-8?b?" in server.received[0].message
        assert len(world.preparing.calls) == 2

    async def test_several_hundred_go_over_a_few_connections(self, world: MailWorld, server: ScriptedServer) -> None:
        async with world.work() as work:
            await queue_mails(work, [
                NewMail(kind=MailKind.LATE_1, cause=f"n:{n}", subject_ids={}, shop_id=world.tenant.shop.id, recipients=(f"c{n}@example.org",))
                for n in range(450)
            ])  # fmt: skip
        while await world.send():
            pass
        assert sorted(mail.recipients[0] for mail in server.received) == sorted(f"c{n}@example.org" for n in range(450))
        assert server.connections <= 4
        assert {row["status"] for row in await world.all()} == {"sent"}

    async def test_a_kind_that_nobody_writes_is_skipped(self, world: MailWorld) -> None:
        mail_id = await world.queue(kind=MailKind.PLAN_BROKEN)
        await world.send()
        assert (await world.show(mail_id)).skip_reason == "kind_not_sent"

    async def test_one_that_cannot_be_prepared_holds_up_no_other(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        bad, good = await world.queue("bad@example.org"), await world.queue("good@example.org")

        def answer(mail: QueuedMail) -> object:
            if mail.id == bad:
                raise ValueError("poison")
            return prepared(mail)

        world.preparing.answer = answer  # type: ignore[assignment]
        await world.send()
        assert (await world.show(good)).status is MailStatus.SENT
        mail = await world.show(bad)
        assert (mail.status, mail.attempts) == (MailStatus.QUEUED, 1)
        assert mail.last_error == "could not be prepared: ValueError"
        assert mail.not_before > world.clock.now()
        for _ in RETRY_DELAYS:
            world.clock.advance(days=2)
            await world.send()
        assert (await world.show(bad)).status is MailStatus.FAILED

    async def test_one_that_cannot_be_written_holds_up_no_other(self, world: MailWorld) -> None:
        bad, good = await world.queue("bad@example.org"), await world.queue("good@example.org")
        world.preparing.answer = lambda mail: (
            prepared(mail) if mail.id == good else replace(prepared(mail), view=sample_views(MailKind.TEST, "en")[0])
        )
        await world.send()
        assert (await world.show(good)).status is MailStatus.SENT
        assert (await world.show(bad)).status is MailStatus.QUEUED


class TestOutcomes:
    async def test_a_refused_recipient_is_shown_and_not_written_to_again(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        server.answer = lambda said: "550 5.1.1 no such user" if "gone@" in said else None
        mail_id = await world.queue("gone@example.org", "here@example.org")
        await world.send()
        mail = await world.show(mail_id)
        assert mail.status is MailStatus.SENT
        assert mail.refused_recipients == {"gone@example.org": "550 5.1.1 no such user"}
        again, alone = await world.queue("gone@example.org", "here@example.org"), await world.queue("gone@example.org")
        await world.send()
        assert (await world.show(again)).recipients == ("here@example.org",)
        assert (await world.show(alone)).skip_reason == "address_undeliverable"

    async def test_refused_for_good(self, world: MailWorld, server: ScriptedServer) -> None:
        server.answer = lambda said: "550 5.1.1 no such user" if said.startswith("RCPT") else None
        mail_id = await world.queue()
        await world.send()
        mail = await world.show(mail_id)
        assert (mail.status, mail.last_error) == (MailStatus.REFUSED, "550 5.1.1 no such user")

    async def test_a_refusal_by_policy_says_nothing_about_the_address(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        server.answer = lambda said: "550 5.7.1 your network is listed" if said.startswith("RCPT") else None
        await world.queue()
        await world.send()
        server.answer = lambda _said: None
        again = await world.queue()
        await world.send()
        assert (await world.show(again)).status is MailStatus.SENT

    async def test_that_staff_got_a_copy_does_not_make_it_sent(self, world: MailWorld, server: ScriptedServer) -> None:
        await change_settings(world, mail_copy_to="staff@dupont.example")
        server.answer = lambda said: "550 5.1.1 no" if "martin@" in said else None
        mail_id = await world.queue()
        await world.send()
        assert server.received[0].recipients == ["staff@dupont.example"]
        assert (await world.show(mail_id)).status is MailStatus.REFUSED

    async def test_temporary_failures_are_tried_again_ever_later_and_given_up(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        server.answer = lambda said: "451 4.3.0 later" if said == "message" else None
        mail_id = await world.queue()
        for delay in RETRY_DELAYS:
            await world.send()
            mail = await world.show(mail_id)
            assert mail.status is MailStatus.QUEUED
            assert delay <= mail.not_before - world.clock.now() <= delay * 1.2
            assert mail.last_error == "451 4.3.0 later"
            world.clock.instant = mail.not_before
        await world.send()
        mail = await world.show(mail_id)
        assert (mail.status, mail.attempts) == (MailStatus.FAILED, len(RETRY_DELAYS) + 1)
        world.clock.advance(days=30)
        assert not await world.send()

    @pytest.mark.parametrize("what", [DROP, HANG])
    async def test_lost_after_the_message_is_unknown_and_never_repeated(
        self, world: MailWorld, server: ScriptedServer, what: str
    ) -> None:
        world.use(server, connect_s=5, reply_s=5, data_s=0.05 if what == HANG else 5)
        server.answer = lambda said: what if said == "message" else None
        mail_id = await world.queue()
        await world.send()
        assert (await world.show(mail_id)).status is MailStatus.UNKNOWN
        server.answer = lambda _said: None
        world.clock.advance(days=30)
        assert not await world.send()
        assert server.received == []

    async def test_the_others_of_a_lost_connection_go_over_another(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        said_once: list[str] = []

        def answer(said: str) -> str | None:
            if said == "message" and not said_once:
                said_once.append(said)
                return DROP
            return None

        server.answer = answer
        ids = [await world.queue(f"c{n}@example.org") for n in range(5)]
        while await world.send():
            pass
        statuses = [(await world.show(mail_id)).status for mail_id in ids]
        assert sorted(statuses) == [MailStatus.SENT] * 4 + [MailStatus.UNKNOWN]
        assert len(server.received) == 4

    async def test_an_address_that_is_none_is_not_written_to(self, world: MailWorld) -> None:
        mail_id = await world.queue("not an address")
        await world.send()
        assert (await world.show(mail_id)).skip_reason == "address_missing"


class TestBatches:
    """The next one is claimed while one is sent."""

    async def queue(self, world: MailWorld, count: int) -> None:
        for n in range(count):
            await world.queue(f"c{n}@example.org")

    async def test_follow_each_other_until_all_is_sent(self, world: MailWorld, server: ScriptedServer) -> None:
        await self.queue(world, 45)
        # More than are sent in a row before it is another merchant's turn.
        await run_send_once(replace(world.sending, batch=4))
        assert sorted(mail.recipients[0] for mail in server.received) == sorted(f"c{n}@example.org" for n in range(45))
        assert max(len(call) for call in world.preparing.calls) == 4
        assert {(row["status"], row["attempts"]) for row in await world.all()} == {("sent", 1)}

    async def test_claimed_ahead_is_put_back_when_the_server_is_shut(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        await self.queue(world, 10)
        server.answer = lambda said: "421 too busy" if said == "connect" else None
        await run_send_once(replace(world.sending, batch=4))
        assert len(world.preparing.calls) == 2, "one was sent, one claimed ahead"
        assert [(row["status"], row["step"]) for row in await world.all()] == [("queued", None)] * 10
        server.answer = lambda _said: None
        world.clock.advance(hours=1)
        await run_send_once(replace(world.sending, batch=4))
        assert sorted(mail.recipients[0] for mail in server.received) == sorted(f"c{n}@example.org" for n in range(10))

    async def test_claimed_ahead_is_put_back_when_the_worker_is_stopped_half_way(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        await self.queue(world, 10)
        is_at_it = asyncio.Event()

        def answer(said: str) -> str | None:
            if said == "message":
                is_at_it.set()
                return HANG
            return None

        server.answer = answer
        task = asyncio.create_task(run_send_once(replace(world.sending, batch=4)))
        await is_at_it.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(world.preparing.calls) == 2
        # The others wait as before; of the one that had left nobody will know.
        stopped = sorted((row["status"], row["step"] or "") for row in await world.all())
        assert stopped == [("queued", "")] * 9 + [("sending", "calling")]
        await run_end_lost_claims_once(world.database, world.clock.now() + LEASE)
        assert sorted(row["status"] for row in await world.all()) == ["queued"] * 9 + ["unknown"]


class TestServerUnavailable:
    async def test_nothing_is_to_blame_and_all_go_out_later(self, world: MailWorld, server: ScriptedServer) -> None:
        server.answer = lambda said: "421 too busy" if said == "connect" else None
        mail_id = await world.queue()
        await world.send()
        mail = await world.show(mail_id)
        assert mail.status is MailStatus.QUEUED
        assert "too busy" in (mail.last_error or "")
        connections = server.connections
        assert not await world.send(), "it is left alone for a while"
        assert server.connections == connections
        server.answer = lambda _said: None
        world.clock.advance(minutes=1)
        await world.send()
        assert (await world.show(mail_id)).status is MailStatus.SENT
        assert len(server.received) == 1

    async def test_without_any_server_mails_wait_and_say_why(self, world: MailWorld) -> None:
        world.office = PostOffice(operator=None, operator_sender="mail@operator.example")
        mail_id = await world.queue()
        await world.send()
        mail = await world.show(mail_id)
        assert mail.status is MailStatus.QUEUED
        assert "there is no mail server" in (mail.last_error or "")

    async def test_without_a_sender_a_mail_waits_and_says_why(self, world: MailWorld) -> None:
        world.office.operator_sender = None
        mail_id = await world.queue()
        await world.send()
        assert "no address is known" in ((await world.show(mail_id)).last_error or "")

    async def test_one_merchants_trouble_is_not_anothers(
        self, world: MailWorld, database: Database, clock: FixedClock, server: ScriptedServer
    ) -> None:
        other = await open_tenant(database, now=clock.now(), name="Other", shop="other")
        world.office.pause(world.tenant.merchant_id, clock.now())
        mine = await world.queue()
        world.tenant = other
        theirs = await world.queue()
        await world.send()
        assert (await world.show(theirs)).status is MailStatus.SENT
        assert {row["id"]: row["status"] for row in await world.all()}[mine] == "queued"


class TestRate:
    async def test_no_more_in_a_minute_than_the_merchant_wants(self, world: MailWorld, server: ScriptedServer) -> None:
        await change_settings(world, mail_per_minute=3)
        for n in range(5):
            await world.queue(f"c{n}@example.org")
        await world.send()
        await world.send()
        assert len(server.received) == 3
        world.clock.advance(seconds=60)
        await world.send()
        assert len(server.received) == 5

    async def test_two_workers_share_it(self, world: MailWorld, server: ScriptedServer) -> None:
        await change_settings(world, mail_per_minute=10)
        for n in range(40):
            await world.queue(f"c{n}@example.org")
        await asyncio.gather(*(run_send_once(world.sending) for _ in range(4)))
        assert len(server.received) == 10


class TestWorkers:
    async def test_four_workers_send_each_mail_once(self, world: MailWorld, server: ScriptedServer) -> None:
        for n in range(120):
            await world.queue(f"c{n}@example.org")
        await asyncio.gather(*(run_send_once(world.sending) for _ in range(4)))
        assert sorted(mail.recipients[0] for mail in server.received) == sorted(f"c{n}@example.org" for n in range(120))

    async def test_a_claim_that_nothing_has_left_of_is_queued_again(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        mail_id = await world.queue()
        async with world.work() as work:
            await queue_repository.claim_due(work, until=work.now + LEASE, limit=10)
        assert not await world.send(), "it is another worker's"
        assert not await run_end_lost_claims_once(world.database, world.clock.now())
        world.clock.advance(seconds=LEASE.total_seconds())
        await run_end_lost_claims_once(world.database, world.clock.now())
        assert (await world.show(mail_id)).status is MailStatus.QUEUED
        await world.send()
        assert (await world.show(mail_id)).status is MailStatus.SENT
        assert len(server.received) == 1

    async def test_a_claim_that_may_have_left_is_unknown(self, world: MailWorld, server: ScriptedServer) -> None:
        mail_id = await world.queue()
        await self.claim_and_call(world)
        world.clock.advance(seconds=LEASE.total_seconds())
        await run_end_lost_claims_once(world.database, world.clock.now())
        mail = await world.show(mail_id)
        assert mail.status is MailStatus.UNKNOWN
        assert mail.last_error == "the worker ended while it was sending this"
        assert not await world.send()
        assert server.received == []

    async def test_a_result_that_comes_late_is_the_truth_about_it(self, world: MailWorld) -> None:
        mail_id = await world.queue()
        (mail,) = await self.claim_and_call(world)
        world.clock.advance(seconds=LEASE.total_seconds())
        await run_end_lost_claims_once(world.database, world.clock.now())
        await self.finish(world, mail)
        assert (await world.show(mail_id)).status is MailStatus.SENT

    async def test_a_result_of_an_earlier_attempt_changes_nothing(self, world: MailWorld) -> None:
        mail_id = await world.queue()
        async with world.work() as work:
            (mail,) = await queue_repository.claim_due(work, until=work.now + LEASE, limit=10)
        world.clock.advance(seconds=LEASE.total_seconds())
        await run_end_lost_claims_once(world.database, world.clock.now())
        await self.claim_and_call(world)
        await self.finish(world, mail)
        assert (await world.show(mail_id)).status is MailStatus.SENDING

    async def claim_and_call(self, world: MailWorld) -> list[QueuedMail]:
        """As a worker does before it is killed."""
        async with world.work() as work:
            mails = await queue_repository.claim_due(work, until=work.now + LEASE, limit=10)
        async with world.work() as work:
            await work.session.execute(text("UPDATE mails SET step = 'calling' WHERE status = 'sending'"))
        return mails

    async def finish(self, world: MailWorld, mail: QueuedMail) -> None:
        async with world.work() as work:
            await queue_repository.finish_mails(work, [FinishedMail(mail=mail, status=MailStatus.SENT, failures=0)])


class TestForgetting:
    async def test_old_texts_go_and_the_mail_stays(self, world: MailWorld) -> None:
        old = await world.queue()
        await world.send()
        world.clock.advance(days=1)
        new = await world.queue()
        await world.send()
        assert not await run_forget_contents_once(world.database, world.clock.now())
        async with world.work() as work:
            assert await read_content(work, old) is None
            assert await read_content(work, new) is not None
        assert (await world.show(old)).status is MailStatus.SENT


async def change_settings(world: MailWorld, **settings: object) -> None:
    async with world.work() as work:
        await update_merchant(work, fields={}, settings=MerchantSettings.model_validate(settings), reason=None)


class TestOtherThanAscii:
    async def test_is_written_to_where_the_server_takes_it(self, world: MailWorld, server: ScriptedServer) -> None:
        server.extensions = (*server.extensions, "SMTPUTF8")
        mail_id = await world.queue("jürgen@müller.example")
        await world.send()
        mail = await world.show(mail_id)
        assert (mail.status, mail.recipients) == (MailStatus.SENT, ("jürgen@xn--mller-kva.example",))
        (received,) = server.received
        assert received.recipients == ["jürgen@xn--mller-kva.example"]
        assert message_from_bytes(received.message, policy=policy.SMTPUTF8)["To"] == "jürgen@xn--mller-kva.example"

    async def test_is_refused_where_it_does_not_and_nothing_is_held_against_it(
        self, world: MailWorld, server: ScriptedServer
    ) -> None:
        mail_id = await world.queue("jürgen@example.org")
        both_id = await world.queue("jürgen@example.org", "martin@example.org")
        await world.send()
        mail, both = await world.show(mail_id), await world.show(both_id)
        assert mail.status is MailStatus.REFUSED
        assert mail.last_error is not None
        assert "SMTPUTF8" in mail.last_error
        assert (both.status, list(both.refused_recipients)) == (MailStatus.SENT, ["jürgen@example.org"])
        assert [one.recipients for one in server.received] == [["martin@example.org"]]
        assert message_from_bytes(server.received[0].message, policy=policy.default)["To"] == "martin@example.org"
        async with world.work() as work:
            assert await find_undeliverable(work, ["jürgen@example.org"]) == set()
