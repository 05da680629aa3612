"""Keys that this process has seen lately, so that a hot route need not ask the database who is calling.

An entry holds as long as the merchant's settings version does: whoever decides with rows of the merchant sees the
version beside them, and asks again when it has grown. So a revoked key is refused at once, in every process.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
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


class KnownKeys:
    """Remembers what keys stand for; never a secret itself."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[bytes, tuple[Access, datetime]] = OrderedDict()

    async def access(self, secret: str, *, now: datetime) -> Access:
        """What a secret stands for. Raises KeyInvalid or KeyExpired."""
        digest = hash_secret(secret)
        entry = self._known.get(digest)
        if entry is not None and now - entry[1] < _KEPT_FOR:
            access = entry[0]
            if access.expires_at is not None and access.expires_at <= now:
                raise KeyExpired
            return access
        access = await load_access(self._database, secret, now=now)
        await repository.touch_key(self._database, access, now=now)
        self._known[digest] = (access, now)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return access

    def forget(self, secret: str) -> None:
        """Ask the database the next time."""
        self._known.pop(hash_secret(secret), None)
