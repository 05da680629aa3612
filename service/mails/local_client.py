"""Ways out for trying out: mails as files in a folder, and on the console. Nothing leaves the machine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Final

from service.mails.domain import Envelope, Outcome, SendResult

__all__ = ["ConsoleTransport", "FileTransport", "mailbox_folder"]

_KEPT: Final = 1_000


def mailbox_folder(data_dir: Path) -> Path:
    """Where mails lie that were not sent to anybody."""
    return data_dir / "mailbox"


class FileTransport:
    """Writes each mail into a file of its own; only the last thousand are kept."""

    is_open: Final = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        return str(self._folder)

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[FileTransport]:
        yield self
        await asyncio.to_thread(self._forget_old)

    async def send(self, envelope: Envelope) -> SendResult:
        await asyncio.to_thread(self._write, envelope)
        return SendResult(outcome=Outcome.SENT, detail="kept as a file")

    async def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, envelope: Envelope) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Its name appears when it is whole: somebody may be reading the folder.
        draft = self._folder / f".{envelope.mail_id}.part"
        draft.write_bytes(envelope.message)
        draft.rename(self._folder / f"{envelope.mail_id}.eml")

    def _forget_old(self) -> None:
        # Ids begin with the time, so the oldest come first.
        for path in sorted(self._folder.glob("*.eml"))[:-_KEPT]:
            path.unlink(missing_ok=True)


class ConsoleTransport:
    """Prints the plain text of each mail."""

    name: Final = "the console"
    is_open: Final = True

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[ConsoleTransport]:
        yield self

    async def send(self, envelope: Envelope) -> SendResult:
        message = message_from_bytes(envelope.message, policy=policy.default)
        part = message.get_body(("plain",))
        text = part.get_content() if part is not None else ""
        sys.stdout.write(f"\n--- To: {', '.join(envelope.recipients)}\nSubject: {message['subject']}\n\n{text}---\n")
        sys.stdout.flush()
        return SendResult(outcome=Outcome.SENT, detail="printed")

    async def close(self) -> None:
        """Nothing is kept open."""
