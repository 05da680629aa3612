"""Hands mails to an SMTP server over a few connections that are kept, several commands at a time where it allows.

aiosmtplib opens the connection: TLS, greeting, authentication. The dialogue after that is our own, because it has to
know exactly when a message may have been taken, and because commands that go out together (RFC 2920) are what makes a
batch fast; see docs/decisions.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, cast

import aiosmtplib

from service.core.addresses import find_address_problem
from service.infra.names import Resolve, resolve_host
from service.mails.dialogue import Reply, judge, read_replies, stuff_dots
from service.mails.domain import Envelope, Outcome, SendResult
from service.mails.servers import MailServer, Security, ServerUnavailable

__all__ = ["SmtpChannel", "SmtpTimeouts", "SmtpTransport"]

MAX_CONNECTIONS: Final = 4
_MAX_MAILS_A_CONNECTION: Final = 500
_MAX_IDLE_S: Final = 20.0
_MAX_BUFFER: Final = 65_536
_SERVICE_CLOSING: Final = 421
_GO_AHEAD: Final = 354
# As a server would say it (RFC 6531, 3.5) that knew of such addresses and did not want them.
_NOT_ASCII: Final = "553 5.6.7 the mail server takes no addresses with other than ASCII characters (SMTPUTF8)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTimeouts:
    """How long to wait. The end of a message may take a server minutes, and giving up then means not knowing."""

    connect_s: float = 15.0
    reply_s: float = 60.0
    data_s: float = 300.0


class SmtpTransport:
    """One server, and the connections to it that are kept for a while."""

    def __init__(
        self,
        server: MailServer,
        *,
        timeouts: SmtpTimeouts | None = None,
        allow_private: bool = False,
        resolve: Resolve = resolve_host,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.server = server
        self._timeouts = timeouts or SmtpTimeouts()
        self._allow_private = allow_private or server.is_trusted
        self._resolve = resolve
        self._ssl_context = ssl_context
        self._idle: list[SmtpChannel] = []

    @property
    def name(self) -> str:
        return self.server.host

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[SmtpChannel]:
        """A kept connection, or a new one; raises ServerUnavailable."""
        channel = self._take_idle() or await self._connect()
        try:
            yield channel
        finally:
            if channel.is_open and channel.mails < _MAX_MAILS_A_CONNECTION and len(self._idle) < MAX_CONNECTIONS:
                channel.idle_since_s = asyncio.get_running_loop().time()
                self._idle.append(channel)
            else:
                await channel.close()

    async def close(self) -> None:
        """Say goodbye on every kept connection."""
        while self._idle:
            await self._idle.pop().close()

    def _take_idle(self) -> SmtpChannel | None:
        """The connection that rested least. Old ones are dropped: the server may be about to do so itself."""
        oldest_s = asyncio.get_running_loop().time() - _MAX_IDLE_S
        while self._idle:
            channel = self._idle.pop()
            if channel.is_open and channel.idle_since_s > oldest_s:
                return channel
            channel.abort()
        return None

    async def _connect(self) -> SmtpChannel:
        server, timeout_s = self.server, self._timeouts.connect_s
        sock = await self._open_socket()
        # TLS is checked against the name, although the connection is to an address that was looked up before.
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            sock=sock,
            username=server.username,
            password=server.password,
            local_hostname=socket.gethostname() or "localhost",
            timeout=timeout_s,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
            tls_context=self._ssl_context,
        )
        try:
            async with asyncio.timeout(2 * timeout_s):
                await smtp.connect()
                # Without TLS or a login nobody has greeted yet.
                if smtp.is_ehlo_or_helo_needed:
                    await _greet(smtp)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            smtp.close()
            raise ServerUnavailable(_describe(error)) from error
        return SmtpChannel.take_over(smtp, timeouts=self._timeouts)

    async def _open_socket(self) -> socket.socket:
        """Connect to an address that may be reached, and to that very one."""
        server = self.server
        try:
            async with asyncio.timeout(self._timeouts.connect_s):
                addresses = await self._resolve(server.host, server.port)
        except (OSError, UnicodeError, TimeoutError):
            raise ServerUnavailable("the name of the mail server cannot be resolved") from None
        is_plain = server.security is Security.NONE
        for address in addresses:
            if (
                find_address_problem(address, is_plain=is_plain, allow_private=self._allow_private)
                and not server.is_trusted
            ):
                raise ServerUnavailable("the mail server has an address that nothing may be sent to")
        failure: Exception = OSError("the name has no address")
        for address in dict.fromkeys(addresses):
            sock = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)  # noqa: FBT003 - the library's own way
            try:
                async with asyncio.timeout(self._timeouts.connect_s):
                    await asyncio.get_running_loop().sock_connect(sock, (str(address), server.port))
            except (OSError, TimeoutError) as error:
                sock.close()
                failure = error
            else:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return sock
        raise ServerUnavailable(_describe(failure)) from failure


class SmtpChannel(asyncio.Protocol):
    """A connection after its greeting. Speaks for one mail at a time."""

    def __init__(self, *, timeouts: SmtpTimeouts, pipelines: bool, takes_unicode: bool) -> None:
        self.mails = 0
        self.idle_since_s = 0.0
        self._timeouts = timeouts
        self._pipelines = pipelines
        self._takes_unicode = takes_unicode
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._replies: list[Reply] = []
        self._waiter: asyncio.Future[None] | None = None
        self._lost: str | None = None
        self._smtp: aiosmtplib.SMTP | None = None

    @classmethod
    def take_over(cls, smtp: aiosmtplib.SMTP, *, timeouts: SmtpTimeouts) -> SmtpChannel:
        """Go on with a connection that aiosmtplib has opened."""
        channel = cls(
            timeouts=timeouts,
            pipelines=smtp.supports_extension("pipelining"),
            takes_unicode=smtp.supports_extension("smtputf8"),
        )
        transport = cast("asyncio.Transport", smtp.transport)
        transport.set_protocol(channel)
        channel._transport = transport
        # Its own protocol would tell it of a lost connection; it lives as long as the connection does.
        channel._smtp = smtp
        return channel

    @property
    def is_open(self) -> bool:
        # What a server says without being asked is that it is about to hang up.
        is_quiet = self._lost is None and not self._replies
        return is_quiet and self._transport is not None and not self._transport.is_closing()

    async def send(self, envelope: Envelope) -> SendResult:
        """Hand one mail over. Once its last byte may have left, anything but an answer means that nobody knows."""
        strange = () if self._takes_unicode else tuple(each for each in envelope.recipients if not each.isascii())
        if not strange:
            return await self._send(envelope)
        refused = dict.fromkeys(strange, _NOT_ASCII)
        others = tuple(each for each in envelope.recipients if each.isascii())
        if not others or not envelope.message.isascii():
            return SendResult(outcome=Outcome.REFUSED, detail=_NOT_ASCII, refused=refused)
        result = await self._send(replace(envelope, recipients=others))
        return replace(result, refused={**result.refused, **refused})

    async def _send(self, envelope: Envelope) -> SendResult:
        self.mails += 1
        is_handed_over = False
        try:
            if not self.is_open:
                raise ConnectionError(self._lost or "the connection is closed")
            sender, recipients, data = await self._introduce(envelope)
            if data is not None and data.code == _GO_AHEAD:
                accepted = any(reply.is_ok for reply in recipients.values())
                is_handed_over = accepted
                # A server that goes ahead without a recipient is given nothing.
                self._write(stuff_dots(envelope.message) if accepted else b".\r\n")
                (data,) = await self._read(1, timeout_s=self._timeouts.data_s)
            elif data is not None and data.is_ok:
                raise ConnectionError(f"the server answered DATA with {data}")
            result = judge(sender=sender, recipients=recipients, data=data)
        except (OSError, TimeoutError, ValueError) as error:
            self.abort()
            outcome = Outcome.UNKNOWN if is_handed_over else Outcome.TEMPORARY
            return SendResult(outcome=outcome, detail=_describe(error))
        if result.outcome is not Outcome.SENT:
            await self._start_over(result)
        return result

    async def close(self) -> None:
        """Say goodbye and hang up."""
        if self.is_open:
            with contextlib.suppress(OSError, TimeoutError, ValueError):
                self._write(b"QUIT\r\n")
                await self._read(1, timeout_s=1.0)
        self.abort()

    def abort(self) -> None:
        """Hang up."""
        self._lost = self._lost or "the connection is closed"
        if self._transport is not None:
            self._transport.abort()

    async def _introduce(self, envelope: Envelope) -> tuple[Reply, dict[str, Reply], Reply | None]:
        """Everything up to the message: the answers to sender, recipients and the wish to send."""
        commands = [
            f"MAIL FROM:<{envelope.sender}>{_parameters(envelope)}\r\n",
            *(f"RCPT TO:<{each}>\r\n" for each in envelope.recipients),
        ]
        reply_s = self._timeouts.reply_s
        if self._pipelines:
            self._write("".join([*commands, "DATA\r\n"]).encode())
            sender, *answers, data = await self._read(len(commands) + 1, timeout_s=reply_s)
            return sender, dict(zip(envelope.recipients, answers, strict=True)), data
        replies: list[Reply] = []
        for command in commands:
            self._write(command.encode())
            replies += await self._read(1, timeout_s=reply_s)
            if not replies[0].is_ok:
                return replies[0], {}, None
        sender, *answers = replies
        recipients = dict(zip(envelope.recipients, answers, strict=True))
        if not any(reply.is_ok for reply in answers):
            return sender, recipients, None
        self._write(b"DATA\r\n")
        (data,) = await self._read(1, timeout_s=reply_s)
        return sender, recipients, data

    async def _start_over(self, result: SendResult) -> None:
        """Forget a mail that was not taken, so that the next one begins afresh; hang up where that does not work."""
        if result.detail.startswith(str(_SERVICE_CLOSING)):
            self.abort()
            return
        try:
            self._write(b"RSET\r\n")
            (reply,) = await self._read(1, timeout_s=self._timeouts.reply_s)
            if not reply.is_ok:
                self.abort()
        except (OSError, TimeoutError, ValueError):
            self.abort()

    def _write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    async def _read(self, count: int, *, timeout_s: float) -> list[Reply]:
        """The next answers; raises OSError when the connection is lost before, TimeoutError, or ValueError."""
        async with asyncio.timeout(timeout_s):
            while len(self._replies) < count:
                if any(reply.code == _SERVICE_CLOSING for reply in self._replies):
                    raise ConnectionError(str(self._replies[-1]))
                if self._lost is not None:
                    raise ConnectionError(self._lost)
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
        taken, self._replies = self._replies[:count], self._replies[count:]
        return taken

    # What asyncio tells a protocol.

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            self._replies += read_replies(self._buffer)
        except ValueError as error:
            self._lost = str(error)
            self.abort()
        if len(self._buffer) > _MAX_BUFFER:
            self._lost = "the server talks without end"
            self.abort()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = self._lost or _describe(exc or ConnectionError("the server closed the connection"))
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _parameters(envelope: Envelope) -> str:
    """What a server has to know before it can take addresses, or a header, with other than ASCII characters."""
    if all(each.isascii() for each in envelope.recipients):
        return ""
    return " SMTPUTF8" if envelope.message.isascii() else " BODY=8BITMIME SMTPUTF8"


async def _greet(smtp: aiosmtplib.SMTP) -> None:
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError:
        await smtp.helo()


def _describe(error: BaseException) -> str:
    """One line for people; the server's own words where there are any."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {' '.join(str(error.message).split())}"[:300]
    if isinstance(error, TimeoutError):
        return "the server did not answer in time"
    return " ".join(str(error).split())[:300] or type(error).__name__
