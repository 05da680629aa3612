"""Signatures of outgoing messages (Standard Webhooks), and the box in which their secrets lie encrypted."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from standardwebhooks import Webhook

__all__ = ["SecretBox", "SecretUnreadable", "new_signing_secret", "sign_message"]

_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret starts with is none itself
_SECRET_BYTES: Final = 32


class SecretUnreadable(Exception):
    """A stored secret was encrypted with a key that the service no longer has."""


class SecretBox:
    """Encrypts what must be kept and read again. The first key encrypts, all decrypt, so that keys can be changed."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secret: str) -> bytes:
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """Raises SecretUnreadable."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SecretUnreadable("a stored secret cannot be decrypted with ENCOURS_SECRET_KEY") from None


def new_signing_secret() -> str:
    """A fresh `whsec_` secret: 32 random bytes in base64."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode("ascii")


def sign_message(body: bytes, *, message_id: str, sent_at: datetime, signing_secrets: Sequence[str]) -> dict[str, str]:
    """The three headers that prove who sent these very bytes, and when.

    There is one signature for each secret: while a rotation overlaps, a receiver that knows either finds its own.
    """
    if not signing_secrets:
        raise ValueError("a message is signed with at least one secret")
    sent_at = sent_at.astimezone(UTC)
    text = body.decode("utf-8")
    signatures = [Webhook(secret).sign(msg_id=message_id, timestamp=sent_at, data=text) for secret in signing_secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
