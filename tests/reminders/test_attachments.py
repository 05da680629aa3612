"""Steps whose mail brings a statement: kept in versions, previewed, and made of the moment in which the mail goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.core.clock import FixedClock
from service.infra.database import Database
from service.mails.domain import MailKind, Prepared
from service.reminders.definition import policy_from_json, policy_to_json
from service.reminders.policy import Attachment
from service.reminders.shipped import SHIPPED
from tests.app import Tenant
from tests.invoicing.cases import pages_of
from tests.orders.world import Debtor
from tests.payments.world import owe, pay
from tests.reminders.test_engine import LATE_1_DAYS, late
from tests.reminders.world import choose_policy, item_of, prepare, remind

STEP = {
    "code": "only",
    "level": 1,
    "anchor": "after_due",
    "offset_days": 6,
    "template": "late_1",
    "attachment": "statement",
}


async def attaching_policy(integrator: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    body = {"name": "Thorough", "steps": [STEP | changes]}
    return await integrator.put("/v1/reminder-policies/thorough", json=body)


@pytest.fixture
async def thorough(shop: httpx.AsyncClient, integrator: httpx.AsyncClient) -> None:
    """A policy whose only step brings a statement."""
    answer = await attaching_policy(integrator)
    assert answer.is_success, answer.text
    await choose_policy(integrator, "thorough")


class TestPolicies:
    async def test_each_version_keeps_what_is_attached(self, integrator: httpx.AsyncClient) -> None:
        first = await attaching_policy(integrator)
        changed = await attaching_policy(integrator, attachment=None)
        assert [answer.json()["version"] for answer in (first, changed)] == [1, 2]
        assert [answer.json()["steps"][0]["attachment"] for answer in (first, changed)] == ["statement", None]

    async def test_only_a_mail_brings_something(self, integrator: httpx.AsyncClient) -> None:
        answer = await attaching_policy(integrator, template=None, actions=["tell_staff"])
        assert (answer.status_code, answer.json()["code"]) == (422, "reminder_policy_invalid")
        (problem,) = answer.json()["problems"]
        assert (problem["pointer"], problem["code"]) == ("/steps/0/attachment", "attachment_mismatch")
        assert (await attaching_policy(integrator, attachment="invoice")).status_code == 422

    def test_the_final_demand_of_two_that_are_shipped_does(self) -> None:
        attaching = [
            (policy.code, step.code)
            for policy in SHIPPED.values()
            for step in policy.steps
            if step.attachment is Attachment.STATEMENT
        ]
        assert attaching == [("standard", "final_demand"), ("firm", "final_demand")]

    def test_versions_from_before_attachments_can_be_read(self) -> None:
        kept = policy_to_json(SHIPPED["gentle"])
        for step in kept["steps"]:
            del step["attachment"]
        assert policy_from_json(kept, code="gentle", name="Gentle", version=1) == SHIPPED["gentle"]


@pytest.mark.usefixtures("thorough")
class TestMails:
    async def test_bring_all_that_is_open_when_they_go(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ) -> None:
        paid, overdue, disputed = await late(shop, company, clock, "100.00", "50.00", "20.00")
        await shop.post(f"/v1/open-items/{(await item_of(shop, disputed))['id']}/dispute", json={"reason": "broken"})
        later = await owe(shop, company.ref, "30.00", at=clock.now().isoformat())
        await remind(database, clock.now())
        await pay(shop, company.ref, "100.00", allocate={"orders": [{"ref": paid}]})
        mail = (await prepare(database, tenant, clock.now()))[MailKind.LATE_1]
        assert isinstance(mail, Prepared)
        (enclosure,) = mail.enclosures
        assert (enclosure.filename, enclosure.is_needed) == ("Releve-de-compte-2026-04-07.pdf", False)
        assert mail.view.attachments == (enclosure.filename,)
        (page,) = pages_of(await enclosure.draw())
        assert [ref in page for ref in (paid, overdue, disputed, later)] == [False, True, True, True]
        assert "Solde 100,00 €" in page
        assert "Main shop" in page

    async def test_the_preview_says_so(self, shop: httpx.AsyncClient, company: Debtor, clock: FixedClock) -> None:
        await owe(shop, company.ref, "100.00")
        then = clock.now() + timedelta(days=LATE_1_DAYS)
        (mail,) = (await shop.get("/v1/reminders-preview", params={"at": then.isoformat()})).json()["mails"]
        assert mail["attachments"] == ["Releve-de-compte-2026-04-07.pdf"]
        assert "Releve-de-compte-2026-04-07.pdf" in mail["text"]
        assert "Releve-de-compte-2026-04-07.pdf" in mail["html"]


class TestOtherSteps:
    async def test_bring_nothing(
        self, shop: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ) -> None:
        await late(shop, company, clock, "100.00")
        (previewed,) = (await shop.get("/v1/reminders-preview")).json()["mails"]
        assert previewed["attachments"] == []
        await remind(database, clock.now())
        mail = (await prepare(database, tenant, clock.now()))[MailKind.LATE_1]
        assert isinstance(mail, Prepared)
        assert (mail.enclosures, mail.view.attachments) == ((), ())
