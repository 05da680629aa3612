"""A mail server that takes everything and keeps nothing: `python -m benchmarks.smtp_sink` prints its port."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

__all__ = ["Sink", "main"]

_END: Final = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection. Answers as many commands as come together, as RFC 2920 wants."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._is_in_message = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers = []
        while True:
            if self._is_in_message:
                _, end, rest = self._buffer.partition(_END)
                if not end:
                    break
                self._buffer, self._is_in_message = rest, False
                answers.append(b"250 taken\r\n")
                continue
            line, end, rest = self._buffer.partition(b"\r\n")
            if not end:
                break
            self._buffer = rest
            answers.append(self._answer(line[:4].upper()))
        if self._transport is not None and answers:
            self._transport.write(b"".join(answers))

    def _answer(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return b"250-sink\r\n250-8BITMIME\r\n250 PIPELINING\r\n"
        if verb == b"DATA":
            self._is_in_message = True
            return b"354 go on\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n"


async def main() -> None:
    """Serve until standard input closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
