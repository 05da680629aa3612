"""Mail addresses, as they go over the wire."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["to_plain_address", "to_wire_address"]

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN: Final = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+", re.ASCII
)
# Nearly all addresses there are, as they go over the wire already: seen in one look, and far quicker.
_PLAIN: Final = re.compile(
    r"(?=[^@]{1,64}@)(?=.{1,254}\Z)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+",
    re.ASCII,
)
# Octets (RFC 5321, 4.5.3.1), also where a character has several of them.
_MAX_LOCAL: Final = 64
_MAX_ADDRESS: Final = 254


def to_wire_address(text: str) -> str | None:
    """The address, its domain in ASCII and lower-cased; None if it is none.

    A local part may have letters, marks and digits of any script (RFC 6531). Only servers that say so take such a one.
    """
    if _PLAIN.fullmatch(text):
        return text
    local, at, domain = text.strip().rpartition("@")
    if not at or len(text) > 2 * _MAX_ADDRESS:
        return None
    if not local.isascii():
        local = unicodedata.normalize("NFC", local)
    if len(local.encode()) > _MAX_LOCAL or not _LOCAL.fullmatch(_in_ascii(local)):
        return None
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    address = f"{local}@{domain.lower()}"
    return address if _DOMAIN.fullmatch(domain) and len(address.encode()) <= _MAX_ADDRESS else None


def to_plain_address(text: str) -> str | None:
    """As `to_wire_address`, but in ASCII throughout: whom mails come from has to be understood by every server."""
    address = to_wire_address(text)
    return address if address is not None and address.isascii() else None


def _in_ascii(local: str) -> str:
    """With a letter for every character that may stand for one. Others, invisible ones for example, stay and fit nowhere."""
    if local.isascii():
        return local
    return "".join("x" if not c.isascii() and unicodedata.category(c)[0] in "LMN" else c for c in local)
