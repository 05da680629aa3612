"""Files that go along with a mail: made when it is written, and kept by name and size."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

import httpx
from structlog.testing import capture_logs

from service.mails.domain import MailStatus
from tests.mails.smtp_server import ScriptedServer
from tests.mails.world import MailWorld, prepared, with_file


async def shown(client: httpx.AsyncClient, mail_id: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v1/mails/{mail_id}")).json()["attachments"]
    return found


def parts_of(server: ScriptedServer) -> tuple[str, dict[str, bytes]]:
    """The plain text and the files of the only mail."""
    (received,) = server.received
    message = message_from_bytes(received.message, policy=policy.default)
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    return text, {str(part.get_filename()): part.get_content() for part in message.iter_attachments()}


class TestEnclosures:
    async def test_go_along_and_are_named(
        self, world: MailWorld, server: ScriptedServer, client: httpx.AsyncClient
    ) -> None:
        content = bytes(range(256)) * 40
        world.preparing.answer = lambda mail: with_file(prepared(mail), content=content)
        mail_id = await world.queue()
        assert await shown(client, mail_id) == []
        await world.send()
        text, files = parts_of(server)
        assert files == {"x.pdf": content}
        assert "Attached: x.pdf" in text
        assert await shown(client, mail_id) == [
            {"filename": "x.pdf", "media_type": "application/pdf", "size_bytes": len(content)}
        ]

    async def test_a_mail_without_any_says_nothing_of_it(
        self, world: MailWorld, server: ScriptedServer, client: httpx.AsyncClient
    ) -> None:
        mail_id = await world.queue()
        await world.send()
        text, files = parts_of(server)
        assert ("Attached" in text, files, await shown(client, mail_id)) == (False, {}, [])

    async def test_one_that_cannot_be_made_does_not_stop_the_mail(
        self, world: MailWorld, server: ScriptedServer, client: httpx.AsyncClient
    ) -> None:
        world.preparing.answer = lambda mail: with_file(
            with_file(prepared(mail), content=ValueError("no ink")), name="y.pdf", content=b"y"
        )
        mail_id = await world.queue()
        with capture_logs() as logs:
            await world.send()
        text, files = parts_of(server)
        assert files == {"y.pdf": b"y"}
        assert ("x.pdf" in text, "Attached: y.pdf" in text) == (False, True)
        assert [(one["filename"], one["size_bytes"]) for one in await shown(client, mail_id)] == [
            ("x.pdf", None),
            ("y.pdf", 1),
        ]
        (line,) = [line for line in logs if line["event"] == "mails.enclosure_missing"]
        assert (line["log_level"], line["mail_id"], line["filename"]) == ("error", str(mail_id), "x.pdf")

    async def test_a_mail_that_needs_it_waits_for_it(self, world: MailWorld, server: ScriptedServer) -> None:
        world.preparing.answer = lambda mail: with_file(prepared(mail), content=ValueError("no ink"), is_needed=True)
        waits = await world.queue()
        await world.send()
        mail = await world.show(waits)
        assert (mail.status, mail.last_error) == (MailStatus.QUEUED, "could not be written: ValueError")
        assert server.received == []
        world.preparing.answer = lambda mail: with_file(prepared(mail), is_needed=True)
        world.clock.advance(minutes=2)
        await world.send()
        assert (await world.show(waits)).status is MailStatus.SENT
        assert parts_of(server)[1] == {"x.pdf": b"x"}
