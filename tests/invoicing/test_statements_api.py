"""Statements as the API gives, prints and mails them."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Work
from service.invoicing import mail_service
from service.merchants.service import create_key, create_shop
from tests.app import Tenant, client_of
from tests.invoicing.cases import pages_of
from tests.invoicing.conftest import StatementWorld
from tests.mails.smtp_server import ScriptedServer
from tests.orders.world import Debtor
from tests.payments.world import hold_order, owe, pay, report
from tests.reminders.world import give_address, item_of


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def statement_of(client: httpx.AsyncClient, company: str, **query: str) -> dict[str, Any]:
    """The only currency of a company's statement."""
    answer = await client.get(f"/v1/companies/{company}/statement", params=query)
    assert answer.is_success, answer.text
    (statement,) = answer.json()["statements"]
    found: dict[str, Any] = statement
    return found


class TestShow:
    async def test_everything_that_is_open_adds_up(
        self, client: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ) -> None:
        late = await owe(client, company.ref, "300.00")
        await pay(client, company.ref, "50.00", allocate={"orders": [{"ref": late}]})
        clock.advance(days=20)
        due_later = await owe(client, company.ref, "200.00", at=clock.now().isoformat())
        await pay(client, company.ref, "30.00", allocate="none", reference="VIR 7", received_on="2026-03-20")
        disputed = await item_of(client, due_later)
        await client.post(f"/v1/open-items/{disputed['id']}/dispute", json={"reason": "broken"})
        clock.advance(days=11)
        answer = (await client.get(f"/v1/companies/{company.ref}/statement")).json()
        assert (answer["company"], answer["shop"], answer["as_of"]) == ("Company C-1", "main", "2026-04-02")
        (statement,) = answer["statements"]
        assert [
            (one["document"], one["open_amount"], one["amount"], one["days_late"], one["disputed"])
            for one in statement["documents"]
        ] == [(late, "250.00", "300.00", 1, False), (due_later, "200.00", "200.00", 0, True)]
        assert [(one["kind"], one["reference"], one["amount"]) for one in statement["credits"]] == [
            ("payment", "VIR 7", "30.00")
        ]
        sums = {name: statement[name] for name in ("total_open", "total_late", "total_credits", "balance", "total_due")}
        assert sums == {
            "total_open": "450.00", "total_late": "250.00", "total_credits": "30.00", "balance": "420.00", "total_due": "420.00"
        }  # fmt: skip
        assert statement["aging"] == {
            "not_due": "200.00", "overdue_0_30": "250.00", "overdue_31_60": "0.00", "overdue_61_90": "0.00", "overdue_90": "0.00"
        }  # fmt: skip
        assert statement["payment_reference"] == statement["documents"][0]["payment_reference"]
        # The same figures as in the account.
        (line,) = (await client.get(f"/v1/companies/{company.ref}/account")).json()["lines"]
        assert {name: line["buckets"][name]["amount"] for name in statement["aging"]} == statement["aging"]

    async def test_money_that_waits_for_an_order_is_that_order_s(
        self, client: httpx.AsyncClient, company: Debtor
    ) -> None:
        ref = await hold_order(client, company.ref, "80.00")
        await pay(client, company.ref, "80.00", allocate={"orders": [{"ref": ref}]})
        statement = await statement_of(client, company.ref)
        assert (statement["documents"], statement["credits"], statement["balance"]) == ([], [], "0.00")

    async def test_a_credit_note_is_in_the_company_s_favour(self, client: httpx.AsyncClient, company: Debtor) -> None:
        ref = await owe(client, company.ref, "100.00")
        await pay(client, company.ref, "100.00")
        await report(client, ref, "credit_slip", amount="40.00")
        statement = await statement_of(client, company.ref)
        assert [(one["kind"], one["reference"], one["amount"]) for one in statement["credits"]] == [
            ("credit_note", ref, "40.00")
        ]
        assert (statement["balance"], statement["total_due"]) == ("-40.00", "0.00")

    async def test_a_shop_s_is_its_own_and_an_integrator_s_of_all(
        self,
        app: FastAPI,
        client: httpx.AsyncClient,
        integrator: httpx.AsyncClient,
        company: Debtor,
        database: Database,
        tenant: Tenant,
        clock: FixedClock,
    ) -> None:
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            await create_shop(work, code="outlet", name="Outlet", language="fr", defaults={})
            _, key = await create_key(work, name="outlet", shop_code="outlet")
        known_as = f"id:{company.id}"
        async with client_of(app, key) as outlet:
            its_own = await owe(outlet, known_as, "70.00")
            theirs = await owe(client, company.ref, "100.00")
            for caller, query, seen in (
                (outlet, {}, [its_own]),
                (client, {}, [theirs]),
                (integrator, {"shop": "outlet"}, [its_own]),
                (integrator, {}, [its_own, theirs]),
            ):
                statement = await statement_of(caller, known_as, **query)
                assert sorted(one["document"] for one in statement["documents"]) == sorted(seen)

    async def test_the_day_is_the_shop_s_or_the_merchant_s(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ) -> None:
        moved = await integrator.patch("/v1/shops/main", json={"time_zone": "Pacific/Auckland"})
        assert moved.is_success, moved.text
        await owe(client, company.ref, "100.00")
        # Half past one on the 2nd of April in Auckland, where it was due on the 1st; in Paris it still is the 1st.
        clock.advance(days=30, hours=3, minutes=30)
        path = f"/v1/companies/id:{company.id}/statement"
        for caller, as_of, days_late in ((client, "2026-04-02", 1), (integrator, "2026-04-01", 0)):
            answer = (await caller.get(path)).json()
            assert answer["as_of"] == as_of
            assert answer["statements"][0]["documents"][0]["days_late"] == days_late

    async def test_others_learn_nothing(
        self, client: httpx.AsyncClient, stranger: httpx.AsyncClient, company: Debtor
    ) -> None:
        await owe(client, company.ref, "100.00")
        for path in ("statement", "statement.pdf"):
            answer = await stranger.get(f"/v1/companies/id:{company.id}/{path}")
            assert code_of(answer) == (404, "company_not_found")
        answer = await stranger.post(f"/v1/companies/id:{company.id}/statement/send", json={})
        assert code_of(answer) == (404, "company_not_found")

    async def test_a_currency_exists(self, client: httpx.AsyncClient, company: Debtor) -> None:
        for path in ("statement", "statement.pdf"):
            answer = await client.get(f"/v1/companies/{company.ref}/{path}", params={"currency": "XXQ"})
            assert code_of(answer) == (422, "currency_unknown")
        assert (await statement_of(client, company.ref, currency="USD"))["currency"] == "USD"


