"""What the client refuses to reach, and how little it takes from a receiver; over real sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from service.core.addresses import IpAddress
from service.core.clock import FixedClock, SystemClock
from service.core.ids import new_id
from service.infra.signing import SecretBox, new_signing_secret
from service.webhooks.client import GuardedTransport, WebhookClient
from service.webhooks.domain import OutgoingMessage, SendResult
from tests.certificates import make_certificate
from tests.webhooks.receiver import Answer, Receiver, serve

LOOPBACK = ip_address("127.0.0.1")


class Names:
    """A name server of the test's own: answers in turn, the last one for good, and keeps what it was asked."""

    def __init__(self, *answers: Sequence[IpAddress]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[IpAddress]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def send(
    url: str,
    names: Names,
    *,
    allow_private: bool = True,
    ssl_context: ssl.SSLContext | None = None,
    send_timeout_s: float = 10,
) -> SendResult:
    box = SecretBox([Fernet.generate_key().decode()])
    transport = GuardedTransport(allow_private=allow_private, resolve=names, ssl_context=ssl_context)
    client = WebhookClient(secret_box=box, transport=transport, send_timeout_s=send_timeout_s)
    message = OutgoingMessage(
        id=new_id(), url=url, document={"data": {}}, sealed_secrets=(box.seal(new_signing_secret()),)
    )
    try:
        return await client.send(message, now=SystemClock().now())
    finally:
        await client.close()


class TestGuard:
    async def test_reaches_an_allowed_address_under_the_name_it_was_given(self, receiver: Receiver):
        url = receiver.url.replace("127.0.0.1", "shop.test")
        result = await send(url, Names([LOOPBACK]))
        assert result.is_delivered
        assert receiver.received[0].headers["host"] == url.removeprefix("http://").removesuffix("/hooks")

    async def test_refuses_a_private_address_on_a_server(self, receiver: Receiver):
        url = receiver.url.replace("http://127.0.0.1", "https://shop.test")
        result = await send(url, Names([LOOPBACK]), allow_private=False)
        assert result.error == "AddressRefused: The address is private."
        assert receiver.received == []

    async def test_refuses_a_literal_private_address_too(self, receiver: Receiver):
        result = await send(receiver.url.replace("http:", "https:"), Names([LOOPBACK]), allow_private=False)
        assert result.error == "AddressRefused: The address is private."

    async def test_refuses_a_name_of_which_any_address_is_refused(self, receiver: Receiver):
        url = receiver.url.replace("127.0.0.1", "shop.test")
        result = await send(url, Names([LOOPBACK, ip_address("169.254.169.254")]))
        assert result.error == "AddressRefused: The address is reserved."
        assert receiver.received == []

    async def test_refuses_plain_http_to_a_public_address(self):
        result = await send("http://shop.test/", Names([ip_address("93.184.216.34")]))
        assert result.error == "AddressRefused: A public address needs https://."

    async def test_connects_to_the_address_it_checked_although_the_name_changes(self, receiver: Receiver):
        names = Names([LOOPBACK], [ip_address("10.255.255.1")])
        result = await send(receiver.url.replace("127.0.0.1", "shop.test"), names)
        assert result.is_delivered
        assert names.asked == ["shop.test"]

    async def test_asks_again_for_the_next_message(self, receiver: Receiver):
        box = SecretBox([Fernet.generate_key().decode()])
        names = Names([LOOPBACK], [ip_address("169.254.169.254")])
        client = WebhookClient(secret_box=box, transport=GuardedTransport(allow_private=True, resolve=names))
        url = receiver.url.replace("127.0.0.1", "shop.test")
        sealed = (box.seal(new_signing_secret()),)
        results = [
            await client.send(
                OutgoingMessage(id=new_id(), url=url, document={}, sealed_secrets=sealed), now=SystemClock().now()
            )
            for _ in range(2)
        ]
        await client.close()
        assert [result.is_delivered for result in results] == [True, False]

    async def test_tries_the_next_address_when_one_does_not_answer(self, receiver: Receiver):
        # Nobody listens on this one; the whole block is the machine itself.
        names = Names([IPv4Address("127.0.0.2"), LOOPBACK])
        result = await send(receiver.url.replace("127.0.0.1", "shop.test"), names)
        assert result.is_delivered

    @pytest.mark.parametrize("host", ["no-such-name.invalid", "a" * 70 + ".invalid"])
    async def test_an_unknown_name_is_a_failed_attempt(self, host: str, receiver: Receiver):
        box = SecretBox([Fernet.generate_key().decode()])
        client = WebhookClient(secret_box=box, transport=GuardedTransport(allow_private=True))
        message = OutgoingMessage(
            id=new_id(), url=f"https://{host}/", document={}, sealed_secrets=(box.seal(new_signing_secret()),)
        )
        result = await client.send(message, now=SystemClock().now())
        await client.close()
        assert result.error == "ConnectError: the name cannot be resolved"


class TestTls:
    @pytest.fixture
    async def secure(self, tmp_path: Path) -> AsyncIterator[tuple[Receiver, int, ssl.SSLContext]]:
        """A receiver at `shop.test` with a certificate, and a context that trusts it."""
        key_file, certificate_file = make_certificate(tmp_path, "shop.test")
        receiver = Receiver()
        context = ssl.create_default_context(cafile=certificate_file)
        async with serve(receiver, ssl_keyfile=key_file, ssl_certfile=certificate_file) as port:
            yield receiver, port, context

    async def test_the_certificate_is_checked_against_the_name(self, secure: Any):
        receiver, port, context = secure
        result = await send(f"https://shop.test:{port}/", Names([LOOPBACK]), ssl_context=context)
        assert result.is_delivered
        assert len(receiver.received) == 1

    async def test_another_names_certificate_is_refused(self, secure: Any):
        receiver, port, context = secure
        result = await send(f"https://other.test:{port}/", Names([LOOPBACK]), ssl_context=context)
        assert result.error is not None
        assert "Hostname mismatch" in result.error
        assert receiver.received == []

    async def test_an_unknown_certificate_is_refused(self, secure: Any):
        receiver, port, _ = secure
        result = await send(f"https://shop.test:{port}/", Names([LOOPBACK]))
        assert result.error is not None
        assert "certificate" in result.error
        assert receiver.received == []


class TestAnswers:
    async def test_only_the_beginning_of_a_long_answer_is_read(self, receiver: Receiver):
        receiver.answer = lambda _: Answer(status=500, body=b"x" * 50_000_000)
        result = await send(receiver.url, Names([LOOPBACK]))
        assert result.error == "HTTP 500: " + "x" * 190

    async def test_what_is_kept_of_it_is_one_printable_line(self, receiver: Receiver):
        receiver.answer = lambda _: Answer(status=500, body=b"Fatal\n\x00\x1b[31m error \xff\xfe in hook.php")
        result = await send(receiver.url, Names([LOOPBACK]))
        assert result.error == "HTTP 500: Fatal [31m error \ufffd\ufffd in hook.php"

    @pytest.mark.parametrize(("status", "text"), [(503, "Service Unavailable"), (599, "unknown status")])
    async def test_an_empty_answer_is_named_by_its_status(self, receiver: Receiver, status: int, text: str):
        receiver.answer = lambda _: Answer(status=status)
        assert (await send(receiver.url, Names([LOOPBACK]))).error == f"HTTP {status}: {text}"

    async def test_a_receiver_that_never_answers_is_given_up(self, receiver: Receiver):
        receiver.is_open.clear()
        result = await send(receiver.url, Names([LOOPBACK]), send_timeout_s=0.2)
        assert result.error == "the receiver did not answer in time"
        assert result.status_code is None

    async def test_a_receiver_that_hangs_up_is_a_failed_attempt(self):
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with server:
            result = await send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", Names([LOOPBACK]))
        assert result.status_code is None
        assert result.error is not None
        assert "RemoteProtocolError" in result.error or "ReadError" in result.error

    async def test_nobody_listening_is_a_failed_attempt(self):
        async with serve(Receiver()) as port:
            pass
        result = await send(f"http://127.0.0.1:{port}/", Names([LOOPBACK]))
        assert result.error is not None
        assert result.error.startswith("ConnectError")

    async def test_hears_how_long_the_receiver_wants_to_be_left_alone(self, receiver: Receiver, clock: FixedClock):
        receiver.answer = lambda _: Answer(status=503, headers={"Retry-After": "120"})
        assert (await send(receiver.url, Names([LOOPBACK]))).retry_after == timedelta(seconds=120)


class TestSecrets:
    async def test_an_unreadable_secret_sends_nothing(self, receiver: Receiver):
        sealed = SecretBox([Fernet.generate_key().decode()]).seal(new_signing_secret())
        client = WebhookClient(
            secret_box=SecretBox([Fernet.generate_key().decode()]), transport=GuardedTransport(allow_private=True)
        )
        message = OutgoingMessage(id=new_id(), url=receiver.url, document={}, sealed_secrets=(sealed,))
        result = await client.send(message, now=SystemClock().now())
        await client.close()
        assert result.error is not None
        assert "ENCOURS_SECRET_KEY" in result.error
        assert receiver.received == []
