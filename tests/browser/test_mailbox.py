"""The mailbox for trying out, as somebody who tries it out sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from playwright.async_api import Page

from service.config import Settings
from service.core.clock import FixedClock
from service.infra.database import Database
from service.infra.signing import SecretBox
from service.mails.local_client import FileTransport, mailbox_folder
from service.mails.post_office_client import PostOffice
from tests.app import Tenant, app_settings, serve_on_loopback
from tests.browser.conftest import FindProblems
from tests.mails.world import MailWorld, prepared


@dataclass
class Mailbox:
    """A running service that sends nothing to anybody."""

    address: str
    world: MailWorld

    async def receive(self) -> None:
        """A late notice with a payment code arrives."""
        self.world.preparing.answer = lambda mail: prepared(mail, index=0)
        await self.world.queue()
        assert await self.world.send()


@pytest.fixture
def mailbox(
    database_url: str, database: Database, clock: FixedClock, tenant: Tenant, tmp_path: Path
) -> Iterator[Mailbox]:
    settings: Settings = app_settings(database_url).model_copy(update={"mail_backend": "file", "data_dir": tmp_path})
    office = PostOffice(operator=FileTransport(mailbox_folder(tmp_path)), operator_sender="no-reply@encours.invalid")
    box = SecretBox([Fernet.generate_key().decode()])
    world = MailWorld(database=database, clock=clock, secret_box=box, tenant=tenant, office=office)
    with serve_on_loopback(settings, clock=clock) as address:
        yield Mailbox(address, world)


class TestMailbox:
    async def test_is_read_with_the_keyboard_alone(self, page: Page, mailbox: Mailbox):
        await mailbox.receive()
        await page.goto(f"{mailbox.address}/mailbox")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1:has-text('2 invoices are overdue')")
        mail = page.frame_locator("iframe[title='The mail as it looks']")
        code = mail.locator("img")
        assert await code.evaluate("each => each.naturalWidth") > 0
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("h1:text-is('Mailbox')")

    async def test_can_be_read_by_everybody_on_a_phone_too(
        self, page: Page, mailbox: Mailbox, find_problems: FindProblems
    ):
        await page.set_viewport_size({"width": 360, "height": 800})
        await page.goto(f"{mailbox.address}/mailbox")
        assert await find_problems(page) == {}
        await mailbox.receive()
        await page.reload()
        assert await find_problems(page) == {}
        await page.click("li a")
        await page.wait_for_selector("iframe")
        assert await find_problems(page) == {}
        assert await page.evaluate("document.documentElement.scrollWidth <= 360")