class TestPrint:
    async def test_says_the_same(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ) -> None:
        ref = await owe(client, company.ref, "300.00")
        answer = await client.get(f"/v1/companies/{company.ref}/statement.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == 'inline; filename="Releve-de-compte-2026-03-02.pdf"'
        (page,) = pages_of(answer.content)
        for said in ("Relevé de compte", "Main shop", "Company C-1", "C-1", ref, "1er avril 2026", "Solde 300,00 €"):
            assert said in page
        assert "FR76 3000 6000 0112 3456 7890 189" in page
        of_all = await integrator.get(f"/v1/companies/id:{company.id}/statement.pdf")
        assert pages_of(of_all.content)[0].startswith("Dupont Négoce")

    async def test_not_where_the_settings_are_broken(
        self, client: httpx.AsyncClient, company: Debtor, database: Database
    ) -> None:
        await break_settings(database)
        answer = await client.get(f"/v1/companies/{company.ref}/statement.pdf")
        assert code_of(answer) == (409, "settings_broken")
        assert (await client.get(f"/v1/companies/{company.ref}/statement")).is_success


async def break_settings(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE shops SET settings = '{\"bank_account\": 7}'"))


class TestSend:
    async def test_mails_what_is_open_when_it_goes(
        self, client: httpx.AsyncClient, company: Debtor, world: StatementWorld, server: ScriptedServer
    ) -> None:
        first, second = [await owe(client, company.ref, amount) for amount in ("300.00", "200.00")]
        path = f"/v1/companies/{company.ref}/statement/send"
        asked = await client.post(path, json={}, headers={"Idempotency-Key": "s-1"})
        assert asked.status_code == 202, asked.text
        (queued,) = asked.json()["items"]
        assert (queued["kind"], queued["status"], queued["subject_ids"]) == ("statement", "queued", {"currency": "EUR"})
        again = await client.post(path, json={}, headers={"Idempotency-Key": "s-1"})
        assert (again.json(), again.headers["Idempotency-Hit"]) == (asked.json(), "true")
        # Paid while it waits.
        await pay(client, company.ref, "300.00", allocate={"orders": [{"ref": first}]})
        await world.send()
        (received,) = server.received
        assert received.recipients == ["accounts@company.example"]
        message = message_from_bytes(received.message, policy=policy.default)
        (attached,) = message.iter_attachments()
        assert (attached.get_filename(), attached.get_content_type()) == (
            "Releve-de-compte-2026-03-02.pdf",
            "application/pdf",
        )
        (page,) = pages_of(attached.get_content())
        said = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        for text_of in (page, said):
            assert (first in text_of, second in text_of) == (False, True)
        assert "Pièce jointe\xa0: Releve-de-compte-2026-03-02.pdf" in said
        shown = (await client.get(f"/v1/mails/{queued['id']}")).json()
        assert shown["attachments"] == [
            {
                "filename": "Releve-de-compte-2026-03-02.pdf",
                "media_type": "application/pdf",
                "size_bytes": len(attached.get_content()),
            }
        ]

    async def test_one_mail_for_each_currency_to_whoever_is_named(
        self, client: httpx.AsyncClient, company: Debtor, world: StatementWorld, server: ScriptedServer
    ) -> None:
        await owe(client, company.ref, "300.00")
        await owe(client, company.ref, "50.00", currency="USD", exchange_rate="0.9")
        path = f"/v1/companies/{company.ref}/statement/send"
        asked = await client.post(path, json={"recipients": ["boss@company.example"]})
        assert [one["subject_ids"]["currency"] for one in asked.json()["items"]] == ["EUR", "USD"]
        only = await client.post(path, json={"currency": "USD"})
        assert [one["subject_ids"]["currency"] for one in only.json()["items"]] == ["USD"]
        assert code_of(await client.post(path, json={"currency": "XXQ"})) == (422, "currency_unknown")
        await world.send()
        assert [one.recipients for one in server.received] == [
            ["boss@company.example"],
            ["boss@company.example"],
            ["accounts@company.example"],
        ]

    async def test_the_mail_names_fifty_and_the_file_all(
        self,
        client: httpx.AsyncClient,
        company: Debtor,
        world: StatementWorld,
        server: ScriptedServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(mail_service, "_NAMED", 1)
        refs = [await owe(client, company.ref, amount) for amount in ("300.00", "200.00")]
        await client.post(f"/v1/companies/{company.ref}/statement/send", json={})
        await world.send()
        message = message_from_bytes(server.received[0].message, policy=policy.default)
        said = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert sorted(ref in said for ref in refs) == [False, True]
        assert "1 autre document figure dans le relevé ci-joint" in said
        (attached,) = message.iter_attachments()
        assert all(ref in pages_of(attached.get_content())[0] for ref in refs)

    async def test_nobody_to_write_to(self, client: httpx.AsyncClient, company: Debtor, database: Database) -> None:
        await give_address(database, company, None)
        answer = await client.post(f"/v1/companies/{company.ref}/statement/send", json={})
        assert code_of(answer) == (409, "mail_address_missing")

    async def test_nothing_is_sent_by_broken_settings(
        self, client: httpx.AsyncClient, company: Debtor, world: StatementWorld, database: Database
    ) -> None:
        asked = await client.post(f"/v1/companies/{company.ref}/statement/send", json={})
        await break_settings(database)
        await world.send()
        mail = (await client.get(f"/v1/mails/{asked.json()['items'][0]['id']}")).json()
        assert (mail["status"], mail["skip_reason"]) == ("skipped", "settings_broken")
