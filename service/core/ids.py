"""Identifiers: UUID version 7 (RFC 9562), so that ids sort by birth and indexes grow at one end."""

from __future__ import annotations

import os
import time
from typing import Final, NewType
from uuid import UUID, SafeUUID

__all__ = [
    "ApiKeyId", "BuyerId", "CompanyId", "CreditLineId", "EntryId", "HoldId", "MerchantId", "OpenItemId",
    "OrderId", "PaymentId", "ShopId", "new_id",
]  # fmt: skip

MerchantId = NewType("MerchantId", UUID)
ShopId = NewType("ShopId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
CompanyId = NewType("CompanyId", UUID)
BuyerId = NewType("BuyerId", UUID)
CreditLineId = NewType("CreditLineId", UUID)
HoldId = NewType("HoldId", UUID)
OrderId = NewType("OrderId", UUID)
EntryId = NewType("EntryId", UUID)
OpenItemId = NewType("OpenItemId", UUID)
PaymentId = NewType("PaymentId", UUID)


_NS_PER_MS: Final = 1_000_000
# Version 7 and the variant, where RFC 9562 puts them.
_FIXED_BITS: Final = 0x7 << 76 | 0b10 << 62
_CHANCE_BITS: Final = (1 << 62) - 1
_UNKNOWN_SAFETY: Final = SafeUUID.unknown

# The last moment given out, in 4096ths of a millisecond since 1970.
_last_tick = 0


def new_id() -> UUID:
    """A fresh UUIDv7, greater than every other of this process: what happened first sorts first, within a millisecond too.

    RFC 9562, section 6.2, method 3: the twelve bits after the milliseconds are the fraction of the millisecond. Ids of two
    processes sort by their clocks, so a rule may not depend on the order.
    """
    global _last_tick  # noqa: PLW0603
    milliseconds, rest_ns = divmod(time.time_ns(), _NS_PER_MS)
    tick = max(milliseconds << 12 | (rest_ns << 12) // _NS_PER_MS, _last_tick + 1)
    _last_tick = tick
    chance = int.from_bytes(os.urandom(8), "big") & _CHANCE_BITS
    return _from_bits((tick >> 12) << 80 | (tick & 0xFFF) << 64 | _FIXED_BITS | chance)


def _from_bits(bits: int) -> UUID:
    """What `UUID(int=bits)` gives, as Python 3.14 makes its own: asking first which of six forms was given costs more."""
    made = object.__new__(UUID)
    object.__setattr__(made, "int", bits)
    object.__setattr__(made, "is_safe", _UNKNOWN_SAFETY)
    return made
