"""A link opens one company's account, for as long as it should, and nothing else ever."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from fastapi import FastAPI
from pydantic import HttpUrl
from pypdf import PdfReader
from sqlalchemy import text

from service.config import Settings
from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.work import Scope, Work
from service.merchants.service import create_key, create_shop
from tests.app import Tenant, app_settings, client_of
from tests.orders.world import Debtor, offer_terms, open_company
from tests.payments.world import hold_order, owe, pay

PUBLIC = "https://credit.example/pay"
BANK = {"holder": "Dupont SAS", "iban": "FR7630006000011234567890189"}


@pytest.fixture
def settings(database_url: str) -> Settings:
    return app_settings(database_url).model_copy(update={"public_url": HttpUrl(PUBLIC)})


@pytest.fixture
async def company(database: Database, tenant: Tenant, clock: FixedClock) -> Debtor:
    await offer_terms(database, tenant, now=clock.now())
    return await open_company(database, tenant, now=clock.now())


@pytest.fixture
async def buyer(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser: it has no key, only links."""
    async with client_of(app, None) as browser:
        yield browser


async def link_to(client: httpx.AsyncClient, ref: str = "C-1") -> str:
    """The path of a fresh link."""
    answer = await client.post(f"/v1/companies/{ref}/portal-link")
    assert answer.status_code == 200, answer.text
    url: str = answer.json()["url"]
    assert url.startswith(f"{PUBLIC}/portal/")
    return url.removeprefix(PUBLIC)


async def statement_at(buyer: httpx.AsyncClient, path: str) -> str:
    """What the statement says that the page behind a link offers."""
    page = await buyer.get(path)
    (href,) = re.findall(r'href="([^"]+/statement\.pdf)"', page.text)
    printed = await buyer.get(urljoin(path, href))
    assert (printed.status_code, printed.headers["Content-Type"]) == (200, "application/pdf")
    assert printed.headers["Referrer-Policy"] == "no-referrer"
    assert printed.headers["Cache-Control"] == "no-store"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.content)).pages)


async def set_merchant(integrator: httpx.AsyncClient, **settings: Any) -> None:
    answer = await integrator.patch("/v1/merchant", json={"settings": settings})
    assert answer.status_code == 200, answer.text


class TestAccount:
    async def test_shows_what_is_owed_and_how_to_pay_it(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ):  # fmt: skip
        await set_merchant(integrator, bank_account=BANK, mail_reply_to="accounts@dupont.example")
        late = await owe(client, company.ref, "120.00")
        await owe(client, company.ref, "80.00", at="2026-03-20T10:00:00Z")
        await hold_order(client, company.ref, "33.00")
        await pay(client, company.ref, "50.00", allocate="none", reference="VIR 4711")
        clock.advance(days=33)
        page = await buyer.get(await link_to(client), headers={"Accept-Language": "de"})
        assert page.status_code == 200
        text_ = page.text.replace("\xa0", " ").replace("\u202f", " ")
        assert '<html lang="fr">' in text_, "the company's own language"
        for said in ("Company C-1", late, "3 jours de retard", "VIR 4711", "Montant à régler", "150,00 €", "70,00 €"):
            assert said in text_, said
        assert "FR76 3000 6000 0112 3456 7890 189" in text_
        assert text_.count("data:image/png;base64,") == 2
        assert "33,00 €" in text_, "orders under way are shown beside"
        assert 'href="mailto:accounts@dupont.example"' in text_

    async def test_says_so_when_nothing_is_open(
        self, client: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor
    ):
        page = await buyer.get(f"{await link_to(client)}?lang=en")
        assert "Nothing is open at the moment." in page.text

    async def test_runs_loads_and_gives_away_nothing(
        self, client: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, capsys: pytest.CaptureFixture[str]
    ):
        path = await link_to(client)
        capsys.readouterr()
        page = await buyer.get(f"{path}?lang=en")
        headers = page.headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex, nofollow"
        assert headers.get_list("cache-control") == ["no-store"]
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "set-cookie" not in headers
        assert "<script" not in page.text
        assert "http" not in page.text.replace("<!DOCTYPE html>", "").replace("https://credit.example", "")
        logged = capsys.readouterr().out
        assert "/portal/{token:path}" in logged
        assert path.rpartition("/")[2][10:] not in logged

    async def test_can_be_asked_for_by_what_looks_at_links_first(
        self, client: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor
    ):
        answer = await buyer.head(await link_to(client))
        assert (answer.status_code, answer.text) == (200, "")

    async def test_cannot_be_shown_while_nobody_knows_what_the_shop_wants(
        self, client: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, database: Database
    ):
        path = await link_to(client)
        async with database.transaction() as session:
            await session.execute(text("""UPDATE shops SET settings = '{"hold_minutes": "soon"}'"""))
        page = await buyer.get(f"{path}?lang=en")
        assert page.status_code == 503
        assert "The account cannot be shown at the moment" in page.text


