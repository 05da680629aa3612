"""Policies, assignments, pauses, states, the preview and decisions by hand, as the API gives them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from service.core.clock import FixedClock
from service.infra.database import Database
from service.mails.domain import MailKind, Prepared, Skipped
from service.merchants.models import MerchantRow
from service.reminders.jobs import run_notice_changes_once
from tests.app import Tenant
from tests.orders.world import Debtor
from tests.payments.world import hold_order, owe, pay
from tests.reminders.test_engine import LATE_1_DAYS, late
from tests.reminders.world import choose_policy, give_address, item_of, mails, prepare, remind, reminders

LATE_STEP = {"code": "late_1", "level": 1, "anchor": "after_due", "offset_days": 10, "template": "late_1"}
PATIENT = {"name": "Patient", "steps": [LATE_STEP]}


async def notice_changes(database: Database, clock: FixedClock) -> None:
    while await run_notice_changes_once(database, clock.now()):
        pass


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class TestPolicies:
    async def test_three_come_with_the_service(self, integrator: httpx.AsyncClient):
        items = (await integrator.get("/v1/reminder-policies")).json()["items"]
        assert [(item["code"], item["shipped"]) for item in items] == [
            ("gentle", True),
            ("standard", True),
            ("firm", True),
        ]

    async def test_a_change_makes_a_version_and_a_repeat_none(self, integrator: httpx.AsyncClient):
        first = await integrator.put("/v1/reminder-policies/patient", json=PATIENT)
        again = await integrator.put("/v1/reminder-policies/patient", json=PATIENT)
        other = {**PATIENT, "grace_days": 9, "reason": "Summer"}
        changed = await integrator.put("/v1/reminder-policies/patient", json=other)
        assert [answer.json()["version"] for answer in (first, again, changed)] == [1, 1, 2]
        shown = (await integrator.get("/v1/reminder-policies/patient")).json()
        assert [(one["version"], one["reason"]) for one in shown["versions"]] == [(2, "Summer"), (1, None)]
        assert shown["policy"]["grace_days"] == 9
        assert [one["grace_days"] for one in shown["versions"]] == [9, first.json()["grace_days"]]
        assert shown["versions"][1]["steps"] == first.json()["steps"]

    async def test_every_problem_is_named(self, integrator: httpx.AsyncClient):
        steps = [{**LATE_STEP, "level": 0}, {**LATE_STEP, "hour": 24}]
        answer = await integrator.put("/v1/reminder-policies/patient", json={"name": "Patient", "steps": steps})
        assert code_of(answer) == (422, "reminder_policy_invalid")
        found = {(problem["pointer"], problem["code"]) for problem in answer.json()["problems"]}
        assert found == {
            ("/steps/0/level", "not_rising"),
            ("/steps/1/code", "repeated"),
            ("/steps/1/hour", "out_of_range"),
        }

    @pytest.mark.parametrize("minimum", [{"XXX": "5.00"}, {"EUR": "5.001"}])
    async def test_a_minimum_is_an_amount(self, integrator: httpx.AsyncClient, minimum: dict[str, str]):
        body = {"name": "Patient", "steps": [{**LATE_STEP, "minimum": minimum}]}
        answer = await integrator.put("/v1/reminder-policies/patient", json=body)
        assert code_of(answer) == (422, "reminder_policy_invalid")
        (currency,) = minimum
        assert [problem["pointer"] for problem in answer.json()["problems"]] == [f"/steps/0/minimum/{currency}"]
        assert answer.json()["problems"][0]["code"] == {"XXX": "currency_unknown", "EUR": "amount_invalid"}[currency]

    async def test_those_that_come_with_the_service_stay(self, integrator: httpx.AsyncClient):
        answer = await integrator.put("/v1/reminder-policies/firm", json=PATIENT)
        assert code_of(answer) == (409, "reminder_policy_shipped")
        assert code_of(await integrator.delete("/v1/reminder-policies/firm")) == (409, "reminder_policy_shipped")

    async def test_a_shop_s_key_may_not_change_them(self, shop: httpx.AsyncClient):
        refused = await shop.put("/v1/reminder-policies/patient", json=PATIENT)
        assert code_of(refused) == (403, "integrator_key_required")
        assert "PATCH /v1/shops/{code}" in refused.json()["detail"]
        assert "encours key create" in refused.json()["detail"]

    async def test_one_that_is_chosen_stays(self, integrator: httpx.AsyncClient, shop: httpx.AsyncClient):
        await integrator.put("/v1/reminder-policies/patient", json=PATIENT)
        await choose_policy(integrator, "patient")
        answer = await integrator.delete("/v1/reminder-policies/patient")
        assert code_of(answer) == (409, "reminder_policy_in_use")
        assert answer.json()["chosen_by"] == ["merchant"]
        # Nobody inherits it any more, until the shop's own choice is taken back.
        await integrator.patch("/v1/shops/main", json={"settings": {"reminder_policy": "firm"}})
        assert (await integrator.delete("/v1/reminder-policies/patient")).json()["chosen_by"] == ["merchant"]
        await integrator.patch("/v1/shops/main", json={"settings": {"reminder_policy": "patient"}})
        await choose_policy(integrator, "standard")
        assert (await integrator.delete("/v1/reminder-policies/patient")).json()["chosen_by"] == ["shop main"]
        await integrator.patch("/v1/shops/main", json={"settings": {"reminder_policy": None}})
        assert (await integrator.delete("/v1/reminder-policies/patient")).status_code == 204
        assert code_of(await integrator.get("/v1/reminder-policies/patient")) == (404, "reminder_policy_not_found")
        # A new one of that code goes on counting, so that a version means one thing for ever.
        assert (await integrator.put("/v1/reminder-policies/patient", json=PATIENT)).json()["version"] == 3

    async def test_who_has_one_is_named_as_people_know_him(
        self, integrator: httpx.AsyncClient, shop: httpx.AsyncClient, company: Debtor
    ):
        await integrator.put("/v1/reminder-policies/patient", json=PATIENT)
        item = await item_of(shop, await owe(shop, company.ref, "100.00"))
        await integrator.put("/v1/groups/vip", json={"name": "VIP"})
        for path in (f"companies/{company.ref}", f"open-items/{item['id']}"):
            await shop.put(f"/v1/{path}/reminder-policy", json={"policy": "patient"})
        await integrator.put("/v1/groups/vip/reminder-policy", json={"policy": "patient"})
        name = (await shop.get(f"/v1/companies/{company.ref}")).json()["legal_name"]
        assert (await integrator.delete("/v1/reminder-policies/patient")).json()["chosen_by"] == [
            f"company {company.ref} ({name})",
            "group vip",
            f"open_item {item['document']} ({item['id']})",
        ]

    async def test_there_is_an_end_to_them(self, integrator: httpx.AsyncClient):
        for number in range(50):
            answer = await integrator.put(f"/v1/reminder-policies/p{number}", json=PATIENT)
            assert answer.is_success, answer.text
        answer = await integrator.put("/v1/reminder-policies/p50", json=PATIENT)
        assert code_of(answer) == (409, "reminder_policies_too_many")


class TestSettingsThatChooseOne:
    @pytest.mark.parametrize("path", ["/v1/merchant", "/v1/shops/main"])
    async def test_what_does_not_exist_is_refused_and_changes_nothing(self, integrator: httpx.AsyncClient, path: str):
        body = {"name": "Other", "settings": {"reminder_policy": "standart"}}
        before = (await integrator.get(path)).json()
        answer = await integrator.patch(path, json=body)
        assert code_of(answer) == (422, "reminder_policy_unknown")
        assert answer.json()["known"] == ["firm", "gentle", "none", "standard"]
        assert [problem["pointer"] for problem in answer.json()["problems"]] == ["/settings/reminder_policy"]
        assert (await integrator.get(path)).json() == before

    async def test_a_new_shop_cannot_either(self, integrator: httpx.AsyncClient):
        body = {"code": "second", "name": "Second", "settings": {"reminder_policy": "patient"}}
        assert code_of(await integrator.post("/v1/shops", json=body)) == (422, "reminder_policy_unknown")
        await integrator.put("/v1/reminder-policies/patient", json=PATIENT)
        assert (await integrator.post("/v1/shops", json=body)).status_code == 201

    async def test_another_merchant_s_does_not_count(self, integrator: httpx.AsyncClient, stranger: httpx.AsyncClient):
        await integrator.put("/v1/reminder-policies/patient", json=PATIENT)
        answer = await stranger.patch("/v1/merchant", json={"settings": {"reminder_policy": "patient"}})
        assert code_of(answer) == (422, "reminder_policy_unknown")

    async def test_none_is_a_choice(self, integrator: httpx.AsyncClient):
        await choose_policy(integrator, "none")


class TestWhoHasWhich:
    async def test_narrower_beats_wider(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ):
        ref = await owe(shop, company.ref, "100.00")
        item = await item_of(shop, ref)

        async def holds() -> str:
            answer = await shop.get(f"/v1/open-items/{item['id']}/reminders")
            return str(answer.json()["policy"])

        assert await holds() == "standard"
        await integrator.patch("/v1/shops/main", json={"settings": {"reminder_policy": "firm"}})
        assert await holds() == "firm"
        await integrator.put("/v1/groups/vip", json={"name": "VIP"})
        body = {"legal_name": "Company", "country": "FR", "language": "fr", "groups": ["other", "vip"]}
        assert (await shop.put(f"/v1/companies/{company.ref}", json=body)).is_success
        await integrator.put("/v1/groups/vip/reminder-policy", json={"policy": "gentle"})
        assert await holds() == "gentle"
        await shop.put(f"/v1/companies/{company.ref}/reminder-policy", json={"policy": "firm", "reason": "Slow"})
        assert await holds() == "firm"
        await shop.put(f"/v1/open-items/{item['id']}/reminder-policy", json={"policy": "none"})
        state = (await shop.get(f"/v1/open-items/{item['id']}/reminders")).json()
        assert (state["policy"], state["why_not"]) == (None, "no_policy")
        await shop.put(f"/v1/open-items/{item['id']}/reminder-policy", json={"policy": None})
        assert await holds() == "firm"

    async def test_a_company_s_state_says_which_holds_and_by_whose_choice(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ):
        async def holds(client: httpx.AsyncClient, ref: str, **query: str) -> tuple[str | None, str]:
            answer = (await client.get(f"/v1/companies/{ref}/reminders", params=query)).json()
            return answer["policy"], answer["chosen_by"]

        assert await holds(shop, company.ref) == ("standard", "shop")
        await integrator.patch("/v1/shops/main", json={"settings": {"reminder_policy": "firm"}})
        assert await holds(shop, company.ref) == ("firm", "shop")
        # To an integrator it is up to the shop, until one is named.
        assert await holds(integrator, f"id:{company.id}") == (None, "shop")
        assert await holds(integrator, company.ref, shop="main") == ("firm", "shop")
        await integrator.put("/v1/groups/vip", json={"name": "VIP"})
        body = {"legal_name": "Company", "country": "FR", "language": "fr", "groups": ["vip"]}
        assert (await shop.put(f"/v1/companies/{company.ref}", json=body)).is_success
        await integrator.put("/v1/groups/vip/reminder-policy", json={"policy": "none"})
        assert await holds(shop, company.ref) == ("none", "group")
        await shop.put(f"/v1/companies/{company.ref}/reminder-policy", json={"policy": "gentle"})
        assert await holds(integrator, f"id:{company.id}") == ("gentle", "company")

    async def test_an_unknown_one_is_refused(
        self, shop: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ):
        for path in (f"/v1/companies/{company.ref}/reminder-policy",):
            assert code_of(await shop.put(path, json={"policy": "nobody_s"})) == (404, "reminder_policy_not_found")

    async def test_an_unknown_one_in_stored_settings_sends_nothing_and_says_so(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        # The API takes none; nothing may depend on that.
        async with database.transaction() as session:
            await session.execute(update(MerchantRow).values(settings={"reminder_policy": "nobody_s"}))
        await remind(database, clock.now())
        assert await reminders(database) == []
        item = await item_of(shop, ref)
        state = (await shop.get(f"/v1/open-items/{item['id']}/reminders")).json()
        assert state["why_not"] == "policy_unknown"


class TestChangesAround:
    async def test_a_policy_that_is_chosen_later_is_noticed_at_once(
        self,
        shop: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ):
        await choose_policy(integrator, "none")
        await late(shop, company, clock, "100.00")
        await notice_changes(database, clock)
        await remind(database, clock.now())
        await choose_policy(integrator, "standard")
        await remind(database, clock.now())
        assert await reminders(database) == []
        await notice_changes(database, clock)
        await remind(database, clock.now())
        assert len(await reminders(database)) == 1

    async def test_a_company_that_gets_an_address_is_noticed_soon(
        self,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
    ):
        await give_address(database, company, None)
        await late(shop, company, clock, "100.00")
        await notice_changes(database, clock)
        await remind(database, clock.now())
        body = {"legal_name": "Company", "country": "FR", "language": "fr", "invoice_email": "a@company.example"}
        assert (await shop.put(f"/v1/companies/{company.ref}", json=body)).is_success
        clock.advance(minutes=2)
        await notice_changes(database, clock)
        await remind(database, clock.now())
        assert len(await reminders(database)) == 1


class TestPauses:
    async def test_of_an_order_stops_and_resumes_it(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref, other = await late(shop, company, clock, "100.00", "50.00")
        paused = await shop.post(f"/v1/orders/{ref}/reminders/pause", json={"reason": "Waiting", "until": "2026-04-10"})
        assert (paused.status_code, paused.json()["until"]) == (200, "2026-04-10")
        state = (await shop.get(f"/v1/orders/{ref}/reminders")).json()
        # The standard policy gives three days of grace; the first business day after it is Tuesday the 14th.
        assert (state["why_not"], state["paused_until"], state["resumes_on"]) == ("paused", "2026-04-10", "2026-04-14")
        assert state["next"]["at"] == "2026-04-14T07:00:00.000000Z"
        await remind(database, clock.now())
        assert [one.document for one in await reminders(database)] == [other]
        ended = await shop.post(f"/v1/orders/{ref}/reminders/resume", json={"reason": "Done"})
        assert [pause["resume_reason"] for pause in ended.json()["items"]] == ["Done"]
        state = (await shop.get(f"/v1/orders/{ref}/reminders")).json()
        # Of the other one the company was reminded today: the policy wants two days between two mails.
        assert (state["why_not"], state["next"]["at"]) == ("company_just_reminded", "2026-04-09T07:00:00.000000Z")
        await remind(database, clock.now() + timedelta(days=2))
        assert {one.document for one in await reminders(database)} == {ref, other}

    async def test_resume_by_themselves_with_some_days_of_grace(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        await shop.post(f"/v1/orders/{ref}/reminders/pause", json={"reason": "Waiting", "until": "2026-04-10"})
        for day, expected in ((0, 0), (6, 0), (7, 1)):
            await remind(database, clock.now() + timedelta(days=day))
            assert len(await reminders(database)) == expected, day

    async def test_that_are_over_are_felt_in_the_days_of_grace_and_then_no_more(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        await shop.post(f"/v1/orders/{ref}/reminders/pause", json={"reason": "Waiting", "until": "2026-04-10"})

        async def on(day: str) -> tuple[int, str | None, str | None]:
            clock.instant = datetime.fromisoformat(f"{day}T21:00:00+00:00")
            state = (await shop.get(f"/v1/orders/{ref}/reminders")).json()
            return len(state["pauses"]), state["paused_until"], state["why_not"]

        assert await on("2026-04-10") == (1, "2026-04-10", "paused")
        assert await on("2026-04-11") == (0, "2026-04-10", "paused")
        assert await on("2026-04-13") == (0, "2026-04-10", "paused")
        assert await on("2026-04-14") == (0, None, "outside_hours")

    @pytest.mark.parametrize("covered", ["company", "credit_line", "everybody"])
    async def test_of_more_than_one_document(
        self,
        integrator: httpx.AsyncClient,
        shop: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        clock: FixedClock,
        covered: str,
    ):
        await late(shop, company, clock, "100.00", "50.00")
        subject = {"company": {"company": f"id:{company.id}"}, "credit_line": {"credit_line": str(company.line_id)}}
        body = {"reason": "August", **subject.get(covered, {})}
        made = await integrator.post("/v1/reminder-pauses", json=body)
        assert made.is_success, made.text
        state = (await shop.get(f"/v1/companies/{company.ref}/reminders")).json()
        assert [pause["id"] for pause in state["pauses"]] == [made.json()["id"]]
        assert {item["why_not"] for item in state["items"]} == {"paused"}
        await notice_changes(database, clock)
        await remind(database, clock.now())
        assert await reminders(database) == []
        resumed = await integrator.post(f"/v1/reminder-pauses/{made.json()['id']}/resume", json={})
        assert resumed.is_success, resumed.text
        await notice_changes(database, clock)
        await remind(database, clock.now())
        assert len(await reminders(database)) == 2

    async def test_are_listed_by_what_they_cover(
        self, integrator: httpx.AsyncClient, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "100.00")
        of_item = (await shop.post(f"/v1/orders/{ref}/reminders/pause", json={"reason": "a"})).json()
        body = {"company": company.ref, "reason": "b", "until": "2026-03-05"}
        of_company = (await shop.post("/v1/reminder-pauses", json=body)).json()

        async def listed(**query: Any) -> list[str]:
            answer = await shop.get("/v1/reminder-pauses", params=query)
            return [pause["id"] for pause in answer.json()["items"]]

        assert await listed() == [of_company["id"], of_item["id"]]
        assert await listed(scope="company") == [of_company["id"]]
        assert await listed(company=company.ref) == [of_company["id"]]
        assert await listed(open_item=of_item["subject_id"]) == [of_item["id"]]
        assert await listed(active=True) == [of_company["id"], of_item["id"]]
        state = (await shop.get(f"/v1/companies/{company.ref}/reminders")).json()
        assert [pause["id"] for pause in state["pauses"]] == [of_company["id"]], "that of a document is its own"
        clock.advance(days=4)
        assert (await shop.get(f"/v1/companies/{company.ref}/reminders")).json()["pauses"] == []
        assert await listed(active=True) == [of_item["id"]]
        assert await listed(active=False) == [of_company["id"]]
        over = await shop.post(f"/v1/reminder-pauses/{of_company['id']}/resume", json={})
        assert code_of(over) == (409, "reminder_pause_over")

    async def test_that_would_be_over_are_refused(self, shop: httpx.AsyncClient, company: Debtor):
        ref = await owe(shop, company.ref, "100.00")
        path = f"/v1/orders/{ref}/reminders/pause"
        assert (await shop.post(path, json={"reason": "a", "until": "2026-03-02"})).is_success
        assert code_of(await shop.post(path, json={"reason": "a", "until": "2026-03-01"})) == (
            422,
            "reminder_pause_in_past",
        )

    async def test_for_everybody_are_not_for_a_shop_s_key(self, shop: httpx.AsyncClient):
        answer = await shop.post("/v1/reminder-pauses", json={"reason": "a"})
        assert code_of(answer) == (403, "integrator_key_required")

    async def test_name_one_thing(self, shop: httpx.AsyncClient, company: Debtor):
        body = {"reason": "a", "company": company.ref, "credit_line": str(company.line_id)}
        assert code_of(await shop.post("/v1/reminder-pauses", json=body)) == (422, "invalid_input")

    async def test_of_an_order_whose_term_has_not_begun_are_refused(self, shop: httpx.AsyncClient, company: Debtor):
        ref = await hold_order(shop, company.ref, "100.00")
        answer = await shop.post(f"/v1/orders/{ref}/reminders/pause", json={"reason": "a"})
        assert code_of(answer) == (409, "order_not_invoiced")


class TestByHand:
    async def test_the_state_says_what_a_person_may_do(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "100.00")
        path = f"/v1/open-items/{(await item_of(shop, ref))['id']}/reminders"

        async def possible() -> tuple[bool, bool]:
            state = (await shop.get(path)).json()
            return state["can_send_now"], state["can_skip"]

        assert await possible() == (True, True)
        await shop.post(f"{path}/skip", json={"reason": "known"})
        assert await possible() == (False, True), "the next one speaks of lateness"
        clock.advance(days=31)
        assert await possible() == (True, True)
        await give_address(database, company, None)
        assert await possible() == (False, True)
        await give_address(database, company)
        await shop.post(f"/v1/orders/{ref}/reminders/pause", json={"reason": "a", "until": "2026-05-01"})
        assert await possible() == (False, True)
        await shop.post(f"/v1/orders/{ref}/reminders/pause", json={"reason": "for good"})
        assert await possible() == (False, False)
        await shop.post(f"/v1/orders/{ref}/reminders/resume", json={})
        await pay(shop, company.ref, "100.00")
        assert await possible() == (False, False)

    async def test_send_now_goes_before_its_day(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "100.00")
        item = await item_of(shop, ref)
        sent = await shop.post(f"/v1/open-items/{item['id']}/reminders/send-now", json={"reason": "asked"})
        assert sent.is_success, sent.text
        assert (sent.json()["step"], sent.json()["by_hand"], sent.json()["mail_status"]) == (
            "before_due",
            True,
            "queued",
        )
        prepared = (await prepare(database, tenant, clock.now()))[MailKind.BEFORE_DUE]
        assert isinstance(prepared, Prepared)
        # Its own day brings it no second time.
        await remind(database, clock.now() + timedelta(days=28))
        assert [one.step for one in await reminders(database)] == ["before_due"]

    async def test_send_now_tells_nobody_that_he_is_late_before_he_is(
        self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ):
        ref = await owe(shop, company.ref, "100.00")
        item = await item_of(shop, ref)
        path = f"/v1/open-items/{item['id']}/reminders"
        assert (await shop.post(f"{path}/skip", json={"reason": "known"})).is_success
        refused = await shop.post(f"{path}/send-now", json={})
        assert code_of(refused) == (409, "nothing_to_remind")
        assert refused.json()["reason"] == "not_yet"
        clock.advance(days=31)
        sent = await shop.post(f"{path}/send-now", json={})
        assert sent.json()["step"] == "late_1"

    async def test_send_now_is_refused_while_something_stops_it(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        await shop.post(f"/v1/orders/{ref}/reminders/pause", json={"reason": "a", "until": "2026-05-01"})
        refused = await shop.post(f"/v1/open-items/{item['id']}/reminders/send-now", json={})
        assert (code_of(refused), refused.json()["reason"]) == ((409, "nothing_to_remind"), "paused")
        await shop.post(f"/v1/orders/{ref}/reminders/resume", json={})
        await pay(shop, company.ref, "100.00")
        refused = await shop.post(f"/v1/open-items/{item['id']}/reminders/send-now", json={})
        assert (code_of(refused), refused.json()["reason"]) == ((409, "nothing_to_remind"), "settled")

    async def test_send_now_that_was_paid_before_the_call_is_not_sent(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        await shop.post(f"/v1/open-items/{item['id']}/reminders/send-now", json={})
        await pay(shop, company.ref, "100.00")
        prepared = await prepare(database, tenant, clock.now())
        assert [type(one) for one in prepared.values()] == [Skipped]

    async def test_a_skipped_step_never_goes_and_the_next_one_counts_from_it(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        skipped = await shop.post(f"/v1/open-items/{item['id']}/reminders/skip", json={"reason": "He called"})
        assert (skipped.json()["status"], skipped.json()["reason"]) == ("skipped", "He called")
        await remind(database, clock.now())
        assert await mails(database) == []
        await remind(database, clock.now() + timedelta(days=7))
        assert [(one.step, one.status) for one in await reminders(database)] == [
            ("late_1", "skipped"),
            ("late_2", "queued"),
        ]

    async def test_only_the_step_that_was_seen_goes(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        path = f"/v1/open-items/{item['id']}/reminders"
        seen = {"step": "late_1", "occurrence": 1}
        first, second = [await shop.post(f"{path}/send-now", json=seen) for _ in range(2)]
        assert first.json()["step"] == "late_1"
        assert code_of(second) == (409, "next_reminder_differs")
        facts = [second.json()[name] for name in ("step", "occurrence", "next_step", "next_occurrence")]
        assert facts == ["late_1", 1, "late_2", 1]
        skipped = await shop.post(f"{path}/skip", json={"step": "late_1", "reason": "a"})
        assert code_of(skipped) == (409, "next_reminder_differs")
        other = await shop.post(f"{path}/skip", json={"step": "late_2", "occurrence": 2, "reason": "a"})
        assert code_of(other) == (409, "next_reminder_differs")
        assert [one.step for one in await reminders(database)] == ["late_1"]
        assert (await shop.post(f"{path}/skip", json={"step": "late_2", "reason": "a"})).is_success
        # Without a step a person may send one after the other.
        assert (await shop.post(f"{path}/send-now", json={})).json()["step"] == "late_3"
        assert code_of(await shop.post(f"{path}/send-now", json={"occurrence": 1})) == (422, "request_invalid")

    async def test_a_repeated_request_sends_once(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        item = await item_of(shop, ref)
        headers = {"Idempotency-Key": "once"}
        path = f"/v1/open-items/{item['id']}/reminders/send-now"
        first, again = [await shop.post(path, json={}, headers=headers) for _ in range(2)]
        assert first.json() == again.json()
        assert again.headers["Idempotency-Hit"] == "true"
        assert len(await mails(database)) == 1


class TestHistory:
    async def test_shows_what_was_withdrawn_with_its_reason(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        (ref,) = await late(shop, company, clock, "100.00")
        await remind(database, clock.now())
        await pay(shop, company.ref, "100.00")
        await prepare(database, tenant, clock.now())
        for query in ({"company": company.ref}, {"open_item": (await item_of(shop, ref))["id"]}):
            (line,) = (await shop.get("/v1/reminders", params=query)).json()["items"]
            assert (line["document"], line["status"], line["reason"]) == (ref, "withdrawn", "settled")
            assert (await shop.get(f"/v1/reminders/{line['id']}")).json() == line
        assert (await shop.get("/v1/reminders", params={"status": "issued"})).json()["items"] == []


class TestPreview:
    async def test_is_what_happens_then(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        refs = [await owe(shop, company.ref, amount) for amount in ("100.00", "50.00")]
        disputed = await item_of(shop, refs[1])
        await shop.post(f"/v1/open-items/{disputed['id']}/dispute", json={"reason": "broken"})
        then = clock.now() + timedelta(days=LATE_1_DAYS)
        answer = await shop.get("/v1/reminders-preview", params={"at": then.isoformat()})
        assert answer.is_success, answer.text
        (mail,) = answer.json()["mails"]
        assert (mail["template"], mail["recipients"], mail["language"]) == (
            "late_1",
            ["accounts@company.example"],
            "fr",
        )
        assert [(one["document"], one["step"]) for one in mail["documents"]] == [(refs[0], "late_1")]
        assert refs[0] in mail["text"]
        assert refs[0] in mail["html"]
        (held,) = answer.json()["held"]
        assert (held["document"], held["why_not"]) == (refs[1], "disputed")
        assert await reminders(database, counting=False) == []
        await remind(database, then)
        assert [one.document for one in await reminders(database)] == [refs[0]]

    async def test_plays_what_goes_until_then(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, clock: FixedClock
    ):
        first = await owe(shop, company.ref, "100.00")
        days = {
            # The standard policy: late after 3 days, again after 7, a final demand after 10 and 14 more.
            LATE_1_DAYS: "late_1",
            LATE_1_DAYS + 7: "late_2",
            LATE_1_DAYS + 14: None,
        }
        foretold = {}
        for day in days:
            then = clock.now() + timedelta(days=day)
            mails = (await shop.get("/v1/reminders-preview", params={"at": then.isoformat()})).json()["mails"]
            foretold[day] = [(mail["template"], [one["document"] for one in mail["documents"]]) for mail in mails]
        assert foretold == {day: [(template, [first])] if template else [] for day, template in days.items()}
        went = {}
        for day in range(LATE_1_DAYS + 15):
            before = len(await reminders(database))
            await remind(database, clock.now() + timedelta(days=day))
            done = (await reminders(database))[before:]
            if day in days:
                went[day] = [(one.step, [one.document]) for one in done]
        assert went == foretold

    async def test_of_one_company(self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock):
        ref = await owe(shop, company.ref, "100.00")
        answer = (await shop.get("/v1/reminders-preview", params={"company": company.ref})).json()
        assert answer["mails"] == []
        (held,) = answer["held"]
        assert (held["document"], held["why_not"], held["next"]["step"]) == (ref, "not_yet", "before_due")
        assert answer["next_cursor"] is None
