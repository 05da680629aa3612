"""What one process sends with: the operator's way out, merchants' own servers, and who is left alone for a while."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pause:
    """A merchant is left alone. `version` is that of the server which failed; None: it was not even called."""

    times: int
    began_at: datetime
    until: datetime
    version: int | None

    def is_over_with(self, version: int, changed_at: datetime | None) -> bool:
        """Whether the server is another one by now. One that was removed and set anew begins with version 1 again."""
        is_another = self.version is not None and self.version != version
        return is_another or (changed_at is not None and changed_at > self.began_at)


@dataclass
class PostOffice:
    """`operator` is for merchants without a server of their own; None: those have to wait. Not shared by processes."""

    operator: Transport | None
    operator_sender: str | None = None
    allow_private: bool = False
    _own: dict[UUID, tuple[int, MailServer, SmtpTransport]] = field(default_factory=dict)
    _tried: dict[UUID, int] = field(default_factory=dict)
    _pauses: dict[UUID, _Pause] = field(default_factory=dict)

    async def transport_for(self, merchant_id: UUID, server: MailServer | None, *, version: int) -> Transport:
        """The way out of a merchant's mails; a server that has changed gets new connections. Raises ServerUnavailable."""
        self._tried[merchant_id] = version
        known = self._own.get(merchant_id)
        if known is not None and known[:2] != (version, server):
            await self._own.pop(merchant_id)[2].close()
            known = None
        if server is None:
            if self.operator is None:
                raise ServerUnavailable("there is no mail server: neither the operator's nor one of the merchant's own")
            return self.operator
        if known is None:
            while len(self._own) >= _MOST_SERVERS:
                await self._own.pop(next(iter(self._own)))[2].close()
            transport = SmtpTransport(server, allow_private=self.allow_private)
            known = self._own[merchant_id] = (version, server, transport)
        return known[2]

    def is_paused(self, merchant_id: UUID, now: datetime) -> bool:
        """Whether the merchant's way out failed a short while ago."""
        pause = self._pauses.get(merchant_id)
        return pause is not None and now < pause.until

    def pause(self, merchant_id: UUID, now: datetime) -> datetime:
        """Leave a merchant alone, longer each time in a row; gives until when."""
        before = self._pauses.get(merchant_id)
        times = 1 if before is None else before.times + 1
        until: datetime = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(times - 1, 10)))
        version = self._tried.get(merchant_id)
        self._pauses[merchant_id] = _Pause(times=times, began_at=now, until=until, version=version)
        return until

    def resume(self, merchant_id: UUID) -> None:
        """It works again, or another one does."""
        self._pauses.pop(merchant_id, None)
        self._tried.pop(merchant_id, None)

    def paused(self, now: datetime) -> list[UUID]:
        """Who is left alone now."""
        return [merchant_id for merchant_id, pause in self._pauses.items() if now < pause.until]

    def resume_changed(self, servers: Mapping[UUID, tuple[int, datetime]]) -> list[UUID]:
        """End the pauses of those whose own server, by version and time of its last change, is not the one that
        failed. Who is not named has none."""
        changed = [
            merchant_id
            for merchant_id, pause in self._pauses.items()
            if pause.is_over_with(*servers.get(merchant_id, (0, None)))
        ]
        for merchant_id in changed:
            self.resume(merchant_id)
        return changed

    async def close(self) -> None:
        """End all connections."""
        while self._own:
            await self._own.popitem()[1][2].close()
        if self.operator is not None:
            await self.operator.close()
