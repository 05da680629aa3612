"""Against a server that does as it is told: what is known after each way in which sending can end."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from service.core.addresses import IpAddress
from service.core.ids import new_id
from service.mails.domain import Envelope, Outcome, SendResult
from service.mails.servers import MailServer, Security, ServerUnavailable, parse_server_url
from service.mails.smtp_client import SmtpTimeouts, SmtpTransport
from tests.certificates import make_certificate
from tests.mails.smtp_server import DROP, HANG, ScriptedServer, serve_smtp

PATIENCE = SmtpTimeouts(connect_s=5, reply_s=5, data_s=5)
IMPATIENCE = SmtpTimeouts(connect_s=0.2, reply_s=0.05, data_s=0.05)
PIPELINING = ((), ("PIPELINING",))


def envelope(*recipients: str, message: bytes = b"Subject: x\r\n\r\nHello\r\n") -> Envelope:
    return Envelope(mail_id=new_id(), sender="a@b.example", recipients=recipients or ("c@d.example",), message=message)


def answering(**answers: str) -> ScriptedServer:
    """Answers commands that begin with a word, or `message`, as given."""
    return ScriptedServer(answer=lambda said: next((a for word, a in answers.items() if said.startswith(word)), None))


async def send(server: ScriptedServer, *envelopes: Envelope, timeouts: SmtpTimeouts = PATIENCE) -> list[SendResult]:
    async with (
        serve_smtp(server),
        opened(parse_server_url(server.url), timeouts=timeouts) as transport,
        transport.channel() as channel,
    ):
        return [await channel.send(each) for each in envelopes or (envelope(),)]


@asynccontextmanager
async def opened(
    server: MailServer, *, timeouts: SmtpTimeouts = PATIENCE, ssl_context: ssl.SSLContext | None = None
) -> AsyncIterator[SmtpTransport]:
    transport = SmtpTransport(server, timeouts=timeouts, resolve=resolve_to_loopback, ssl_context=ssl_context)
    yield transport
    await transport.close()


JURGEN = "jürgen@d.example"


@pytest.mark.parametrize("extensions", PIPELINING)
class TestOtherThanAscii:
    @pytest.mark.parametrize(
        ("message", "parameters"),
        [
            ("To: jürgen@d.example\r\n\r\nx\r\n", " BODY=8BITMIME SMTPUTF8"),
            ("To: c@d.example\r\n\r\nx\r\n", " SMTPUTF8"),
        ],
    )
    async def test_goes_where_the_server_takes_it(
        self, extensions: tuple[str, ...], message: str, parameters: str
    ) -> None:
        server = ScriptedServer(extensions=(*extensions, "8BITMIME", "SMTPUTF8"))
        (first, second) = await send(server, envelope(JURGEN, "c@d.example", message=message.encode()), envelope())
        assert (first.outcome, first.refused, second.outcome) == (Outcome.SENT, {}, Outcome.SENT)
        assert server.received[0].recipients == [JURGEN, "c@d.example"]
        assert server.received[0].message == message.encode()
        told = [said.removeprefix("MAIL FROM:<a@b.example>") for said in server.said if said.startswith("MAIL")]
        assert told == [parameters, ""]

    async def test_is_refused_where_it_does_not_and_the_others_get_it(self, extensions: tuple[str, ...]) -> None:
        server = ScriptedServer(extensions=extensions)
        mixed, alone = await send(server, envelope(JURGEN, "c@d.example"), envelope(JURGEN))
        assert (mixed.outcome, list(mixed.refused)) == (Outcome.SENT, [JURGEN])
        assert (alone.outcome, list(alone.refused)) == (Outcome.REFUSED, [JURGEN])
        assert alone.detail.startswith("553 5.6.7 the mail server takes no addresses with other than ASCII")
        assert [mail.recipients for mail in server.received] == [["c@d.example"]]

    async def test_a_copy_does_not_go_with_a_header_that_the_server_does_not_take(
        self, extensions: tuple[str, ...]
    ) -> None:
        server = ScriptedServer(extensions=extensions)
        message = "To: jürgen@d.example\r\n\r\nx\r\n".encode()
        (result,) = await send(server, envelope(JURGEN, "staff@d.example", message=message))
        assert (result.outcome, list(result.refused), server.received) == (Outcome.REFUSED, [JURGEN], [])


@pytest.mark.parametrize("extensions", PIPELINING)
class TestWhatIsKnown:
    async def outcome(
        self, server: ScriptedServer, extensions: tuple[str, ...], *, timeouts: SmtpTimeouts = PATIENCE
    ) -> SendResult:
        server.extensions = extensions
        (result,) = await send(server, envelope("one@d.example", "two@d.example"), timeouts=timeouts)
        return result

    async def test_taken(self, extensions: tuple[str, ...]) -> None:
        server = ScriptedServer()
        result = await self.outcome(server, extensions)
        assert (result.outcome, result.refused) == (Outcome.SENT, {})
        (mail,) = server.received
        assert (mail.sender, mail.recipients) == ("a@b.example", ["one@d.example", "two@d.example"])

    async def test_one_recipient_refused(self, extensions: tuple[str, ...]) -> None:
        server = answering(**{"RCPT TO:<one": "550 5.1.1 no such user"})
        result = await self.outcome(server, extensions)
        assert result.outcome is Outcome.SENT
        assert result.refused == {"one@d.example": "550 5.1.1 no such user"}
        assert server.received[0].recipients == ["two@d.example"]

    @pytest.mark.parametrize(
        ("one", "two", "outcome"),
        [("550", "550", Outcome.REFUSED), ("450", "450", Outcome.TEMPORARY), ("550", "450", Outcome.TEMPORARY)],
    )
    async def test_all_recipients_refused(
        self, extensions: tuple[str, ...], one: str, two: str, outcome: Outcome
    ) -> None:
        server = answering(**{"RCPT TO:<one": f"{one} no", "RCPT TO:<two": f"{two} no"})
        result = await self.outcome(server, extensions)
        assert result.outcome is outcome
        assert set(result.refused) == {"one@d.example", "two@d.example"}
        assert server.received == []

    async def test_sender_refused_is_for_the_owner_to_mend(self, extensions: tuple[str, ...]) -> None:
        result = await self.outcome(answering(MAIL="550 5.7.1 not you"), extensions)
        assert result.outcome is Outcome.TEMPORARY
        assert "not you" in result.detail

    async def test_too_large_is_refused(self, extensions: tuple[str, ...]) -> None:
        assert (await self.outcome(answering(MAIL="552 5.3.4 too large"), extensions)).outcome is Outcome.REFUSED

    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            ("554 5.7.1 spam", Outcome.REFUSED),
            ("451 4.3.0 later", Outcome.TEMPORARY),
            ("421 closing", Outcome.TEMPORARY),
        ],
    )
    async def test_message_refused(self, extensions: tuple[str, ...], answer: str, outcome: Outcome) -> None:
        server = answering(message=answer)
        assert (await self.outcome(server, extensions)).outcome is outcome
        assert server.received == []

    async def test_data_refused(self, extensions: tuple[str, ...]) -> None:
        assert (await self.outcome(answering(DATA="451 not now"), extensions)).outcome is Outcome.TEMPORARY

    @pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("what", [DROP, HANG, "421 4.3.2 going down", "nonsense"])
    async def test_before_the_message_nothing_can_have_been_taken(
        self, extensions: tuple[str, ...], word: str, what: str
    ) -> None:
        result = await self.outcome(
            answering(**{word: what}), extensions, timeouts=IMPATIENCE if what == HANG else PATIENCE
        )
        assert result.outcome is Outcome.TEMPORARY

    @pytest.mark.parametrize("what", [DROP, HANG, "nonsense"])
    async def test_after_the_message_nobody_knows(self, extensions: tuple[str, ...], what: str) -> None:
        result = await self.outcome(
            answering(message=what), extensions, timeouts=IMPATIENCE if what == HANG else PATIENCE
        )
        assert result.outcome is Outcome.UNKNOWN
        assert result.detail


class TestDialogue:
    @pytest.mark.parametrize(("extensions", "is_together"), [((), False), (("PIPELINING",), True)])
    async def test_commands_go_out_together_only_where_the_server_says_so(
        self, extensions: tuple[str, ...], is_together: bool
    ) -> None:
        # One that is refused as a sender still hears what was sent along with it.
        server = answering(MAIL="550 5.7.1 not you")
        server.extensions = extensions
        await send(server)
        assert ("DATA" in server.said) == is_together

    async def test_a_refused_mail_does_not_hurt_the_next(self) -> None:
        server = answering(**{"RCPT TO:<bad": "550 no"})
        results = await send(server, envelope("bad@d.example"), envelope("good@d.example"))
        assert [result.outcome for result in results] == [Outcome.REFUSED, Outcome.SENT]
        assert server.connections == 1

    async def test_after_a_lost_connection_the_channel_is_closed(self) -> None:
        results = await send(answering(message=DROP), envelope(), envelope())
        assert [result.outcome for result in results] == [Outcome.UNKNOWN, Outcome.TEMPORARY]

    async def test_dots_arrive_as_they_were(self) -> None:
        server = ScriptedServer()
        message = b".first\r\n\r\n.\r\n..\r\nlast without an end"
        await send(server, envelope(message=message))
        assert server.received[0].message == message + b"\r\n"

    async def test_connections_are_kept_and_used_again(self) -> None:
        server = ScriptedServer()
        async with serve_smtp(server), opened(parse_server_url(server.url)) as transport:
            for _ in range(3):
                async with transport.channel() as channel:
                    assert (await channel.send(envelope())).outcome is Outcome.SENT
        assert server.connections == 1
        assert server.said[-1] == "QUIT"

    async def test_a_kept_connection_that_the_server_closed_is_not_used(self) -> None:
        server = ScriptedServer()
        async with serve_smtp(server), opened(parse_server_url(server.url)) as transport:
            async with transport.channel():
                pass
            for session in list(server.sessions):
                session.cancel()
            await asyncio.gather(*server.sessions, return_exceptions=True)
            await asyncio.to_thread(lambda: None)
            async with transport.channel() as channel:
                assert (await channel.send(envelope())).outcome in {Outcome.SENT, Outcome.TEMPORARY}
            async with transport.channel() as channel:
                assert (await channel.send(envelope())).outcome is Outcome.SENT


class TestConnecting:
    async def test_nobody_answers(self) -> None:
        async with opened(parse_server_url("smtp://127.0.0.1:1?security=none")) as transport:
            with pytest.raises(ServerUnavailable):
                async with transport.channel():
                    pass

    @pytest.mark.parametrize("what", [DROP, HANG, "554 no service", "421 too busy"])
    async def test_the_server_does_not_let_us_in(self, what: str) -> None:
        async with (
            serve_smtp(answering(connect=what)) as server,
            opened(parse_server_url(server.url), timeouts=IMPATIENCE) as transport,
        ):
            with pytest.raises(ServerUnavailable):
                async with transport.channel():
                    pass

    async def test_old_servers_are_greeted_the_old_way(self) -> None:
        server = answering(EHLO="502 5.5.1 what?")
        (result,) = await send(server)
        assert result.outcome is Outcome.SENT
        assert [said[:4] for said in server.said[:2]] == ["EHLO", "HELO"]

    @pytest.mark.parametrize(("password", "is_welcome"), [("s3cret", True), ("wrong", False)])
    async def test_names_and_passwords(self, tls: Tls, password: str, is_welcome: bool) -> None:
        server = ScriptedServer(login=("shop", "s3cret"), tls=tls.server)
        async with serve_smtp(server):
            wanted = mail_server(server, Security.STARTTLS, login=("shop", password))
            if is_welcome:
                assert await send_over(wanted, tls) is Outcome.SENT
            else:
                with pytest.raises(ServerUnavailable, match="535"):
                    await send_over(wanted, tls)

    async def test_tls_from_the_first_byte(self, tls: Tls) -> None:
        server = ScriptedServer()
        async with serve_smtp(server, tls=tls.server):
            assert await send_over(mail_server(server, Security.TLS), tls) is Outcome.SENT

    async def test_goes_not_on_in_the_clear(self, tls: Tls) -> None:
        async with serve_smtp(ScriptedServer()) as server:
            with pytest.raises(ServerUnavailable):
                await send_over(mail_server(server, Security.STARTTLS), tls)
        assert not any(said.startswith("MAIL") for said in server.said)

    async def test_a_certificate_that_nobody_vouches_for(self, tls: Tls) -> None:
        async with serve_smtp(ScriptedServer(tls=tls.server)) as server:
            with pytest.raises(ServerUnavailable):
                await send_over(mail_server(server, Security.STARTTLS), None)

    @pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
    async def test_a_merchants_server_is_not_on_the_operators_network(self, address: str) -> None:
        async def resolve(host: str, port: int) -> Sequence[IpAddress]:
            return [ip_address(address)]

        server = MailServer(host="mail.example", port=25, security=Security.STARTTLS)
        transport = SmtpTransport(server, timeouts=PATIENCE, resolve=resolve)
        with pytest.raises(ServerUnavailable, match="nothing may be sent to"):
            async with transport.channel():
                pass


class TestUrls:
    @pytest.mark.parametrize(
        ("url", "port", "security"),
        [
            ("smtp://mail.example", 587, Security.STARTTLS),
            ("smtp://mail.example:2525", 2525, Security.STARTTLS),
            ("smtps://mail.example", 465, Security.TLS),
            ("smtp://localhost", 25, Security.NONE),
            ("smtp://mail:1025?security=none", 1025, Security.NONE),
        ],
    )
    def test_say_how_to_speak(self, url: str, port: int, security: Security) -> None:
        server = parse_server_url(url)
        assert (server.port, server.security, server.is_trusted) == (port, security, True)

    def test_hold_a_name_and_a_password(self) -> None:
        server = parse_server_url("smtp://shop%40b.example:p%3Aw@mail.example")
        assert (server.username, server.password) == ("shop@b.example", "p:w")
        assert "p:w" not in repr(server)

    @pytest.mark.parametrize(
        "url",
        ["mail.example", "http://mail.example", "smtp://", "smtp://a/b", "smtp://a?tls=1", "smtp://a?security=maybe"],
    )
    def test_others_are_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match=r".+"):
            parse_server_url(url)


HOST = "mail.test"


async def send_over(server: MailServer, tls: Tls | None) -> Outcome:
    async with opened(server, ssl_context=tls.client if tls else None) as transport, transport.channel() as channel:
        return (await channel.send(envelope())).outcome


@dataclass(frozen=True)
class Tls:
    """A server's side, and a client's that trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    key_file, certificate_file = make_certificate(tmp_path, HOST)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate_file, key_file)
    return Tls(server=context, client=ssl.create_default_context(cafile=str(certificate_file)))


async def resolve_to_loopback(host: str, port: int) -> Sequence[IpAddress]:
    assert host in {HOST, "127.0.0.1"}
    return [ip_address("127.0.0.1")]


def mail_server(server: ScriptedServer, security: Security, *, login: tuple[str, str] | None = None) -> MailServer:
    username, password = login or (None, None)
    return MailServer(
        host=HOST, port=server.port, security=security, username=username, password=password, is_trusted=True
    )
