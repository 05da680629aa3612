"""The mailbox for trying out: shows what would have been sent, and is not there where mails are sent."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from service.config import Settings
from service.mails.domain import MailStatus, Outcome
from service.mails.local_client import ConsoleTransport, FileTransport, mailbox_folder
from service.mails.post_office_client import PostOffice
from tests.app import app_settings
from tests.mails.test_smtp_client import envelope
from tests.mails.world import MailWorld, prepared, with_file


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return app_settings(database_url).model_copy(update={"mail_backend": "file", "data_dir": tmp_path})


@pytest.fixture
def world(world: MailWorld, settings: Settings) -> MailWorld:
    operator = FileTransport(mailbox_folder(settings.data_dir))
    world.office = PostOffice(operator=operator, operator_sender="no-reply@encours.invalid")
    return world


class TestMailbox:
    async def test_is_empty_at_first(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/mailbox")
        assert page.status_code == 200
        assert "There are no mails yet." in page.text

    async def test_lists_and_shows_mails_with_their_code(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        world.preparing.answer = lambda mail: prepared(mail, index=0)
        mail_id = await world.queue()
        await world.send()
        assert (await world.show(mail_id)).status is MailStatus.SENT
        listed = (await client.get("/mailbox")).text
        assert f'href="/mailbox/{mail_id}"' in listed
        assert "martin@example.org" in listed
        page = await client.get(f"/mailbox/{mail_id}")
        assert "2 invoices are overdue" in page.text
        assert "data:image/png;base64," in page.text
        # What is shown can open links beside the page, and do nothing else.
        assert 'sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc=' in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]

    async def test_files_that_went_along_can_be_saved(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        world.preparing.answer = lambda mail: with_file(prepared(mail), name="Relevé.pdf", content=b"%PDF-1.7 x")
        mail_id = await world.queue()
        await world.send()
        page = (await client.get(f"/mailbox/{mail_id}")).text
        assert f'<a href="/mailbox/{mail_id}/files/0">Relevé.pdf</a>, 10 bytes' in page
        file = await client.get(f"/mailbox/{mail_id}/files/0")
        assert (file.content, file.headers["content-type"]) == (b"%PDF-1.7 x", "application/pdf")
        assert file.headers["content-disposition"] == "attachment; filename*=utf-8''Relev%C3%A9.pdf"
        assert (await client.get(f"/mailbox/{mail_id}/files/1")).status_code == 404

    async def test_what_a_mail_says_is_not_part_of_the_page(self, world: MailWorld, client: httpx.AsyncClient) -> None:
        own = {"subject": "<b>x</b>", "text": "</pre><script>1</script>", "html": '"><script>alert(1)</script>'}
        assert (await client.put("/v1/mail-templates/late_1/en", json=own)).status_code == 200
        mail_id = await world.queue()
        await world.send()
        page = (await client.get(f"/mailbox/{mail_id}")).text
        assert "<script>" not in page
        assert "<b>x</b>" not in (await client.get("/mailbox")).text

    @pytest.mark.parametrize("name", ["018f3b1c-6d1e-7c7a-9a54-5a2f0c1d7e10", "..%2F..%2Fetc%2Fpasswd", "x"])
    async def test_shows_nothing_else(self, client: httpx.AsyncClient, name: str) -> None:
        assert (await client.get(f"/mailbox/{name}")).status_code in {404, 422}


class TestElsewhere:
    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return app_settings(database_url)

    @pytest.mark.parametrize("path", ["/mailbox", "/mailbox/018f3b1c-6d1e-7c7a-9a54-5a2f0c1d7e10"])
    async def test_there_is_no_mailbox_where_mails_are_sent(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.get(path)).status_code == 404


class TestTransports:
    async def test_files_are_kept_up_to_a_thousand(self, tmp_path: Path) -> None:
        transport = FileTransport(tmp_path)
        async with transport.channel() as channel:
            for _ in range(1_003):
                assert (await channel.send(envelope())).outcome is Outcome.SENT
        assert len(list(tmp_path.glob("*.eml"))) == 1_000

    async def test_the_console_shows_the_plain_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        async with ConsoleTransport().channel() as channel:
            await channel.send(envelope(message=b"Subject: Hi\r\nContent-Type: text/plain\r\n\r\nHello\r\n"))
        assert "To: c@d.example\nSubject: Hi\n\nHello" in capsys.readouterr().out
