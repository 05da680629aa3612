"""Keys that this process has seen lately, so that a hot route need not ask the database who is calling.

An entry holds as long as the merchant's settings version does: whoever decides with rows of the merchant sees the
version beside them, and asks again when it has grown. So a revoked key is refused at once, in every process.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Final

from service.infra.database import Database
from service.merchants import repository
from service.merchants.domain import hash_secret
from service.merchants.errors import KeyExpired
from service.merchants.repository import Access
from service.merchants.service import load_access

__all__ = ["KnownKeys"]

_MOST: Final = 10_000
# Also how often `last_used_at` of a busy key is written.
_KEPT_FOR: Final = timedelta(minutes=1)
_NEVER_SEEN: Final = (None, datetime.min.replace(tzinfo=UTC))


class KnownKeys:
    """Remembers what keys stand for; never a secret itself."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[bytes, tuple[Access, datetime]] = OrderedDict()

    def find(self, secret: str, *, now: datetime) -> Access | None:
        """What a secret stands for, if that was seen lately. Raises KeyExpired."""
        access, seen_at = self._known.get(hash_secret(secret), _NEVER_SEEN)
        if access is None or now - seen_at >= _KEPT_FOR:
            return None
        if access.expires_at is not None and access.expires_at <= now:
            raise KeyExpired
        return access

    async def load(self, secret: str, *, now: datetime) -> Access:
        """What a secret stands for, asked of the database and then remembered. Raises KeyInvalid or KeyExpired."""
        access = await load_access(self._database, secret, now=now)
        await repository.touch_key(self._database, access, now=now)
        self._known[hash_secret(secret)] = (access, now)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return access

    def forget(self, secret: str) -> None:
        """Ask the database the next time."""
        self._known.pop(hash_secret(secret), None)
