"""What it takes to hand mails over, whoever takes them."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from service.mails.domain import Envelope, SendResult

__all__ = ["Channel", "Transport"]


class Channel(Protocol):
    """One connection: takes one mail after the other."""

    @property
    def is_open(self) -> bool:
        """Whether another mail can be sent over it."""
        ...

    async def send(self, envelope: Envelope) -> SendResult:
        """Hand a mail over. Whatever happens is a value, also that nobody can tell whether it arrived."""
        ...


class Transport(Protocol):
    """A way out. `name` is for people."""

    @property
    def name(self) -> str: ...

    def channel(self) -> AbstractAsyncContextManager[Channel]:
        """A connection for a number of mails; raises ServerUnavailable."""
        ...

    async def close(self) -> None:
        """End what is kept open."""
        ...
