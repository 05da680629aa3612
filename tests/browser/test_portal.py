"""The portal's page as people see it: from the mail to the account, on a phone and on a computer, by everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet
from playwright.async_api import Page, ViewportSize
from pydantic import SecretStr

from service.config import Settings
from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.portal_links import PortalLinks
from service.infra.signing import SecretBox
from service.mails.formats import LANGUAGES
from service.mails.local_client import FileTransport, mailbox_folder
from service.mails.post_office_client import PostOffice
from tests.app import Tenant, app_settings, serve_on_loopback
from tests.browser.conftest import FindProblems
from tests.mails.world import MailWorld
from tests.orders.world import offer_terms, open_company
from tests.payments.world import hold_order, owe, pay

PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=900)
KEY = Fernet.generate_key().decode()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    changes = {"mail_backend": "file", "data_dir": tmp_path, "secret_key": SecretStr(KEY)}
    return app_settings(database_url).model_copy(update=changes)


@pytest.fixture
async def mailbox(
    settings: Settings, client: httpx.AsyncClient, integrator: httpx.AsyncClient, database: Database, tenant: Tenant, clock: FixedClock
) -> AsyncIterator[str]:  # fmt: skip
    """A running service whose mailbox has one mail, to a company with some of everything that a page can show."""
    now = clock.now()
    await offer_terms(database, tenant, now=now)
    company = await open_company(database, tenant, now=now, limit_minor=10_000_000)
    bank = {"holder": "Dupont Négoce SAS", "iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"}
    await integrator.patch(
        "/v1/merchant", json={"settings": {"bank_account": bank, "mail_reply_to": "a@dupont.example"}}
    )
    for amount in ("12345.67", "80.00"):
        await owe(client, company.ref, amount)
    disputed = await owe(client, company.ref, "999.99", at="2026-03-20T10:00:00Z")
    (item,) = (await client.get("/v1/open-items", params={"document": disputed})).json()["items"]
    await client.post(f"/v1/open-items/{item['id']}/dispute", json={"reason": "Half of it was missing"})
    await client.post("/v1/reminder-pauses", json={"company": company.ref, "reason": "Waiting", "until": "2026-04-30"})
    await hold_order(client, company.ref, "33.00")
    await pay(client, company.ref, "50.00", allocate="none", reference="VIR 4711")
    clock.advance(days=33)
    office = PostOffice(operator=FileTransport(mailbox_folder(settings.data_dir)), operator_sender="x@encours.invalid")
    world = MailWorld(database=database, clock=clock, secret_box=SecretBox([KEY]), tenant=tenant, office=office)
    with serve_on_loopback(settings, clock=clock) as address:
        world.portal_links = PortalLinks([KEY], base_url=address)
        await world.queue(company_id=company.id)
        assert await world.send()
        yield f"{address}/mailbox"


async def open_account(page: Page, mailbox: str) -> Page:
    """Follow the link in the mail, as a person does; it opens beside the mail."""
    await page.goto(mailbox)
    await page.click("li a")
    async with page.context.expect_page() as opened:
        await page.frame_locator("iframe").locator("a:has-text('See your account')").click()
    account = await opened.value
    await account.wait_for_selector("h1")
    return account


class TestAccount:
    async def test_is_opened_from_the_mail_and_read_in_another_language(self, page: Page, mailbox: str):
        account = await open_account(page, mailbox)
        assert await account.inner_text("h1") == "Votre compte"
        await account.keyboard.press("Tab")
        await account.keyboard.press("Enter")
        await account.wait_for_selector("h1:text-is('Your account')")
        assert await account.inner_text("nav [aria-current]") == "English"
        assert await account.inner_text(".figure") == "€12,375.67 of which past its due date: €12,375.67"
        # Both codes can be scanned: they are as large as they are meant to be.
        assert await account.locator("img").evaluate_all("all => all.map(each => each.naturalWidth > 100)") == [True]

    async def test_can_be_read_by_everybody_on_a_phone_and_on_a_computer(
        self, page: Page, mailbox: str, find_problems: FindProblems
    ):
        account = await open_account(page, mailbox)
        for language in LANGUAGES:
            await account.goto(f"{account.url.partition('?')[0]}?lang={language}")
            for size in (PHONE, DESKTOP):
                await account.set_viewport_size(size)
                assert await account.evaluate("document.documentElement.scrollWidth") == size["width"], language
                assert await find_problems(account) == {}, (language, size)

    async def test_that_does_not_open_says_what_to_do(self, page: Page, mailbox: str, find_problems: FindProblems):
        # A browser reports an answer of 404 as an error of the page, so it is given the answer.
        answer = httpx.get(mailbox.replace("/mailbox", "/portal/broken?lang=de"))
        assert answer.status_code == 404
        await page.set_viewport_size(PHONE)
        await page.set_content(answer.text)
        assert await page.inner_text("h1") == "Dieser Link ist nicht vollständig"
        assert await find_problems(page) == {}
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
