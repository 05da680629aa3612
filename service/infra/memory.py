"""What a process keeps from one transaction to the next: what it made of a merchant's settings, while they hold."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["SettingsMemory", "give_memory", "memory_of"]

_MOST_MERCHANTS: Final = 1_000
_MEMORY: Final = "infra.settings_memory"


class SettingsMemory:
    """One value for each merchant, with the version of the settings that it was made of.

    Whoever asks has just read the version, beside the rows that are decided with, so a change counts at once in every
    process.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, tuple[int, Any]] = OrderedDict()

    def recall(self, merchant_id: UUID, *, version: int) -> Any | None:
        """What was made of exactly this version, if it is still known."""
        known = self._kept.get(merchant_id)
        return known[1] if known is not None and known[0] == version else None

    def keep(self, merchant_id: UUID, value: Any, *, version: int) -> None:
        self._kept[merchant_id] = (version, value)
        self._kept.move_to_end(merchant_id)
        if len(self._kept) > _MOST_MERCHANTS:
            self._kept.popitem(last=False)


def memory_of(session: AsyncSession) -> SettingsMemory:
    """The memory that a transaction may use."""
    memory: SettingsMemory = session.info[_MEMORY]
    return memory


def give_memory(session: AsyncSession, memory: SettingsMemory) -> None:
    """The process's, or an empty one for what may still be undone."""
    session.info[_MEMORY] = memory
