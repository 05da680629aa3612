"""Forgetting persons: no address and no text of theirs is left in mails, and nobody else's is touched."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from service.mails.bounce_service import receive_report
from tests.app import Tenant, client_of
from tests.mails.smtp_server import ScriptedServer
from tests.mails.test_mails_api import REPORT
from tests.mails.world import MailWorld

ADA, BOB, OFFICE = "Ada@moulin.example", "bob@moulin.example", "office@moulin.example"
NOBODY = "(anonymised)"


async def put_company(client: httpx.AsyncClient, ref: str, **more: Any) -> UUID:
    body = {
        "legal_name": "Moulin Vert",
        "country": "FR",
        "language": "fr",
        "invoice_email": OFFICE,
        "buyers": [{"ref": f"{ref}-1", "name": "Ada", "email": ADA}, {"ref": f"{ref}-2", "name": "Bob", "email": BOB}],
        **more,
    }
    answer = await client.put(f"/v1/companies/{ref}", json=body)
    assert answer.is_success, answer.text
    return UUID(answer.json()["id"])


async def leave_traces(world: MailWorld, client: httpx.AsyncClient, company_id: UUID) -> list[UUID]:
    """One mail to each address and one to all; one of them is refused, and one comes back."""
    ids = [await world.queue(*recipients, company_id=company_id) for recipients in ((ADA,), (BOB,), (ADA, BOB, OFFICE))]
    await world.send()
    sent = await world.show(ids[0])
    facts = {"message_id": sent.message_id, "recipient": ADA, "headers_type": "text/rfc822-headers"}
    report = REPORT.format(action="failed", status="5.1.1", **facts)
    async with world.work() as work:
        await receive_report(work, report.encode())
    return ids


async def everything_kept(world: MailWorld) -> str:
    """All that the tables of mails hold beside texts, as one text."""
    found = []
    async with world.database.read() as session:
        for query in (
            "SELECT to_jsonb(one) FROM mails one WHERE merchant_id = :merchant_id ORDER BY id",
            "SELECT to_jsonb(one) FROM mail_bounces one WHERE merchant_id = :merchant_id ORDER BY mail_id",
            "SELECT to_jsonb(one) FROM undeliverable_addresses one WHERE merchant_id = :merchant_id ORDER BY id",
        ):
            rows = await session.execute(text(query), {"merchant_id": world.tenant.merchant_id})
            found += [str(row) for row in rows]
    return "\n".join(found).lower()


@pytest.fixture
def refusing(server: ScriptedServer) -> ScriptedServer:
    """It knows no Bob."""
    server.answer = lambda said: "550 5.1.1 <bob@moulin.example> unknown" if said == f"RCPT TO:<{BOB}>" else None
    return server


@pytest.mark.usefixtures("refusing")
class TestWholeCompany:
    async def test_leaves_that_mails_went_and_nothing_of_whom(
        self, world: MailWorld, client: httpx.AsyncClient
    ) -> None:
        company_id = await put_company(client, "C-1")
        ids = await leave_traces(world, client, company_id)
        waiting = await world.queue(ADA, company_id=company_id)
        before = [(await world.show(mail_id)).status for mail_id in ids]
        for _ in range(2):
            assert (await client.post("/v1/companies/C-1/anonymise", json={})).is_success
        assert "moulin.example" not in await everything_kept(world)
        after = [await world.show(mail_id) for mail_id in ids]
        assert [mail.status for mail in after] == before
        assert [mail.recipients for mail in after] == [(NOBODY,), (NOBODY,), (NOBODY,) * 3]
        assert after[2].sent_at is not None
        for mail_id in ids:
            shown = (await client.get(f"/v1/mails/{mail_id}")).json()
            assert (shown["subject"], shown["text"], shown["html"]) == (None, None, None)
        await world.send()
        assert (await world.show(waiting)).skip_reason == "address_missing"

    async def test_touches_no_other_company_and_no_other_merchant(
        self, world: MailWorld, client: httpx.AsyncClient, other_tenant: Tenant, app: Any
    ) -> None:
        first = await put_company(client, "C-1")
        second = await put_company(client, "C-2", invoice_email="else@moulin.example", buyers=[
            {"ref": "7", "name": "Ada", "email": ADA}
        ])  # fmt: skip
        await leave_traces(world, client, first)
        kept = await world.queue("else@moulin.example", company_id=second)
        await world.send()
        async with client_of(app, other_tenant.shop_key) as stranger:
            await put_company(stranger, "C-1")
            others = MailWorld(world.database, world.clock, world.secret_box, other_tenant, office=world.office)
            (theirs, *_) = await leave_traces(others, stranger, first)
            known = await everything_kept(others)
            assert (await client.post("/v1/companies/C-1/anonymise", json={})).is_success
            assert await everything_kept(others) == known
            assert (await stranger.get(f"/v1/mails/{theirs}")).json()["text"]
        shown = (await client.get(f"/v1/mails/{kept}")).json()
        assert shown["recipients"] == ["else@moulin.example"]
        assert shown["text"]
        # Ada orders for the second company, too: her address still takes no mail. Nobody has Bob's any more.
        addresses = (await client.get("/v1/undeliverable-addresses")).json()["items"]
        assert [address["address"] for address in addresses] == ["Ada@moulin.example"]


@pytest.mark.usefixtures("refusing")
class TestOneBuyer:
    async def test_is_forgotten_alone(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        company_id = await put_company(client, "C-1")
        to_ada, to_bob, to_all = await leave_traces(world, client, company_id)
        assert (await client.post("/v1/companies/C-1/anonymise", json={"buyers": ["C-1-1"]})).is_success
        assert "ada@" not in await everything_kept(world)
        assert (await world.show(to_all)).recipients == (NOBODY, BOB, OFFICE)
        assert (await world.show(to_bob)).recipients == (BOB,)
        texts = [(await client.get(f"/v1/mails/{mail_id}")).json()["text"] for mail_id in (to_ada, to_bob, to_all)]
        assert [text is None for text in texts] == [True, False, False]
        assert BOB in (await world.show(to_all)).refused_recipients

    async def test_whose_address_is_the_company_s_keeps_it_there(
        self, world: MailWorld, client: httpx.AsyncClient
    ) -> None:
        company_id = await put_company(client, "C-1", invoice_email=ADA)
        to_ada, *_ = await leave_traces(world, client, company_id)
        assert (await client.post("/v1/companies/C-1/anonymise", json={"buyers": ["C-1-1"]})).is_success
        assert (await world.show(to_ada)).recipients == ("Ada@moulin.example",)
