"""Mails that go out by themselves: told by what happens, said by what is true when they go, left out where not wanted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from service.core.clock import FixedClock
from service.core.money import Money
from service.infra.database import Database
from service.infra.outbox import announce
from service.mails.domain import LoggedMail, MailKind
from service.mails.event_service import queue_announced_mails
from service.mails.log_repository import find_mail, read_content
from service.orders.opening_service import OpeningOrder, take_over_order
from service.webhooks.jobs import run_fan_out_once
from tests.app import Tenant
from tests.mails.smtp_server import ScriptedServer
from tests.mails.world import MailWorld
from tests.orders.world import Debtor, offer_terms, open_company


class Shop:
    """A shop that reports what happens, and a worker that hands it on."""

    def __init__(self, world: MailWorld, client: httpx.AsyncClient, company: Debtor) -> None:
        self.world = world
        self.client = client
        self.company = company

    async def order(self, ref: str = "PS-1", **changes: Any) -> None:
        held = await self.client.post(
            "/v1/holds", json={"company": self.company.ref, "amount": "120.00", "currency": "EUR", "cart": ref}
        )
        assert held.status_code == 201, held.text
        attached = await self.client.post(
            f"/v1/holds/{held.json()['hold_id']}/orders",
            json={"orders": [{"ref": ref, "amount": "120.00", "placed_at": "2026-03-02T09:00:00Z"} | changes]},
        )
        assert attached.status_code == 200, attached.text

    async def ship(self, ref: str = "PS-1", **changes: Any) -> None:
        body = {
            "event_id": f"ship-{ref}",
            "kind": "status",
            "status": "shipped",
            "occurred_at": self.world.clock.now().isoformat(),
        }
        response = await self.client.post(f"/v1/orders/{ref}/events", json=body | changes)
        assert response.status_code == 200, response.text

    async def run_worker(self) -> list[LoggedMail]:
        """Hand messages on and send what they lead to; gives all mails."""
        while await run_fan_out_once(self.world.database, self.world.clock.now(), also=queue_announced_mails):
            pass
        await self.world.send()
        async with self.world.work() as work:
            return [await find_mail(work, row["id"]) for row in await self.world.all()]

    async def text_of(self, mail: LoggedMail) -> str:
        async with self.world.work() as work:
            content = await read_content(work, mail.id)
        assert content is not None
        return f"{content.subject}\n{content.text}"


@pytest.fixture
async def shop(
    database: Database, tenant: Tenant, clock: FixedClock, client: httpx.AsyncClient, world: MailWorld
) -> Shop:
    await offer_terms(database, tenant, now=clock.now())
    company = await open_company(database, tenant, now=clock.now(), limit_minor=1_000_000)
    async with database.transaction() as session:
        await session.execute(text("UPDATE companies SET invoice_email = 'accounts@martin.example', language = 'en'"))
    shop = Shop(world, client, company)
    # What opening the company led to is not what these tests are about.
    await shop.run_worker()
    async with database.transaction() as session:
        await session.execute(text("TRUNCATE mails CASCADE"))
    return shop


def kinds(mails: list[LoggedMail]) -> list[tuple[str, str]]:
    return [(mail.kind.value, mail.skip_reason or mail.status.value) for mail in mails]


class TestOrders:
    async def test_an_accepted_order_is_told_with_its_expected_due_date(self, shop: Shop) -> None:
        await shop.order()
        (mail,) = await shop.run_worker()
        assert kinds([mail]) == [("order_accepted", "sent")]
        assert mail.recipients == ("accounts@martin.example",)
        said = await shop.text_of(mail)
        assert "PS-1" in said
        assert "€120.00" in said
        assert "Expected due date" in said

    async def test_are_found_by_the_shops_reference_of_the_company(self, shop: Shop) -> None:
        await shop.order()
        await shop.run_worker()
        listed = (await shop.client.get("/v1/mails", params={"company": shop.company.ref})).json()["items"]
        assert [mail["kind"] for mail in listed] == ["order_accepted"]
        other = {"legal_name": "Atelier Leroy", "country": "FR", "language": "fr"}
        assert (await shop.client.put("/v1/companies/C-other", json=other)).is_success
        assert (await shop.client.get("/v1/mails?company=C-other")).json()["items"] == []
        unknown = await shop.client.get("/v1/mails?company=nobody")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "company_not_found")

    async def test_a_language_without_mails_is_answered_in_the_shops(self, shop: Shop) -> None:
        async with shop.world.work() as work:
            await work.session.execute(text("UPDATE companies SET language = 'pt'"))
            await work.session.execute(text("UPDATE shops SET language = 'fr-CH'"))
        await shop.order()
        (mail,) = await shop.run_worker()
        assert mail.language == "fr-CH"
        assert "Échéance prévue" in await shop.text_of(mail)

    async def test_a_fixed_due_date_is_told_when_it_comes_later(self, shop: Shop) -> None:
        await shop.order()
        await shop.run_worker()
        shop.world.clock.advance(hours=1)
        await shop.ship()
        mails = await shop.run_worker()
        assert kinds(mails) == [("order_accepted", "sent"), ("due_date_fixed", "sent")]
        assert "is now fixed: 1 April 2026" in await shop.text_of(mails[1])

    async def test_one_mail_tells_both_when_they_come_together(self, shop: Shop) -> None:
        await shop.order()
        await shop.ship()
        mails = await shop.run_worker()
        assert sorted(kinds(mails)) == [("due_date_fixed", "told_already"), ("order_accepted", "sent")]
        (sent,) = [mail for mail in mails if mail.sent_at]
        assert "Due date: 1 April 2026" in await shop.text_of(sent)

    async def test_a_date_that_moved_meanwhile_is_not_told(self, shop: Shop) -> None:
        await shop.order()
        await shop.run_worker()
        shop.world.clock.advance(hours=1)
        await shop.ship()
        async with shop.world.work() as work:
            await work.session.execute(text("UPDATE orders SET due_on = :day"), {"day": date(2026, 5, 1)})
        assert kinds(await shop.run_worker())[1] == ("due_date_fixed", "due_date_moved")

    async def test_a_cancelled_order_is_not_told(self, shop: Shop) -> None:
        await shop.order()
        await shop.client.post(
            "/v1/orders/PS-1/events",
            json={"event_id": "x", "kind": "cancelled", "occurred_at": "2026-03-02T09:00:00Z"},
        )
        assert kinds(await shop.run_worker()) == [("order_accepted", "order_over")]

    async def test_estimates_that_buyers_do_not_see_are_not_told(
        self, shop: Shop, integrator: httpx.AsyncClient
    ) -> None:
        await integrator.patch("/v1/merchant", json={"settings": {"show_due_estimates": False}})
        await shop.order()
        assert kinds(await shop.run_worker()) == [("order_accepted", "estimate_hidden")]

    async def test_what_is_left_out_by_settings_is_not_even_queued(
        self, shop: Shop, integrator: httpx.AsyncClient
    ) -> None:
        await integrator.patch("/v1/merchant", json={"settings": {"automatic_mails": ["payment_received"]}})
        await shop.order()
        assert await shop.run_worker() == []

    async def test_what_is_switched_off_while_it_waits_is_not_sent(
        self, shop: Shop, integrator: httpx.AsyncClient, server: ScriptedServer
    ) -> None:
        server.answer = lambda said: "451 later" if said == "message" else None
        await shop.order()
        await shop.run_worker()
        await integrator.patch("/v1/merchant", json={"settings": {"automatic_mails": []}})
        shop.world.clock.advance(hours=1)
        assert kinds(await shop.run_worker()) == [("order_accepted", "switched_off")]

    async def test_old_news_is_not_told(self, shop: Shop) -> None:
        await shop.order()
        shop.world.clock.advance(days=8)
        assert await shop.run_worker() == []

    async def test_an_order_of_long_ago_is_not_told_when_it_is_reported(self, shop: Shop) -> None:
        shop.world.clock.advance(days=8)
        await shop.order()
        await shop.ship()
        mails = await shop.run_worker()
        assert sorted(kinds(mails)) == [("due_date_fixed", "sent"), ("order_accepted", "too_old")]

    async def test_a_due_date_that_is_over_is_not_told(self, shop: Shop) -> None:
        shop.world.clock.advance(days=40)
        await shop.order()
        await shop.ship(occurred_at="2026-03-03T10:00:00Z")
        assert {mail.skip_reason for mail in await shop.run_worker()} == {"too_old"}

    async def test_taking_over_what_is_owed_writes_to_nobody(self, shop: Shop) -> None:
        today = shop.world.clock.now().date()
        for days, due_on in ((60, date(2026, 2, 1)), (2, date(2026, 4, 1))):
            ordered_on = today - timedelta(days=days)
            opening = OpeningOrder(
                company_ref=shop.company.ref,
                ref=f"OLD-{days}",
                amount=Money(10_000, "EUR"),
                ordered_on=ordered_on,
                started_on=ordered_on,
                due_on=due_on,
            )
            async with shop.world.work() as work:
                await take_over_order(work, opening, shop_code="main")
        mails = await shop.run_worker()
        assert len(mails) == 4
        assert {mail.skip_reason for mail in mails} == {"taken_over"}

    async def test_a_message_handed_on_twice_is_one_mail(self, shop: Shop) -> None:
        await shop.order()
        await shop.run_worker()
        async with shop.world.work() as work:
            await work.session.execute(text("UPDATE outbox_messages SET fanned_out_at = NULL"))
        mails = await shop.run_worker()
        assert [mail.kind for mail in mails].count(MailKind.ORDER_ACCEPTED) == 1

    async def test_without_an_address_it_is_skipped(self, shop: Shop) -> None:
        async with shop.world.work() as work:
            await work.session.execute(text("UPDATE companies SET invoice_email = NULL"))
        await shop.order()
        assert kinds(await shop.run_worker()) == [("order_accepted", "address_missing")]


class TestPayments:
    async def test_money_is_confirmed_with_what_it_settled(self, shop: Shop) -> None:
        await shop.order()
        await shop.ship()
        await shop.run_worker()
        body = {
            "company": shop.company.ref,
            "amount": "150.00",
            "currency": "EUR",
            "method": "bank_transfer",
            "received_on": "2026-03-02",
        }
        response = await shop.client.post("/v1/payments", json=body)
        assert response.status_code == 200, response.text
        mails = await shop.run_worker()
        (mail,) = [mail for mail in mails if mail.kind is MailKind.PAYMENT_RECEIVED]
        said = await shop.text_of(mail)
        assert "We received €150.00 from you on 2 March 2026" in said
        assert "PS-1 - Still open: €0.00" in said
        assert "€30.00 remains on your account" in said


class TestCredit:
    async def limit(self, shop: Shop, amount: str) -> None:
        response = await shop.client.put(
            f"/v1/companies/{shop.company.ref}/credit/limit",
            json={"kind": "amount", "amount": amount, "currency": "EUR", "reason": "Reviewed"},
        )
        assert response.status_code == 200, response.text

    async def test_a_new_limit_is_told_and_use_of_it_is_not(self, shop: Shop) -> None:
        await shop.order()
        await self.limit(shop, "5000.00")
        mails = [mail for mail in await shop.run_worker() if mail.kind is MailKind.CREDIT_CHANGED]
        assert kinds(mails) == [("credit_changed", "sent")]
        said = await shop.text_of(mails[0])
        assert "Credit limit: €5,000.00" in said
        assert "Used: €120.00" in said
        assert "Available: €4,880.00" in said

    async def test_two_changes_that_wait_are_one_mail(self, shop: Shop) -> None:
        await self.limit(shop, "5000.00")
        await self.limit(shop, "6000.00")
        mails = await shop.run_worker()
        assert kinds(mails) == [("credit_changed", "told_by_a_later_one"), ("credit_changed", "sent")]
        assert "€6,000.00" in await shop.text_of(mails[1])

    async def test_the_current_credit_is_mailed_when_asked_for(self, shop: Shop, stranger: httpx.AsyncClient) -> None:
        path = f"/v1/companies/{shop.company.ref}/credit/mail"
        response = await shop.client.post(path, json={})
        assert (response.status_code, response.json()["kind"]) == (202, "current_credit")
        other = await shop.client.post(path, json={"recipients": ["boss@martin.example"]})
        mails = await shop.run_worker()
        assert [(mail.recipients, mail.status.value) for mail in mails] == [
            (("accounts@martin.example",), "sent"),
            (("boss@martin.example",), "sent"),
        ]
        assert "Your credit with Main shop on 2 March 2026" in await shop.text_of(mails[0])
        assert UUID(other.json()["id"]) == mails[1].id
        assert (await stranger.post(path, json={})).status_code in {404, 409}

    async def test_a_company_without_an_address_cannot_be_mailed(self, shop: Shop) -> None:
        async with shop.world.work() as work:
            await work.session.execute(text("UPDATE companies SET invoice_email = NULL"))
        response = await shop.client.post(f"/v1/companies/{shop.company.ref}/credit/mail", json={})
        assert (response.status_code, response.json()["code"]) == (409, "mail_address_missing")


class TestBrokenEvents:
    async def test_an_event_of_another_kind_leads_to_no_mail(self, shop: Shop) -> None:
        async with shop.world.work() as work:
            await announce(work, "order.settled", subject_id=shop.company.id, shop_id=None, payload={})
        assert await shop.run_worker() == []
