"""The engine on a real database: what is due goes out once, together, and only if it is still right."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Work
from service.mails.domain import MailKind, Prepared, Skipped
from service.mails.views import ReminderView
from service.receivables.models import OpenItemRow
from service.reminders.engine_service import remind_some
from service.reminders.jobs import run_remind_once
from tests.app import Tenant
from tests.orders.world import Debtor, open_company
from tests.payments.world import owe, pay
from tests.reminders.world import (
    choose_policy,
    give_address,
    item_of,
    mails,
    prepare,
    remind,
    reminders,
)

# The items of these tests are due on Wednesday, the 1st of April; late_1 of the standard policy falls on Saturday the 4th,
# and so on Tuesday the 7th: Monday is Easter Monday in France.
LATE_1_DAYS = 36


async def late(shop: httpx.AsyncClient, company: Debtor, clock: FixedClock, *amounts: str) -> list[str]:
    """Documents that are due for their first late notice."""
    refs = [await owe(shop, company.ref, amount) for amount in amounts]
    clock.advance(days=LATE_1_DAYS)
    return refs


class TestRemind:
    async def test_begins_on_its_day_and_not_before(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "100.00")
        clock.advance(days=LATE_1_DAYS - 1)
        await remind(database, clock.now())
        assert [one.step for one in await reminders(database)] == []
        clock.advance(days=1)
        await remind(database, clock.now())
        (one,) = await reminders(database)
        assert (one.document, one.step, one.level, one.status) == (ref, "late_1", 1, "queued")
        (mail,) = await mails(database)
        assert (mail.kind, mail.status, mail.id) == ("late_1", "queued", one.mail_id)

    async def test_puts_all_late_documents_into_one_mail(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        refs = await late(shop, company, clock, "100.00", "50.00")
        await remind(database, clock.now())
        found = await reminders(database)
        assert {one.document for one in found} == set(refs)
        assert len({one.mail_id for one in found}) == 1
        assert len(await mails(database)) == 1

    async def test_writes_to_each_company_by_itself(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        other = await open_company(database, tenant, now=clock.now(), ref="C-2")
        await give_address(database, other, "other@company.example")
        await owe(shop, other.ref, "70.00")
        await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        assert {mail.company_id for mail in await mails(database)} == {company.id, other.id}

    async def test_again_does_nothing(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await late(shop, company, clock, "100.00")
        for _ in range(3):
            await remind(database, clock.now())
            clock.advance(hours=1)
        assert len(await reminders(database)) == 1

    async def test_two_workers_remind_once(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await late(shop, company, clock, "100.00", "50.00")
        await asyncio.gather(*(run_remind_once(database, clock.now()) for _ in range(4)))
        await remind(database, clock.now())
        assert len(await reminders(database)) == 2
        assert len(await mails(database)) == 1

    async def test_goes_on_from_level_to_level(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await owe(shop, company.ref, "100.00")
        for _ in range(120):
            clock.advance(days=1)
            await remind(database, clock.now())
        found = await reminders(database)
        assert [one.step for one in found] == ["before_due", "late_1", "late_2", "late_3", "final_demand"]

    async def test_a_fresh_document_begins_at_the_first_level_in_the_mail_of_the_higher_one(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        old = await owe(shop, company.ref, "100.00")
        clock.advance(days=7)
        new = await owe(shop, company.ref, "50.00", at=clock.now().isoformat())
        clock.advance(days=LATE_1_DAYS - 7)
        await remind(database, clock.now())
        clock.advance(days=7)
        await remind(database, clock.now())
        found = {(one.document, one.step): one.mail_id for one in await reminders(database)}
        assert set(found) == {(old, "late_1"), (old, "late_2"), (new, "before_due"), (new, "late_1")}
        assert found[old, "late_2"] == found[new, "late_1"]
        # What is not late yet is not asked for together with what is.
        assert sorted(mail.kind for mail in await mails(database)) == ["before_due", "late_1", "late_2"]

    @pytest.mark.parametrize("policy", ["none", None])
    async def test_without_a_policy_nothing_goes(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
        integrator: httpx.AsyncClient,
        policy: str | None,
    ):
        await choose_policy(integrator, policy)
        await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        assert await reminders(database) == []

    async def test_without_an_address_nothing_goes_until_there_is_one(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await give_address(database, company, None)
        await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        assert await reminders(database) == []
        await give_address(database, company)
        clock.advance(days=1)
        await remind(database, clock.now())
        assert len(await reminders(database)) == 1

    @pytest.mark.parametrize(("amount", "expected"), [("4.99", 0), ("5.00", 1)])
    async def test_too_little_is_not_asked_for(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
        amount: str,
        expected: int,
    ):
        await late(shop, company, clock, amount)
        await remind(database, clock.now())
        assert len(await reminders(database)) == expected

    async def test_little_things_together_are_enough(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await late(shop, company, clock, "4.99", "0.01")
        await remind(database, clock.now())
        assert len(await reminders(database)) == 2

    async def test_a_dispute_stops_its_document_only(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        disputed, other = await late(shop, company, clock, "100.00", "50.00")
        item = await item_of(shop, disputed)
        await shop.post(f"/v1/open-items/{item['id']}/dispute", json={"reason": "broken"})
        await remind(database, clock.now())
        assert [one.document for one in await reminders(database)] == [other]

    async def test_a_resolved_dispute_is_followed_by_some_days_of_grace(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        await shop.post(f"/v1/open-items/{item['id']}/dispute", json={"reason": "broken"})
        await remind(database, clock.now())
        await shop.delete(f"/v1/open-items/{item['id']}/dispute")
        # Resolved on Tuesday; three days of grace end on Friday, and on Saturday nobody works.
        for day, expected in ((0, 0), (3, 0), (5, 0), (6, 1)):
            await remind(database, clock.now() + timedelta(days=day))
            assert len(await reminders(database)) == expected, day

    async def test_a_promise_is_believed_until_its_day_and_some_grace(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        # Monday the 13th of April, with grace until Thursday.
        await shop.post(f"/v1/open-items/{item['id']}/promise", json={"on": "2026-04-13"})
        for day, expected in ((0, 0), (9, 0), (10, 1)):
            await remind(database, clock.now() + timedelta(days=day))
            assert len(await reminders(database)) == expected, day

    async def test_money_on_account_that_covers_everything_is_enough(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await late(shop, company, clock, "100.00")
        await pay(shop, company.ref, "200.00", allocate="none")
        await remind(database, clock.now())
        assert await reminders(database) == []

    async def test_an_extension_moves_the_step(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        await shop.post(f"/v1/open-items/{item['id']}/extend", json={"due_on": "2026-05-04", "reason": "agreed"})
        await remind(database, clock.now())
        assert await reminders(database) == []
        await remind(database, clock.now() + timedelta(days=30))
        assert [one.step for one in await reminders(database)] == ["late_1"]


class TestPoison:
    async def test_does_not_keep_the_others_waiting(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        bad = await open_company(database, tenant, now=clock.now(), ref="C-2")
        await give_address(database, bad)
        ref = await owe(shop, bad.ref, "70.00")
        await late(shop, company, clock, "100.00")
        # No calendar goes on behind this day.
        async with database.transaction() as session:
            await session.execute(
                update(OpenItemRow)
                .where(OpenItemRow.document_ref == ref)
                .values(due_on=date.max, next_look_at=clock.now())
            )
        await remind(database, clock.now())
        assert {mail.company_id for mail in await mails(database)} == {company.id}
        assert not await run_remind_once(database, clock.now())
        assert await run_remind_once(database, clock.now() + timedelta(hours=2))
        async with database.transaction() as session:
            await session.execute(
                update(OpenItemRow).where(OpenItemRow.document_ref == ref).values(due_on=OpenItemRow.original_due_on)
            )


class TestWorkers:
    async def test_one_has_a_company_at_a_time(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        await late(shop, company, clock, "100.00")
        async with database.transaction() as session:
            assert await remind_some(Work(session=session, caller=tenant.caller(), now=clock.now()), limit=10) == 1
            # Nobody waits for the first one, and nobody sees what it has not committed.
            assert not await run_remind_once(database, clock.now())
        assert not await run_remind_once(database, clock.now())
        assert len(await reminders(database)) == 1

    async def test_what_one_left_undone_when_it_was_killed_is_done_by_the_next(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        await late(shop, company, clock, "100.00")
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as session:
                await remind_some(Work(session=session, caller=tenant.caller(), now=clock.now()), limit=10)
                raise ZeroDivisionError
        assert (await reminders(database), await mails(database)) == ([], [])
        await remind(database, clock.now())
        assert len(await mails(database)) == 1

    async def test_money_that_comes_meanwhile_waits_for_nobody(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        async with database.transaction() as session:
            await session.execute(
                update(OpenItemRow).where(OpenItemRow.document_ref == ref).values(version=OpenItemRow.version + 1)
            )
            # The document is being changed: it is reminded of by what is committed, and looked at again afterwards.
            assert await run_remind_once(database, clock.now())
        assert len(await reminders(database)) == 1
        assert await run_remind_once(database, clock.now())
        assert not await run_remind_once(database, clock.now())
        assert item["id"] == (await item_of(shop, ref))["id"]
        assert len(await reminders(database)) == 1

    async def test_nobody_else_writes_open_items(self):
        """A change that does not ask for another look could be missed for a week."""
        root = Path(__file__).parents[2] / "service"
        writers = {
            path.relative_to(root).as_posix()
            for path in root.rglob("*.py")
            if re.search(r"update\(OpenItemRow\)|UPDATE open_items|INTO open_items", path.read_text(encoding="utf-8"))
        }
        assert writers == {
            "receivables/repository.py",
            "reminders/due_repository.py",
            "reminders/watch_repository.py",
        }


class TestPrepare:
    async def test_says_what_is_owed_now(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        ref, other = await late(shop, company, clock, "100.00", "50.00")
        await remind(database, clock.now())
        await pay(shop, company.ref, "30.00", reference=ref)
        prepared = (await prepare(database, tenant, clock.now()))[MailKind.LATE_1]
        assert isinstance(prepared, Prepared)
        assert prepared.recipients == ("accounts@company.example",)
        assert prepared.language == "fr"
        view = prepared.view
        assert isinstance(view, ReminderView)
        assert {document.reference for document in view.documents} == {ref, other}
        assert view.total_due.replace("\u202f", " ").replace("\xa0", " ") == "120,00 €"
        assert {one.status for one in await reminders(database)} == {"issued"}

    async def test_that_was_paid_in_between_is_not_sent(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        await pay(shop, company.ref, "100.00")
        prepared = (await prepare(database, tenant, clock.now()))[MailKind.LATE_1]
        assert isinstance(prepared, Skipped)
        assert prepared.reason == "settled"
        assert await reminders(database) == []
        assert [(one.status, one.reason) for one in await reminders(database, counting=False)] == [
            ("withdrawn", "settled")
        ]

    async def test_of_two_documents_the_paid_one_falls_out(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        paid, other = await late(shop, company, clock, "100.00", "50.00")
        await remind(database, clock.now())
        await pay(shop, company.ref, "100.00", reference=paid)
        prepared = (await prepare(database, tenant, clock.now()))[MailKind.LATE_1]
        assert isinstance(prepared, Prepared)
        assert isinstance(prepared.view, ReminderView)
        assert [document.reference for document in prepared.view.documents] == [other]
        assert [one.document for one in await reminders(database)] == [other]

    async def test_a_mail_that_would_speak_too_harshly_is_decided_anew(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        old = await owe(shop, company.ref, "100.00")
        clock.advance(days=7)
        new = await owe(shop, company.ref, "50.00", at=clock.now().isoformat())
        clock.advance(days=LATE_1_DAYS - 7)
        await remind(database, clock.now())
        await prepare(database, tenant, clock.now())
        clock.advance(days=7)
        await remind(database, clock.now())
        await pay(shop, company.ref, "100.00", reference=old)
        prepared = (await prepare(database, tenant, clock.now()))[MailKind.LATE_2]
        assert prepared == Skipped("decided_anew", "Decided when it was about to be sent.")
        await remind(database, clock.now())
        again = (await prepare(database, tenant, clock.now()))[MailKind.LATE_1]
        assert isinstance(again, Prepared)
        assert {(one.document, one.step) for one in await reminders(database)} == {
            (old, "late_1"),
            (new, "before_due"),
            (new, "late_1"),
        }

    async def test_what_was_withdrawn_comes_again_when_the_money_is_taken_back(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        payment = await pay(shop, company.ref, "100.00")
        await prepare(database, tenant, clock.now())
        body = {"bounced_on": "2026-04-07", "reason": "insufficient funds"}
        answer = await shop.post(f"/v1/payments/{payment['id']}/bounce", json=body)
        assert answer.is_success, answer.text
        await remind(database, clock.now())
        assert [one.status for one in await reminders(database)] == ["queued"]
