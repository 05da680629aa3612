"""Cursors: where a list goes on. Lists are ordered by id (UUIDv7, so by birth), newest first."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID

from service.core.errors import ServiceError

__all__ = ["DEFAULT_PAGE_SIZE", "MAX_PAGE_SIZE", "InvalidCursor", "decode_cursor", "encode_cursor"]

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200


class InvalidCursor(ServiceError):
    """The cursor did not come from a page of ours."""

    code = "cursor_invalid"
    status = 422
    title = "The cursor is not one that this service gave out"


def encode_cursor(last_id: UUID) -> str:
    return base64.urlsafe_b64encode(last_id.bytes).rstrip(b"=").decode("ascii")


def decode_cursor(cursor: str) -> UUID:
    """Raises InvalidCursor."""
    try:
        return UUID(bytes=base64.b64decode(cursor.encode("ascii") + b"==", altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise InvalidCursor from None
