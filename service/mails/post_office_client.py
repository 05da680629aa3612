"""What one process sends with: the operator's way out, merchants' own servers, and who is left alone for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from service.mails.servers import MailServer, ServerUnavailable
from service.mails.smtp_client import SmtpTransport
from service.mails.transport import Transport

__all__ = ["PostOffice"]

_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(minutes=10)
_MOST_SERVERS: Final = 200


@dataclass
class PostOffice:
    """`operator` is for merchants without a server of their own; None: those have to wait. Not shared by processes."""

    operator: Transport | None
    operator_sender: str | None = None
    allow_private: bool = False
    _own: dict[UUID, tuple[int, SmtpTransport]] = field(default_factory=dict)
    _pauses: dict[UUID, tuple[int, datetime]] = field(default_factory=dict)

    async def transport_for(self, merchant_id: UUID, server: MailServer | None, *, version: int) -> Transport:
        """The way out of a merchant's mails; a server that has changed gets new connections. Raises ServerUnavailable."""
        known = self._own.get(merchant_id)
        if known is not None and (server is None or known[0] != version):
            await self._own.pop(merchant_id)[1].close()
            known = None
        if server is None:
            if self.operator is None:
                raise ServerUnavailable("there is no mail server: neither the operator's nor one of the merchant's own")
            return self.operator
        if known is None:
            while len(self._own) >= _MOST_SERVERS:
                await self._own.pop(next(iter(self._own)))[1].close()
            known = self._own[merchant_id] = (version, SmtpTransport(server, allow_private=self.allow_private))
        return known[1]

    def is_paused(self, merchant_id: UUID, now: datetime) -> bool:
        """Whether the merchant's way out failed a short while ago."""
        pause = self._pauses.get(merchant_id)
        return pause is not None and now < pause[1]

    def pause(self, merchant_id: UUID, now: datetime) -> datetime:
        """Leave a merchant alone, longer each time in a row; gives until when."""
        times = self._pauses.get(merchant_id, (0, now))[0] + 1
        until: datetime = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(times - 1, 10)))
        self._pauses[merchant_id] = (times, until)
        return until

    def resume(self, merchant_id: UUID) -> None:
        """It works again."""
        self._pauses.pop(merchant_id, None)

    async def close(self) -> None:
        """End all connections."""
        while self._own:
            await self._own.popitem()[1][1].close()
        if self.operator is not None:
            await self.operator.close()
