"""Rate limits per key, counted in this process: with N processes a key may do N times as much."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from typing import Final
from uuid import UUID

from limits import RateLimitItem, parse

from service.core.errors import ServiceError
from service.infra.work import Caller

__all__ = ["RateLimitExceeded", "RateLimiter"]

# More callers than this within one window come from a flood, which a limit per address does not stop anyway.
_MOST_CALLERS: Final = 10_000


class RateLimitExceeded(ServiceError):
    """Too many requests for now; nothing was done."""

    code = "rate_limited"
    status = 429
    title = "Too many requests; please slow down"


class RateLimiter:
    """Moving windows, written as the `limits` library reads them: `100/second`. Empty or `0` means no limit.

    Counted here, because in memory that library starts a task and a thread for each request.
    """

    def __init__(self, *, per_key: str, per_stranger: str) -> None:
        self._keys: Final = _window(per_key)
        self._strangers: Final = _window(per_stranger)

    def require_room(self, caller: Caller) -> None:
        """Count one request of a key; raises RateLimitExceeded."""
        if self._keys is not None and caller.key_id is not None:
            self._keys.count(caller.key_id)

    def require_room_for_stranger(self, address: str) -> None:
        """Count one request without a valid key, so that keys cannot be guessed in bulk; raises RateLimitExceeded."""
        if self._strangers is not None:
            self._strangers.count(address)


class _MovingWindow:
    """When each caller was let through within the last window. The least recent caller is forgotten first."""

    def __init__(self, limit: RateLimitItem) -> None:
        self._amount = limit.amount
        self._window_s = limit.get_expiry()
        self._passed_at_s: OrderedDict[UUID | str, deque[float]] = OrderedDict()

    def count(self, who: UUID | str) -> None:
        now_s = time.monotonic()
        passed = self._passed_at_s.get(who)
        if passed is None:
            passed = self._passed_at_s[who] = deque()
            if len(self._passed_at_s) > _MOST_CALLERS:
                self._passed_at_s.popitem(last=False)
        else:
            self._passed_at_s.move_to_end(who)
        while passed and passed[0] <= now_s - self._window_s:
            passed.popleft()
        if len(passed) >= self._amount:
            wait_s = max(1, math.ceil(passed[0] + self._window_s - now_s))
            raise RateLimitExceeded(retry_after_s=wait_s, limit=self._amount, window_s=self._window_s, remaining=0)
        passed.append(now_s)


def _window(limit: str) -> _MovingWindow | None:
    return None if limit.strip() in {"", "0"} else _MovingWindow(parse(limit))