class TestEnd:
    async def test_comes_with_age(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, clock: FixedClock
    ):  # fmt: skip
        await set_merchant(integrator, mail_reply_to="accounts@dupont.example")
        path = await link_to(client)
        clock.advance(days=60, seconds=-1)
        assert (await buyer.get(path)).status_code == 200
        clock.advance(seconds=1)
        page = await buyer.get(path)
        assert page.status_code == 410
        assert "Ce lien n’est plus valable" in page.text
        assert "accounts@dupont.example" in page.text
        assert "Company C-1" not in page.text
        printed = await buyer.get(f"{path}/statement.pdf")
        assert (printed.status_code, printed.headers["Content-Type"]) == (410, "text/html; charset=utf-8")
        await set_merchant(integrator, portal_link_days=61)
        assert (await buyer.get(path)).status_code == 200, "the age counts when a link is opened"

    async def test_comes_on_demand_for_one_company_alone(
        self, client: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):  # fmt: skip
        await open_company(database, tenant, now=clock.now(), ref="C-2")
        ended, kept = await link_to(client), await link_to(client, "C-2")
        answer = await client.post("/v1/companies/C-1/portal-links/revoke", json={"reason": "Sent to the wrong Martin"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await buyer.get(ended)).status_code == 410
        assert (await buyer.get(kept)).status_code == 200
        assert (await buyer.get(await link_to(client))).status_code == 200, "a new one works in the same second"
        async with database.read() as session:
            rows = await session.execute(
                text("SELECT field, before, after, reason FROM changes WHERE subject_id = :id ORDER BY id"),
                {"id": company.id},
            )
            changes = [tuple(row) for row in rows]
        assert ("portal_link_version", 1, 2, "Sent to the wrong Martin") in changes
        assert [field for field, *_ in changes].count("portal_link") == 2

    async def test_comes_when_somebody_may_see_the_credit_no_longer(
        self, client: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):  # fmt: skip
        await open_company(database, tenant, now=clock.now(), ref="C-2")
        ana = {"name": "Ana", "email": "ana@example.org"}

        async def still_opens(*request: Any, **more: Any) -> bool:
            path = await link_to(client)
            answer = await client.request(*request, **more)
            assert answer.is_success, answer.text
            return (await buyer.get(path)).status_code == 200

        here = "/v1/companies/C-1/buyers/B-1"
        assert await still_opens("PUT", here, json=ana)
        assert await still_opens("PUT", here, json={**ana, "name": "Ana Roy", "may_use_credit": False})
        assert not await still_opens("PUT", here, json={**ana, "may_see_credit": False})
        assert await still_opens("DELETE", here), "it was lost before"
        assert await still_opens("PUT", here, json={**ana, "may_see_credit": True})
        assert not await still_opens("PUT", "/v1/companies/C-2/buyers/B-1", json=ana), "she works elsewhere now"
        assert await still_opens("PUT", here, json={**ana, "may_see_credit": True})
        assert not await still_opens("DELETE", here)
        assert not await still_opens("POST", "/v1/companies/C-1/anonymise", json={})


class TestStrangers:
    @pytest.mark.parametrize("path", ["", "/", "/x", "/a/b/c", "/%00", "/%ff%fe", "/..%2f..%2fetc", f"/{'A' * 5_000}"])
    async def test_guess_nothing(self, buyer: httpx.AsyncClient, path: str):
        page = await buyer.get(f"/portal{path}", headers={"Accept-Language": "pt-BR, it;q=0.8, de;q=0.5"})
        assert page.status_code == 404
        assert "Questo link non è completo" in page.text
        assert page.headers["content-type"].startswith("text/html")

    async def test_learn_nothing_from_a_link_that_was_changed(
        self, client: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor
    ):
        path = await link_to(client)
        letter = "y" if path[-30] == "x" else "x"
        changed = await buyer.get(f"{path[:-30]}{letter}{path[-29:]}")
        nothing = await buyer.get("/portal/x")
        assert changed.status_code == 404
        assert changed.text == nothing.text

    async def test_see_nobody_elses_account(
        self, app: FastAPI, client: httpx.AsyncClient, buyer: httpx.AsyncClient, stranger: httpx.AsyncClient, company: Debtor, database: Database, other_tenant: Tenant, clock: FixedClock
    ):  # fmt: skip
        await offer_terms(database, other_tenant, now=clock.now())
        await open_company(database, other_tenant, now=clock.now())
        mine = await owe(client, company.ref, "120.00")
        async with client_of(app, other_tenant.shop_key) as other_shop:
            page = await buyer.get(await link_to(other_shop))
        assert page.status_code == 200
        assert mine not in page.text
        assert mine in (await buyer.get(await link_to(client))).text
        answer = await stranger.post(f"/v1/companies/{company.id}/portal-link")
        assert (answer.status_code, answer.json()["code"]) == (404, "company_not_found")


class TestShops:
    async def test_give_links_to_what_is_owed_to_them(
        self, app: FastAPI, client: httpx.AsyncClient, integrator: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):  # fmt: skip
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            await create_shop(work, code="outlet", name="Outlet", language="en", defaults={})
            _, secret = await create_key(work, name="outlet", shop_code="outlet")
        here = await owe(client, company.ref, "120.00")
        async with client_of(app, secret) as outlet:
            there = await owe(outlet, f"id:{company.id}", "80.00")
            own = (await buyer.get(await link_to(outlet, f"id:{company.id}"))).text
        whole = (await buyer.get(await link_to(integrator, f"id:{company.id}"))).text
        assert there in own
        assert here not in own
        assert "200,00" not in own
        assert here in whole
        assert there in whole
        assert "200,00" in whole

    async def test_give_statements_of_the_same(
        self, app: FastAPI, client: httpx.AsyncClient, integrator: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):  # fmt: skip
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            await create_shop(work, code="outlet", name="Outlet", language="en", defaults={})
            _, secret = await create_key(work, name="outlet", shop_code="outlet")
        here = await owe(client, company.ref, "120.00")
        async with client_of(app, secret) as outlet:
            there = await owe(outlet, f"id:{company.id}", "80.00")
            own = await statement_at(buyer, await link_to(outlet, f"id:{company.id}"))
        whole = await statement_at(buyer, await link_to(integrator, f"id:{company.id}"))
        assert (there in own, here in own) == (True, False)
        assert (there in whole, here in whole) == (True, True)


class TestMaking:
    async def test_says_until_when(self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor):
        await set_merchant(integrator, portal_link_days=7)
        answer = (await client.post("/v1/companies/C-1/portal-link")).json()
        assert answer["issued_at"] == "2026-03-02T09:00:00.000000Z"
        assert answer["expires_at"] == "2026-03-09T09:00:00.000000Z"

    async def test_can_be_switched_off_and_then_none_works(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor
    ):
        path = await link_to(client)
        await set_merchant(integrator, portal_link_days=0)
        answer = await client.post("/v1/companies/C-1/portal-link")
        assert (answer.status_code, answer.json()["code"]) == (409, "portal_links_off")
        assert (await buyer.get(path)).status_code == 410

    @pytest.mark.parametrize("days", [-1, 731, "60"])
    async def test_needs_a_sensible_age(self, integrator: httpx.AsyncClient, days: Any):
        answer = await integrator.patch("/v1/merchant", json={"settings": {"portal_link_days": days}})
        assert answer.status_code == 422

    async def test_needs_the_right_to_see_what_it_shows(
        self, app: FastAPI, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):
        async with database.transaction() as session:
            work = Work(session=session, caller=tenant.caller(), now=clock.now())
            _, secret = await create_key(
                work, name="crm", shop_code=None, scopes={Scope.COMPANIES_READ, Scope.COMPANIES_WRITE}
            )
        async with client_of(app, secret) as crm:
            answer = await crm.post(f"/v1/companies/id:{company.id}/portal-link")
        assert (answer.status_code, answer.json()["scope"]) == (403, "payments:read")


class TestPreview:
    async def test_of_reminders_shows_that_there_will_be_a_link_and_gives_none_away(
        self, client: httpx.AsyncClient, integrator: httpx.AsyncClient, company: Debtor
    ):
        await client.put(
            "/v1/companies/C-1",
            json={"legal_name": "C", "country": "FR", "language": "fr", "invoice_email": "c@example.org"},
        )
        await set_merchant(integrator, reminder_policy="firm")
        await owe(client, company.ref, "120.00")
        (mail,) = (await client.get("/v1/reminders-preview", params={"at": "2026-04-09T09:00:00Z"})).json()["mails"]
        assert f"{PUBLIC}/portal/…" in mail["text"].split()


class TestWithoutAnAddress:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return app_settings(database_url)

    async def test_no_link_can_be_made(self, client: httpx.AsyncClient, company: Debtor):
        answer = await client.post("/v1/companies/C-1/portal-link")
        assert (answer.status_code, answer.json()["code"]) == (409, "portal_address_unknown")


class TestRateLimit:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"rate_limit_anonymous": "3/minute"})

    async def test_is_counted_by_account_and_guesses_by_address(
        self, client: httpx.AsyncClient, buyer: httpx.AsyncClient, company: Debtor, database: Database, tenant: Tenant, clock: FixedClock
    ):  # fmt: skip
        await open_company(database, tenant, now=clock.now(), ref="C-2")
        path, other = await link_to(client), await link_to(client, "C-2")
        for _ in range(3):
            assert (await buyer.get(path)).status_code == 200
        slowed = await buyer.get(f"{path}?lang=en")
        assert slowed.status_code == 429
        assert int(slowed.headers["retry-after"]) >= 1
        assert "Please try again in a few minutes." in slowed.text
        assert (await buyer.get(other)).status_code == 200
        assert [(await buyer.get("/portal/x")).status_code for _ in range(4)] == [404, 404, 404, 429]
        assert (await buyer.get(other)).status_code == 200, "who guesses wrong may still open a link that is right"
