"""A mail server on the loopback interface that does as it is told, also what no good server would do."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

__all__ = ["DROP", "HANG", "Received", "ScriptedServer", "serve_smtp"]

DROP = "(drop the connection)"
HANG = "(say nothing)"


@dataclass
class Received:
    """A mail that the server took."""

    sender: str
    recipients: list[str]
    message: bytes


@dataclass
class ScriptedServer:
    """`answer` may give another answer to a command than the usual one, `DROP` or `HANG`.

    It is asked with what the client said; `"message"` stands for the end of a message, `"connect"` for a new connection.
    """

    answer: Callable[[str], str | None] = lambda _said: None
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    sessions: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?security=none"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.sessions.add(task)
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            self.sessions.discard(task)
            writer.close()


class _Session:
    def __init__(self, server: ScriptedServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.sender = ""
        self.recipients: list[str] = []

    async def run(self) -> None:
        await self.say("connect", "220 scripted ESMTP")
        while line := await self.reader.readline():
            said = line.decode().strip()
            self.server.said.append(said)
            verb = said[:4].upper()
            if verb == "QUIT":
                await self.say(said, "221 bye")
                return
            await self.obey(verb, said)

    async def obey(self, verb: str, said: str) -> None:
        match verb:
            case "EHLO":
                extensions = list(self.server.extensions)
                if self.server.login:
                    extensions.append("AUTH PLAIN LOGIN")
                if self.server.tls is not None and not self.is_encrypted:
                    extensions.append("STARTTLS")
                lines = ["scripted", *extensions]
                text = "\r\n".join(f"250{'-' if n < len(lines) - 1 else ' '}{each}" for n, each in enumerate(lines))
                await self.say(said, text)
            case "HELO":
                await self.say(said, "250 scripted")
            case "STAR":
                await self.say(said, "220 go on")
                assert self.server.tls is not None
                await self.writer.start_tls(self.server.tls)
            case "AUTH":
                await self.say(said, "235 2.7.0 welcome" if self.knows(said) else "535 5.7.8 wrong name or password")
            case "MAIL":
                self.sender, self.recipients = _address(said), []
                await self.say(said, "250 2.1.0 ok")
            case "RCPT":
                if await self.say(said, "250 2.1.5 ok"):
                    self.recipients.append(_address(said))
            case "DATA":
                if await self.say(said, "354 go ahead" if self.recipients else "503 5.5.1 no recipients"):
                    await self.take_message()
            case "RSET":
                self.recipients = []
                await self.say(said, "250 2.0.0 ok")
            case _:
                await self.say(said, "500 5.5.2 what?")

    async def take_message(self) -> None:
        message = b""
        while not message.endswith(b"\r\n.\r\n") and message != b".\r\n":
            message += await self.reader.readuntil(b"\r\n")
        if await self.say("message", "250 2.0.0 taken"):
            body = message[:-3].replace(b"\r\n..", b"\r\n.")
            self.server.received.append(Received(self.sender, self.recipients, body.removeprefix(b".")))

    async def say(self, said: str, usual: str) -> bool:
        """Whether the answer was a good one."""
        answer = self.server.answer(said) or usual
        if answer == DROP:
            self.writer.transport.abort()
            raise ConnectionAbortedError
        if answer == HANG:
            await asyncio.Event().wait()
        self.writer.write(f"{answer}\r\n".encode())
        await self.writer.drain()
        return answer[0] in "23"

    @property
    def is_encrypted(self) -> bool:
        return self.writer.get_extra_info("ssl_object") is not None

    def knows(self, said: str) -> bool:
        assert self.server.login is not None
        name, password = self.server.login
        return said.rsplit(maxsplit=1)[-1] == base64.b64encode(f"\0{name}\0{password}".encode()).decode()


def _address(said: str) -> str:
    return said.partition("<")[2].partition(">")[0]


@asynccontextmanager
async def serve_smtp(server: ScriptedServer, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """Listen on a free port; `tls` encrypts from the first byte."""
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0, limit=2**22, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in server.sessions:
            task.cancel()
        await asyncio.gather(*server.sessions, return_exceptions=True)
