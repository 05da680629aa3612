"""What steps do beside their mail, late charges by law, and the digest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from service.companies.models import CompanyRow
from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Work
from service.mails.domain import MailKind, Prepared, Skipped
from service.mails.models import MailRow
from service.mails.queue_repository import claim_due
from service.mails.views import DigestView, ReminderView
from service.merchants.models import ShopRow
from service.reminders.digest_service import prepare_digests
from service.reminders.jobs import run_act_once, run_digest_once
from service.reminders.models import ReminderRow
from tests.app import Tenant
from tests.orders.world import Debtor
from tests.payments.world import messages, owe, pay, show_order
from tests.reminders.test_engine import LATE_1_DAYS, late
from tests.reminders.test_undelivered import mark_dead
from tests.reminders.world import choose_policy, give_address, item_of, mails, prepare, remind, reminders


async def act(database: Database, clock: FixedClock) -> None:
    """What is to be done once a server has taken the mails that are on their way."""
    async with database.transaction() as session:
        await session.execute(
            update(MailRow)
            .where(MailRow.status == "sending")
            .values(status="sent", sent_at=clock.now(), step=None, claimed_until=None)
        )
    while await run_act_once(database, clock.now()):
        pass


async def harsh_policy(integrator: httpx.AsyncClient, *actions: str) -> None:
    """One step, six days after the due date, that does all of this."""
    step: dict[str, Any] = {
        "code": "only",
        "level": 1,
        "anchor": "after_due",
        "offset_days": 6,
        "actions": list(actions),
    }
    if "notify" in actions:
        step["template"] = "final_demand"
    answer = await integrator.put("/v1/reminder-policies/harsh", json={"name": "Harsh", "steps": [step]})
    assert answer.is_success, answer.text
    await choose_policy(integrator, "harsh")


def money(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


class TestActions:
    async def test_freeze_the_line_once_the_mail_has_left(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
    ):
        await harsh_policy(integrator, "notify", "freeze_line")
        (ref,) = await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        assert not await run_act_once(database, clock.now())
        await prepare(database, tenant, clock.now())
        assert not await run_act_once(database, clock.now())
        await act(database, clock)
        (line,) = (await shop.get(f"/v1/companies/{company.ref}/credit")).json()["lines"]
        assert (line["status"], line["status_reason"]) == (
            "frozen",
            f"Reminder only of policy harsh about {ref}",
        )
        (reminder,) = (await shop.get("/v1/reminders")).json()["items"]
        assert reminder["actions"] == ["freeze_line"]
        assert reminder["acted_at"] is not None

    async def test_are_not_done_for_what_was_paid_meanwhile(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
    ):
        await harsh_policy(integrator, "notify", "freeze_line")
        await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        await prepare(database, tenant, clock.now())
        await pay(shop, company.ref, "100.00")
        await act(database, clock)
        (line,) = (await shop.get(f"/v1/companies/{company.ref}/credit")).json()["lines"]
        assert line["status"] == "active"

    async def test_without_a_mail_are_done_and_told(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ):
        await harsh_policy(integrator, "tell_staff", "hand_over")
        (ref,) = await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        await act(database, clock)
        assert await mails(database) == []
        assert [one.status for one in await reminders(database)] == ["done"]
        told = (await messages(database))["reminder.escalated"]
        assert (told["document"], told["action"], told["level"]) == (ref, "hand_over", 1)

    async def test_a_late_fee_is_in_the_demand_and_becomes_open_items(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
    ):
        await harsh_policy(integrator, "notify", "late_fee")
        await late(shop, company, clock, "365.00")
        (previewed,) = (await shop.get("/v1/reminders-preview")).json()["mails"]
        await remind(database, clock.now())
        prepared = (await prepare(database, tenant, clock.now()))[MailKind.FINAL_DEMAND]
        assert isinstance(prepared, Prepared)
        view = prepared.view
        assert isinstance(view, ReminderView)
        # Six days at 12.15 %: 365.00 x 6 x 12.15 % / 365 = 0.729.
        assert (money(view.late_interest), money(view.recovery_sum), money(view.total_due)) == (
            "0,73 €",
            "40,00 €",
            "405,73 €",
        )
        assert "405,73 €" in money(previewed["text"])
        await act(database, clock)
        await act(database, clock)
        items = (await shop.get("/v1/open-items", params={"open": True})).json()["items"]
        assert sorted(item["amount"] for item in items) == ["0.73", "365.00", "40.00"]
        await pay(shop, company.ref, "405.73", allocate="oldest_due_first")
        assert (await shop.get("/v1/open-items", params={"open": True})).json()["items"] == []


class TestLateCharges:
    async def test_begin_the_day_after_the_due_date(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "365.00")
        item = await item_of(shop, ref)
        path = f"/v1/open-items/{item['id']}/late-charges"
        clock.advance(days=30)
        claim = (await shop.get(path)).json()
        assert (claim["late_interest"], claim["recovery_sum"]) == ("0.00", "0.00")
        nothing = await shop.post(path, json={})
        assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_charge")
        clock.advance(days=1)
        claim = (await shop.get(path)).json()
        assert (claim["late_interest"], claim["recovery_sum"], claim["country"]) == ("0.12", "40.00", "FR")
        assert claim["parts"] == [
            {"from_on": "2026-04-02", "until_on": "2026-04-02", "days": 1, "open_amount": "365.00", "rate_bp": 1215}
        ]

    async def test_are_charged_once_and_interest_goes_on_from_there(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "365.00")
        item = await item_of(shop, ref)
        path = f"/v1/open-items/{item['id']}/late-charges"
        clock.advance(days=40)
        charged = await shop.post(path, json={"reason": "agreed"})
        assert [(one["kind"], one["amount"]) for one in charged.json()["items"]] == [
            ("late_interest", "1.22"),
            ("recovery_sum", "40.00"),
        ]
        again = await shop.post(path, json={})
        assert (again.status_code, again.json()["code"]) == (409, "nothing_to_charge")
        clock.advance(days=10)
        claim = (await shop.get(path)).json()
        assert (claim["from_on"], claim["late_interest"], claim["recovery_sum"]) == ("2026-04-12", "1.22", "0.00")
        assert len(claim["decided"]) == 2
        (line,) = (await shop.get(f"/v1/companies/{company.ref}/credit")).json()["lines"]
        assert line["exposure"]["total"] == "406.22"
        # There is no interest on interest.
        charge_item = charged.json()["items"][0]["charge_item_id"]
        of_charge = (await shop.get(f"/v1/open-items/{charge_item}/late-charges")).json()
        assert (of_charge["country"], of_charge["late_interest"]) == (None, "0.00")

    async def test_are_waived_on_purpose(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "365.00")
        item = await item_of(shop, ref)
        path = f"/v1/open-items/{item['id']}/late-charges"
        clock.advance(days=40)
        waived = await shop.post(f"{path}/waive", json={"reason": "First delay"})
        assert {(one["status"], one["reason"]) for one in waived.json()["items"]} == {("waived", "First delay")}
        assert len((await shop.get("/v1/open-items")).json()["items"]) == 1
        again = await shop.post(path, json={})
        assert (again.status_code, again.json()["code"]) == (409, "nothing_to_charge")

    async def test_follow_what_was_open_on_each_day(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "365.00")
        item = await item_of(shop, ref)
        clock.advance(days=40)
        await pay(shop, company.ref, "182.50", reference=ref, received_on="2026-04-07")
        claim = (await shop.get(f"/v1/open-items/{item['id']}/late-charges")).json()
        assert [(part["days"], part["open_amount"]) for part in claim["parts"]] == [(5, "365.00"), (5, "182.50")]
        assert claim["late_interest"] == "0.91"

    async def test_without_a_known_rate_interest_waits_and_the_sum_does_not(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "365.00")
        item = await item_of(shop, ref)
        path = f"/v1/open-items/{item['id']}/late-charges"
        clock.advance(days=320)
        refused = await shop.post(path, json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "late_interest_rate_unknown")
        assert refused.json()["half_year"] == "2027-01-01"
        charged = await shop.post(path, json={"kinds": ["recovery_sum"]})
        assert [one["amount"] for one in charged.json()["items"]] == ["40.00"]

    async def test_without_a_known_rate_the_sum_is_waived_alone_and_interest_up_to_a_day(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "365.00")
        path = f"/v1/open-items/{(await item_of(shop, ref))['id']}/late-charges/waive"
        clock.advance(days=320)
        refused = await shop.post(path, json={"reason": "First delay"})
        assert (refused.status_code, refused.json()["code"]) == (409, "late_interest_rate_unknown")
        # It says what can be done instead, and that is so.
        for hint in ("2027-01-01", "PUT /v1/late-interest-rates", "`until`", "`recovery_sum`"):
            assert hint in refused.json()["detail"]
        waived = await shop.post(path, json={"kinds": ["recovery_sum"], "reason": "First delay"})
        assert [(one["kind"], one["status"]) for one in waived.json()["items"]] == [("recovery_sum", "waived")]
        waived = await shop.post(path, json={"until": "2026-12-31", "reason": "First delay"})
        assert [(one["kind"], one["until_on"]) for one in waived.json()["items"]] == [("late_interest", "2026-12-31")]

    async def test_a_rate_holds_for_a_half_year(self, integrator: httpx.AsyncClient):
        body = {"base": "ecb", "from_on": "2026-07-02", "rate_bp": 215, "source": "tests"}
        refused = await integrator.put("/v1/late-interest-rates", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
        await integrator.put("/v1/late-interest-rates", json={**body, "from_on": "2026-07-01"})
        listed = (await integrator.get("/v1/late-interest-rates")).json()["items"]
        assert listed == [{"base": "ecb", "from_on": "2026-07-01", "rate_bp": 215, "source": "tests"}]

    async def test_begin_no_reminders_until_their_document_is_settled(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ):
        await harsh_policy(integrator, "notify")
        (ref,) = await late(shop, company, clock, "365.00")
        item = await item_of(shop, ref)
        charged = await shop.post(f"/v1/open-items/{item['id']}/late-charges", json={"kinds": ["recovery_sum"]})
        charge_item = charged.json()["items"][0]["charge_item_id"]
        for _ in range(3):
            await remind(database, clock.now())
            clock.advance(days=7)
        state = (await shop.get(f"/v1/open-items/{charge_item}/reminders")).json()
        assert state["why_not"] == "late_charge"
        assert [one.document for one in await reminders(database)] == [ref]
        await pay(shop, company.ref, "365.00", reference=ref)
        await remind(database, clock.now())
        assert [one.document for one in await reminders(database)] == [ref, state["document"]]

    async def test_leave_the_order_as_it_is(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "365.00")
        item = await item_of(shop, ref)
        clock.advance(days=40)
        await shop.post(f"/v1/open-items/{item['id']}/late-charges", json={})
        await pay(shop, company.ref, "365.00", reference=ref)
        assert (await show_order(shop, ref))["status"] == "settled"


async def prepare_digest(database: Database, tenant: Tenant, clock: FixedClock) -> Prepared | Skipped | None:
    async with database.transaction() as session:
        work = Work(session=session, caller=tenant.caller(), now=clock.now())
        claimed = [mail for mail in await claim_due(work, until=clock.now(), limit=10) if mail.kind is MailKind.DIGEST]
        found = await prepare_digests(work, claimed)
    return next(iter(found.values()), None)


class TestDigest:
    @pytest.fixture
    async def staff(self, integrator: httpx.AsyncClient, shop: httpx.AsyncClient) -> None:
        settings = {"mail_staff_address": "credit@dupont.example"}
        assert (await integrator.patch("/v1/merchant", json={"settings": settings})).is_success

    @pytest.mark.usefixtures("staff")
    async def test_tells_once_a_morning_what_is_new(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "100.00")
        assert await run_digest_once(database, clock.now())
        assert not await run_digest_once(database, clock.now())
        assert await mails(database) == []
        # Due on the 1st of April; of the days in between nobody made a digest.
        clock.advance(days=31)
        assert await run_digest_once(database, clock.now())
        assert not await run_digest_once(database, clock.now())
        prepared = await prepare_digest(database, tenant, clock)
        assert isinstance(prepared, Prepared)
        assert prepared.recipients == ("credit@dupont.example",)
        view = prepared.view
        assert isinstance(view, DigestView)
        assert [(section.kind, [entry.title for entry in section.entries]) for section in view.sections] == [
            ("newly_late", [ref])
        ]
        clock.advance(days=1)
        assert await run_digest_once(database, clock.now())
        assert len(await mails(database)) == 1

    @pytest.mark.usefixtures("staff")
    async def test_names_broken_promises_frozen_lines_and_what_to_decide(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
    ):
        await harsh_policy(integrator, "notify", "freeze_line", "tell_staff")
        promised, other = [await owe(shop, company.ref, amount) for amount in ("100.00", "50.00")]
        item = await item_of(shop, promised)
        clock.advance(days=LATE_1_DAYS - 1)
        await shop.post(f"/v1/open-items/{item['id']}/promise", json={"on": "2026-04-06"})
        assert await run_digest_once(database, clock.now())
        clock.advance(days=1)
        await remind(database, clock.now())
        await prepare(database, tenant, clock.now())
        await act(database, clock)
        assert await run_digest_once(database, clock.now())
        prepared = await prepare_digest(database, tenant, clock)
        assert isinstance(prepared, Prepared)
        assert isinstance(prepared.view, DigestView)
        found = {section.kind: [entry.title for entry in section.entries] for section in prepared.view.sections}
        assert found == {"broken_promises": [promised], "frozen": [other], "to_decide": [other]}

    @pytest.mark.usefixtures("staff")
    async def test_says_in_words_which_mail_went_wrong_where_and_why(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        async def entries(shop_language: str) -> dict[str, list[tuple[str, str]]]:
            clock.advance(days=1)
            async with database.transaction() as session:
                await session.execute(update(ShopRow).values(language=shop_language))
            assert await run_digest_once(database, clock.now())
            prepared = await prepare_digest(database, tenant, clock)
            assert isinstance(prepared, Prepared)
            assert isinstance(prepared.view, DigestView)
            return {
                section.kind: [(entry.title, entry.detail) for entry in section.entries]
                for section in prepared.view.sections
                if section.kind in {"failed_mails", "unreached"}
            }

        (ref,) = await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        said = {"recipients": ["info@company.example"], "last_error": "550 5.1.1\n  no such user"}
        async with database.transaction() as session:
            await session.execute(update(MailRow).values(status="refused", **said))
            await session.execute(update(ReminderRow).values(status="undelivered"))
            await session.execute(update(CompanyRow).values(legal_name="Pérez S.L.", invoice_email=None))
        told = "Pérez S.L., info@company.example: 550 5.1.1 no such user"
        assert await entries("es-MX") == {
            "failed_mails": [("Primer aviso de retraso", told)],
            "unreached": [(ref, told)],
        }
        async with database.transaction() as session:
            await session.execute(update(ReminderRow).values(status="withdrawn", reason="refused"))
        assert (await entries("en"))["unreached"] == [(ref, "Pérez S.L., no address")]
        await give_address(database, company, "old@company.example")
        await mark_dead(database, company, "old@company.example", clock)
        assert (await entries("fr"))["unreached"] == [(ref, "Pérez S.L., old@company.example: 550 5.1.1")]

    @pytest.mark.usefixtures("staff")
    async def test_asks_for_a_rate_without_which_a_policy_cannot_charge(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
    ):
        async def kinds() -> list[str]:
            clock.advance(days=1)
            assert await run_digest_once(database, clock.now())
            prepared = await prepare_digest(database, tenant, clock)
            if prepared is None:
                return []
            assert isinstance(prepared, Prepared)
            assert isinstance(prepared.view, DigestView)
            return [section.kind for section in prepared.view.sections]

        clock.advance(days=320)
        assert await kinds() == [], "the standard policy charges nothing"
        await harsh_policy(integrator, "notify", "late_fee")
        assert await kinds() == ["missing_rate"]
        body = {"base": "ecb", "from_on": "2027-01-01", "rate_bp": 240, "source": "tests"}
        assert (await integrator.put("/v1/late-interest-rates", json=body)).is_success
        assert await kinds() == []

    @pytest.mark.usefixtures("staff")
    async def test_does_not_come_at_night(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        # Nine o'clock UTC in March is ten in Paris.
        assert not await run_digest_once(database, clock.now() - timedelta(hours=3, seconds=1))
        assert await run_digest_once(database, clock.now() - timedelta(hours=3))

    async def test_without_an_address_of_staff_is_no_mail(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        await owe(shop, company.ref, "100.00")
        clock.advance(days=31)
        assert await run_digest_once(database, clock.now())
        assert await mails(database) == []
