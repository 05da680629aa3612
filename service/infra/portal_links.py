"""Links into the portal: whose account one opens, sealed so that nobody can read, change or make one."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["PortalLink", "PortalLinks"]

# The first byte says how to read the rest, so that links that are out stay readable when that changes.
_FORMAT: Final = 1
_LAYOUT: Final = struct.Struct(">B?16s16s16sI")
_NO_SHOP: Final = bytes(16)
# Far longer than any token there is; what is longer is not even looked at.
_LONGEST_TOKEN: Final = 512
_PATH: Final = "/portal/"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalLink:
    """What a link says. `version` is the company's when it was made: a later one ends it.

    `shop_id` is the shop in whose name it was given; with `only_shop` it shows nothing of the merchant's other shops.
    `issued_at` is to the second.
    """

    merchant_id: UUID
    company_id: UUID
    shop_id: UUID | None
    version: int
    issued_at: datetime
    only_shop: bool = False


class PortalLinks:
    """Makes and reads links. The keys come from the service's own, each with a purpose of its own; the first one seals.

    `base_url` is where the world finds the service; None when nobody said, and then no link can be made.
    """

    def __init__(self, keys: Sequence[str], *, base_url: str | None) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])
        self._base_url = base_url

    @property
    def can_be_made(self) -> bool:
        return self._base_url is not None

    @property
    def shown_without_token(self) -> str:
        """What stands for a link where it must not work; empty where there are none."""
        return f"{self._base_url}{_PATH}…" if self._base_url is not None else ""

    def url_of(self, link: PortalLink) -> str:
        """The link as it is given away."""
        assert self._base_url is not None, "who makes links asks first whether any can be made"
        shop = link.shop_id.bytes if link.shop_id is not None else _NO_SHOP
        said = _LAYOUT.pack(_FORMAT, link.only_shop, link.merchant_id.bytes, link.company_id.bytes, shop, link.version)
        token = self._fernet.encrypt_at_time(said, int(link.issued_at.timestamp()))
        return f"{self._base_url}{_PATH}{token.rstrip(b'=').decode()}"

    def read(self, token: str) -> PortalLink | None:
        """What a token says; None for one that was not made here, or was changed."""
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            return None
        sealed = token.encode() + b"=" * (-len(token) % 4)
        try:
            said = self._fernet.decrypt(sealed)
            issued_s = self._fernet.extract_timestamp(sealed)
        except InvalidToken:
            return None
        if len(said) != _LAYOUT.size or said[0] != _FORMAT:
            return None
        _, only_shop, merchant, company, shop, version = _LAYOUT.unpack(said)
        return PortalLink(
            merchant_id=UUID(bytes=merchant),
            company_id=UUID(bytes=company),
            shop_id=UUID(bytes=shop) if shop != _NO_SHOP else None,
            version=version,
            issued_at=datetime.fromtimestamp(issued_s, UTC),
            only_shop=only_shop,
        )


def _derived(key: str) -> bytes:
    purpose = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"encours portal links")
    return base64.urlsafe_b64encode(purpose.derive(base64.urlsafe_b64decode(key)))
