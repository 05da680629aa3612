"""Mail addresses, as they go over the wire."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["to_wire_address"]

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN: Final = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+", re.ASCII
)
_MAX_LOCAL: Final = 64
_MAX_ADDRESS: Final = 254


def to_wire_address(text: str) -> str | None:
    """The address in ASCII, its domain lower-cased and internationalised names encoded; None if it is none.

    A local part with other than ASCII characters needs servers that say they take such; few do.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or len(text) > 2 * _MAX_ADDRESS or len(local) > _MAX_LOCAL or not _LOCAL.fullmatch(local):
        return None
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    address = f"{local}@{domain.lower()}"
    return address if _DOMAIN.fullmatch(domain) and len(address) <= _MAX_ADDRESS else None
