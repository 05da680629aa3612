"""Mails about a company carry a link to its account, where there is one to carry and everybody may follow it."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from service.core.clock import FixedClock
from service.infra.portal_links import PortalLink, PortalLinks
from service.mails.log_repository import read_content
from tests.app import Tenant
from tests.mails.smtp_server import ScriptedServer
from tests.mails.world import MailWorld, prepared
from tests.orders.world import Debtor, open_company

KEY = Fernet.generate_key().decode()
LINKS = PortalLinks([KEY], base_url="https://credit.example")


@pytest.fixture
async def company(world: MailWorld, tenant: Tenant, clock: FixedClock) -> Debtor:
    world.portal_links = LINKS
    return await open_company(world.database, tenant, now=clock.now())


async def link_in_mail(world: MailWorld, server: ScriptedServer, **mail: Any) -> PortalLink | None:
    """Send one mail; gives the link that it carried, the same in both parts."""
    before = len(server.received)
    mail_id = await world.queue(**mail)
    await world.send()
    (received,) = server.received[before:]
    message = message_from_bytes(received.message, policy=policy.default)
    parts = [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    found = [links_in(part) for part in parts]
    assert found[0] == found[1]
    async with world.work() as work:
        kept = await read_content(work, mail_id)
    assert kept is not None
    for token in found[0]:
        assert token not in kept.text
        assert token not in kept.html
        assert "https://credit.example/portal/…" in kept.text
        assert 'href="https://credit.example/portal/…"' in kept.html
    return LINKS.read(found[0][0]) if found[0] else None


def links_in(part: str) -> list[str]:
    return [piece.split('"')[0].split()[0] for piece in part.split("https://credit.example/portal/")[1:]]


class TestLinks:
    async def test_name_the_company_in_the_name_of_the_shop(
        self, world: MailWorld, server: ScriptedServer, company: Debtor, tenant: Tenant, clock: FixedClock
    ) -> None:
        assert await link_in_mail(world, server, company_id=company.id) == PortalLink(
            merchant_id=tenant.merchant_id,
            company_id=company.id,
            shop_id=tenant.shop.id,
            version=1,
            issued_at=clock.now(),
        )

    async def test_made_after_all_were_ended_work(
        self, world: MailWorld, server: ScriptedServer, company: Debtor, client: httpx.AsyncClient
    ) -> None:
        await client.post("/v1/companies/C-1/portal-links/revoke", json={})
        link = await link_in_mail(world, server, company_id=company.id)
        assert link is not None
        assert link.version == 2

    async def test_are_not_in_mails_about_no_company(
        self, world: MailWorld, server: ScriptedServer, company: Debtor
    ) -> None:
        assert await link_in_mail(world, server) is None

    async def test_are_not_made_where_the_world_does_not_get(
        self, world: MailWorld, server: ScriptedServer, company: Debtor
    ) -> None:
        world.portal_links = PortalLinks([KEY], base_url=None)
        assert await link_in_mail(world, server, company_id=company.id) is None

    async def test_can_be_switched_off(
        self, world: MailWorld, server: ScriptedServer, company: Debtor, client: httpx.AsyncClient
    ) -> None:
        answer = await client.patch("/v1/shops/main", json={"settings": {"portal_link_days": 0}})
        assert answer.status_code == 200, answer.text
        assert await link_in_mail(world, server, company_id=company.id) is None

    @pytest.mark.parametrize(
        ("recipients", "has_link"),
        [
            (("invoices@example.org",), True),
            (("Zoe@Bücher.example",), False),
            (("invoices@example.org", "zoe@xn--bcher-kva.example"), False),
        ],
    )
    async def test_go_to_nobody_who_may_not_see_the_credit(
        self,
        world: MailWorld,
        server: ScriptedServer,
        company: Debtor,
        client: httpx.AsyncClient,
        recipients: tuple[str, ...],
        *,
        has_link: bool,
    ) -> None:
        for ref, email, sees in (("B-1", "zoe@bücher.example", False), ("B-2", "ana@example.org", True)):
            body = {"name": "Zoé", "email": email, "may_see_credit": sees}
            answer = await client.put(f"/v1/companies/C-1/buyers/{ref}", json=body)
            assert answer.status_code == 200, answer.text
        world.preparing.answer = lambda mail: replace(prepared(mail), recipients=recipients)
        link = await link_in_mail(world, server, company_id=company.id)
        assert (link is not None) == has_link
